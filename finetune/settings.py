"""Settings of fine-tuning."""

import dataclasses
import re
from typing import Any, Dict, List, Optional

from util import settings

# What fine-tuning changes in sections that other parts of the code define.
DEFAULTS: Dict[str, Any] = {
    "learning_rate": 3e-4,
    "layerwise_lr_decay": 0.8,
    "warmup_proportion": 0.1,
    "num_warmup_steps": 0,
    "adam_bias_correction": False,
    "save_checkpoints_steps": 500,
    "keep_checkpoint_max": 1,
    "iterations_per_loop": 1000,
    "log_steps": 10,
}

# ... and further for models of this width and more, as published for the base size.
WIDE_HIDDEN_SIZE = 768
WIDE_DEFAULTS: Dict[str, Any] = {"learning_rate": 1e-4}

DEBUG_DEFAULTS: Dict[str, Any] = {
    "num_train_epochs": 3.0,
    "train_batch_size": 8,
    "max_examples": 100,
    "use_tfrecords_if_existing": False,
}

RANDOM_WEIGHTS = "none"

_FILE_NAME = re.compile(r"[\w.+=,@ -]*")


@dataclasses.dataclass(frozen=True)
class FinetuneSettings(settings.Section):
    """Which tasks are trained, how long, how often, and what is written."""

    task_names: List[str] = settings.setting(
        ["cola"],
        "Tasks; fine-tuned one after another, each on its own, or with multi_task "
        "together.",
    )
    do_train: bool = settings.setting(True, "Train; else only evaluate and predict.")
    do_eval: bool = settings.setting(True, "Evaluate on the development files.")
    num_trials: int = settings.setting(
        1, "Runs per task, with the seeds seed, seed + 1, ...", low=1
    )
    num_train_epochs: float = settings.setting(
        3.0, "Passes over the training examples.", low=0.0
    )
    max_seq_length: int = settings.setting(
        128, "Longest sequence in tokens, [CLS] and [SEP] included.", low=4
    )
    train_batch_size: int = settings.setting(32, "Examples per training step.", low=1)
    eval_batch_size: int = settings.setting(32, "Examples per evaluation step.", low=1)
    predict_batch_size: int = settings.setting(
        32, "Examples per prediction step.", low=1
    )
    task_definitions: Dict[str, Any] = settings.setting(
        {},
        "Tasks of your own by name: a JSON object with their type, files and columns, "
        "or the path of a file with one.",
    )
    class_weights: Dict[str, Any] = settings.setting(
        {}, "Weight of classes in the loss of training, by label; 1 for the others."
    )
    balance_classes: bool = settings.setting(
        False, "Weigh rare classes in training as much as frequent ones."
    )
    classifier_dropout: Optional[float] = settings.setting(
        None,
        "Dropout of the heads in training; null leaves theirs.",
        low=0.0,
        high=0.99,
    )
    double_unordered: bool = settings.setting(
        True, "Train on both orders of pairs that have none (MRPC, STS-B)."
    )
    pad_to_longest: bool = settings.setting(
        True,
        "Pad batches to their longest sequence where the encoder's output does not "
        "depend on padding; else, and on TPUs, always to max_seq_length.",
    )
    bucket_by_length: bool = settings.setting(
        True,
        "Where batches are padded to their longest sequence, make them of sequences "
        "of about the same length; predictions are the same, sooner.",
    )
    init_checkpoint: Optional[str] = settings.setting(
        None,
        "Checkpoint or folder to start from instead of the model's own; 'none' starts "
        "from random weights and keeps the results apart.",
    )
    run_name: str = settings.setting(
        "", "Keeps results of other settings apart: names their folders and files."
    )
    keep_all_models: bool = settings.setting(
        False, "Keep the weights of every trial, not only of the best."
    )
    write_test_outputs: bool = settings.setting(
        True, "Predict the test files, and write what the benchmarks' servers take."
    )
    n_writes_test: int = settings.setting(
        5, "Trials that predict the test files, counted from the first.", low=0
    )
    skip_splits: List[str] = settings.setting(
        [], "Files to do without, such as dev_mismatched or diagnostic of mnli."
    )
    overwrite_trials: bool = settings.setting(
        False, "Discard trials made with other settings instead of refusing."
    )
    raw_data_dir: Optional[str] = settings.setting(
        None, "Folder of the tasks' folders; DATA_DIR/finetuning_data by default."
    )
    use_tfrecords_if_existing: bool = settings.setting(
        True, "Use cached records made of the very same data; else make them anew."
    )
    debug: bool = settings.setting(
        False, "A quick look at 100 examples of each file; results are kept apart."
    )
    max_examples: int = settings.setting(
        0, "Examples read of each file, for a quick look; 0 reads all.", low=0
    )
    log_examples: bool = settings.setting(
        False, "Print the first training examples as tokens."
    )

    def check(self):
        if not self.task_names:
            raise ValueError("task_names is empty; name at least one task.")
        repeated = sorted(
            {name for name in self.task_names if self.task_names.count(name) > 1}
        )
        if repeated:
            raise ValueError("task_names lists %s twice." % ", ".join(repeated))
        if not (self.do_train or self.do_eval or self.write_test_outputs):
            raise ValueError("do_train, do_eval and write_test_outputs are all false.")
        if self.class_weights and self.balance_classes:
            raise ValueError("Set either class_weights or balance_classes, not both.")
        if not _FILE_NAME.fullmatch(self.run_name):
            raise ValueError(
                "run_name names files, so it is made of letters, digits, blanks and "
                "any of _ . + = , @ -, got %r." % self.run_name
            )

    @property
    def variant(self) -> str:
        """Suffix of this run's folders and files; "" for an ordinary run."""
        is_random = self.init_checkpoint == RANDOM_WEIGHTS
        parts = ["random"] * is_random + ["debug"] * self.debug + [self.run_name]
        return "_".join(part for part in parts if part)


@dataclasses.dataclass(frozen=True)
class QuestionAnsweringSettings(settings.Section):
    """Settings of reading comprehension tasks; no other task looks at them."""

    max_query_length: int = settings.setting(
        64, "Longest question in tokens; the rest is cut off.", low=1
    )
    doc_stride: int = settings.setting(
        128, "Tokens between the starts of two windows over a passage.", low=1
    )
    n_best_size: int = settings.setting(20, "Answers ranked per question.", low=1)
    max_answer_length: int = settings.setting(30, "Longest answer in tokens.", low=1)
    answerable_classifier: bool = settings.setting(
        True, "Predict whether a question has an answer."
    )
    answerable_uses_start_logits: bool = settings.setting(
        True, "Let that prediction see where an answer would start."
    )
    answerable_weight: float = settings.setting(
        0.5, "Weight of that prediction's loss.", low=0.0
    )
    joint_prediction: bool = settings.setting(
        True, "Predict an answer's end from its start; else both independently."
    )
    beam_size: int = settings.setting(20, "Starts for which an end is sought.", low=1)
    qa_na_threshold: Optional[float] = settings.setting(
        None,
        "Null odds above which a question gets no answer. By default the published "
        "ones on development files, and on other files what was best on those.",
    )


@dataclasses.dataclass(frozen=True)
class TaggingSettings(settings.Section):
    """Settings of tagging tasks; no other task looks at them."""

    tag_scheme: str = settings.setting(
        "iobes",
        "Tags that the model learns: every entity's beginning, inside and end "
        "(iobes), its beginning and inside (bio), or those of the file (as_is).",
        choices=["iobes", "bio", "as_is"],
    )
    tag_stride: int = settings.setting(
        32, "Words that the next window over a long sentence shares.", low=0
    )

"""One task to fine-tune, checked and made ready before anything is trained."""

import dataclasses
import json
from typing import Any, Dict, List, NamedTuple, Optional

from finetune import data, inputs, results
from finetune import settings as settings_lib
from finetune import task as task_lib
from model import config as config_lib
from model import optimization, tokenization
from util import estimator, files, run_settings


class Pretrained(NamedTuple):
    """What fine-tuning starts from.

    Attributes:
      encoder: Architecture.
      tokenizer: Vocabulary and casing.
      checkpoint: Prefix of the weights; None for random weights.
    """

    encoder: config_lib.EncoderConfig
    tokenizer: tokenization.TokenizerSettings
    checkpoint: Optional[str]


@dataclasses.dataclass(frozen=True)
class Job:
    """What to do.

    Attributes:
      task: What is learned.
      pretrained: What it starts from.
      data_dir: Holds finetuning_data/ and finetuning_tfrecords/.
      model_dir: The pre-trained model's folder; results go there too.
      optimizer: How the weights are updated.
      run: Seed and devices; its model_dir and num_train_steps are set per trial.
      finetune: Everything else.
    """

    task: task_lib.Task
    pretrained: Pretrained
    data_dir: str
    model_dir: str
    optimizer: optimization.OptimizerSettings
    run: run_settings.RunSettings
    finetune: settings_lib.FinetuneSettings

    @property
    def paths(self) -> results.Paths:
        names = [self.task.name, self.finetune.variant]
        stem = "_".join(name for name in names if name)
        return results.Paths(self.model_dir, stem)

    @property
    def pad_to(self) -> Optional[int]:
        """Length of every batch, or None where each has that of its longest.

        Only an encoder that hides padding from its convolution gives the same
        output however much padding there is; published checkpoints do not.
        """
        encoder = self.pretrained.encoder
        hides_padding = encoder.mask_convolution or not encoder.has_convolution
        if hides_padding and self.finetune.pad_to_longest and not self.run.use_tpu:
            return None
        return self.finetune.max_seq_length

    @property
    def has_buckets(self) -> bool:
        """Whether the sequences of a batch are of about the same length."""
        return self.pad_to is None and self.finetune.bucket_by_length


@dataclasses.dataclass(frozen=True)
class Ready:
    """A job whose inputs were all read and checked.

    Attributes:
      job: The job.
      splits: Its files, by split name.
      num_train_steps: Steps of one trial; 0 if nothing is trained.
      settings: What decides the trained weights, apart from the seed.
    """

    job: Job
    splits: Dict[str, data.Prepared]
    num_train_steps: int
    settings: Dict[str, Any]

    def with_role(self, role: str) -> List[data.Prepared]:
        return [split for split in self.splits.values() if split.split.role == role]

    @property
    def train_records(self) -> inputs.RecordFile:
        return self.with_role(task_lib.TRAIN)[0].records

    def trial_settings(self, trial: int) -> Dict[str, Any]:
        """Returns what decides a trial's weights, as kept in its folder."""
        return dict(self.settings, seed=self.seed(trial))

    def seed(self, trial: int) -> int:
        return self.job.run.seed + trial - 1


def prepare(job: Job) -> Ready:
    """Reads and checks every input of a job.

    Raises:
      FileNotFoundError: A file is missing.
      ValueError: A row is malformed, settings contradict each other, or there is too
        little data for one step.
    """
    _check_length(job)
    dirs = data.default_dirs(job.data_dir, job.finetune.raw_data_dir)
    if job.run.use_tpu:
        estimator.check_tpu_paths({"data_dir": dirs["cache"]})
    estimator.examples_per_device(
        job.run,
        job.finetune.train_batch_size,
        job.optimizer.gradient_accumulation_steps,
    )
    datasets = data.read(job.task, dirs["raw"], job.finetune)
    tokenizer = tokenization.build(job.pretrained.tokenizer)
    _check_vocabulary(job, tokenizer)
    splits = data.prepare(job.task, datasets, tokenizer, job.finetune, dirs["cache"])
    num_steps = 0
    if job.finetune.do_train:
        num_steps = inputs.num_train_steps(
            splits["train"].records.count,
            job.finetune.train_batch_size,
            job.finetune.num_train_epochs,
        )
    settings = _weight_settings(job, tokenizer, splits) if num_steps else {}
    return Ready(job, splits, num_steps, settings)


def describe(ready: Ready) -> str:
    """Returns what a job is about to do, in a few lines."""
    job, finetune = ready.job, ready.job.finetune
    start = job.pretrained.checkpoint or "random weights"
    lines = ["Task %s from %s" % (job.task.name, start)]
    for prepared in ready.splits.values():
        count = prepared.records.count
        lines.append(
            "  %-16s %7d examples, %.1f tokens each, from %s"
            % (
                prepared.split.name,
                len(prepared.dataset.examples),
                prepared.records.tokens / max(count, 1),
                prepared.dataset.path,
            )
        )
    lines.append(
        "  %d trial(s) of %d steps (%g epochs of %d records in batches of %d)"
        % (
            finetune.num_trials,
            ready.num_train_steps,
            finetune.num_train_epochs,
            ready.train_records.count,
            finetune.train_batch_size,
        )
        if ready.num_train_steps
        else "  no training"
    )
    return "\n".join(lines)


def _check_length(job: Job) -> None:
    longest = job.pretrained.encoder.max_position_embeddings
    if job.finetune.max_seq_length > longest:
        raise ValueError(
            "max_seq_length is %d, but the encoder has %d position embeddings; use at "
            "most %d." % (job.finetune.max_seq_length, longest, longest)
        )


def _check_vocabulary(job: Job, tokenizer: Any) -> None:
    rows = job.pretrained.encoder.vocab_size
    if tokenizer.vocab_size > rows:
        raise ValueError(
            "The vocabulary %s has %d tokens, but the encoder has embeddings for %d. "
            "Use the vocabulary that the model was pre-trained with."
            % (job.pretrained.tokenizer.vocab_file, tokenizer.vocab_size, rows)
        )


def _weight_settings(
    job: Job, tokenizer: Any, splits: Dict[str, data.Prepared]
) -> Dict[str, Any]:
    """Returns everything that decides the trained weights, but the seed."""
    checkpoint = job.pretrained.checkpoint
    weights = settings_lib.RANDOM_WEIGHTS
    if checkpoint is not None:
        # The index lists a checksum of every variable.
        weights = files.sha256(checkpoint + ".index")
    settings = {
        "task": job.task.name,
        "labels": list(job.task.labels),
        "encoder": job.pretrained.encoder.to_dict(),
        "initial_weights": weights,
        "tokenizer": inputs.tokenizer_key(tokenizer),
        "optimizer": job.optimizer.to_dict(),
        "num_train_epochs": job.finetune.num_train_epochs,
        "train_batch_size": job.finetune.train_batch_size,
        "max_seq_length": job.finetune.max_seq_length,
        "pad_to": job.pad_to,
        "bucket_by_length": job.has_buckets,
        "train_data": splits["train"].records.fingerprint,
    }
    return json.loads(json.dumps(settings))  # As it will be read back.

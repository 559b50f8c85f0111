"""Tasks to fine-tune, checked and made ready before anything is trained."""

import dataclasses
import json
import sys
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from finetune import (
    cache,
    class_weights,
    data,
    inputs,
    model_fn,
    results,
)
from finetune import freezing as freezing_lib
from finetune import mixture as mixture_lib
from finetune import selection as selection_lib
from finetune import settings as settings_lib
from finetune import task as task_lib
from finetune import top as top_lib
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
      tasks: What is learned, by one model.
      pretrained: What it starts from.
      data_dir: Holds finetuning_data/ and finetuning_tfrecords/.
      model_dir: The pre-trained model's folder; results go there too.
      optimizer: How the weights are updated.
      run: Seed and devices; its model_dir and num_train_steps are set per trial.
      finetune: Everything else.
      top: What lies between encoder and heads.
      mixture: How tasks are mixed.
      freezing: Which layers rest.
      selection: Evaluation during training.
    """

    tasks: Tuple[task_lib.Task, ...]
    pretrained: Pretrained
    data_dir: str
    model_dir: str
    optimizer: optimization.OptimizerSettings
    run: run_settings.RunSettings
    finetune: settings_lib.FinetuneSettings
    top: top_lib.TopSettings = top_lib.TopSettings()
    mixture: mixture_lib.MixtureSettings = mixture_lib.MixtureSettings()
    freezing: freezing_lib.FreezingSettings = freezing_lib.FreezingSettings()
    selection: selection_lib.SelectionSettings = selection_lib.SelectionSettings()

    @property
    def name(self) -> str:
        return "_".join(task.name for task in self.tasks)

    @property
    def paths(self) -> results.Paths:
        names = [self.name, self.finetune.variant]
        stem = "_".join(name for name in names if name)
        return results.Paths(self.model_dir, stem)

    @property
    def score_names(self) -> List[str]:
        """The scores whose mean ranks trials, as results name them."""
        return sorted({name for task in self.tasks for name in task.score})

    @property
    def pad_to(self) -> Optional[int]:
        """Length of every batch, or None where each has that of its longest.

        Published checkpoints have a convolution whose output depends on padding.
        """
        may_vary = self.finetune.pad_to_longest and not self.run.use_tpu
        if self.pretrained.encoder.ignores_padding and may_vary:
            return None
        return self.finetune.max_seq_length

    @property
    def has_buckets(self) -> bool:
        """Whether the sequences of a batch are of about the same length."""
        return self.pad_to is None and self.finetune.bucket_by_length

    def plan(
        self, run: run_settings.RunSettings, num_frozen_layers: int = 0
    ) -> model_fn.Plan:
        """Returns what the model function needs to know."""
        return model_fn.Plan(
            tasks=self.tasks,
            encoder=self.pretrained.encoder,
            optimizer=self.optimizer,
            run=run,
            checkpoint=self.pretrained.checkpoint,
            top=self.top,
            num_frozen_layers=num_frozen_layers,
        )

    def split_name(self, task: task_lib.Task, split: task_lib.Split) -> str:
        """Returns what a split is called: with its task where there are several."""
        return split.name if len(self.tasks) == 1 else "%s/%s" % (task.name, split.name)

    def settled(
        self, task: task_lib.Task, metrics: Mapping[str, Dict[str, float]]
    ) -> task_lib.Task:
        """Returns a task as its development file settled it; see `Task.settle`.

        Args:
          task: One of the tasks.
          metrics: Scores by the names of splits, as results have them.
        """
        for split in task.with_role(task_lib.DEV):
            scores = metrics.get(self.split_name(task, split))
            if task.settle and scores:
                return task.settle(task, scores)
        return task


@dataclasses.dataclass(frozen=True)
class Ready:
    """A job whose inputs were all read and checked.

    Attributes:
      job: The job.
      tokenizer: The model's.
      splits: Its files, by split name.
      num_train_steps: Steps of one trial; 0 if nothing is trained.
      steps_per_epoch: Of the training; epochs need not end at a whole step.
      settings: What decides the trained weights, apart from the seed.
    """

    job: Job
    tokenizer: Any
    splits: Dict[str, data.Prepared]
    num_train_steps: int
    steps_per_epoch: float
    settings: Dict[str, Any]

    def with_role(self, role: str) -> List[data.Prepared]:
        return [split for split in self.splits.values() if split.split.role == role]

    @property
    def train_records(self) -> List[cache.RecordFile]:
        """The training records of each task."""
        return [prepared.records for prepared in self.with_role(task_lib.TRAIN)]

    @property
    def shares(self) -> Tuple[float, ...]:
        """Each task's share of the training."""
        counts = [records.count for records in self.train_records]
        return tuple(mixture_lib.shares(counts, self.job.mixture))

    def name_of(self, prepared: data.Prepared) -> str:
        return self.job.split_name(prepared.task, prepared.split)

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
    _check(job)
    dirs = data.default_dirs(job.data_dir, job.finetune.raw_data_dir)
    if job.run.use_tpu:
        estimator.check_tpu_paths({"data_dir": dirs["cache"]})
    datasets = [data.read(task, dirs["raw"], job.finetune) for task in job.tasks]
    weighted = [
        class_weights.apply(task, found, job.finetune)
        for task, found in zip(job.tasks, datasets)
    ]
    job = dataclasses.replace(job, tasks=tuple(weighted))
    tokenizer = tokenization.build(job.pretrained.tokenizer)
    check_vocabulary(job.pretrained, tokenizer)
    splits = {
        job.split_name(task, each.split): each
        for task, found in zip(job.tasks, datasets)
        for each in data.prepare(
            task, found, tokenizer, job.finetune, dirs["cache"]
        ).values()
    }
    ready = Ready(job, tokenizer, splits, 0, 0.0, {})
    if not job.finetune.do_train:
        return ready
    count = sum(_epoch_size(each) for each in ready.with_role(task_lib.TRAIN))
    batch_size, num_epochs = (
        job.finetune.train_batch_size,
        job.finetune.num_train_epochs,
    )
    return dataclasses.replace(
        ready,
        num_train_steps=inputs.num_train_steps(count, batch_size, num_epochs),
        steps_per_epoch=count / batch_size,
        settings=_weight_settings(ready),
    )


def _epoch_size(prepared: data.Prepared) -> int:
    """Returns how many examples an epoch has."""
    count = prepared.records.count
    renewal = prepared.task.renewal
    return renewal.num_examples(count) if renewal else count


def describe(ready: Ready) -> str:
    """Returns what a job is about to do, in a few lines."""
    job, finetune = ready.job, ready.job.finetune
    start = "as fine-tuned"
    if finetune.do_train:
        start = "from %s" % (job.pretrained.checkpoint or "random weights")
    names = ", ".join(task.name for task in job.tasks)
    kind = "Tasks, trained together:" if len(job.tasks) > 1 else "Task"
    lines = ["%s %s %s" % (kind, names, start)]
    for name, prepared in ready.splits.items():
        count = prepared.records.count
        lines.append(
            "  %-16s %7d examples, %.1f tokens each, from %s"
            % (
                name,
                len(prepared.dataset.examples),
                prepared.records.tokens / max(count, 1),
                prepared.dataset.path,
            )
        )
    if not ready.num_train_steps:
        return "\n".join(lines + ["  no training"])
    lines.append(
        "  %d trial(s) of %d steps (%g epochs of %d records in batches of %d)"
        % (
            finetune.num_trials,
            ready.num_train_steps,
            finetune.num_train_epochs,
            round(ready.steps_per_epoch * finetune.train_batch_size),
            finetune.train_batch_size,
        )
    )
    if len(job.tasks) > 1:
        shares = zip(job.tasks, ready.shares)
        parts = ["%s %.1f %%" % (task.name, 100 * share) for task, share in shares]
        lines.append("  of the batches: %s" % ", ".join(parts))
    return "\n".join(lines)


def _check(job: Job) -> None:
    """Refuses settings that contradict each other or the encoder."""
    encoder = job.pretrained.encoder
    longest = encoder.max_position_embeddings
    if job.finetune.max_seq_length > longest:
        raise ValueError(
            "max_seq_length is %d, but the encoder has %d position embeddings; use at "
            "most %d." % (job.finetune.max_seq_length, longest, longest)
        )
    for task in job.tasks if job.finetune.do_train else ():
        wanted = data.wanted_splits(task, job.finetune)
        if not any(split.role == task_lib.TRAIN for split in wanted):
            raise ValueError(
                "Task %s has no training file; take it out of skip_splits, or set "
                "do_train to false to evaluate only." % task.name
            )
    freezing_lib.check(job.freezing, encoder)
    inputs.specs_of(job.tasks)
    if len(job.tasks) > 1 and any(task.renewal for task in job.tasks):
        raise ValueError(
            "Examples made anew after each epoch (ssa) do not go with several tasks in "
            "one model; set multi_task or ssa to false."
        )
    if job.run.num_gpus > 1:
        estimator.gpu_devices(job.run.num_gpus)
    estimator.examples_per_device(
        job.run,
        job.finetune.train_batch_size,
        job.optimizer.gradient_accumulation_steps,
    )


def check_vocabulary(pretrained: Pretrained, tokenizer: Any) -> None:
    """Refuses a vocabulary with more tokens than the encoder has, tells of fewer.

    Raises:
      ValueError: It has more.
    """
    rows = pretrained.encoder.vocab_size
    if tokenizer.vocab_size < rows:
        print(
            "The vocabulary %s has %d tokens, but the encoder has embeddings for %d. "
            "Is it the one that the model was pre-trained with?"
            % (pretrained.tokenizer.vocab_file, tokenizer.vocab_size, rows),
            file=sys.stderr,
        )
    if tokenizer.vocab_size > rows:
        raise ValueError(
            "The vocabulary %s has %d tokens, but the encoder has embeddings for %d. "
            "Use the vocabulary that the model was pre-trained with."
            % (pretrained.tokenizer.vocab_file, tokenizer.vocab_size, rows)
        )


def _weight_settings(ready: Ready) -> Dict[str, Any]:
    """Returns everything that decides the trained weights, but the seed."""
    job = ready.job
    checkpoint = job.pretrained.checkpoint
    weights = settings_lib.RANDOM_WEIGHTS
    if checkpoint is not None:
        # The index lists a checksum of every variable.
        weights = files.sha256(checkpoint + ".index")
    tasks = {
        prepared.task.name: {
            "labels": list(prepared.task.labels),
            "train_data": prepared.records.fingerprint,
            "head": dataclasses.asdict(prepared.task.head),
            "renewal": prepared.task.renewal
            and dataclasses.asdict(prepared.task.renewal),
        }
        for prepared in ready.with_role(task_lib.TRAIN)
    }
    settings = {
        "tasks": tasks,
        "encoder": job.pretrained.encoder.to_dict(),
        "initial_weights": weights,
        "tokenizer": cache.tokenizer_key(ready.tokenizer),
        "optimizer": job.optimizer.to_dict(),
        "top": job.top.to_dict(),
        "mixture": job.mixture.to_dict(),
        "freezing": job.freezing.to_dict(),
        "selection": job.selection.to_dict(),
        "precision": job.run.precision,
        "num_train_epochs": job.finetune.num_train_epochs,
        "train_batch_size": job.finetune.train_batch_size,
        "max_seq_length": job.finetune.max_seq_length,
        "pad_to": job.pad_to,
        "bucket_by_length": job.has_buckets,
    }
    if job.selection.keep_best or job.selection.early_stopping:
        settings["chosen_by"] = {
            ready.name_of(prepared): prepared.records.fingerprint
            for prepared in ready.with_role(task_lib.DEV)
        }
    return json.loads(json.dumps(settings))  # As it will be read back.

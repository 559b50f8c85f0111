"""Reads a task's files and prepares their records, all before anything is trained."""

import dataclasses
import os
import sys
from typing import Any, Dict, List, Tuple

import numpy as np

from finetune import cache
from finetune import settings as settings_lib
from finetune import task as task_lib
from util import registry


@dataclasses.dataclass(frozen=True)
class Prepared:
    """One split, ready for the pipeline.

    Attributes:
      task: Whose it is.
      split: Its name and role.
      dataset: Its examples.
      records: Its cached records.
    """

    task: task_lib.Task
    split: task_lib.Split
    dataset: task_lib.Dataset
    records: cache.RecordFile

    def to_dict(self) -> Dict[str, Any]:
        return {
            "path": self.dataset.path,
            "examples": len(self.dataset.examples),
            "records": self.records.count,
            "skipped_rows": [list(row) for row in self.dataset.skipped],
            "notes": list(self.dataset.notes),
        }


def check_skipped(tasks: List[task_lib.Task], skip_splits: List[str]) -> None:
    """Refuses to skip splits that no task of the run has.

    Raises:
      ValueError: `skip_splits` names one.
    """
    names = {split.name for task in tasks for split in task.splits}
    for name in skip_splits:
        if name not in names:
            of_tasks = "split of %s:" % ", ".join(task.name for task in tasks)
            raise registry.unknown_name(of_tasks, name, names)


def wanted_splits(
    task: task_lib.Task, finetune: settings_lib.FinetuneSettings
) -> List[task_lib.Split]:
    """Returns the splits that a run needs."""
    roles = [
        role
        for role, wanted in (
            (task_lib.TRAIN, finetune.do_train),
            (task_lib.DEV, finetune.do_eval),
            (task_lib.FINAL, finetune.do_eval),
            (task_lib.TEST, finetune.write_test_outputs and finetune.n_writes_test),
        )
        if wanted
    ]
    return [
        split
        for split in task.splits
        if split.role in roles and split.name not in finetune.skip_splits
    ]


def read(
    task: task_lib.Task, raw_data_dir: str, finetune: settings_lib.FinetuneSettings
) -> Dict[task_lib.Split, task_lib.Dataset]:
    """Finds all files, then reads them; returns the examples by split.

    Raises:
      FileNotFoundError: A file is missing.
      ValueError: A row is malformed; the message starts with path:line.
    """
    result = {}
    for split, path in _find(task, raw_data_dir, finetune):
        dataset = task.reader.read(path, split)
        for notice in notices(dataset):
            print("%s: %s" % (path, notice), file=sys.stderr)
        if finetune.max_examples:
            examples = dataset.examples[: finetune.max_examples]
            dataset = dataclasses.replace(dataset, examples=examples)
        result[split] = dataset
    return result


def _find(
    task: task_lib.Task, raw_data_dir: str, finetune: settings_lib.FinetuneSettings
) -> List[Tuple[task_lib.Split, str]]:
    """Returns the file of every split that a run needs.

    Raises:
      FileNotFoundError: A file is missing, and not one that test files may be.
    """
    found = []
    for split in wanted_splits(task, finetune):
        try:
            found.append((split, task.reader.find(raw_data_dir, split)))
        except FileNotFoundError as error:
            if split.role != task_lib.FINAL or finetune.write_test_outputs:
                raise FileNotFoundError(
                    "%s: %s To do without it, put its name into skip_splits; "
                    "write_test_outputs=false does without test files that are not "
                    "there." % (task.name, error)
                ) from error
            print("%s: There is no %s file." % (task.name, split.name), file=sys.stderr)
    return found


def prepare(
    task: task_lib.Task,
    datasets: Dict[task_lib.Split, task_lib.Dataset],
    tokenizer: Any,
    finetune: settings_lib.FinetuneSettings,
    cache_dir: str,
) -> Dict[str, Prepared]:
    """Makes or finds the records of every split; returns them by split name."""
    result = {}
    for split, dataset in datasets.items():
        context = feature_context(tokenizer, finetune, split.role)
        if finetune.log_examples and context.is_training:
            _log_examples(task, dataset, context)
        record_file = cache.prepare(
            task, split, dataset, context, cache_dir, finetune.use_tfrecords_if_existing
        )
        result[split.name] = Prepared(task, split, dataset, record_file)
    return result


def feature_context(
    tokenizer: Any, finetune: settings_lib.FinetuneSettings, role: str
) -> task_lib.FeatureContext:
    """Returns what shapes the features of a split with this role."""
    return task_lib.FeatureContext(
        tokenizer=tokenizer,
        max_seq_length=finetune.max_seq_length,
        is_training=role == task_lib.TRAIN,
        double_unordered=finetune.double_unordered,
    )


def default_dirs(data_dir: str, raw_data_dir: Any) -> Dict[str, str]:
    """Returns where the raw files and the cached records of a data dir are."""
    return {
        "raw": raw_data_dir or os.path.join(data_dir, "finetuning_data"),
        "cache": os.path.join(data_dir, "finetuning_tfrecords"),
    }


def notices(dataset: task_lib.Dataset) -> List[str]:
    """Returns what users should know of a file."""
    result = list(dataset.notes)
    if dataset.skipped:
        result.append(
            "left out %d of %d rows: line %s%s"
            % (
                len(dataset.skipped),
                len(dataset.skipped) + len(dataset.examples),
                ", ".join("%d (%s)" % row for row in dataset.skipped[:20]),
                ", ..." if len(dataset.skipped) > 20 else "",
            )
        )
    return result


def _log_examples(
    task: task_lib.Task, dataset: task_lib.Dataset, context: task_lib.FeatureContext
) -> None:
    for example in dataset.examples[:3]:
        for features in task.features.build([example], context):
            ids = np.ravel(features["input_ids"]).tolist()
            tokens = context.tokenizer.tokens(ids)
            print("%s: %s" % (example, " ".join(tokens)), file=sys.stderr)

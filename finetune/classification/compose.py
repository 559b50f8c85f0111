"""Tasks put together from rows of a table: of GLUE, of Chinese sets, of a user."""

import dataclasses
import functools
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from finetune import heads
from finetune import task as task_lib
from finetune.classification import (
    analysis,
    features,
    layouts,
    metrics,
    tables,
    writers,
)
from finetune.classification import labels as labels_lib


@dataclasses.dataclass(frozen=True)
class File:
    """One split of a row: where it is, and where in it.

    Attributes:
      split: The split's name, role and official submission file.
      layout: Its columns.
    """

    split: task_lib.Split
    layout: layouts.Layout


@dataclasses.dataclass(frozen=True)
class Row:
    """One task.

    Attributes:
      name: As in `task_names`.
      folders: Names of its folder.
      files: Its splits, training first; one that is distributed in several forms is
        there several times.
      labels: What its labels may be; None collects them from the training file.
      metrics: Names of its scores; the mean of those of which more is better ranks
        trials.
      unordered: Whether the two texts of a pair may be swapped.
      defaults: Settings that differ for this task.
      drop_labels: Labels whose rows are left out.
      forms: Names of the files of `writers.FORMS` that are written.
      hint: Where its files are to be had, for the error.
    """

    name: str
    folders: Tuple[str, ...]
    files: Tuple[File, ...]
    labels: Optional[labels_lib.Labels]
    metrics: Tuple[str, ...] = ("accuracy",)
    unordered: bool = False
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    drop_labels: Tuple[str, ...] = ()
    forms: Tuple[str, ...] = ()
    hint: str = ""


def file(name: str, role: str, *file_names: str, **layout: Any) -> File:
    """Returns a file of a row.

    Args:
      name: Of the split.
      role: Of the split.
      *file_names: Candidates.
      **layout: The other fields of its layout.
    """
    return File(
        task_lib.Split(name, role), layouts.Layout(file_names=file_names, **layout)
    )


def build(row: Row, surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Puts a task together.

    Args:
      row: What it is.
      surroundings: Where its files are and what labels a trained model knows.

    Raises:
      FileNotFoundError: Labels are to be collected, but there is no training file.
      ValueError: That file is malformed, or the model knows other labels.
    """
    reader = tables.TableReader(
        folders=row.folders,
        layouts=tuple((each.split.name, each.layout) for each in row.files),
        labels=labels_lib.Classes(()),
        drop_labels=row.drop_labels,
        hint=row.hint,
    )
    labels = _labels(row, reader, surroundings)
    is_class = isinstance(labels, labels_lib.Classes)
    return task_lib.Task(
        name=row.name,
        splits=tuple(dict.fromkeys(each.split for each in row.files)),
        reader=dataclasses.replace(reader, labels=labels),
        features=features.TextFeatures(
            label_is_class=is_class, unordered=row.unordered
        ),
        head=_head(labels),
        metrics=metrics.Scorer(row.metrics),
        metric_names=(*row.metrics, "loss"),
        score=tuple(name for name in row.metrics if name not in metrics.ERRORS),
        writer=writers.for_labels(labels, row.forms),
        is_degenerate=metrics.degenerate,
        analyze=analysis.for_labels(labels),
        labels=labels.names if isinstance(labels, labels_lib.Classes) else (),
        defaults=row.defaults,
    )


def factories(rows: Sequence[Row]) -> Dict[str, task_lib.Factory]:
    """Returns what the catalog keeps: a factory by task name."""
    return {row.name: functools.partial(build, row) for row in rows}


def _labels(
    row: Row, reader: tables.TableReader, surroundings: task_lib.Surroundings
) -> labels_lib.Labels:
    """Returns a task's labels: its own, a trained model's, or the training file's."""
    stored = surroundings.stored_labels
    if row.labels is not None:
        own = getattr(row.labels, "names", ())
        if stored and own and tuple(stored) != own:
            raise ValueError(
                "%s: the model knows the labels %s, the task has %s. Their order "
                "counts too; describe the task as it was trained."
                % (row.name, labels_lib.listed(tuple(stored)), labels_lib.listed(own))
            )
        return row.labels
    if stored:
        return labels_lib.Classes(tuple(stored))
    train = row.files[0].split
    try:
        path = reader.find(surroundings.raw_data_dir, train)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            "%s: its labels are those of the training file. %s" % (row.name, error)
        ) from error
    return labels_lib.Classes(reader.label_names(path, train))


def _head(labels: labels_lib.Labels) -> heads.Head:
    if isinstance(labels, labels_lib.Classes):
        return heads.Classification(len(labels.names))
    return heads.Regression(labels.low, labels.high)

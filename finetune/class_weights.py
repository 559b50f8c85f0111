"""Weights of classes in the loss of training."""

import dataclasses
import math
from typing import Any, Dict, Tuple

import numpy as np

from finetune import heads
from finetune import settings as settings_lib
from finetune import task as task_lib
from util import registry


def apply(
    task: task_lib.Task,
    datasets: Dict[task_lib.Split, task_lib.Dataset],
    finetune: settings_lib.FinetuneSettings,
) -> task_lib.Task:
    """Returns the task, its head weighing classes as the settings say.

    Args:
      task: The task.
      datasets: What was read of its files.
      finetune: Settings of the run.

    Raises:
      ValueError: The task has no classes, or none of a name that is weighed, or a
        weight is no weight, or a teacher alone is learned from.
    """
    if not (finetune.class_weights or finetune.balance_classes):
        return task
    if not _weighs_classes(task.head):
        raise ValueError(
            "Task %s does not weigh classes; set class_weights to {} and "
            "balance_classes to false." % task.name
        )
    if _ignores_labels(task.head):
        raise ValueError(
            "class_weights and balance_classes weigh the loss of the labels, which "
            "distill_alpha 1 leaves out; lower it, or do without them."
        )
    weights = _named(task, finetune)
    if finetune.balance_classes:
        trained = [
            dataset
            for split, dataset in datasets.items()
            if split.role == task_lib.TRAIN
        ]
        weights = _balanced(task, trained[0]) if trained else weights
    return dataclasses.replace(task, head=_weighted(task.head, weights))


def _weighs_classes(head: heads.Head) -> bool:
    inner = getattr(head, "inner", None)
    return hasattr(head, "class_weights") or bool(inner and _weighs_classes(inner))


def _ignores_labels(head: heads.Head) -> bool:
    """Whether a head learns from a teacher alone; of one around another, the inner."""
    settings = getattr(head, "settings", None)
    inner = getattr(head, "inner", None)
    is_taught = getattr(settings, "distill_alpha", None) == 1.0
    return is_taught or bool(inner and _ignores_labels(inner))


def _weighted(head: heads.Head, weights: Tuple[float, ...]) -> heads.Head:
    """Returns a head that weighs classes; of one around another, the inner does."""
    if hasattr(head, "class_weights"):
        changes: Dict[str, Any] = {"class_weights": weights}
    else:
        changes = {"inner": _weighted(vars(head)["inner"], weights)}
    return dataclasses.replace(head, **changes)


def _named(
    task: task_lib.Task, finetune: settings_lib.FinetuneSettings
) -> Tuple[float, ...]:
    for name, weight in finetune.class_weights.items():
        if name not in task.labels:
            what = "label of %s (class_weights):" % task.name
            raise registry.unknown_name(what, name, task.labels)
        if type(weight) not in (int, float) or not 0 <= weight < math.inf:
            raise ValueError(
                "class_weights has %r for %r; a weight is a number from 0."
                % (weight, name)
            )
    return tuple(float(finetune.class_weights.get(name, 1.0)) for name in task.labels)


def _balanced(task: task_lib.Task, dataset: task_lib.Dataset) -> Tuple[float, ...]:
    """Returns n / (C * count) for each class of n examples: all C weigh the same.

    C counts the classes that have examples; the others, never trained on, weigh 1.
    """
    labels = np.array([example.label for example in dataset.examples])
    counts = np.bincount(labels, minlength=len(task.labels))
    present = counts > 0
    weights = np.ones(len(counts))
    weights[present] = len(labels) / (np.sum(present) * counts[present])
    return tuple(round(float(weight), 6) for weight in weights)

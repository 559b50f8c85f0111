"""Makes a task of classification or regression one with self-supervised attention."""

import dataclasses
import functools
from typing import Any, Callable, Dict, Iterator

from finetune import distillation, heads
from finetune import task as task_lib
from finetune.self_attention import features, head, renewal
from finetune.self_attention import labels as labels_lib
from finetune.self_attention import settings as settings_lib

Rows = Callable[[task_lib.Predictions], Iterator[Dict[str, Any]]]


def wrap(
    task: task_lib.Task,
    settings: settings_lib.SelfAttentionSettings,
    max_seq_length: int,
) -> task_lib.Task:
    """Returns the task with token labels, learned anew for every epoch.

    Args:
      task: Its examples have `text_a`, `text_b`, `label` and `_replace`. Distillation,
        if wanted, is put around it first.
      settings: With `ssa` false the task stays as it is.
      max_seq_length: Longest sequence in tokens.

    Raises:
      ValueError: The task is of another kind.
    """
    if not settings.ssa:
        return task
    known = (heads.Classification, heads.Regression, distillation.Distilled)
    if not isinstance(task.head, known):
        raise ValueError(
            "ssa is for classification and regression, and %s is neither: its head is "
            "%s. Leave it out of task_names or set ssa to false."
            % (task.name, type(task.head).__name__)
        )
    rule = labels_lib.RULES[settings.ssa_labels]
    return dataclasses.replace(
        task,
        features=features.TokenLabelFeatures(task.features, rule.original),
        head=head.SelfAttention(task.head, settings, max_seq_length),
        writer=dataclasses.replace(
            task.writer, rows=functools.partial(_rows, task.writer.rows)
        ),
        renewal=renewal.Renewal(settings),
    )


def _rows(inner: Rows, predictions: task_lib.Predictions) -> Iterator[Dict[str, Any]]:
    """Adds to each row how much every token matters, in order; 0 for [CLS], [SEP]."""
    said = predictions.outputs
    for row, values, length in zip(
        inner(predictions), said["token_importance"], said["length"]
    ):
        shown = values[:length]
        row["token_importance"] = [round(float(value), 4) for value in shown]
        yield row

"""Predictions as others want them: a benchmark's values, or one JSON row each."""

import functools
from typing import Any, Dict, Iterator, List, Tuple, Union

import numpy as np

from finetune import task as task_lib
from finetune.classification import labels as labels_lib
from finetune.classification import metrics


def for_labels(
    labels: Union[labels_lib.Classes, labels_lib.Range],
) -> task_lib.Writer:
    """Returns the writer of a task with these labels."""
    if isinstance(labels, labels_lib.Classes):
        return task_lib.Writer(
            functools.partial(_class_values, labels.names),
            functools.partial(_class_rows, labels.names),
        )
    return task_lib.Writer(functools.partial(_numbers, labels), _number_rows)


def _class_values(
    names: Tuple[str, ...], predictions: task_lib.Predictions
) -> List[str]:
    return [names[index] for index in metrics.predicted_values(predictions)]


def _numbers(limits: labels_lib.Range, predictions: task_lib.Predictions) -> List[str]:
    clipped = np.clip(
        metrics.predicted_values(predictions).astype(np.float64),
        limits.low,
        limits.high,
    )
    return ["%.3f" % value for value in clipped]


def _class_rows(
    names: Tuple[str, ...], predictions: task_lib.Predictions
) -> Iterator[Dict[str, Any]]:
    values = _class_values(names, predictions)
    for position, example_id in enumerate(predictions.ids):
        row = {
            "id": example_id,
            "prediction": values[position],
            "logits": _rounded(predictions.outputs["logits"][position]),
            "probabilities": dict(
                zip(names, _rounded(predictions.outputs["probabilities"][position]))
            ),
        }
        if predictions.labels is not None:
            row["label"] = names[int(predictions.labels[position])]
        yield row


def _number_rows(predictions: task_lib.Predictions) -> Iterator[Dict[str, Any]]:
    values = metrics.predicted_values(predictions)
    for position, example_id in enumerate(predictions.ids):
        row = {"id": example_id, "prediction": round(float(values[position]), 6)}
        if predictions.labels is not None:
            row["label"] = round(float(predictions.labels[position]), 6)
        yield row


def _rounded(values: np.ndarray) -> List[float]:
    return [round(float(value), 6) for value in values]

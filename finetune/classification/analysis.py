"""What a model gets wrong: by class or by size of the number, example by example."""

import functools
from typing import Callable, Dict, List, Tuple

import numpy as np
from sklearn import metrics as sklearn_metrics

from finetune import task as task_lib
from finetune.classification import labels as labels_lib
from finetune.classification import metrics, tables

TEXT_SEPARATOR = " / "  # Between the two texts of a pair.


def for_labels(
    labels: labels_lib.Labels,
) -> Callable[[task_lib.Predictions], task_lib.Analysis]:
    """Returns the analysis of a task with these labels."""
    if isinstance(labels, labels_lib.Classes):
        return functools.partial(classes, labels.names)
    return numbers


def classes(
    names: Tuple[str, ...], predictions: task_lib.Predictions
) -> task_lib.Analysis:
    """Returns precision, recall and F1 of each class, and every wrong answer.

    Args:
      names: C class names.
      predictions: Of a labeled split.

    Raises:
      ValueError: The split is not labeled.
    """
    losses = _losses(predictions)
    labels, predicted = predictions.labels, metrics.predicted_values(predictions)
    every = np.arange(len(names))
    counts = sklearn_metrics.confusion_matrix(labels, predicted, labels=every)
    return task_lib.Analysis(
        groups=_class_scores(names, labels, predicted),
        mistakes=[
            _class_mistake(names, predictions, position, predicted[position])
            for position in np.argsort(-losses, kind="stable")
            if labels[position] != predicted[position]
        ],
        confusion=task_lib.Confusion(names, counts),
    )


def numbers(predictions: task_lib.Predictions) -> task_lib.Analysis:
    """Returns the errors in each quarter of the examples, and of each example.

    The quarters are those of the true values, from the smallest to the largest;
    equal values are in one quarter. Errors are in the unit of the labels:
    `mean_error` is positive where the model says too much.

    Args:
      predictions: Of a labeled split.

    Raises:
      ValueError: The split is not labeled.
    """
    _losses(predictions)
    labels = predictions.labels.astype(np.float64)
    errors = metrics.predicted_values(predictions).astype(np.float64) - labels
    sizes = np.abs(errors)
    return task_lib.Analysis(
        groups=_quarters(labels, errors),
        mistakes=[
            task_lib.Mistake(
                id=predictions.examples[position].id,
                text=_text(predictions.examples[position]),
                expected="%g" % labels[position],
                predicted="%.3f" % (labels[position] + errors[position]),
                badness=float(sizes[position]),
            )
            for position in np.argsort(-sizes, kind="stable")
        ],
    )


def _losses(predictions: task_lib.Predictions) -> np.ndarray:
    if predictions.losses is None:
        raise ValueError("A split without labels has no mistakes to show.")
    return predictions.losses


def _class_scores(
    names: Tuple[str, ...], labels: np.ndarray, predicted: np.ndarray
) -> Dict[str, Dict[str, float]]:
    columns = sklearn_metrics.precision_recall_fscore_support(
        labels, predicted, labels=np.arange(len(names)), zero_division=0
    )
    return {
        name: {
            "precision": 100.0 * float(precision),
            "recall": 100.0 * float(recall),
            "f1": 100.0 * float(f1),
            "support": float(support),
        }
        for name, precision, recall, f1, support in zip(names, *columns)
    }


def _class_mistake(
    names: Tuple[str, ...],
    predictions: task_lib.Predictions,
    position: int,
    answer: int,
) -> task_lib.Mistake:
    example = predictions.examples[position]
    probability = predictions.outputs["probabilities"][position][answer]
    return task_lib.Mistake(
        id=example.id,
        text=_text(example),
        expected=names[example.label],
        predicted="%s (%.1f%%)" % (names[answer], 100 * probability),
        badness=float(_losses(predictions)[position]),
    )


def _quarters(labels: np.ndarray, errors: np.ndarray) -> Dict[str, Dict[str, float]]:
    bounds = np.percentile(labels, [25, 50, 75])
    quarters = np.searchsorted(bounds, labels)  # [n], 0 to 3.
    groups: Dict[str, Dict[str, float]] = {}
    for quarter in range(len(bounds) + 1):
        own = quarters == quarter
        if own.any():
            name = "%g to %g" % (labels[own].min(), labels[own].max())
            groups[name] = {
                "mean_error": float(errors[own].mean()),
                "mean_absolute_error": float(np.abs(errors[own]).mean()),
                "support": float(own.sum()),
            }
    return groups


def _text(example: tables.Example) -> str:
    texts: List[str] = [example.text_a]
    if example.text_b is not None:
        texts.append(example.text_b)
    return TEXT_SEPARATOR.join(texts)

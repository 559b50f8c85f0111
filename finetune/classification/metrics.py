"""Scores of classification and regression, from scikit-learn and scipy.

Every score is multiplied by 100, as the GLUE benchmark prints them. `loss`, the mean
per example, and `mse`, in squares of the labels' unit, are not: of them less is better.
"""

from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import numpy as np
from scipy import stats
from sklearn import metrics

from finetune import task as task_lib

Score = Callable[[np.ndarray, np.ndarray], float]


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.accuracy_score(labels, predicted)


def matthews(labels: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.matthews_corrcoef(labels, predicted)


def pearson(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Linear correlation; 0 where one side is constant and it is not defined."""
    return _correlation(stats.pearsonr, labels, predicted)


def spearman(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Rank correlation; 0 where one side is constant and it is not defined."""
    return _correlation(stats.spearmanr, labels, predicted)


def squared_error(labels: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.mean_squared_error(labels, predicted)


def _correlation(function: Any, labels: np.ndarray, predicted: np.ndarray) -> float:
    if np.ptp(labels) == 0 or np.ptp(predicted) == 0:
        return 0.0
    return function(labels, predicted)[0]


def _averaged(function: Any, average: str) -> Score:
    """Returns a score of scikit-learn; 0 where nothing was found.

    With "binary" it is that of the class with index 1.
    """

    def score(labels: np.ndarray, predicted: np.ndarray) -> float:
        return function(labels, predicted, average=average, zero_division=0)

    return score


# What tells one class from the other: for two classes only.
BINARY_SCORES: Mapping[str, Score] = {
    "f1": _averaged(metrics.f1_score, "binary"),
    "precision": _averaged(metrics.precision_score, "binary"),
    "recall": _averaged(metrics.recall_score, "binary"),
}
CLASS_SCORES: Mapping[str, Score] = {
    "accuracy": accuracy,
    "mcc": matthews,
    "macro_f1": _averaged(metrics.f1_score, "macro"),
    "macro_precision": _averaged(metrics.precision_score, "macro"),
    "macro_recall": _averaged(metrics.recall_score, "macro"),
    "micro_f1": _averaged(metrics.f1_score, "micro"),
    "weighted_f1": _averaged(metrics.f1_score, "weighted"),
}
NUMBER_SCORES: Mapping[str, Score] = {"pearson": pearson, "spearman": spearman}
ERRORS: Mapping[str, Score] = {"mse": squared_error}  # The less, the better.


def predicted_values(predictions: task_lib.Predictions) -> np.ndarray:
    """Returns the class index or the number predicted for each example, [n]."""
    if "value" in predictions.outputs:
        return predictions.outputs["value"]
    return np.argmax(predictions.outputs["logits"], axis=-1)


class Scorer:
    """Computes the named scores of one split.

    Args:
      names: Keys of BINARY_SCORES, CLASS_SCORES, NUMBER_SCORES or ERRORS.
    """

    def __init__(self, names: Sequence[str]):
        known = dict(BINARY_SCORES, **CLASS_SCORES)
        known.update(NUMBER_SCORES)
        self._scores = {name: known[name] for name in names if name not in ERRORS}
        self._errors = {name: ERRORS[name] for name in names if name in ERRORS}

    def __call__(self, predictions: task_lib.Predictions) -> Dict[str, float]:
        if predictions.losses is None:
            raise ValueError("A split without labels cannot be scored.")
        labels, predicted = predictions.labels, predicted_values(predictions)
        if not np.all(np.isfinite(predicted)):
            return {name: 0.0 for name in self._scores}
        result = {
            name: 100.0 * float(score(labels, predicted))
            for name, score in self._scores.items()
        }
        for name, error in self._errors.items():
            result[name] = float(error(labels, predicted))
        result["loss"] = float(np.mean(predictions.losses))
        return result


def degenerate(predictions: task_lib.Predictions) -> Optional[str]:
    """Returns why these predictions show a failed run, or None.

    Fine-tuning a large encoder on a small task sometimes ends in a model that says
    the same for every input; such a run must not be averaged in unnoticed.
    """
    for name, values in sorted(predictions.outputs.items()):
        if not np.all(np.isfinite(values)):
            return "the %s are not finite" % name
    predicted = predicted_values(predictions)
    if len(predicted) > 1 and np.ptp(predicted) == 0:
        if "value" in predictions.outputs:
            return "every example gets the same value"
        return "every example gets the same class"
    return None

"""Scores of classification and regression, from scikit-learn and scipy.

Every score is multiplied by 100, as the GLUE benchmark prints them; `loss` is the
mean loss per example and is not.
"""

from typing import Callable, Dict, Mapping, Optional, Sequence

import numpy as np
from scipy import stats
from sklearn import metrics

from finetune import task as task_lib

Score = Callable[[np.ndarray, np.ndarray], float]


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.accuracy_score(labels, predicted)


def f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """F1 of the class with index 1; 0 where nothing was found."""
    return metrics.f1_score(labels, predicted, pos_label=1, zero_division=0)


def matthews(labels: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.matthews_corrcoef(labels, predicted)


def pearson(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Linear correlation; 0 where one side is constant and it is not defined."""
    return _correlation(stats.pearsonr, labels, predicted)


def spearman(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Rank correlation; 0 where one side is constant and it is not defined."""
    return _correlation(stats.spearmanr, labels, predicted)


def _correlation(function, labels, predicted) -> float:
    if np.ptp(labels) == 0 or np.ptp(predicted) == 0:
        return 0.0
    return function(labels, predicted)[0]


SCORES: Mapping[str, Score] = {
    "accuracy": accuracy,
    "f1": f1,
    "mcc": matthews,
    "pearson": pearson,
    "spearman": spearman,
}


def predicted_values(predictions: task_lib.Predictions) -> np.ndarray:
    """Returns the class index or the number predicted for each example, [n]."""
    if "value" in predictions.outputs:
        return predictions.outputs["value"]
    return np.argmax(predictions.outputs["logits"], axis=-1)


class Scorer:
    """Computes the named scores of one split.

    Args:
      names: Keys of SCORES.
    """

    def __init__(self, names: Sequence[str]):
        self._names = tuple(names)

    def __call__(self, predictions: task_lib.Predictions) -> Dict[str, float]:
        if predictions.labels is None:
            raise ValueError("A split without labels cannot be scored.")
        predicted = predicted_values(predictions)
        if not np.all(np.isfinite(predicted)):
            return {name: 0.0 for name in self._names}
        result = {
            name: 100.0 * float(SCORES[name](predictions.labels, predicted))
            for name in self._names
        }
        if predictions.losses is not None:
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

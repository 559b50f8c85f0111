"""Metrics of a batch: means and areas, for the log and for evaluation."""

from typing import Dict, NamedTuple, Union

import tensorflow.compat.v1 as tf

EPSILON = 1e-6  # In the denominators of means whose weights may all be 0.


class Mean(NamedTuple):
    """A metric that is a weighted mean over the examples of an evaluation."""

    values: tf.Tensor  # float32, B first
    weights: tf.Tensor  # float32, the same shape


class Auc(NamedTuple):
    """A metric that is the area under the ROC curve."""

    labels: tf.Tensor  # int32 0 or 1, B first
    scores: tf.Tensor  # float32 in [0, 1], the same shape
    weights: tf.Tensor  # float32, the same shape


Metric = Union[Mean, Auc]


def weighted_mean(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Returns sum(values * weights) / sum(weights), and 0 where no weight is."""
    return tf.reduce_sum(values * weights) / (tf.reduce_sum(weights) + EPSILON)


def batch_means(metrics: Dict[str, Metric]) -> Dict[str, tf.Tensor]:
    """Returns the metrics of one batch that are means, as scalars for the log."""
    return {
        name: weighted_mean(metric.values, metric.weights)
        for name, metric in metrics.items()
        if isinstance(metric, Mean)
    }


def eval_metrics(metrics: Dict[str, Metric]):
    """Returns (function, tensors) such that function(**tensors) makes metric ops.

    The two are apart because a TPU computes the tensors and its host the metrics.
    """
    kinds = {name: type(metric) for name, metric in metrics.items()}
    tensors = {
        _tensor_name(name, field): value
        for name, metric in metrics.items()
        for field, value in metric._asdict().items()
    }

    def metric_ops(**tensors):
        operations = {}
        for name, kind in kinds.items():
            metric = kind(*(tensors[_tensor_name(name, f)] for f in kind._fields))
            operations[name] = _metric_op(metric)
        return operations

    return metric_ops, tensors


def _tensor_name(metric_name: str, field: str) -> str:
    return "%s__%s" % (metric_name, field)


def _metric_op(metric: Metric):
    if isinstance(metric, Auc):
        return tf.metrics.auc(metric.labels, metric.scores, metric.weights)
    return tf.metrics.mean(metric.values, metric.weights)

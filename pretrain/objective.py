"""What unlabeled text teaches: the base of the objectives, and how they add up.

An objective declares the features it reads from a record, corrupts them in the
graph, and returns a loss and metrics. Training minimizes the weighted sum of the
losses of all `objectives`; nothing else in the code knows which they are.
"""

import abc
import dataclasses
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import modeling
from pretrain import masking
from util import records, registry
from util import settings as settings_lib

EPSILON = 1e-6  # In the denominators of means whose weights may all be 0.


@dataclasses.dataclass(frozen=True)
class ObjectiveSettings(settings_lib.Section):
    """Which objectives are trained, and how much each of them counts."""

    electra_objective: bool = settings_lib.setting(
        True,
        "The published code's switch: true is objectives ['electra'], false is "
        "['mlm']. `objectives` wins where it is given.",
    )
    objectives: Optional[List[str]] = settings_lib.setting(
        None, "Names of the objectives that are trained together."
    )
    objective_weights: Dict[str, float] = settings_lib.setting(
        {}, "Factor of the loss of an objective, by name; 1 where not given."
    )

    def check(self) -> None:
        names = self.names
        if not names or len(set(names)) != len(names):
            raise ValueError(
                "objectives must name at least one objective, each once, got %s."
                % (names,)
            )
        for name, weight in self.objective_weights.items():
            if name not in names:
                raise registry.unknown_name(
                    "objective in objective_weights:", name, names
                )
            if isinstance(weight, bool) or not isinstance(weight, (int, float)):
                raise ValueError(
                    "objective_weights[%r] must be a number, got %r." % (name, weight)
                )

    @property
    def names(self) -> List[str]:
        if self.objectives is not None:
            return self.objectives
        return ["electra"] if self.electra_objective else ["mlm"]

    def weight(self, name: str) -> float:
        return float(self.objective_weights.get(name, 1.0))


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


class ObjectiveOutput(NamedTuple):
    """What an objective makes of a batch."""

    loss: tf.Tensor  # float32 []
    metrics: Dict[str, Metric]
    parts: Dict[str, tf.Tensor]  # float32 []: the addends of the loss, unweighted


class Objective(abc.ABC):
    """One thing to learn from unlabeled text.

    Args:
      settings: Composed settings: `encoder` is the EncoderConfig; every section is
        an attribute under its own name (`masking`, `electra`, ...).
      tokens: Special tokens and size of the vocabulary.
    """

    name: str = ""

    def __init__(self, settings: Any, tokens: masking.Tokens):
        self.settings = settings
        self.tokens = tokens

    @abc.abstractmethod
    def check(self, encoder: config_lib.EncoderConfig, max_seq_length: int) -> None:
        """Refuses an encoder or a length that the objective cannot work with.

        Raises:
          ValueError: Says why.
        """

    @abc.abstractmethod
    def record_features(self, max_seq_length: int) -> List[records.FeatureSpec]:
        """Returns what the objective reads from a record."""

    @abc.abstractmethod
    def compute(
        self,
        features: Dict[str, tf.Tensor],
        encode: Callable[..., modeling.EncoderOutput],
        is_training: bool,
    ) -> ObjectiveOutput:
        """Corrupts a batch, runs the encoder and scores what it says.

        Args:
          features: int32 Tensors [B, ...] as declared by `record_features`.
          encode: `modeling.encode` with config and is_training filled in; takes
            Inputs and, to differ from the main encoder, config, scope and
            embeddings_scope.
          is_training: Whether dropout is on.
        """


REGISTRY: registry.Registry = registry.Registry("objective")


class WeightedSum:
    """All objectives of a run as one.

    Args:
      objectives: Objective and weight, in order.
    """

    def __init__(self, objectives: List[Tuple[Objective, float]]):
        self._objectives = objectives

    @property
    def names(self) -> List[str]:
        return [objective.name for objective, _ in self._objectives]

    def record_features(self, max_seq_length: int) -> List[records.FeatureSpec]:
        """Returns the union of what the objectives read.

        Raises:
          ValueError: Two of them declare one feature differently.
        """
        specs: Dict[str, records.FeatureSpec] = {}
        for objective, _ in self._objectives:
            for spec in objective.record_features(max_seq_length):
                if specs.setdefault(spec.name, spec) != spec:
                    raise ValueError(
                        "Objective %r reads feature %r as %s, another one as %s."
                        % (objective.name, spec.name, spec, specs[spec.name])
                    )
        return list(specs.values())

    def compute(self, features, encode, is_training) -> ObjectiveOutput:
        """Adds the losses up; see `Objective.compute`.

        With several objectives each metric's name starts with its objective's.
        """
        losses, metrics, parts = [], {}, {}
        for objective, weight in self._objectives:
            output = objective.compute(features, encode, is_training)
            prefix = objective.name + "/" if len(self._objectives) > 1 else ""
            losses.append(weight * output.loss)
            metrics.update({prefix + k: v for k, v in output.metrics.items()})
            parts.update({prefix + k: v for k, v in output.parts.items()})
        return ObjectiveOutput(tf.add_n(losses), metrics, parts)


def create(settings: Any, tokens: masking.Tokens, max_seq_length: int) -> WeightedSum:
    """Makes the objectives that the settings name.

    Raises:
      ValueError: A name is unknown, or an objective refuses the encoder.
    """
    chosen = []
    for name in settings.objective.names:
        objective = REGISTRY[name](settings, tokens)
        objective.check(settings.encoder, max_seq_length)
        chosen.append((objective, settings.objective.weight(name)))
    return WeightedSum(chosen)


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

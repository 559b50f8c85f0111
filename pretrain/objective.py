"""What unlabeled text teaches: the base of the objectives, and how they add up.

An objective declares the features it reads from a record, changes what the encoder
sees, and scores what the encoder makes of it. All objectives of a run share one pass
of the encoder: they change the batch one after the other, each what the others left
alone. Training minimizes the weighted sum of their losses; nothing else in the code
knows which they are.
"""

import abc
import dataclasses
from typing import (
    Any,
    Callable,
    Dict,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import encoders, modeling
from model.encoders import base
from pretrain import masking
from pretrain import metrics as metrics_lib
from util import records, registry
from util import settings as settings_lib


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
    tie_weights: bool = settings_lib.setting(
        True,
        "The token table is also the output weights of what names tokens; false gives "
        "those heads weights of their own.",
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


class ObjectiveOutput(NamedTuple):
    """What an objective makes of a batch."""

    loss: tf.Tensor  # float32 []
    metrics: Dict[str, metrics_lib.Metric]
    parts: Dict[str, tf.Tensor]  # float32 []: the addends of the loss, unweighted


Features = Dict[str, tf.Tensor]
Encode = Callable[..., modeling.EncoderOutput]


class Answers(NamedTuple):
    """What the right answers of a metric are, for whoever wants to guess them."""

    feature: str = "input_ids"  # Of the records.
    num_answers: Optional[int] = None  # None: the tokens of the vocabulary.
    # Of a language model: how far on the token is that an output names. All but those
    # beyond the ends are answers then, special ones too; with 0, the words are.
    offset: int = 0


class Objective(abc.ABC):
    """One thing to learn from unlabeled text.

    Attributes:
      name: In the registry.
      rank: Objectives with a lower one change the batch first.
      is_corrupting: Whether it changes what the encoder sees.
      needs_clean_text: Whether it cannot share a pass with one that does.
      segmentation: The --segmentation that its records are built with; None: any.

    Args:
      settings: Composed settings: `encoder` is the EncoderConfig; every section is
        an attribute under its own name (`masking`, `electra`, ...).
      tokens: Special tokens and size of the vocabulary.
    """

    name: str = ""
    rank: int = 0
    is_corrupting: bool = False
    needs_clean_text: bool = False
    segmentation: Optional[str] = None

    def __init__(self, settings: Any, tokens: masking.Tokens):
        self.settings = settings
        self.tokens = tokens

    @abc.abstractmethod
    def check(self, encoder: config_lib.EncoderConfig, max_seq_length: int) -> None:
        """Refuses an encoder or a length that the objective cannot work with.

        Raises:
          ValueError: Says why.
        """

    def record_features(self, max_seq_length: int) -> List[records.FeatureSpec]:
        """Returns what the objective reads from a record beside the tokens."""
        del max_seq_length  # Features of a token would need it.
        return []

    @property
    def answers(self) -> Dict[str, Answers]:
        """The answers that the metrics `<name>_loss` and `<name>_accuracy` score."""
        return {}

    @abc.abstractmethod
    def multiplications(self, length: int) -> Dict[str, float]:
        """Returns the multiplications per token of the forward pass, by part.

        They are those of the heads, and of encoders beside the main one; see
        `model.flops`.

        Args:
          length: T.
        """

    def check_record(self, values: Dict[str, List]) -> None:
        """Refuses a record that the objective cannot learn from.

        Args:
          values: What the record holds, by feature name.

        Raises:
          ValueError: Says why.
        """
        del values  # Most can learn from any.

    def corrupt(self, view: masking.View, encode: Encode) -> Tuple[masking.View, Any]:
        """Changes what the encoder will see.

        Args:
          view: The batch as the objectives before left it.
          encode: `modeling.encode` with config and is_training filled in; takes
            Inputs and, to differ from the main encoder, config, scope and
            embeddings_scope.

        Returns:
          The changed view, and whatever `score` needs to know of the change.
        """
        del encode  # For objectives with an encoder of their own.
        return view, None

    @abc.abstractmethod
    def score(
        self,
        output: modeling.EncoderOutput,
        batch: "Batch",
        change: Any,
    ) -> ObjectiveOutput:
        """Scores what the encoder says.

        Args:
          output: Of the encoder that saw the view.
          batch: What it saw, and the features.
          change: What `corrupt` returned beside the view.
        """


class Batch(NamedTuple):
    """A batch when the encoder has seen it.

    Attributes:
      features: int32 Tensors [B, ...] as declared by `record_features`.
      view: `masking.View`.
      is_training: Whether dropout is on.
    """

    features: Features
    view: masking.View
    is_training: bool


REGISTRY: registry.Registry = registry.Registry("objective")


class WeightedSum:
    """All objectives of a run as one.

    Args:
      objectives: Objective and weight, in order.
    """

    def __init__(self, objectives: List[Tuple[Objective, float]]):
        self._objectives = objectives
        first = objectives[0][0]
        self._tokens, self._masking = first.tokens, first.settings.masking

    @property
    def names(self) -> List[str]:
        return [objective.name for objective, _ in self._objectives]

    @property
    def segmentations(self) -> Dict[str, str]:
        """The --segmentation that an objective's records must have, by objective."""
        return {
            each.name: each.segmentation
            for each, _ in self._objectives
            if each.segmentation
        }

    @property
    def answers(self) -> Dict[str, Answers]:
        """See `Objective.answers`; with several objectives the names are longer."""
        return {
            self._prefix(objective) + name: answers
            for objective, _ in self._objectives
            for name, answers in objective.answers.items()
        }

    def multiplications(self, length: int) -> Dict[str, float]:
        """See `Objective.multiplications`."""
        counts: Dict[str, float] = {}
        for objective, _ in self._objectives:
            counts.update(objective.multiplications(length))
        return counts

    def _prefix(self, objective: Objective) -> str:
        return objective.name + "/" if len(self._objectives) > 1 else ""

    def check_record(self, values: Dict[str, List]) -> None:
        """See `Objective.check_record`."""
        for objective, _ in self._objectives:
            objective.check_record(values)

    def record_features(self, max_seq_length: int) -> List[records.FeatureSpec]:
        """Returns the tokens and the union of what the objectives read.

        Raises:
          ValueError: Two of them declare one feature differently.
        """
        listed = masking.record_features(max_seq_length, self._masking)
        specs = {spec.name: spec for spec in listed}
        for objective, _ in self._objectives:
            for spec in objective.record_features(max_seq_length):
                if specs.setdefault(spec.name, spec) != spec:
                    raise ValueError(
                        "Objective %r reads feature %r as %s, another one as %s."
                        % (objective.name, spec.name, spec, specs[spec.name])
                    )
        return list(specs.values())

    def compute(
        self, features: Features, encode: Encode, is_training: bool
    ) -> ObjectiveOutput:
        """Runs the encoder once and adds the losses up.

        With several objectives each metric's name starts with its objective's.

        Args:
          features: int32 Tensors [B, ...] as declared by `record_features`.
          encode: See `Objective.corrupt`.
          is_training: Whether dropout is on.
        """
        view = masking.view_of(features, self._tokens, self._masking)
        changes = {}
        for objective, _ in sorted(self._objectives, key=lambda pair: pair[0].rank):
            view, changes[objective.name] = objective.corrupt(view, encode)
        output = encode(view.inputs)
        batch = Batch(features, view, is_training)
        losses, metrics, parts = [], {}, {}
        for objective, weight in self._objectives:
            scored = objective.score(output, batch, changes[objective.name])
            prefix = self._prefix(objective)
            losses.append(weight * scored.loss)
            metrics.update({prefix + k: v for k, v in scored.metrics.items()})
            parts.update({prefix + k: v for k, v in scored.parts.items()})
        return ObjectiveOutput(tf.add_n(losses), metrics, parts)


def create(settings: Any, tokens: masking.Tokens, max_seq_length: int) -> WeightedSum:
    """Makes the objectives that the settings name.

    Raises:
      ValueError: A name is unknown, an objective refuses the encoder, or two of them
        cannot share a pass of it.
    """
    chosen = []
    for name in settings.objective.names:
        objective = REGISTRY[name](settings, tokens)
        objective.check(settings.encoder, max_seq_length)
        chosen.append((objective, settings.objective.weight(name)))
    _check_together([objective for objective, _ in chosen])
    return WeightedSum(chosen)


def _check_together(objectives: List[Objective]) -> None:
    corrupting = [each.name for each in objectives if each.is_corrupting]
    for each in objectives:
        if each.needs_clean_text and corrupting:
            raise ValueError(
                "Objective %r reads the text as it is, but %s hides parts of it; train "
                "them in separate runs." % (each.name, ", ".join(corrupting))
            )


def require_sight(
    objective: str, encoder: config_lib.EncoderConfig, allowed: Sequence[str], why: str
) -> None:
    """Refuses an encoder whose outputs see too much or too little of the text.

    Args:
      objective: Its name.
      encoder: Architecture.
      allowed: What its sight may be; see `model.encoders`.
      why: The reason, for the error.

    Raises:
      ValueError: Its sight is another.
    """
    sight = encoders.ENCODERS[encoder.encoder].sight(encoder)
    if sight not in allowed:
        raise ValueError(
            "Objective %r does not go with encoder %r, whose outputs see %s: %s"
            % (objective, encoder.encoder, base.SIGHTS[sight], why)
        )


def classification(
    name: str, logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor
) -> ObjectiveOutput:
    """Scores classes of whole examples.

    Args:
      name: Of the metrics `<name>_loss` and `<name>_accuracy`.
      logits: float32 [B, C].
      labels: int32 [B], in [0, C).
      weights: float32 [B].
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=logits
    )
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    loss = metrics_lib.weighted_mean(losses, weights)
    return ObjectiveOutput(
        loss=loss,
        metrics={
            name + "_loss": metrics_lib.Mean(losses, weights),
            name + "_accuracy": metrics_lib.Mean(
                tf.cast(tf.equal(best, labels), tf.float32), weights
            ),
        },
        parts={name + "_loss": loss},
    )

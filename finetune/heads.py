"""Heads: from the encoder's vectors to predictions and losses.

Glossary: B sequences in the batch, C classes, H hidden size.
"""

import abc
import dataclasses
from typing import ClassVar, Dict, NamedTuple, Tuple

import tensorflow.compat.v1 as tf

from model import heads as model_heads
from model import modeling


class HeadOutput(NamedTuple):
    """What a head computes.

    Attributes:
      losses: float Tensor, [B]; means nothing where examples have no label.
      outputs: Tensors by name, [B, ...]: what a prediction consists of.
    """

    losses: tf.Tensor
    outputs: Dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Head(abc.ABC):
    """Layers on top of the encoder, and their loss; a dataclass of what shapes them.

    Attributes:
      uses_pooled: Whether a head looks at the vector of the whole sequence.
    """

    uses_pooled: ClassVar[bool] = True

    @abc.abstractmethod
    def compute(
        self,
        encoded: modeling.EncoderOutput,
        features: Dict[str, tf.Tensor],
        is_training: bool,
        scope: str,
    ) -> HeadOutput:
        """Adds the head to the graph.

        Args:
          encoded: The encoder's output for the batch.
          features: The batch, by name, [B, ...] each.
          is_training: Whether dropout is on.
          scope: Where the head's variables live: task_specific/<task>.
        """


@dataclasses.dataclass(frozen=True)
class Classification(Head):
    """One dense layer on [CLS], trained by cross-entropy.

    Attributes:
      num_classes: C.
      dropout_rate: Of training.
      class_weights: Weight of each class in the loss of training, [C]; () for 1.
    """

    num_classes: int
    dropout_rate: float = model_heads.CLASSIFIER_DROPOUT
    class_weights: Tuple[float, ...] = ()

    def compute(self, encoded, features, is_training, scope):
        logits = model_heads.classification(
            encoded.pooled, self.num_classes, is_training, scope, self.dropout_rate
        )  # [B, C]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=features["label"], logits=logits
        )
        if self.class_weights and is_training:
            losses *= tf.gather(tf.constant(self.class_weights), features["label"])
        probabilities = tf.nn.softmax(logits)
        return HeadOutput(losses, {"logits": logits, "probabilities": probabilities})


@dataclasses.dataclass(frozen=True)
class Regression(Head):
    """One number from [CLS], trained by squared error on targets scaled to [0, 1].

    Attributes:
      low: The value that is trained as 0.
      high: The value that is trained as 1.
      dropout_rate: Of training.
    """

    low: float
    high: float
    dropout_rate: float = model_heads.CLASSIFIER_DROPOUT

    def compute(self, encoded, features, is_training, scope):
        logits = model_heads.classification(
            encoded.pooled, 1, is_training, scope, self.dropout_rate
        )
        scaled = logits[:, 0]  # [B]
        span = self.high - self.low
        targets = (features["label"] - self.low) / span
        values = scaled * span + self.low
        return HeadOutput(tf.square(scaled - targets), {"value": values})

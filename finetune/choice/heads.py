"""The head of multiple choice: every choice is scored, and the best one counts.

Glossary: B questions in the batch, K choices, H hidden size.
"""

import dataclasses

import tensorflow.compat.v1 as tf

from finetune import heads
from model import heads as model_heads

# Score of a choice that a question lacks: finite, so that a record with no choice at
# all has a finite loss, and far enough below all others for a probability of 0.
MISSING = -1e9


@dataclasses.dataclass(frozen=True)
class MultipleChoice(heads.Head):
    """One number from every choice, trained by cross-entropy over the choices.

    Attributes:
      num_choices: K.
      dropout_rate: Of training.
    """

    num_choices: int
    dropout_rate: float = model_heads.CLASSIFIER_DROPOUT

    def compute(self, encoded, features, is_training, scope):
        """Adds the head; `encoded.pooled` is [B * K, H], choice after choice."""
        scores = model_heads.classification(
            encoded.pooled, 1, is_training, scope, self.dropout_rate
        )
        scores = tf.reshape(scores, [-1, self.num_choices])  # [B, K]
        present = tf.sequence_mask(features["num_choices"], self.num_choices)
        logits = tf.where(present, scores, tf.fill(tf.shape(scores), MISSING))
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=features["label"], logits=logits
        )
        probabilities = tf.nn.softmax(logits)
        return heads.HeadOutput(
            losses, {"logits": logits, "probabilities": probabilities}
        )

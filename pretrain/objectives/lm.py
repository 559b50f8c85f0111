"""Language modelling: each output names the next token, from left to right.

See "Improving Language Understanding by Generative Pre-Training" (GPT), section 3.1.
The output at "[CLS] a b [SEP]" says "a b [SEP]"; the last one has nothing to say.
"""

from typing import Any

import tensorflow.compat.v1 as tf

from model import heads, vocabulary_softmax
from model.encoders import base
from pretrain import metrics as metrics_lib
from pretrain import objective


class LanguageModel(objective.Objective):
    """The probability of a text as a product over its tokens."""

    name = "lm"
    needs_clean_text = True

    def check(self, encoder, max_seq_length):
        objective.require_sight(
            self.name,
            encoder,
            (base.LEFT,),
            "it would read the very token that it is to name. Choose an encoder that "
            "reads from left to right, such as gpt or lstm, or objective mlm.",
        )

    @property
    def answers(self):
        return {"lm": objective.Answers(offset=1)}

    def multiplications(self, length):
        hidden_size = self.settings.encoder.hidden_size
        return {"lm head": next_token_multiplications(self.settings, hidden_size)}

    def score(self, output, batch, change):
        table = output.token_table if self.settings.objective.tie_weights else None
        return score_tokens(
            self.name,
            heads.language_model(
                output.sequence, table, self.settings.encoder, "lm_predictions"
            ),
            batch,
            offset=1,
        )


def next_token_multiplications(settings: Any, width: int) -> float:
    """Returns the multiplications of naming one token from so many units.

    Args:
      settings: Of the run.
      width: Units that an output has for it.
    """
    encoder = settings.encoder
    if not settings.objective.tie_weights:
        return float(width * encoder.vocab_size)
    projection = 0 if width == encoder.embedding_size else width
    return float(encoder.embedding_size * (projection + encoder.vocab_size))


def score_tokens(
    name: str, logits: tf.Tensor, batch: objective.Batch, offset: int
) -> objective.ObjectiveOutput:
    """Compares each output with the token `offset` places further on.

    Args:
      name: Of the metrics.
      logits: float32 [B * T, V].
      batch: What the encoder saw.
      offset: 1 for the next token, -1 for the one before.
    """
    inputs = batch.view.inputs
    labels = _shifted(inputs.ids, offset)  # [B, T]
    weights = tf.cast(_shifted(inputs.mask, offset) * inputs.mask, tf.float32)
    entropy = vocabulary_softmax.cross_entropy(logits, tf.reshape(labels, [-1]))
    losses = tf.reshape(entropy.losses, tf.shape(labels))
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    is_right = tf.cast(tf.equal(tf.reshape(best, tf.shape(labels)), labels), tf.float32)
    loss = metrics_lib.weighted_mean(losses, weights)
    return objective.ObjectiveOutput(
        loss=loss,
        metrics={
            name + "_loss": metrics_lib.Mean(losses, weights),
            name + "_accuracy": metrics_lib.Mean(is_right, weights),
        },
        parts={name + "_loss": loss},
    )


def _shifted(values: tf.Tensor, offset: int) -> tf.Tensor:
    """Returns values[:, t + offset], int32 [B, T], and 0 beyond the ends."""
    if offset > 0:
        return tf.pad(values[:, offset:], [[0, 0], [0, offset]])
    return tf.pad(values[:, :offset], [[0, 0], [-offset, 0]])

"""Naming hidden tokens: what `electra`, `mlm` and `wso` have in common.

Shapes follow the glossary of `pretrain/masking.py`. The logits stay two-dimensional,
[B*M, V], and no one-hot of that size is ever made: they are the largest tensor of
the step.
"""

from typing import Any, Dict, NamedTuple, Optional, Sequence

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import heads, layers, modeling, vocabulary_softmax
from pretrain import masking
from pretrain import metrics as metrics_lib


class Prediction(NamedTuple):
    """What a masked language model says at the chosen positions."""

    logits: tf.Tensor  # float32 [B*M, V]
    losses: tf.Tensor  # float32 [B, M], cross-entropy
    loss: tf.Tensor  # float32 [], their weighted mean
    weights: Optional[tf.Tensor] = None  # See `vocabulary_softmax.CrossEntropy`


def head_scope(names: Sequence[str]) -> str:
    """Returns the scope of the head by which the main encoder names hidden tokens.

    The published code keeps the variables in `generator_predictions`. There ELECTRA's
    generator has its own head, of another width, so that beside objective electra
    this one is called `mlm_predictions`.

    Args:
      names: Of all objectives.
    """
    return "mlm_predictions" if "electra" in names else "generator_predictions"


def predict_by_main_encoder(
    settings: Any, output: modeling.EncoderOutput, choice: masking.Choice
) -> Prediction:
    """Predicts original tokens through the head that `mlm` and `wso` share.

    Args:
      settings: Of the run.
      output: Of the main encoder.
      choice: What was hidden or moved.
    """
    return predict(
        output,
        choice,
        settings.encoder,
        head_scope(settings.objective.names),
        settings.objective.tie_weights,
    )


def predict(
    output: modeling.EncoderOutput,
    choice: masking.Choice,
    config: config_lib.EncoderConfig,
    scope: str,
    tie_weights: bool,
) -> Prediction:
    """Predicts the original tokens from what an encoder made of the hidden ones.

    Args:
      output: Of the encoder that saw the corrupted batch.
      choice: What was hidden.
      config: Of that encoder.
      scope: Variable scope of the head.
      tie_weights: Whether the token table is the output weights too.
    """
    hidden = layers.gather_positions(output.sequence, choice.positions)  # [B, M, H]
    table = output.token_table if tie_weights else None
    logits = heads.masked_lm(hidden, table, config, scope)  # [B*M, V]
    return score(logits, choice)


def score(logits: tf.Tensor, choice: masking.Choice) -> Prediction:
    """Compares logits, float32 [B*M, V], with the original tokens."""
    entropy = vocabulary_softmax.cross_entropy(logits, tf.reshape(choice.labels, [-1]))
    losses = tf.reshape(entropy.losses, tf.shape(choice.labels))  # [B, M]
    loss = metrics_lib.weighted_mean(losses, choice.weights)
    return Prediction(logits, losses, loss, entropy.weights)


def metrics(
    prediction: Prediction, choice: masking.Choice, name: str = "masked_lm"
) -> Dict[str, metrics_lib.Metric]:
    """Returns the metrics `<name>_accuracy` and `<name>_loss`, by default published."""
    best = tf.argmax(prediction.logits, axis=-1, output_type=tf.int32)
    best = tf.reshape(best, tf.shape(choice.labels))
    return {
        name + "_accuracy": accuracy(best, choice),
        name + "_loss": metrics_lib.Mean(prediction.losses, choice.weights),
    }


def accuracy(ids: tf.Tensor, choice: masking.Choice) -> metrics_lib.Mean:
    """Share of the chosen positions where ids, int32 [B, M], are the original."""
    return metrics_lib.Mean(
        tf.cast(tf.equal(ids, choice.labels), tf.float32), choice.weights
    )

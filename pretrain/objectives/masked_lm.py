"""Naming hidden tokens: the part that `electra` and `mlm` have in common.

Shapes follow the glossary of `pretrain/masking.py`. The logits stay two-dimensional,
[B*M, V], and no one-hot of that size is ever made: they are the largest tensor of
the step.
"""

from typing import Dict, List, NamedTuple, Optional

import tensorflow.compat.v1 as tf

from model import heads, layers, modeling, vocabulary_softmax
from pretrain import masking, objective
from util import records


class Prediction(NamedTuple):
    """What a masked language model says at the chosen positions."""

    logits: tf.Tensor  # float32 [B*M, V]
    losses: tf.Tensor  # float32 [B, M], cross-entropy
    loss: tf.Tensor  # float32 [], their weighted mean
    weights: Optional[tf.Tensor] = None  # See `vocabulary_softmax.CrossEntropy`


def record_features(max_seq_length: int) -> List[records.FeatureSpec]:
    """The features that every masked-token objective reads."""
    return [
        records.FeatureSpec(name, (max_seq_length,), "int", None)
        for name in ("input_ids", "input_mask", "segment_ids")
    ]


def inputs_of(features: Dict[str, tf.Tensor]) -> modeling.Inputs:
    return modeling.Inputs(
        ids=features["input_ids"],
        mask=features["input_mask"],
        segments=features["segment_ids"],
    )


def predict(output: modeling.EncoderOutput, choice, config, scope) -> Prediction:
    """Predicts the original tokens from what an encoder made of the hidden ones.

    Args:
      output: Of the encoder that saw the corrupted batch.
      choice: `masking.Choice`.
      config: EncoderConfig of that encoder.
      scope: Variable scope of the head.
    """
    hidden = layers.gather_positions(output.sequence, choice.positions)  # [B, M, H]
    logits = heads.masked_lm(hidden, output.token_table, config, scope)  # [B*M, V]
    return score(logits, choice)


def score(logits: tf.Tensor, choice: masking.Choice) -> Prediction:
    """Compares logits, float32 [B*M, V], with the original tokens."""
    entropy = vocabulary_softmax.cross_entropy(logits, tf.reshape(choice.labels, [-1]))
    losses = tf.reshape(entropy.losses, tf.shape(choice.labels))  # [B, M]
    loss = objective.weighted_mean(losses, choice.weights)
    return Prediction(logits, losses, loss, entropy.weights)


def metrics(
    prediction: Prediction, choice: masking.Choice
) -> Dict[str, objective.Metric]:
    """Returns the metrics under their published names."""
    best = tf.argmax(prediction.logits, axis=-1, output_type=tf.int32)
    best = tf.reshape(best, tf.shape(choice.labels))
    return {
        "masked_lm_accuracy": accuracy(best, choice),
        "masked_lm_loss": objective.Mean(prediction.losses, choice.weights),
    }


def accuracy(ids: tf.Tensor, choice: masking.Choice) -> objective.Mean:
    """Share of the chosen positions where ids, int32 [B, M], are the original."""
    return objective.Mean(
        tf.cast(tf.equal(ids, choice.labels), tf.float32), choice.weights
    )

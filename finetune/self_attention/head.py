"""A head that learns which tokens matter, and looks at those that do.

Glossary: B sequences in the batch, T tokens in a sequence, H hidden size.
"""

import dataclasses

import tensorflow.compat.v1 as tf

from finetune import heads
from finetune.self_attention import settings as settings_lib
from model import layers
from util import precision

INITIALIZER_RANGE = 0.02
NUM_TOKEN_CLASSES = 2  # Does not matter, matters.


@dataclasses.dataclass(frozen=True)
class SelfAttention(heads.Head):
    """Gives a head another vector of the sequence, and its loss a part about tokens.

    Its outputs are those of the wrapped head, `token_importance` [B, T], 0 for special
    tokens and padding, `text_lengths` [B, 2] and `length` [B].

    Attributes:
      inner: A head that looks at `pooled` alone.
      settings: What is learned and how it is used.
      max_seq_length: Positions that weights are made for where they are not shared.
    """

    inner: heads.Head
    settings: settings_lib.SelfAttentionSettings
    max_seq_length: int

    def compute(self, encoded, features, is_training, scope):
        settings = self.settings
        is_text = tf.cast(features["is_text"], tf.float32)  # [B, T]
        with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
            logits = self._token_logits(encoded.sequence)  # [B, T, 2]
        importance = tf.nn.softmax(logits)[:, :, 1] * is_text  # [B, T]
        if settings.ssa_mode == settings_lib.HYBRID:
            weights = attention(importance, is_text, settings.ssa_attention_threshold)
            context = tf.reduce_sum(weights[:, :, tf.newaxis] * encoded.sequence, 1)
            share = settings.ssa_cls_weight
            mixed = share * encoded.pooled + (1.0 - share) * context  # [B, H]
            encoded = encoded._replace(pooled=mixed)
        inner = self.inner.compute(encoded, features, is_training, scope)
        losses = mixed_losses(
            inner.losses, logits, features["token_labels"], settings.ssa_loss_weight
        )
        outputs = dict(inner.outputs, token_importance=importance)
        for name in ("text_lengths", "length"):
            outputs[name] = tf.identity(features[name])
        return heads.HeadOutput(losses, outputs)

    def _token_logits(self, sequence: tf.Tensor) -> tf.Tensor:
        """[B, T, H] -> [B, T, 2], in the scope of the task."""
        initializer = layers.normal(INITIALIZER_RANGE)
        with tf.variable_scope("token_importance"):
            size = layers.width(sequence)
            hidden = layers.dense(sequence, size, "dense", initializer, layers.gelu)
            hidden = layers.layer_norm(hidden)
            if self.settings.ssa_share_weight:
                return layers.dense(hidden, NUM_TOKEN_CLASSES, "output", initializer)
            with tf.variable_scope("output"):
                kernel = tf.get_variable(
                    "kernel",
                    [self.max_seq_length, size, NUM_TOKEN_CLASSES],
                    initializer=initializer,
                )
                bias = layers.bias_variable(NUM_TOKEN_CLASSES)
        length = layers.shape_list(sequence)[1]
        by_position = tf.transpose(hidden, [1, 0, 2])  # [T, B, H]
        logits = precision.product(by_position, kernel[:length])  # [T, B, 2]
        return tf.transpose(logits, [1, 0, 2]) + bias


def attention(importance: tf.Tensor, is_text: tf.Tensor, threshold: float) -> tf.Tensor:
    """Returns the weights of tokens in the vector of their sequence.

    They are the softmax of the importance of the tokens that reach the threshold, and
    of all tokens of the texts where none does. Special tokens and padding have none,
    and a sequence without any text has weights of 0.

    Args:
      importance: float Tensor, [B, T], in [0, 1].
      is_text: float Tensor, [B, T]; 1 for tokens of the texts, else 0.
      threshold: In [0, 1].

    Returns:
      float Tensor, [B, T]; rows sum to 1 where there is text.
    """
    reaches = tf.cast(importance >= threshold, tf.float32) * is_text
    has_any = tf.reduce_max(reaches, axis=1, keepdims=True)  # [B, 1]
    is_seen = reaches + (1.0 - has_any) * is_text
    # Importance is at most 1, so that nothing need be subtracted before exp.
    exponentials = tf.exp(importance) * is_seen
    total = tf.reduce_sum(exponentials, axis=1, keepdims=True)
    return exponentials / tf.maximum(total, 1.0)


def mixed_losses(
    losses: tf.Tensor, logits: tf.Tensor, token_labels: tf.Tensor, weight: float
) -> tf.Tensor:
    """Returns (1 - weight) * loss + weight * mean loss of the labeled tokens, [B].

    Where no token has a label, it is the loss itself, as in an ordinary training.

    Args:
      losses: float Tensor, [B]; of the task.
      logits: float Tensor, [B, T, 2]; does not matter, matters.
      token_labels: int32 Tensor, [B, T]; negative for tokens without a label.
      weight: In [0, 1].
    """
    is_known = tf.cast(token_labels >= 0, tf.float32)  # [B, T]
    token_losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.maximum(token_labels, 0), logits=logits
    )
    count = tf.reduce_sum(is_known, axis=1)  # [B]
    mean = tf.reduce_sum(token_losses * is_known, axis=1) / tf.maximum(count, 1.0)
    weights = weight * tf.cast(count > 0, tf.float32)
    return (1.0 - weights) * losses + weights * mean

"""The best sequence of tags among those that a scheme allows.

Glossary: B sequences, T tokens, C classes.
"""

import numpy as np
import tensorflow.compat.v1 as tf

from model import layers

FORBIDDEN = -1e6  # Score of a step that the scheme does not allow.


def decode(
    scores: tf.Tensor,
    is_word: tf.Tensor,
    legal: np.ndarray,
    starts: tf.Tensor,
    ends: tf.Tensor,
) -> tf.Tensor:
    """Returns the classes of words that have the highest sum of scores.

    Args:
      scores: float32 Tensor, [B, T, C]: log-probabilities.
      is_word: bool Tensor, [B, T]; tokens that have a class, others are passed over.
      legal: bool array, [C, C]: whether the second class may follow the first. Class
        0 stands for what is before a sentence and after it too.
      starts: bool Tensor, [B]; whether the first word is the first of its sentence.
      ends: bool Tensor, [B]; whether the last word is the last of its sentence.

    Returns:
      int32 Tensor, [B, T]; means nothing where `is_word` is false.
    """
    num_classes = layers.width(scores)
    steps = tf.constant(np.where(legal, 0.0, FORBIDDEN), tf.float32)  # [C, C]
    anything = tf.zeros_like(scores[:, 0])  # [B, C]
    outside = np.where(np.arange(num_classes) == 0, 0.0, FORBIDDEN)
    before = tf.where(starts, anything + outside.astype(np.float32), anything)
    after = tf.where(ends, anything + steps[:, 0], anything)
    same = tf.zeros_like(anything, tf.int32) + tf.range(num_classes)

    def forward(carry, token):
        """Finds the best way to each class at a token, given those to the last."""
        best, _ = carry  # [B, C]
        token_scores, token_is_word = token  # [B, C], [B]
        ways = best[:, :, None] + steps  # [B, C, C]
        reached = tf.reduce_max(ways, axis=1) + token_scores
        came_from = tf.argmax(ways, axis=1, output_type=tf.int32)
        return (
            tf.where(token_is_word, reached, best),
            tf.where(token_is_word, came_from, same),
        )

    def backward(chosen, came_from):
        """[B], [B, C] -> the class before, [B]."""
        is_chosen = tf.one_hot(chosen, num_classes, dtype=tf.int32)
        return tf.reduce_sum(is_chosen * came_from, axis=1)

    tokens = (tf.transpose(scores, [1, 0, 2]), tf.transpose(is_word))
    best, came_from = tf.scan(forward, tokens, (before, same))  # [T, B, C]
    last = tf.argmax(best[-1] + after, axis=1, output_type=tf.int32)  # [B]
    previous = tf.scan(backward, came_from, last, reverse=True)  # [T, B]
    return tf.transpose(tf.concat([previous[1:], last[None]], axis=0))

"""The tagging head: a class for every word, from the vector of its first token.

Glossary: B sequences in the batch, T tokens, H hidden size, C classes.
"""

import dataclasses
from typing import Dict

import tensorflow.compat.v1 as tf

from finetune import heads
from finetune.tagging import tag_set, viterbi
from model import dropout, layers
from model import heads as model_heads


@dataclasses.dataclass(frozen=True)
class Tagging(heads.Head):
    """One dense layer on every token, trained by cross-entropy.

    The loss of a record is the sum over its words, as published: each word weighs the
    same, however long its sentence. Predicted tags are the most probable sequence
    that the scheme allows.

    Outputs: `tag` int32 [B, T], the class; `probability` float32 [B, T], that of this
    class at this word alone; `word` and `example` as in the features.

    Attributes:
      tags: What is learned.
      dropout_rate: Of training.
    """

    uses_pooled = False

    tags: tag_set.TagSet
    dropout_rate: float = model_heads.CLASSIFIER_DROPOUT

    def compute(self, encoded, features, is_training, scope):
        logits = self._logits(encoded.sequence, is_training, scope)  # [B, T, C]
        labels = features["tag"]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.maximum(labels - 1, 0), logits=logits
        )  # [B, T]
        losses = tf.where(labels > 0, losses, tf.zeros_like(losses))
        return heads.HeadOutput(
            tf.reduce_sum(losses, axis=1), self._outputs(logits, features, is_training)
        )

    def _logits(self, sequence: tf.Tensor, is_training: bool, scope: str) -> tf.Tensor:
        with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
            rate = self.dropout_rate if is_training else 0.0
            hidden = dropout.apply(sequence, rate, "sequence")
            logits = layers.dense(hidden, len(self.tags.classes), "dense")
        return tf.cast(logits, tf.float32)

    def _outputs(
        self, logits: tf.Tensor, features: Dict[str, tf.Tensor], is_training: bool
    ) -> Dict[str, tf.Tensor]:
        words = features["word"]
        is_word = words > 0
        scores = tf.nn.log_softmax(logits)
        legal = self.tags.legal()
        if is_training or legal.all():
            tags = tf.argmax(scores, axis=-1, output_type=tf.int32)
        else:
            starts = tf.reduce_any(tf.equal(words, 1), axis=1)
            last = features["num_words"][:, None]
            ends = tf.reduce_any(tf.equal(words, last) & is_word, axis=1)
            tags = viterbi.decode(scores, is_word, legal, starts, ends)
        tags = tf.where(is_word, tags, tf.zeros_like(tags))
        is_chosen = tf.one_hot(tags, len(self.tags.classes), dtype=tf.float32)
        return {
            "tag": tags,
            "probability": tf.reduce_sum(is_chosen * tf.exp(scores), axis=-1),
            "word": tf.identity(words),
            "example": tf.identity(features["example"]),
        }

"""The heads of reading comprehension: where the answer is, and whether there is one.

Glossary: B records, T tokens, H hidden size, K spans that are kept.
"""

import dataclasses
from typing import Dict

import tensorflow.compat.v1 as tf

from finetune import heads
from finetune import settings as settings_lib
from finetune.qa import nbest, span_scores
from model import layers, modeling

HIDDEN_UNITS = 512  # Of the layer that judges whether there is an answer.


@dataclasses.dataclass(frozen=True)
class SpanHead(heads.Head):
    """Finds the answer's span and, where it is asked to, tells that there is none.

    With `joint_prediction` spans are scored as in ELECTRA, else as in BERT. With
    `answerable_classifier` a layer of its own says how likely there is no answer in
    the window; without, [CLS] competes with the spans.

    Its outputs are, by record: `example`, the number of the example; of the K best
    spans, best first, `span_scores` and, in characters of the passage, `span_starts`
    and `span_ends` (0 where there are fewer spans), [B, K]; `null_scores`, [B], the
    log-odds that there is no answer or, without the classifier, a score to be
    compared with those of spans.

    Attributes:
      settings: Of reading comprehension.
    """

    settings: settings_lib.QuestionAnsweringSettings

    def compute(self, encoded, features, is_training, scope):
        hidden = _with_summary(encoded)
        view = nbest.view(features)
        is_joint = self.settings.joint_prediction
        with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
            kind = span_scores.Conditioned if is_joint else span_scores.Independent
            scores: span_scores.SpanScores = kind(hidden, view)
            losses = scores.losses(features["answer_start"], features["answer_end"])
            null_odds = None
            if self.settings.answerable_classifier:
                null_odds = self._null_odds(hidden, scores.start_logits)
                losses += self.settings.answerable_weight * (
                    tf.nn.sigmoid_cross_entropy_with_logits(
                        labels=tf.cast(features["is_impossible"], tf.float32),
                        logits=null_odds,
                    )
                )
            outputs: Dict[str, tf.Tensor] = {}
            if not is_training:
                outputs = nbest.outputs(scores.best(self.settings), features)
                outputs["example"] = tf.identity(features["example"])
                outputs["null_scores"] = (
                    scores.null_scores() if null_odds is None else null_odds
                )
        return heads.HeadOutput(losses, outputs)

    def _null_odds(self, hidden: tf.Tensor, start_logits: tf.Tensor) -> tf.Tensor:
        """Returns the log-odds that a window has no answer, [B].

        Variables: `answerable/kernel` and `bias`, on [CLS] or, if it sees the start's
        logits, on `answerable_hidden` of [CLS] and the mean over probable starts.
        """
        known = hidden[:, 0]
        if self.settings.answerable_uses_start_logits:
            probabilities = tf.nn.softmax(start_logits)
            mean = tf.reduce_sum(probabilities[:, :, None] * hidden, axis=1)  # [B, H]
            known = layers.dense(
                tf.concat([known, mean], axis=1),
                HIDDEN_UNITS,
                "answerable_hidden",
                activation=layers.gelu,
            )
        return layers.dense(known, 1, "answerable")[:, 0]


def _with_summary(encoded: modeling.EncoderOutput) -> tf.Tensor:
    """Returns the tokens' vectors with the one that has seen all in the first place.

    Mostly it is there anyway; encoders that look only to the left have it at the end.
    """
    return tf.concat([encoded.pooled[:, None], encoded.sequence[:, 1:]], axis=1)

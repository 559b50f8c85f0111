"""Two ways to score spans: both ends on their own, or the end given the start.

Glossary: B records, T tokens, H hidden size, D units of the layer behind the end, S
starts under consideration. Position 0, [CLS], stands for "no answer here".
"""

import abc

import tensorflow.compat.v1 as tf

from finetune import settings as settings_lib
from finetune.qa import nbest
from model import layers

HIDDEN_UNITS = 512  # D.


class SpanScores(abc.ABC):
    """Scores of the spans of a batch.

    Attributes:
      start_logits: float Tensor, [B, T]; of an answer's first token.

    Args:
      hidden: float Tensor, [B, T, H]; what is known of each token. The first vector
        must have seen the whole text.
      view: What the tokens are.
    """

    def __init__(self, hidden: tf.Tensor, view: nbest.View):
        self._hidden = hidden
        self._view = view
        self._build()

    start_logits: tf.Tensor

    @abc.abstractmethod
    def _build(self) -> None:
        """Makes the layers, in the present scope."""

    @abc.abstractmethod
    def _end_logits(self, starts: tf.Tensor) -> tf.Tensor:
        """Scores the last tokens of answers with given starts; [B] -> [B, T]."""

    @abc.abstractmethod
    def best(self, settings: settings_lib.QuestionAnsweringSettings) -> nbest.Spans:
        """Returns the best spans."""

    @abc.abstractmethod
    def null_scores(self) -> tf.Tensor:
        """Returns the score of "no answer here", comparable to spans', [B]."""

    def losses(self, starts: tf.Tensor, ends: tf.Tensor) -> tf.Tensor:
        """Returns the mean cross-entropy of both ends, [B].

        Args:
          starts: int32 Tensor, [B]; true first tokens.
          ends: int32 Tensor, [B]; true last tokens.
        """
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
        start_losses = entropy(labels=starts, logits=self.start_logits)
        end_losses = entropy(labels=ends, logits=self._end_logits(starts))
        return (start_losses + end_losses) / 2.0


class Independent(SpanScores):
    """BERT's: a span's score is the sum of its ends' logits.

    Variables: `spans/kernel` [H, 2], start before end, and `spans/bias` [2].
    """

    def _build(self):
        logits = layers.dense(self._hidden, 2, "spans")  # [B, T, 2]
        self.start_logits = nbest.allow(logits[:, :, 0], self._view.is_answer)
        self._ends = nbest.allow(logits[:, :, 1], self._view.is_answer)

    def _end_logits(self, starts):
        del starts  # As if it were not known.
        return self._ends

    def best(self, settings):
        return nbest.of_band(
            nbest.allow(self.start_logits, self._view.may_start),
            nbest.allow(self._ends, self._view.is_passage),
            settings.max_answer_length,
            settings.n_best_size,
        )

    def null_scores(self):
        return self.start_logits[:, 0] + self._ends[:, 0]


class Conditioned(SpanScores):
    """ELECTRA's: the end is predicted by a layer that sees the start's vector.

    A span's score is the logarithm of its probability. In training the start is the
    true one, else the likeliest starts are tried. The layer's kernel has a part for
    the vector of the start and one for that of the token, so that the product with
    each is computed once and added, and no [B, S, T, 2 H] is ever made.

    Variables: `start/kernel` [H, 1], `end_hidden/kernel` [2 H, D], of which the first
    H rows are for the start, `end/kernel` [D, 1]; a `bias` with each.
    """

    def _build(self):
        width = layers.width(self._hidden)
        logits = layers.dense(self._hidden, 1, "start")[:, :, 0]
        self.start_logits = nbest.allow(logits, self._view.is_answer)
        kernel, bias = layers.dense_variables(2 * width, HIDDEN_UNITS, "end_hidden")
        self._start_kernel = kernel[:width]
        self._end_variables = layers.dense_variables(HIDDEN_UNITS, 1, "end")
        rows = layers.affine(layers.flatten_rows(self._hidden), kernel[width:], bias)
        shape = layers.shape_list(self._hidden)[:2] + [HIDDEN_UNITS]
        self._of_tokens = tf.reshape(rows, shape)  # [B, T, D]

    def _end_logits(self, starts):
        return self._ends_after(self._of_starts(starts[:, None])[:, 0])

    def _of_starts(self, starts: tf.Tensor) -> tf.Tensor:
        """Returns what the hidden layer gets from starts; [B, S] -> [B, S, D]."""
        vectors = layers.gather_positions(self._hidden, starts)  # [B, S, H]
        zeros = tf.zeros([HIDDEN_UNITS])
        rows = layers.affine(layers.flatten_rows(vectors), self._start_kernel, zeros)
        return tf.reshape(rows, layers.shape_list(starts) + [HIDDEN_UNITS])

    def _ends_after(self, of_start: tf.Tensor) -> tf.Tensor:
        """[B, D], from one start per record -> logits of the ends [B, T]."""
        hidden = layers.gelu(self._of_tokens + of_start[:, None])  # [B, T, D]
        logits = layers.affine(layers.flatten_rows(hidden), *self._end_variables)
        logits = tf.reshape(logits, layers.shape_list(hidden)[:2])
        return nbest.allow(logits, self._view.is_answer)

    def best(self, settings):
        log_probs = tf.nn.log_softmax(self.start_logits)
        scores, starts = nbest.top(
            nbest.allow(log_probs, self._view.may_start), settings.beam_size
        )  # [B, S]
        of_starts = tf.transpose(self._of_starts(starts), [1, 0, 2])  # [S, B, D]
        ends = tf.map_fn(
            lambda of_start: tf.nn.log_softmax(self._ends_after(of_start)),
            of_starts,
            parallel_iterations=1,  # One start after the other, in little memory.
            back_prop=False,
        )
        spans = scores[:, :, None] + tf.transpose(ends, [1, 0, 2])  # [B, S, T]
        return nbest.of_beam(
            starts,
            nbest.allow(spans, self._view.is_passage[:, None]),
            settings.max_answer_length,
            settings.n_best_size,
        )

    def null_scores(self):
        first = tf.zeros_like(self._view.is_answer[:, 0], tf.int32)
        ends = tf.nn.log_softmax(self._end_logits(first))
        return tf.nn.log_softmax(self.start_logits)[:, 0] + ends[:, 0]

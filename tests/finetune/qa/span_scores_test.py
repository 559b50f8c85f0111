"""Tests for finetune.qa.span_scores."""

import numpy as np
from scipy import special
import tensorflow.compat.v1 as tf

from finetune import settings as settings_lib
from finetune.qa import nbest, span_scores

B, T, H = 2, 6, 4
FIRST, LAST = np.array([3, 0], np.int32), np.array([4, 0], np.int32)
SETTINGS = settings_lib.QuestionAnsweringSettings(
    n_best_size=5, beam_size=3, max_answer_length=3
)


def view(may_start=(2, 3, 4)):
    """[CLS], a question of one token, three of the passage, [SEP]."""
    passage = np.zeros([B, T], bool)
    passage[:, 2:5] = True
    answer = passage.copy()
    answer[:, 0] = True
    starts = np.zeros([B, T], bool)
    starts[:, list(may_start)] = True
    return nbest.View(*map(tf.constant, (passage, answer, starts)))


def hidden():
    return np.random.RandomState(1).randn(B, T, H).astype(np.float32)


def log_softmax(logits, allowed):
    masked = np.where(allowed, logits, -np.inf)
    return masked - special.logsumexp(masked, axis=-1, keepdims=True)


ALLOWED = np.array([True, False, True, True, True, False])


class Case(tf.test.TestCase):
    def run_scores(self, kind, function, may_start=(2, 3, 4)):
        """Returns what a function of the scores gives, and the variables by name."""
        with tf.Graph().as_default(), tf.Session() as session:
            with tf.variable_scope("head"):
                scores = kind(tf.constant(hidden()), view(may_start))
                wanted = function(scores)
            random = np.random.RandomState(2)
            for variable in tf.trainable_variables():
                shape = variable.shape.as_list()
                variable.load(random.randn(*shape) * 0.3, session)
            names = {v.op.name: v for v in tf.trainable_variables()}
            return session.run([wanted, names])

    def spans(self, spans):
        return [
            [
                (int(start), int(end))
                for start, end, score in zip(*row)
                if score > nbest.NOTHING / 2
            ]
            for row in zip(spans.starts, spans.ends, spans.scores)
        ]


class IndependentTest(Case):
    def logits(self, variables):
        logits = hidden() @ variables["head/spans/kernel"]
        logits += variables["head/spans/bias"]
        return logits[:, :, 0], logits[:, :, 1]

    def test_losses_are_the_mean_cross_entropy_of_both_ends(self):
        losses, variables = self.run_scores(
            span_scores.Independent,
            lambda scores: scores.losses(tf.constant(FIRST), tf.constant(LAST)),
        )
        starts, ends = self.logits(variables)
        rows = np.arange(B)
        expected = -0.5 * (
            log_softmax(starts, ALLOWED)[rows, FIRST]
            + log_softmax(ends, ALLOWED)[rows, LAST]
        )
        self.assertAllClose(losses, expected, atol=1e-5)

    def test_best_spans(self):
        spans, variables = self.run_scores(
            span_scores.Independent, lambda scores: scores.best(SETTINGS)
        )
        starts, ends = self.logits(variables)
        for row in range(B):
            expected = sorted(
                (
                    (first, last)
                    for first in (2, 3, 4)
                    for last in (2, 3, 4)
                    if first <= last
                ),
                key=lambda span: -starts[row, span[0]] - ends[row, span[1]],
            )
            self.assertEqual(self.spans(spans)[row], expected[:5])

    def test_null_score_is_that_of_the_first_token(self):
        null, variables = self.run_scores(
            span_scores.Independent, lambda scores: scores.null_scores()
        )
        starts, ends = self.logits(variables)
        self.assertAllClose(null, starts[:, 0] + ends[:, 0], atol=1e-5)


class ConditionedTest(Case):
    """Against the published computation: each start beside each token, in one layer."""

    def log_probs(self, variables):
        """Returns those of starts, [B, T], and ends after each start, [B, T, T]."""
        tokens = hidden()
        start_logits = tokens @ variables["head/start/kernel"]
        start_logits = (start_logits + variables["head/start/bias"])[:, :, 0]
        pairs = np.concatenate(
            [
                np.tile(tokens[:, :, None], [1, 1, T, 1]),  # The start first,
                np.tile(tokens[:, None], [1, T, 1, 1]),  # then the token.
            ],
            axis=-1,
        )
        layer = pairs @ variables["head/end_hidden/kernel"]
        layer += variables["head/end_hidden/bias"]
        layer *= 0.5 * (1 + special.erf(layer / np.sqrt(2)))
        end_logits = layer @ variables["head/end/kernel"] + variables["head/end/bias"]
        return (
            log_softmax(start_logits, ALLOWED),
            log_softmax(end_logits[..., 0], ALLOWED),
        )

    def test_losses_see_the_true_start(self):
        losses, variables = self.run_scores(
            span_scores.Conditioned,
            lambda scores: scores.losses(tf.constant(FIRST), tf.constant(LAST)),
        )
        starts, ends = self.log_probs(variables)
        rows = np.arange(B)
        expected = -0.5 * (starts[rows, FIRST] + ends[rows, FIRST, LAST])
        self.assertAllClose(losses, expected, atol=1e-5)

    def test_best_spans(self):
        spans, variables = self.run_scores(
            span_scores.Conditioned, lambda scores: scores.best(SETTINGS)
        )
        starts, ends = self.log_probs(variables)
        for row in range(B):
            scores = {
                (first, last): starts[row, first] + ends[row, first, last]
                for first in (2, 3, 4)
                for last in range(first, 5)
            }
            expected = sorted(scores, key=lambda span: -scores[span])[:5]
            self.assertEqual(self.spans(spans)[row], expected)
            self.assertAllClose(
                spans.scores[row], [scores[span] for span in expected], atol=1e-5
            )

    def test_only_the_likeliest_starts_are_tried(self):
        settings = settings_lib.QuestionAnsweringSettings(n_best_size=9, beam_size=1)
        spans, variables = self.run_scores(
            span_scores.Conditioned, lambda scores: scores.best(settings)
        )
        starts, _ = self.log_probs(variables)
        for row in range(B):
            likeliest = 2 + int(np.argmax(starts[row, 2:5]))
            self.assertEqual(
                {first for first, _ in self.spans(spans)[row]}, {likeliest}
            )

    def test_starts_that_others_see_better_are_not_tried(self):
        spans, _ = self.run_scores(
            span_scores.Conditioned,
            lambda scores: scores.best(SETTINGS),
            may_start=(3,),
        )
        for row in self.spans(spans):
            self.assertCountEqual(row, [(3, 3), (3, 4)])

    def test_more_starts_than_tokens(self):
        settings = settings_lib.QuestionAnsweringSettings(n_best_size=40, beam_size=20)
        spans, _ = self.run_scores(
            span_scores.Conditioned, lambda scores: scores.best(settings)
        )
        self.assertEqual(spans.scores.shape, (B, 40))
        self.assertLen(self.spans(spans)[0], 6)

    def test_null_score_is_that_of_the_span_of_the_first_token(self):
        null, variables = self.run_scores(
            span_scores.Conditioned, lambda scores: scores.null_scores()
        )
        starts, ends = self.log_probs(variables)
        self.assertAllClose(null, starts[:, 0] + ends[:, 0, 0], atol=1e-5)

    def test_no_tensor_has_every_start_beside_every_token(self):
        with tf.Graph().as_default() as graph:
            scores = span_scores.Conditioned(tf.constant(hidden()), view())
            scores.best(SETTINGS)
            for operation in graph.get_operations():
                for output in operation.outputs:
                    self.assertLess(output.shape.ndims or 0, 4, output.name)


if __name__ == "__main__":
    tf.test.main()

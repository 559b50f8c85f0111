"""Tests for finetune.qa.decode."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune.qa import decode
from tests.finetune.qa import fixtures


def decoded(*records, size=5, classifier=True, threshold=None, count=1):
    examples = [fixtures.example("q%d" % number) for number in range(count)]
    decoder = decode.Decoder(size, classifier, threshold)
    return decoder(fixtures.predictions(examples, *records))


def texts(said):
    return [answer.text for answer in said.answers]


class DecodeTest(tf.test.TestCase):
    def test_answers_are_text_of_the_passage_best_first(self):
        (said,) = decoded((0, {"1642": 1.0, "in 1642": 3.0}, 0.0))
        self.assertEqual(texts(said), ["in 1642", "1642"])
        self.assertEqual(said.prediction, "in 1642")

    def test_windows_compete(self):
        (said,) = decoded((0, {"1642": 1.0}, 0.0), (0, {"1727": 2.0}, 0.0))
        self.assertEqual(texts(said), ["1727", "1642"])

    def test_examples_do_not_mix(self):
        first, second, third = decoded(
            (0, {"1642": 1.0}, 0.0),
            (1, {"1727": 2.0}, 0.0),
            (1, {"He": 3.0}, 0.0),
            (2, {"in": 3.0}, 0.0),
            count=3,
        )
        self.assertEqual(texts(first), ["1642"])
        self.assertEqual(texts(second), ["He", "1727"])
        self.assertEqual(texts(third), ["in"])

    def test_one_text_is_listed_once_with_its_best_score(self):
        (said,) = decoded((0, {(30, 32): 1.0, "in": 2.0}, 0.0), (0, {"in": 0.5}, 0.0))
        self.assertEqual(texts(said), ["in"])
        self.assertEqual(said.answers[0].score, 2.0)

    def test_so_many_are_kept(self):
        (said,) = decoded((0, {"He": 1.0, "in": 2.0, "was": 3.0}, 0.0), size=2)
        self.assertEqual(texts(said), ["was", "in"])

    def test_probabilities_are_those_of_the_scores(self):
        (said,) = decoded((0, {"He": np.log(1.0), "in": np.log(3.0)}, 0.0))
        self.assertAllClose(
            [answer.probability for answer in said.answers], [0.75, 0.25]
        )

    def test_large_scores_do_not_overflow(self):
        (said,) = decoded((0, {"He": 5000.0, "in": 4000.0}, 0.0))
        self.assertAllClose([answer.probability for answer in said.answers], [1.0, 0.0])

    def test_null_odds_are_those_of_the_window_that_is_surest_of_an_answer(self):
        (said,) = decoded((0, {"He": 1.0}, 2.5), (0, {"He": 1.0}, -1.5))
        self.assertEqual(said.null_odds, -1.5)

    def test_without_classifier_the_null_score_is_compared_to_the_best_span(self):
        (said,) = decoded(
            (0, {"He": 1.0}, 2.0), (0, {"in": 4.0}, 3.0), classifier=False
        )
        self.assertEqual(said.null_odds, 2.0 - 4.0)

    def test_no_answer_above_the_threshold(self):
        (said,) = decoded((0, {"He": 1.0}, 0.5), threshold=0.4)
        self.assertEqual((said.prediction, said.best), ("", "He"))

    def test_at_the_threshold_the_answer_is_given(self):
        (said,) = decoded((0, {"He": 1.0}, 0.5), threshold=0.5)
        self.assertEqual(said.prediction, "He")

    def test_without_threshold_every_question_is_answered(self):
        (said,) = decoded((0, {"He": 1.0}, 99.0))
        self.assertEqual(said.prediction, "He")

    def test_no_span_at_all(self):
        (said,) = decoded((0, {}, 0.0), classifier=False)
        self.assertEqual((said.prediction, said.best, said.answers), ("", "", ()))
        self.assertTrue(np.isfinite(said.null_odds))


if __name__ == "__main__":
    tf.test.main()

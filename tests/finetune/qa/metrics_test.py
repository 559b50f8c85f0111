"""Tests for finetune.qa.metrics."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune.qa import decode, metrics, scoring
from tests.finetune.qa import fixtures


def judge(threshold=None, metric=scoring.SQUAD, classifier=True):
    return metrics.Judge(decode.Decoder(5, classifier, threshold), metric)


def predictions(*records, **values):
    """The first example has an answer, the second has none."""
    examples = [fixtures.example("a"), fixtures.example("b", answers=())]
    return fixtures.predictions(examples[: values.pop("count", 2)], *records, **values)


class JudgeTest(tf.test.TestCase):
    def test_scores(self):
        said = predictions(
            (0, {"in 1642": 1.0}, 0.0), count=1, losses=np.array([0.5], np.float32)
        )
        self.assertAllClose(
            judge().scores(said),
            {"exact_match": 0.0, "f1": 100 * 2 / 3, "loss": 0.5},
        )

    def test_scores_under_a_fixed_threshold_and_under_the_best(self):
        said = predictions((0, {"1642": 1.0}, -5.0), (1, {"1727": 1.0}, -4.0))
        scores = judge(threshold=-3.0).scores(said)
        self.assertEqual((scores["f1"], scores["NoAns_f1"]), (50.0, 0.0))
        self.assertEqual((scores["best_f1"], scores["best_f1_thresh"]), (100.0, -5.0))

    def test_the_best_threshold_may_take_back_none(self):
        # Under the fixed threshold nothing is answered.
        said = predictions((0, {"1642": 1.0}, -1.0), (1, {"1727": 1.0}, 4.0))
        scores = judge(threshold=-3.0).scores(said)
        self.assertEqual((scores["HasAns_f1"], scores["best_f1"]), (0.0, 100.0))

    def test_scores_of_version_2_are_named_as_by_its_scorer(self):
        said = predictions((0, {"1642": 1.0}, -5.0), (1, {"1727": 1.0}, -4.0))
        scores = judge(threshold=0.0).scores(said)
        self.assertEqual(scores["exact"], 50.0)
        self.assertNotIn("exact_match", scores)
        self.assertEqual(set(scores), set(judge(threshold=0.0).names))

    def test_scores_have_no_counts(self):
        said = predictions((0, {"1642": 1.0}, -5.0), (1, {"1727": 1.0}, -4.0))
        for name in judge(threshold=0.0).scores(said):
            self.assertNotIn("total", name)
            self.assertNotIn("missing", name)

    def test_cmrc(self):
        said = predictions((0, {"1642": 1.0}, 0.0), count=1)
        scores = judge(metric=scoring.CMRC).scores(said)
        self.assertEqual(scores["average"], 100.0)

    def test_unlabeled(self):
        said = predictions((0, {"1642": 1.0}, 0.0), count=1, losses=None)
        with self.assertRaisesRegex(ValueError, "without labels cannot be scored"):
            judge().scores(said)

    def test_not_finite_scores_nothing(self):
        said = predictions((0, {"1642": np.nan}, 0.0), count=1)
        self.assertEqual(judge().scores(said), {"exact_match": 0.0, "f1": 0.0})

    def test_judged(self):
        said = predictions((0, {"in 1642": 1.0}, 0.0), (1, {"1727": 1.0}, 4.0))
        first, second = judge(threshold=1.0).judged(said)
        self.assertAllClose(tuple(first.score), (0.0, 2 / 3))
        self.assertEqual(second.score, (1.0, 1.0))
        self.assertEqual(second.decoded.prediction, "")


class DegenerateTest(tf.test.TestCase):
    def test_a_sound_run(self):
        said = predictions((0, {"1642": 1.0}, 0.0), (1, {"1727": 1.0}, 4.0))
        self.assertIsNone(judge().degenerate(said))

    def test_one_answer_among_many_nones_is_sound(self):
        said = predictions((0, {"1642": 1.0}, 0.0), (1, {"1727": 1.0}, 4.0))
        self.assertIsNone(judge(threshold=1.0).degenerate(said))

    def test_none_for_every_question(self):
        said = predictions((0, {"1642": 1.0}, 5.0), (1, {"1727": 1.0}, 4.0))
        self.assertEqual(
            judge(threshold=1.0).degenerate(said), "no question gets an answer"
        )

    def test_answers_that_wait_for_a_higher_threshold(self):
        said = predictions((0, {"1642": 1.0}, -1.0), (1, {"1727": 1.0}, 4.0))
        self.assertIsNone(judge(threshold=-3.0).degenerate(said))

    def test_none_is_right_where_no_question_has_an_answer(self):
        examples = [fixtures.example("b", answers=())]
        said = fixtures.predictions(examples, (0, {"1727": 1.0}, 4.0))
        self.assertIsNone(judge(threshold=1.0).degenerate(said))

    def test_no_span_anywhere(self):
        said = predictions((0, {}, 0.0), count=1)
        self.assertEqual(judge().degenerate(said), "no question gets an answer")

    def test_not_finite(self):
        said = predictions((0, {"1642": np.nan}, 0.0), count=1)
        self.assertEqual(judge().degenerate(said), "the span scores are not finite")


if __name__ == "__main__":
    tf.test.main()

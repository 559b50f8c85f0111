"""Tests for finetune.ranking.metrics."""

from absl.testing import absltest, parameterized
import numpy as np
from sklearn import metrics as sklearn_metrics

from finetune.ranking import metrics
from tests.finetune.ranking import fakes


def score(rows, scores):
    return metrics.score(fakes.said(fakes.candidates(*rows), scores))


class RelevanceTest(parameterized.TestCase):
    @parameterized.parameters(
        ([0.1, 0.9, 0.5], [0, 0, 1], [0, 1, 0]),
        ([0.5, 0.5], [1, 0], [0, 1]),
        ([0.5, 0.5], [0, 1], [0, 1]),
        ([0.5, 0.7, 0.5, 0.5], [1, 0, 0, 1], [0, 0, 1, 1]),
    )
    def test_labels_by_score_and_wrong_before_right(self, values, labels, want):
        ranked = metrics.relevance(np.array(values), np.array(labels))
        self.assertEqual(ranked.tolist(), want)

    @parameterized.parameters(
        ([1, 0, 0], 1.0, 1.0, 1.0),
        ([0, 1, 0], 1 / 2, 1 / 2, 0.0),
        ([0, 1, 1], 1 / 2, (1 / 2 + 2 / 3) / 2, 0.0),
        ([1, 0, 1, 0, 1], 1.0, (1 + 2 / 3 + 3 / 5) / 3, 1.0),
        ([1], 1.0, 1.0, 1.0),
    )
    def test_measures(self, ranked, reciprocal, average, first):
        ranked = np.array(ranked)
        self.assertAlmostEqual(metrics.reciprocal_rank(ranked), reciprocal)
        self.assertAlmostEqual(metrics.average_precision(ranked), average)
        self.assertEqual(metrics.precision_at_1(ranked), first)

    def test_average_precision_is_that_of_scikit_learn(self):
        random = np.random.RandomState(0)
        for size in range(2, 30):
            labels = random.permutation([1] + [0] * (size - 2) + [1])
            values = random.permutation(size)  # No ties.
            ranked = metrics.relevance(values, labels)
            self.assertAlmostEqual(
                metrics.average_precision(ranked),
                sklearn_metrics.average_precision_score(labels, values),
            )


class ScoreTest(parameterized.TestCase):
    def test_second_place_is_half(self):
        scores = score([("q", 0), ("q", 0), ("q", 1)], [0.1, 0.9, 0.5])
        self.assertAlmostEqual(scores["mrr"], 50.0)
        self.assertAlmostEqual(scores["map"], 50.0)
        self.assertEqual(scores["precision_at_1"], 0.0)

    def test_best_of_several_right_candidates_counts(self):
        scores = score([("q", 1), ("q", 0), ("q", 1)], [0.1, 0.9, 0.5])
        self.assertAlmostEqual(scores["mrr"], 50.0)

    def test_ties_count_against_the_model_and_once(self):
        # Adding a term for each candidate with the best score would make it 2.
        scores = score([("q", 1), ("q", 1), ("q", 0)], [0.5, 0.5, 0.5])
        self.assertAlmostEqual(scores["mrr"], 50.0)
        self.assertEqual(scores["precision_at_1"], 0.0)

    @parameterized.parameters(2, 5, 10)
    def test_model_that_tells_nothing_apart_ranks_last(self, count):
        scores = score([("q", 1)] + [("q", 0)] * (count - 1), [0.0] * count)
        self.assertAlmostEqual(scores["mrr"], 100.0 / count)

    def test_mean_over_questions_not_over_candidates(self):
        rows = [("p", 1)] + [("q", 1), ("q", 0), ("q", 0)]
        self.assertAlmostEqual(score(rows, [0.0, 1.0, 2.0, 3.0])["mrr"], 200.0 / 3)

    def test_rows_of_a_question_may_stand_apart(self):
        together = [("p", 0), ("p", 1), ("q", 1), ("q", 0)]
        apart = [together[n] for n in (0, 2, 1, 3)]
        self.assertEqual(
            score(together, [0.2, 0.1, 0.4, 0.3]), score(apart, [0.2, 0.4, 0.1, 0.3])
        )

    def test_questions_without_answer_are_counted_and_left_out(self):
        # A reciprocal rank of 1 / (n + 1) for them would make the mean 62.5.
        scores = score([("p", 1), ("q", 0), ("q", 0), ("q", 0)], [1.0, 2.0, 3.0, 4.0])
        self.assertEqual(scores["mrr"], 100.0)
        self.assertEqual(scores["map"], 100.0)
        self.assertEqual(scores["questions_without_answer"], 1.0)

    def test_no_question_with_an_answer_scores_zero(self):
        scores = score([("q", 0), ("q", 0)], [1.0, 2.0])
        self.assertEqual((scores["mrr"], scores["map"]), (0.0, 0.0))
        self.assertEqual(scores["questions_without_answer"], 1.0)

    def test_accuracy_and_loss_are_those_of_the_classes(self):
        scores = score([("q", 0), ("q", 0), ("q", 1), ("q", 1)], [-1.0, 1.0, 2.0, 3.0])
        self.assertEqual(scores["accuracy"], 75.0)
        self.assertEqual(scores["loss"], 0.5)

    def test_candidates_whose_probabilities_round_to_one_stay_apart(self):
        scores = score([("q", 0), ("q", 1)], [40.0, 41.0])
        self.assertEqual(scores["mrr"], 100.0)

    def test_scores_that_are_not_finite_rank_nothing(self):
        scores = score([("q", 0), ("q", 1)], [0.0, np.nan])
        self.assertEqual((scores["mrr"], scores["precision_at_1"]), (0.0, 0.0))

    def test_split_without_labels_is_refused(self):
        said = fakes.said(fakes.candidates(("q", None)), [1.0], is_labeled=False)
        with self.assertRaisesRegex(ValueError, "without labels cannot be scored"):
            metrics.score(said)


class DegenerateTest(absltest.TestCase):
    def degenerate(self, scores):
        rows = [("q", 0)] * len(scores)
        return metrics.degenerate(fakes.said(fakes.candidates(*rows), scores))

    def test_one_class_for_all_is_not(self):
        self.assertIsNone(self.degenerate([-3.0, -2.0, -1.0]))

    def test_one_score_for_all_is(self):
        self.assertEqual(
            self.degenerate([-3.0, -3.0]), "every candidate gets the same score"
        )

    def test_numbers_that_are_none_are(self):
        self.assertEqual(self.degenerate([np.inf, 1.0]), "the scores are not finite")


if __name__ == "__main__":
    absltest.main()

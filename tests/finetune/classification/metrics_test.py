"""Tests for finetune.classification.metrics."""

from absl.testing import absltest, parameterized
import numpy as np

from finetune import task as task_lib
from finetune.classification import metrics


def classified(labels, predicted, num_classes=2, losses=None):
    logits = np.eye(num_classes, dtype=np.float32)[np.array(predicted)]
    return task_lib.Predictions(
        [str(n) for n in range(len(labels))],
        {"logits": logits, "probabilities": logits},
        np.array(labels),
        losses,
    )


def valued(labels, values):
    return task_lib.Predictions(
        [str(n) for n in range(len(labels))],
        {"value": np.array(values)},
        np.array(labels, np.float64),
    )


class MetricsTest(parameterized.TestCase):
    def test_f1_counts_the_positives_that_were_missed(self):
        # One found of four: precision 100, recall 25. The original says 100.
        labels, predicted = [1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]
        scores = metrics.Scorer(["f1"])(classified(labels, predicted))
        self.assertAlmostEqual(scores["f1"], 40.0)

    def test_f1_counts_the_positives_that_are_none(self):
        scores = metrics.Scorer(["f1"])(classified([1, 0, 0, 0], [1, 1, 1, 1]))
        self.assertAlmostEqual(scores["f1"], 40.0)

    def test_f1_without_positives_is_zero(self):
        scores = metrics.Scorer(["f1"])(classified([1, 0], [0, 0]))
        self.assertEqual(scores["f1"], 0.0)

    def test_accuracy(self):
        said = classified([2, 1, 0, 0], [2, 1, 1, 0], num_classes=3)
        self.assertAlmostEqual(metrics.Scorer(["accuracy"])(said)["accuracy"], 75.0)

    def test_matthews(self):
        # tp 2, tn 1, fp 1, fn 0: 2 / sqrt(3 * 2 * 2 * 1).
        said = classified([1, 1, 0, 0], [1, 1, 1, 0])
        self.assertAlmostEqual(
            metrics.Scorer(["mcc"])(said)["mcc"], 100 * 2 / np.sqrt(12)
        )

    def test_correlations(self):
        said = valued([0, 1, 2, 3], [0.0, 1.0, 2.0, 9.0])
        scores = metrics.Scorer(["pearson", "spearman"])(said)
        reference = np.corrcoef([0, 1, 2, 3], [0.0, 1.0, 2.0, 9.0])[0, 1]
        self.assertAlmostEqual(scores["pearson"], 100 * reference)
        self.assertAlmostEqual(scores["spearman"], 100.0)

    def test_correlation_of_a_constant_is_zero_not_nan(self):
        said = valued([0, 1, 2], [1.0, 1.0, 1.0])
        self.assertEqual(
            metrics.Scorer(["pearson", "spearman"])(said),
            {"pearson": 0.0, "spearman": 0.0},
        )

    def test_loss_is_the_mean_per_example(self):
        said = classified([1, 0], [1, 0], losses=np.array([1.0, 3.0]))
        self.assertEqual(metrics.Scorer(["accuracy"])(said)["loss"], 2.0)

    def test_unlabeled_predictions_are_refused(self):
        said = task_lib.Predictions(["0"], {"logits": np.zeros([1, 2])})
        with self.assertRaisesRegex(ValueError, "without labels"):
            metrics.Scorer(["accuracy"])(said)


class DegenerateTest(absltest.TestCase):
    def test_one_class_for_all_is_a_failed_run(self):
        said = classified([0, 1, 0], [0, 0, 0])
        self.assertIn("same class", metrics.degenerate(said))

    def test_one_value_for_all_is_a_failed_run(self):
        self.assertIn("same value", metrics.degenerate(valued([0, 1], [2.0, 2.0])))

    def test_what_is_not_finite_is_a_failed_run(self):
        self.assertIn("not finite", metrics.degenerate(valued([0, 1], [1.0, np.nan])))

    def test_two_classes_are_no_failed_run(self):
        self.assertIsNone(metrics.degenerate(classified([0, 1, 0], [0, 0, 1])))


if __name__ == "__main__":
    absltest.main()

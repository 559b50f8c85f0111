"""Tests for finetune.classification.metrics."""

from absl.testing import absltest
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import metrics, tables


def predictions(labels, outputs, losses=None):
    examples = [
        tables.Example(str(number), "a", None, label)
        for number, label in enumerate(labels)
    ]
    if losses is None:
        losses = np.zeros([len(labels)])
    return task_lib.Predictions(examples, outputs, losses)


def classified(labels, predicted, num_classes=2, losses=None):
    logits = np.eye(num_classes, dtype=np.float32)[np.array(predicted)]
    outputs = {"logits": logits, "probabilities": logits}
    return predictions(labels, outputs, losses)


def valued(labels, values):
    return predictions(labels, {"value": np.array(values)})


class MetricsTest(tf.test.TestCase):
    def test_f1_counts_the_positives_that_were_missed(self):
        # One found of four: precision 100, recall 25. The original says 100.
        labels, predicted = [1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]
        scores = metrics.Scorer(["f1"])(classified(labels, predicted))
        self.assertAlmostEqual(scores["f1"], 40.0)

    def test_f1_counts_the_positives_that_are_none(self):
        scores = metrics.Scorer(["f1"])(classified([1, 0, 0, 0], [1, 1, 1, 1]))
        self.assertAlmostEqual(scores["f1"], 40.0)

    def test_precision_recall_and_f1_of_the_class_with_index_1(self):
        # The original counts the positives predicted, not those there are, and says
        # that recall is 100 too.
        labels, predicted = [1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]
        scores = metrics.Scorer(["precision", "recall", "f1"])(
            classified(labels, predicted)
        )
        self.assertAllClose(
            [scores["precision"], scores["recall"], scores["f1"]], [100.0, 25.0, 40.0]
        )

    def test_means_over_classes(self):
        # Of class 0 two of two are found with one too many, of class 1 one of two.
        said = classified([0, 0, 1, 1], [0, 0, 0, 1])
        names = ["macro_precision", "macro_recall", "macro_f1"]
        scores = metrics.Scorer(names)(said)
        expected = [(2 / 3 + 1) / 2, (1 + 0.5) / 2, (0.8 + 2 / 3) / 2]
        self.assertAllClose([scores[name] for name in names], 100 * np.array(expected))

    def test_means_over_examples(self):
        # F1 is 0.75 for the three examples of class 0, 0 for those of 1 and 2.
        said = classified([0, 0, 0, 1, 2], [0, 0, 0, 0, 0], num_classes=3)
        scores = metrics.Scorer(["weighted_f1", "micro_f1"])(said)
        self.assertAllClose(scores["weighted_f1"], 45.0)
        self.assertAllClose(scores["micro_f1"], 60.0)

    def test_squared_error_is_in_the_unit_of_the_labels(self):
        scores = metrics.Scorer(["pearson", "mse"])(valued([0.0, 4.0], [1.0, 1.0]))
        self.assertEqual(scores["mse"], 5.0)

    def test_what_is_not_finite_scores_nothing(self):
        scores = metrics.Scorer(["pearson", "mse"])(valued([0.0, 4.0], [1.0, np.nan]))
        self.assertEqual(scores, {"pearson": 0.0})

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
            {"pearson": 0.0, "spearman": 0.0, "loss": 0.0},
        )

    def test_loss_is_the_mean_per_example(self):
        said = classified([1, 0], [1, 0], losses=np.array([1.0, 3.0]))
        self.assertEqual(metrics.Scorer(["accuracy"])(said)["loss"], 2.0)

    def test_unlabeled_predictions_are_refused(self):
        example = tables.Example("0", "a")
        said = task_lib.Predictions([example], {"logits": np.zeros([1, 2])})
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
    tf.test.main()

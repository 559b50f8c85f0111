"""Tests for finetune.classification.analysis."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import analysis, labels, tables

NAMES = ("bad", "fair", "good")


def classified(answers, losses=None):
    """Predictions of (true class, predicted class, probability of it) triples."""
    probabilities = np.zeros([len(answers), len(NAMES)], np.float32)
    for row, (_, predicted, probability) in zip(probabilities, answers):
        row[:] = (1 - probability) / 2
        row[predicted] = probability
    examples = [
        tables.Example("id%d" % number, "text %d" % number, "more", label)
        for number, (label, _, _) in enumerate(answers)
    ]
    outputs = {"logits": np.log(probabilities), "probabilities": probabilities}
    if losses is None:
        losses = np.arange(len(answers), dtype=np.float32)
    return task_lib.Predictions(examples, outputs, losses)


def analyzed(answers, losses=None):
    return analysis.for_labels(labels.Classes(NAMES))(classified(answers, losses))


def of_numbers(true, said):
    examples = [
        tables.Example(str(number), "a", "b", label)
        for number, label in enumerate(true)
    ]
    outputs = {"value": np.array(said, np.float32)}
    predictions = task_lib.Predictions(examples, outputs, np.zeros([len(true)]))
    return analysis.for_labels(labels.Range(0.0, 5.0))(predictions)


class ClassesTest(tf.test.TestCase):
    ANSWERS = ((0, 0, 0.9), (0, 2, 0.8), (2, 2, 0.7), (2, 2, 0.6), (0, 2, 0.5))

    def test_scores_of_each_class(self):
        groups = analyzed(self.ANSWERS).groups
        self.assertEqual(list(groups), list(NAMES))
        self.assertAllClose(
            groups["bad"],
            {"precision": 100.0, "recall": 100 / 3, "f1": 50.0, "support": 3.0},
        )
        self.assertAllClose(
            groups["good"],
            {"precision": 50.0, "recall": 100.0, "f1": 200 / 3, "support": 2.0},
        )

    def test_class_that_does_not_occur_scores_nothing(self):
        self.assertEqual(
            analyzed(self.ANSWERS).groups["fair"],
            {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0.0},
        )

    def test_rows_of_the_confusion_are_the_true_classes(self):
        confusion = analyzed(self.ANSWERS).confusion
        self.assertEqual(confusion.names, NAMES)
        self.assertAllEqual(confusion.counts, [[1, 0, 2], [0, 0, 0], [0, 0, 2]])

    def test_mistakes_are_ordered_by_loss(self):
        found = analyzed(self.ANSWERS, losses=np.array([9.0, 0.5, 9.0, 9.0, 0.7]))
        self.assertEqual([mistake.id for mistake in found.mistakes], ["id4", "id1"])

    def test_mistake_says_what_was_asked_expected_and_said(self):
        (mistake,) = analyzed([(0, 2, 0.8)], losses=np.array([2.5])).mistakes
        self.assertEqual(
            mistake,
            task_lib.Mistake("id0", "text 0 / more", "bad", "good (80.0%)", 2.5),
        )

    def test_no_mistakes_where_all_is_right(self):
        self.assertEqual(analyzed([(1, 1, 0.9)]).mistakes, [])

    def test_single_text_is_shown_alone(self):
        said = classified([(0, 1, 0.9)])
        examples = [example._replace(text_b=None) for example in said.examples]
        said = task_lib.Predictions(examples, said.outputs, said.losses)
        (mistake,) = analysis.classes(NAMES, said).mistakes
        self.assertEqual(mistake.text, "text 0")

    def test_unlabeled_predictions_are_refused(self):
        said = classified([(0, 1, 0.9)])
        said = task_lib.Predictions(said.examples, said.outputs)
        for function in (
            analysis.for_labels(labels.Classes(NAMES)),
            analysis.for_labels(labels.Range(0.0, 1.0)),
        ):
            with self.assertRaisesRegex(ValueError, "without labels"):
                function(said)


class NumbersTest(tf.test.TestCase):
    def test_quarters_of_the_true_values(self):
        true = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
        said = [1.0, 1.0, 2.0, 2.0, 5.0, 6.0, 6.0, 4.0]
        groups = of_numbers(true, said).groups
        self.assertEqual(list(groups), ["0 to 1", "2 to 3", "4 to 5", "6 to 7"])
        self.assertEqual(
            groups["6 to 7"],
            {"mean_error": -1.5, "mean_absolute_error": 1.5, "support": 2.0},
        )
        self.assertEqual(groups["2 to 3"]["mean_error"], -0.5)

    def test_equal_values_are_in_one_quarter(self):
        groups = of_numbers([1.0, 1.0, 1.0, 1.0, 5.0], [1.0] * 5).groups
        self.assertEqual(
            {name: scores["support"] for name, scores in groups.items()},
            {"1 to 1": 4.0, "5 to 5": 1.0},
        )

    def test_mistakes_are_ordered_by_size(self):
        mistakes = of_numbers([1.0, 2.0, 3.0], [1.5, 0.0, 3.25]).mistakes
        self.assertEqual(
            mistakes,
            [
                task_lib.Mistake("1", "a / b", "2", "0.000", 2.0),
                task_lib.Mistake("0", "a / b", "1", "1.500", 0.5),
                task_lib.Mistake("2", "a / b", "3", "3.250", 0.25),
            ],
        )

    def test_no_confusion(self):
        self.assertIsNone(of_numbers([1.0], [1.0]).confusion)


if __name__ == "__main__":
    tf.test.main()

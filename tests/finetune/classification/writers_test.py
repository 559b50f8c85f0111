"""Tests for finetune.classification.writers."""

from absl.testing import absltest
import numpy as np

from finetune import task as task_lib
from finetune.classification import labels, writers

NLI = labels.Classes(("contradiction", "entailment", "neutral"))


def classified(with_labels=True):
    logits = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]], np.float32)
    probabilities = np.array([[0.1, 0.7, 0.2], [0.9, 0.05, 0.05]], np.float32)
    return task_lib.Predictions(
        ["7", "8"],
        {"logits": logits, "probabilities": probabilities},
        np.array([1, 2]) if with_labels else None,
    )


class WritersTest(absltest.TestCase):
    def test_classes_are_written_by_name(self):
        values = writers.for_labels(NLI).values(classified())
        self.assertEqual(values, ["entailment", "contradiction"])

    def test_numbers_are_clipped_and_have_three_decimals(self):
        said = task_lib.Predictions(
            list("abcd"), {"value": np.array([-0.3, 2.34567, 5.2, 5.0], np.float32)}
        )
        values = writers.for_labels(labels.Range(0.0, 5.0)).values(said)
        self.assertEqual(values, ["0.000", "2.346", "5.000", "5.000"])

    def test_row_of_a_class(self):
        row = next(writers.for_labels(NLI).rows(classified()))
        self.assertEqual(
            row,
            {
                "id": "7",
                "prediction": "entailment",
                "label": "entailment",
                "logits": [0.0, 2.0, 1.0],
                "probabilities": {
                    "contradiction": 0.1,
                    "entailment": 0.7,
                    "neutral": 0.2,
                },
            },
        )

    def test_row_without_label(self):
        rows = list(writers.for_labels(NLI).rows(classified(with_labels=False)))
        self.assertNotIn("label", rows[0])

    def test_row_of_a_number(self):
        said = task_lib.Predictions(["0"], {"value": np.array([5.25])}, np.array([4.5]))
        rows = list(writers.for_labels(labels.Range(0.0, 5.0)).rows(said))
        self.assertEqual(rows, [{"id": "0", "prediction": 5.25, "label": 4.5}])


if __name__ == "__main__":
    absltest.main()

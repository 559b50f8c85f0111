"""Tests for finetune.classification.writers."""

from absl.testing import absltest
import numpy as np

from finetune import task as task_lib
from finetune.classification import labels, tables, writers

NLI = labels.Classes(("contradiction", "entailment", "neutral"))


def classified(with_labels=True, ids=("7", "8")):
    logits = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]], np.float32)
    probabilities = np.array([[0.1, 0.7, 0.2], [0.9, 0.05, 0.05]], np.float32)
    return task_lib.Predictions(
        [
            tables.Example(ids[0], "a", "b", 1 if with_labels else None),
            tables.Example(ids[1], "c", "d", 2 if with_labels else None),
        ],
        {"logits": logits, "probabilities": probabilities},
        np.zeros([2]) if with_labels else None,
    )


def valued(values, label=None):
    examples = [
        tables.Example(str(number), "a", None, label) for number in range(len(values))
    ]
    losses = None if label is None else np.zeros([len(values)])
    return task_lib.Predictions(
        examples, {"value": np.array(values, np.float32)}, losses
    )


class WritersTest(absltest.TestCase):
    def test_classes_are_written_by_name(self):
        values = writers.for_labels(NLI).values(classified())
        self.assertEqual(values, ["entailment", "contradiction"])

    def test_numbers_are_clipped_and_have_three_decimals(self):
        said = valued([-0.3, 2.34567, 5.2, 5.0])
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
        said = valued([5.25], label=4.5)
        rows = list(writers.for_labels(labels.Range(0.0, 5.0)).rows(said))
        self.assertEqual(rows, [{"id": "0", "prediction": 5.25, "label": 4.5}])

    def test_numbers_keep_all_digits_that_scores_are_made_of(self):
        said = valued([1.00000012])
        (row,) = writers.for_labels(labels.Range(0.0, 5.0)).rows(said)
        self.assertEqual(np.float32(row["prediction"]), np.float32(1.00000012))

    def test_table_of_label_logits_and_probabilities(self):
        files = writers.for_labels(NLI, ("predictions.tsv",)).files(
            classified(with_labels=False)
        )
        self.assertEqual(
            files,
            {
                "predictions.tsv": "label\tlogits\tprob\n"
                "entailment\t0.000000 2.000000 1.000000\t0.100000 0.700000 0.200000\n"
                "contradiction\t3.000000 0.000000 0.000000\t"
                "0.900000 0.050000 0.050000\n"
            },
        )

    def test_lines_of_the_chinese_benchmark(self):
        said = classified(with_labels=False, ids=("3000", "x1"))
        files = writers.for_labels(NLI, ("predict.json",)).files(said)
        self.assertEqual(
            files["predict.json"],
            '{"id": 3000, "label": "entailment"}\n'
            '{"id": "x1", "label": "contradiction"}\n',
        )

    def test_id_that_a_number_would_change_stays_text(self):
        for name in ("007", "٣", "²"):
            self.assertEqual(writers.as_number(name), name)

    def test_chinese_labels_are_written_as_they_are(self):
        writer = writers.for_labels(labels.Classes(("力学", "法学")), ("predict.json",))
        files = writer.files(classified(with_labels=False))
        self.assertIn('"label": "法学"', files["predict.json"])

    def test_no_files_unless_asked_for(self):
        self.assertIsNone(writers.for_labels(NLI).files)
        self.assertIsNone(writers.for_labels(labels.Range(0.0, 5.0)).files)


if __name__ == "__main__":
    absltest.main()

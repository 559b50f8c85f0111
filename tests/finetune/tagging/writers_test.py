"""Tests for finetune.tagging.writers."""

import json

from absl.testing import absltest
from seqeval import metrics as seqeval

from finetune.tagging import writers
from tests.finetune.tagging import fixtures

TAGS = fixtures.IOBES
EXAMPLES = [
    fixtures.example(0, "Ada B. met", "B-PER I-PER O"),
    fixtures.example(1, "Rome", "O"),
]
SAID = ["B-PER E-PER O", "S-LOC"]


def files(is_labeled=True, examples=EXAMPLES):
    said = fixtures.predictions(TAGS, examples, SAID, is_labeled)
    return writers.files(TAGS, said)


class WritersTest(absltest.TestCase):
    def test_a_row(self):
        said = fixtures.predictions(TAGS, EXAMPLES, SAID)
        row, _ = writers.rows(TAGS, said)
        self.assertEqual(
            json.loads(json.dumps(row)),
            {
                "id": "0",
                "words": ["Ada", "B.", "met"],
                "prediction": ["B-PER", "I-PER", "O"],
                "probabilities": [0.5, 0.5, 0.5],
                "entities": [{"type": "PER", "first": 0, "last": 1, "text": "Ada B."}],
                "label": ["B-PER", "I-PER", "O"],
            },
        )

    def test_a_row_without_tags(self):
        said = fixtures.predictions(TAGS, EXAMPLES, SAID, is_labeled=False)
        self.assertNotIn("label", next(writers.rows(TAGS, said)))

    def test_columns(self):
        self.assertEqual(
            files()["predictions.txt"],
            "Ada B-PER B-PER\nB. I-PER I-PER\nmet O O\n\nRome O B-LOC\n\n",
        )

    def test_columns_without_tags(self):
        self.assertEqual(
            files(is_labeled=False)["predictions.txt"],
            "Ada B-PER\nB. I-PER\nmet O\n\nRome B-LOC\n\n",
        )

    def test_columns_are_divided_by_tabs_where_words_have_spaces(self):
        examples = [EXAMPLES[0], EXAMPLES[1]._replace(words=("New York",))]
        text = files(examples=examples)["predictions.txt"]
        self.assertEndsWith(text, "met\tO\tO\n\nNew York\tO\tB-LOC\n\n")

    def test_scorers_read_the_columns(self):
        sentences = files()["predictions.txt"].strip().split("\n\n")
        rows = [[line.split() for line in text.split("\n")] for text in sentences]
        true = [[fields[1] for fields in row] for row in rows]
        said = [[fields[2] for fields in row] for row in rows]
        self.assertEqual(seqeval.precision_score(true, said), 0.5)

    def test_values(self):
        self.assertEqual(
            files()["predictions.tsv"], "pred_label\nB-PER I-PER O\nB-LOC\n"
        )


if __name__ == "__main__":
    absltest.main()

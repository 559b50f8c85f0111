"""Tests for finetune.tagging.writers."""

import json

from absl.testing import absltest
import numpy as np
from seqeval import metrics as seqeval
from seqeval import scheme as seqeval_schemes

from finetune.tagging import metrics, reader, schemes, writers
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


def columns(text):
    """Returns the true and the predicted tags of a file in columns."""
    rows = [
        [line.split() for line in part.split("\n")] for part in text[:-2].split("\n\n")
    ]
    return [[[fields[at] for fields in row] for row in rows] for at in (1, 2)]


def mended(line):
    """Returns tags as a reader hands them on, whatever they were."""
    tags = line.split()
    return " ".join(schemes.BIO.write(schemes.BIO.read(tags).entities, len(tags)))


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

    def test_words_of_json_end_neither_column_nor_line(self):
        examples = [EXAMPLES[0], EXAMPLES[1]._replace(words=("a\tb\nc\r",))]
        text = files(examples=examples)["predictions.txt"]
        self.assertEndsWith(text, "met\tO\tO\n\na b c \tO\tB-LOC\n\n")
        examples = [EXAMPLES[0], EXAMPLES[1]._replace(words=("",))]
        self.assertEndsWith(
            files(examples=examples)["predictions.txt"], "\tO\tB-LOC\n\n"
        )

    def test_scorers_read_the_columns(self):
        true, said = columns(files()["predictions.txt"])
        self.assertEqual(seqeval.precision_score(true, said), 0.5)

    def test_scorers_agree_in_all_digits(self):
        random = np.random.RandomState(3)
        names = np.array(["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
        lines = [" ".join(random.choice(names, 1 + n % 7)) for n in range(150)]
        examples = [
            fixtures.example(number, "w " * len(line.split()), mended(line))
            for number, line in enumerate(lines)
        ]
        tags = fixtures.BIO
        others = [
            " ".join(random.choice(names, len(example.words))) for example in examples
        ]
        said = fixtures.predictions(tags, examples, others)
        scores = metrics.score(tags, said)
        true, found = columns(writers.files(tags, said)["predictions.txt"])
        for options in ({}, {"mode": "strict", "scheme": seqeval_schemes.IOB2}):
            for name in ("precision", "recall", "f1"):
                score = getattr(seqeval, name + "_score")(true, found, **options)
                self.assertEqual(scores[name], 100 * score)
        self.assertGreater(scores["f1"], 1.0)

    def test_entities_of_texts_are_written_as_the_server_takes_them(self):
        examples = [
            reader.Example(
                "7", ("李", "白", "x"), None, "李白 x", ((0, 1), (1, 2), (3, 4))
            ),
            reader.Example("b", ("a",), None, "a", ((0, 1),)),
        ]
        written = files(is_labeled=False, examples=examples)["predict.json"]
        self.assertEqual(
            written,
            '{"id": 7, "text": "李白 x", "label": {"PER": {"李白": [[0, 1]]}}}\n'
            '{"id": "b", "text": "a", "label": {"LOC": {"a": [[0, 0]]}}}\n',
        )

    def test_only_texts_are_written_so(self):
        self.assertNotIn("predict.json", files())

    def test_entities_of_texts_have_places(self):
        example = reader.Example("7", ("李", "白"), None, "李 白", ((0, 1), (2, 3)))
        said = fixtures.predictions(TAGS, [example], ["B-PER E-PER"], is_labeled=False)
        (row,) = writers.rows(TAGS, said)
        self.assertEqual(
            row["entities"],
            [
                {
                    "type": "PER",
                    "first": 0,
                    "last": 1,
                    "text": "李 白",
                    "start": 0,
                    "end": 3,
                }
            ],
        )

    def test_values(self):
        self.assertEqual(
            files()["predictions.tsv"], "pred_label\nB-PER I-PER O\nB-LOC\n"
        )


if __name__ == "__main__":
    absltest.main()

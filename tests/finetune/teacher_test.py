"""Tests for finetune.teacher."""

import json
import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import teacher
from finetune.classification import tables

LABELS = ("no", "yes")
DATA = "label\ttext_a\n0\tgood\n1\tbad thing\n"


def row(name, logits, names=LABELS):
    return {"id": name, "logits": logits, "probabilities": dict.fromkeys(names, 0.5)}


class TeacherTestCase(tf.test.TestCase, parameterized.TestCase):
    def write(self, name, text):
        path = os.path.join(self.get_temp_dir(), name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def predictions(self, *rows):
        lines = [json.dumps(each) + "\n" for each in rows]
        return self.write("train.predictions.jsonl", "".join(lines))


class ReadTest(TeacherTestCase):
    def test_prediction_file(self):
        path = self.predictions(row("a", [1.0, -2.5]), row("b", [0, 3]))
        self.assertEqual(
            teacher.read(path, LABELS),
            [
                teacher.Row(1, "a", None, (1.0, -2.5)),
                teacher.Row(2, "b", None, (0.0, 3.0)),
            ],
        )

    def test_logits_are_put_into_the_student_s_order(self):
        path = self.predictions(row("a", [1.0, -2.5], ("yes", "no")))
        self.assertEqual(teacher.read(path, LABELS)[0].values, (-2.5, 1.0))

    def test_logits_without_names_are_in_order(self):
        path = self.predictions({"id": "a", "logits": [1.0, 2.0]})
        self.assertEqual(teacher.read(path, LABELS)[0].values, (1.0, 2.0))

    def test_prediction_of_a_regression(self):
        path = self.predictions({"id": "a", "prediction": 3.5})
        self.assertEqual(teacher.read(path, ())[0].values, (3.5,))

    def test_table(self):
        path = self.write("x.tsv", "label\tlogits\ttext_a\n0\t1.5 -2\tgood\n")
        self.assertEqual(
            teacher.read(path, LABELS), [teacher.Row(2, None, "good", (1.5, -2.0))]
        )

    def test_table_without_texts(self):
        path = self.write("x.tsv", "label\tlogits\tprob\n0\t1.5 -2\t.9 .1\n")
        self.assertIsNone(teacher.read(path, LABELS)[0].text)

    def test_line_separators_of_unicode_end_no_line(self):
        path = self.write(
            "p.jsonl",
            '{"id": "a\u2028b", "logits": [1, 2]}\n{"id": "c", "logits": [3, 4]}',
        )
        self.assertEqual(
            [each.id for each in teacher.read(path, LABELS)], ["a\u2028b", "c"]
        )

    def test_missing_file(self):
        with self.assertRaisesRegex(FileNotFoundError, "teacher's logits /nowhere/x"):
            teacher.read("/nowhere/x.jsonl", LABELS)

    @parameterized.named_parameters(
        ("number_of_classes", [1.0, 2.0, 3.0], r"expected 2 finite .* \[1.0, 2.0, 3.0"),
        ("infinite", [1.0, float("inf")], "expected 2 finite"),
        ("text", [1.0, "2"], "no logits; it has .*'logits'"),
        ("truth", [1.0, True], "no logits"),
        ("none", None, "no logits"),
    )
    def test_wrong_logits_of_a_row(self, logits, message):
        path = self.predictions(row("a", [1, 2]), {"id": "b", "logits": logits})
        with self.assertRaisesRegex(ValueError, r"predictions.jsonl:2: .*" + message):
            teacher.read(path, LABELS)

    def test_classes_of_another_task(self):
        path = self.predictions(row("a", [1.0, 2.0], ("entailment", "neutral")))
        with self.assertRaisesRegex(
            ValueError, ":1: .*entailment, neutral, .* no, yes"
        ):
            teacher.read(path, LABELS)

    def test_row_without_id(self):
        path = self.predictions({"logits": [1.0, 2.0]})
        with self.assertRaisesRegex(ValueError, ":1: the row has no id"):
            teacher.read(path, LABELS)

    @parameterized.named_parameters(
        ("no_column", "label\ttext_a\n0\tgood\n", ":1: .*column logits, found"),
        ("no_number", "logits\n1.0 x\n", ":2: logits are numbers .* '1.0 x'"),
        ("no_logits", "logits\ttext_a\n\tgood\n", ":2: expected 2 finite"),
        ("width", "label\tlogits\n0\t1 2\t3\n", ":2: found 3 columns, .* has 2"),
        ("empty", "", ":1: .*column logits, found"),
    )
    def test_wrong_tables(self, text, message):
        with self.assertRaisesRegex(ValueError, message):
            teacher.read(self.write("x.tsv", text), LABELS)


class JoinTest(TeacherTestCase):
    EXAMPLES = [
        tables.Example("a", "good", None, 0),
        tables.Example("b", "bad", None, 1),
    ]

    def row(self, name, value, text=None):
        return teacher.Row(1, name, text, (value,))

    def test_rows_are_found_by_their_ids(self):
        rows = [self.row("b", 2.0), self.row("a", 1.0)]
        self.assertEqual(teacher.join("p", rows, self.EXAMPLES), [(1.0,), (2.0,)])

    def test_rows_without_ids_are_in_order(self):
        rows = [self.row(None, 2.0), self.row(None, 1.0)]
        self.assertEqual(teacher.join("p", rows, self.EXAMPLES), [(2.0,), (1.0,)])

    def test_missing_examples_are_named(self):
        with self.assertRaisesRegex(ValueError, "p lacks 1 of the 2 .* such as b"):
            teacher.join("p", [self.row("a", 1.0)], self.EXAMPLES)

    def test_other_examples_are_refused(self):
        rows = [self.row(name, 1.0) for name in "abc"]
        with self.assertRaisesRegex(ValueError, "of 3 examples, .* file has 2"):
            teacher.join("p", rows, self.EXAMPLES)

    def test_a_table_of_another_length_is_refused(self):
        with self.assertRaisesRegex(ValueError, "of 1 examples, .* file has 2"):
            teacher.join("p", [self.row(None, 1.0)], self.EXAMPLES)

    def test_an_empty_file_is_refused(self):
        with self.assertRaisesRegex(ValueError, "of 0 examples, .* file has 2"):
            teacher.join("p", [], self.EXAMPLES)

    def test_an_example_that_is_there_twice_is_named(self):
        rows = [self.row("a", 1.0), self.row("b", 1.0), self.row("b", 2.0)]
        with self.assertRaisesRegex(ValueError, "more than one row of example b"):
            teacher.join("p", rows, self.EXAMPLES)

    def test_rows_in_another_order_are_refused(self):
        rows = [self.row(None, 1.0, "bad"), self.row(None, 2.0, "good")]
        with self.assertRaisesRegex(ValueError, "p:1: text_a is 'bad', .* a .*'good'"):
            teacher.join("p", rows, self.EXAMPLES)


class WriteTsvTest(TeacherTestCase):
    def write_tsv(self, predictions, text=DATA):
        data = self.write("data.tsv", text)
        target = os.path.join(self.get_temp_dir(), "out.tsv")
        self.count = teacher.write_tsv(predictions, data, target)
        return target

    def test_logits_stand_beside_the_examples(self):
        said = [row("0", [1.25, -2.0]), row("1", [0.5, 3.0])]
        target = self.write_tsv(self.predictions(*said))
        with open(target, encoding="utf-8") as stream:
            self.assertEqual(
                stream.read(),
                "label\ttext_a\tlogits\n0\tgood\t1.25 -2.0\n1\tbad thing\t0.5 3.0\n",
            )
        self.assertEqual(self.count, 2)

    def test_what_is_written_is_read_back(self):
        said = [row("0", [1e-06, -2.123457]), row("1", [12345.678901, 3.0])]
        target = self.write_tsv(self.predictions(*said))
        values = [each.values for each in teacher.read(target, LABELS)]
        self.assertEqual(values, [(1e-06, -2.123457), (12345.678901, 3.0)])

    def test_logits_that_were_there_are_replaced(self):
        said = [row("0", [1.0, 2.0])]
        text = "logits\tlabel\ttext_a\n9 9\t0\tgood\n"
        target = self.write_tsv(self.predictions(*said), text)
        with open(target, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "label\ttext_a\tlogits\n0\tgood\t1.0 2.0\n")

    @parameterized.named_parameters(
        ("no_header", "0\tgood\n1\tbad\n", "data.tsv:1: .*columns label and text_a"),
        ("count", "label\ttext_a\n0\tgood\n", "2 predictions, .* has 1 examples"),
        ("width", "label\ttext_a\n0\tgood\n1\n", "data.tsv:3: found 1 columns"),
        ("empty", "", "data.tsv:1: .*columns label and text_a, found"),
    )
    def test_wrong_data(self, text, message):
        said = self.predictions(row("0", [1.0, 2.0]), row("1", [1.0, 2.0]))
        with self.assertRaisesRegex(ValueError, message):
            self.write_tsv(said, text)

    def test_predictions_of_another_file_are_refused(self):
        said = [row("0", [1.0, 2.0]), dict(row("1", [1.0, 2.0]), label="0")]
        with self.assertRaisesRegex(
            ValueError, "jsonl:2: the label is '0', .*:3 has '1'"
        ):
            self.write_tsv(self.predictions(*said))

    def test_predictions_without_logits_are_refused(self):
        said = [row("0", [1.0, 2.0]), {"id": "1"}]
        with self.assertRaisesRegex(ValueError, r"jsonl:2: the row has no logits"):
            self.write_tsv(self.predictions(*said))

    def test_missing_files(self):
        with self.assertRaisesRegex(FileNotFoundError, "prediction file /nowhere"):
            self.write_tsv("/nowhere/p.jsonl")
        said = self.predictions(row("0", [1.0, 2.0]))
        with self.assertRaisesRegex(FileNotFoundError, "data file /nowhere"):
            teacher.write_tsv(said, "/nowhere/d.tsv", said + ".tsv")


if __name__ == "__main__":
    tf.test.main()

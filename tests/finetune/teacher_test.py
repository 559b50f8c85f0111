"""Tests for finetune.teacher."""

import gzip
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
                teacher.Row(1, "a", (1.0, -2.5), {}),
                teacher.Row(2, "b", (0.0, 3.0), {}),
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

    def test_true_label_of_a_prediction_file(self):
        path = self.predictions({"id": "a", "logits": [1.0, 2.0], "label": "yes"})
        self.assertEqual(teacher.read(path, LABELS)[0].known, {"label": "yes"})

    def test_table(self):
        text = "label\tlogits\ttext_a\ttext_b\n0\t1.5 -2\tgood\tbad\n"
        self.assertEqual(
            teacher.read(self.write("x.tsv", text), LABELS),
            [teacher.Row(2, None, (1.5, -2.0), {"text_a": "good", "text_b": "bad"})],
        )

    def test_table_without_texts(self):
        path = self.write("x.tsv", "label\tlogits\tprob\n0\t1.5 -2\t.9 .1\n")
        self.assertEqual(teacher.read(path, LABELS)[0].known, {})

    @parameterized.parameters("x.TSV", "x.tsv.gz")
    def test_table_by_any_spelling_of_its_ending(self, name):
        path = os.path.join(self.get_temp_dir(), name)
        opened = gzip.open(path, "wb") if name.endswith("gz") else open(path, "wb")
        with opened as stream:
            stream.write(b"logits\r\n1.5 -2\r\n")
        self.assertEqual(teacher.read(path, LABELS)[0].values, (1.5, -2.0))

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

    def row(self, name, value, **known):
        return teacher.Row(1, name, (value,), known)

    def join(self, rows, examples=None, labels=LABELS):
        return teacher.join("p", rows, examples or self.EXAMPLES, labels)

    def test_rows_are_found_by_their_ids(self):
        rows = [self.row("b", 2.0), self.row("a", 1.0)]
        self.assertEqual(self.join(rows), [(1.0,), (2.0,)])

    def test_rows_without_ids_are_in_order(self):
        rows = [self.row(None, 2.0), self.row(None, 1.0)]
        self.assertEqual(self.join(rows), [(2.0,), (1.0,)])

    def test_missing_examples_are_named(self):
        with self.assertRaisesRegex(ValueError, "p lacks 1 of the 2 .* such as b"):
            self.join([self.row("a", 1.0)])

    def test_other_examples_are_refused(self):
        rows = [self.row(name, 1.0) for name in "abc"]
        with self.assertRaisesRegex(ValueError, "of 3 examples, .* file has 2"):
            self.join(rows)

    def test_a_table_of_another_length_is_refused(self):
        with self.assertRaisesRegex(ValueError, "of 1 examples, .* file has 2"):
            self.join([self.row(None, 1.0)])

    def test_an_empty_file_is_refused(self):
        with self.assertRaisesRegex(ValueError, "of 0 examples, .* file has 2"):
            self.join([])

    def test_an_example_that_is_there_twice_is_named(self):
        rows = [self.row("a", 1.0), self.row("b", 1.0), self.row("b", 2.0)]
        with self.assertRaisesRegex(ValueError, "more than one row of example b"):
            self.join(rows)

    def test_rows_in_another_order_are_refused(self):
        rows = [self.row(None, 1.0, text_a="bad"), self.row(None, 2.0, text_a="good")]
        with self.assertRaisesRegex(ValueError, "p:1: text_a is 'bad', .* a .*'good'"):
            self.join(rows)

    def test_second_texts_in_another_order_are_refused(self):
        examples = [each._replace(text_b=each.id) for each in self.EXAMPLES]
        examples = [each._replace(text_a="same") for each in examples]
        rows = [self.row(None, 1.0, text_a="same", text_b=name) for name in "ba"]
        with self.assertRaisesRegex(ValueError, "p:1: text_b is 'b', .* a .*'a'"):
            self.join(rows, examples)
        self.assertEqual(self.join(rows[::-1], examples), [(1.0,), (1.0,)])

    def test_second_texts_that_the_task_does_not_read_are_not_compared(self):
        rows = [self.row(None, 1.0, text_b="x"), self.row(None, 2.0, text_b="y")]
        self.assertEqual(self.join(rows), [(1.0,), (2.0,)])

    def test_predictions_of_a_file_with_other_labels_are_refused(self):
        rows = [self.row("a", 1.0, label="no"), self.row("b", 2.0, label="no")]
        with self.assertRaisesRegex(ValueError, "p:1: label is 'no', .* b .*'yes'"):
            self.join(rows)

    def test_values_of_a_file_with_other_values_are_refused(self):
        examples = [each._replace(label=1 / 3) for each in self.EXAMPLES]
        rows = [self.row("a", 1.0, label=0.333333), self.row("b", 2.0, label=1 / 3)]
        self.assertEqual(self.join(rows, examples, ()), [(1.0,), (2.0,)])
        rows[1].known["label"] = 0.34
        with self.assertRaisesRegex(ValueError, "label is 0.34, .* has 0.333333"):
            self.join(rows, examples, ())


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

    def test_rows_are_put_in_the_order_of_the_examples(self):
        said = [row("1", [3.0, 4.0]), row("0", [1.0, 2.0])]
        with open(self.write_tsv(self.predictions(*said)), encoding="utf-8") as stream:
            self.assertEqual(
                stream.readlines()[1:],
                ["0\tgood\t1.0 2.0\n", "1\tbad thing\t3.0 4.0\n"],
            )

    def test_rows_with_names_of_their_own_are_in_order(self):
        said = [row("b", [3.0, 4.0]), row("a", [1.0, 2.0])]
        with open(self.write_tsv(self.predictions(*said)), encoding="utf-8") as stream:
            self.assertEndsWith(stream.readlines()[1], "\t3.0 4.0\n")

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

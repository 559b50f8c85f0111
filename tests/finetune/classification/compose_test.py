"""Tests for finetune.classification.compose."""

import os
import tempfile

import tensorflow.compat.v1 as tf

from finetune import heads
from finetune import task as task_lib
from finetune.classification import compose, labels, layouts

COLUMNS = {"text_a": "text", "label": "label"}
FILES = (
    compose.file("train", task_lib.TRAIN, "train.tsv", **COLUMNS),
    compose.file("dev", task_lib.DEV, "dev.tsv", **COLUMNS),
)
BINARY = labels.Classes(("0", "1"))


class ComposeTest(tf.test.TestCase):
    def build(self, labels_=BINARY, stored=None, train=None, **changes):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        if train is not None:
            os.makedirs(os.path.join(root, "mine"))
            with open(os.path.join(root, "mine", "train.tsv"), "w") as stream:
                stream.write("label\ttext\n" + "".join("%s\ta\n" % x for x in train))
        row = compose.Row("mine", ("mine",), FILES, labels_, **changes)
        return compose.build(row, task_lib.Surroundings(root, stored_labels=stored))

    def test_file_is_a_split_and_a_layout(self):
        file = compose.file("dev", task_lib.DEV, "a.tsv", "b.tsv", text_a=1)
        self.assertEqual(file.split, task_lib.Split("dev", task_lib.DEV))
        self.assertEqual(file.layout, layouts.Layout(("a.tsv", "b.tsv"), text_a=1))

    def test_classes_have_a_head_of_their_number(self):
        task = self.build(labels.Classes(("a", "b", "c")))
        self.assertEqual(task.head, heads.Classification(3))
        self.assertEqual(task.labels, ("a", "b", "c"))
        self.assertTrue(task.features.label_is_class)

    def test_numbers_have_a_head_of_their_range(self):
        task = self.build(labels.Range(-1.0, 2.0), metrics=("pearson", "mse"))
        self.assertEqual(task.head, heads.Regression(-1.0, 2.0))
        self.assertEqual(task.labels, ())
        self.assertFalse(task.features.label_is_class)

    def test_errors_do_not_rank_trials(self):
        task = self.build(labels.Range(0.0, 1.0), metrics=("pearson", "mse"))
        self.assertEqual(task.score, ("pearson",))

    def test_labels_are_collected_in_order(self):
        task = self.build(None, train=["10", "9", "-", "9"], drop_labels=("-",))
        self.assertEqual(task.labels, ("9", "10"))
        self.assertEqual(task.reader.labels, labels.Classes(("9", "10")))

    def test_labels_of_a_trained_model_need_no_file(self):
        task = self.build(None, stored=("no", "yes"))
        self.assertEqual(task.labels, ("no", "yes"))
        self.assertEqual(task.head, heads.Classification(2))

    def test_labels_without_model_or_file_are_missing(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "mine: its labels are those of the training file"
        ):
            self.build(None)

    def test_same_labels_as_the_model_are_welcome(self):
        self.assertEqual(self.build(stored=("0", "1")).labels, ("0", "1"))

    def test_other_labels_than_the_model_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "the model knows the labels '1', '0', the task has '0', '1'"
        ):
            self.build(stored=("1", "0"))

    def test_numbers_have_no_labels_to_compare(self):
        task = self.build(labels.Range(0.0, 1.0), stored=(), metrics=("pearson",))
        self.assertEqual(task.labels, ())

    def test_several_forms_of_a_split_are_one_split(self):
        other = compose.file("dev", task_lib.DEV, "dev.txt", text_a=0, header=False)
        row = compose.Row("mine", ("mine",), FILES + (other,), BINARY)
        task = compose.build(row, task_lib.Surroundings("nowhere"))
        self.assertEqual([split.name for split in task.splits], ["train", "dev"])

    def test_factories_have_the_names_of_rows(self):
        rows = [compose.Row(name, (name,), FILES, BINARY) for name in ("a", "b")]
        factories = compose.factories(rows)
        self.assertEqual(list(factories), ["a", "b"])
        built = factories["b"](task_lib.Surroundings("nowhere"))
        self.assertEqual(built.name, "b")


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.classification.variants."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import catalog
from finetune import task as task_lib
from finetune.classification import tables


class VariantsTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, name, content, folder="mine"):
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        with open(os.path.join(self.root, folder, name), "w") as stream:
            stream.write(content)

    def read(self, task, split_name="dev"):
        (split,) = [each for each in task.splits if each.name == split_name]
        return task.reader.read(task.reader.find(self.root, split), split)

    def variant(self, kind, **definition):
        known = {"mine": dict(definition, type=kind)}
        return catalog.build("mine", known, task_lib.Surroundings(self.root))

    def test_other_files_are_read_as_the_known_ones(self):
        row = {"id": 7, "sentence1": "甲", "sentence2": "乙", "label": "1"}
        folder = "FewCLUE/datasets/bustm"
        self.write("train_3.json", json.dumps(row), folder)
        task = self.variant("bustm", train="train_3.json", dev="dev_3.json")
        self.assertEqual(task.labels, ("0", "1"))
        self.assertEqual(
            self.read(task, "train").examples, [tables.Example("0", "甲", "乙", 1)]
        )

    def test_files_that_are_not_named_stay(self):
        task = self.variant("bustm", train="train_3.json", dev="dev_3.json")
        names = [(split.name, split.role) for split in task.splits]
        self.assertEqual(names[2:], [("test_public", "final"), ("test", "test")])

    def test_submissions_of_the_known_task_are_not_touched(self):
        task = self.variant("mnli", train="few.tsv")
        self.assertLen(task.splits, 6)
        self.assertEqual({split.official for split in task.splits}, {None})

    def test_final_files_are_like_development_files(self):
        self.write("more.csv", "sentence,label\na,1\n", "SST-2")
        task = self.variant("sst", train="few.tsv", final="more.csv")
        self.assertEqual(
            self.read(task, "final").examples, [tables.Example("0", "a", None, 1)]
        )

    def test_file_without_labels_takes_the_place_of_a_test_file_with_them(self):
        self.write("bare.tsv", "text_a\na\n", "chnsenticorp")
        task = self.variant("chnsenticorp", train="few.tsv", test="bare.tsv")
        self.assertEqual(
            [split.name for split in task.splits], "train dev test".split()
        )
        self.assertEqual(self.read(task, "test").examples, [tables.Example("0", "a")])

    def test_form_is_told_by_the_columns_where_there_are_several(self):
        header = "language\tgold_label\tsentence1\tsentence2\n"
        self.write("dev.tsv", header + "zh\tneutral\ta\tb\n")
        header = "label\ttext_a\ttext_b\n"
        self.write("train.tsv", header + "neutral\ta\tb\nentailment\ta\tb\n")
        task = self.variant("xnli", train="train.tsv", dev="dev.tsv")
        self.assertEqual(task.labels, ("entailment", "neutral"))
        self.assertEqual(self.read(task).examples, [tables.Example("0", "a", "b", 1)])

    def test_format_and_settings_may_be_changed(self):
        self.write("few.dat", 'sentence,label\n"a, b",1\n')
        values = {"num_train_epochs": 9}
        task = self.variant("sst", train="few.dat", format="csv", defaults=values)
        self.assertEqual(self.read(task, "train").examples[0].text_a, "a, b")
        self.assertEqual(task.defaults, values)

    @parameterized.parameters(
        ({}, "no file, expected"),
        ({"train": "a", "text_a": "x"}, "Unknown key 'text_a'"),
        ({"train": "a", "format": "xml"}, "Unknown format 'xml'"),
    )
    def test_mistake_is_said_with_the_task(self, definition, message):
        with self.assertRaisesRegex(ValueError, "task 'mine': .*" + message):
            self.variant("sst", **definition)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.qa.definitions."""

import json
import os
import re
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.qa import definitions, files
from tests.finetune.qa import fixtures

SURROUNDINGS = task_lib.Surroundings("raw")


def define(**changes):
    definition = {"type": "question_answering", "train": "t.json", "dev": "d.json"}
    definition.update(changes)
    for key in [key for key in definition if definition[key] is None]:
        del definition[key]
    return definitions.from_definition("myqa", definition, SURROUNDINGS)


def predictions():
    return fixtures.predictions([fixtures.example("a")], (0, {"1642": 3.0}, 9.0))


class DefinitionTest(tf.test.TestCase, parameterized.TestCase):
    def test_files_are_in_the_tasks_folder(self):
        folder = tempfile.mkdtemp()
        path = fixtures.write(os.path.join(folder, "myqa"), "d.json", "")
        task = define()
        self.assertEqual(task.reader.find(folder, task.splits[1]), path)

    def test_files_may_be_anywhere(self):
        path = fixtures.write(self.get_temp_dir(), "mine.json", "")
        task = define(train=path)
        self.assertEqual(task.reader.find("nowhere", task.splits[0]), path)

    def test_splits(self):
        self.assertEqual(
            define(test="x.json").splits,
            (fixtures.TRAIN, fixtures.DEV, fixtures.TEST),
        )

    def test_several_files_of_a_role(self):
        task = define(dev={"easy": "a.json", "hard": "b.json"})
        self.assertEqual(
            [split.name for split in task.with_role(task_lib.DEV)], ["easy", "hard"]
        )

    def test_final_files_are_scored(self):
        task = define(final=["a.json", "b.json"])
        self.assertEqual(
            task.with_role(task_lib.FINAL),
            [task_lib.Split(name, task_lib.FINAL) for name in "ab"],
        )

    def test_long_sequences_are_read_and_test_files_predicted(self):
        self.assertEqual(
            define().defaults, {"max_seq_length": 512, "num_train_epochs": 2.0}
        )

    def test_defaults(self):
        task = define(defaults={"max_seq_length": 384, "learning_rate": 1e-5})
        self.assertEqual(
            task.defaults,
            {"max_seq_length": 384, "num_train_epochs": 2.0, "learning_rate": 1e-5},
        )

    @parameterized.parameters(
        ({}, files.squad),
        ({"train": "t.jsonl.gz"}, files.mrqa),
        ({"train": None, "dev": "t.jsonl"}, files.mrqa),
        ({"train": "t.txt", "format": "mrqa"}, files.mrqa),
    )
    def test_format(self, changes, expected):
        self.assertEqual(define(**changes).reader.parse, expected)

    @parameterized.parameters(
        ({"train": "t.csv"}, "csv"),
        ({"train": "t.jsonl", "format": "jsonl"}, "jsonl"),
        ({"train": "t.jsonl", "question": "ask"}, "jsonl"),
        ({"question": "ask"}, "json"),
        ({"train": "t.dat", "format": "quoted_tsv"}, "quoted_tsv"),
    )
    def test_rows(self, changes, expected):
        parse = define(**changes).reader.parse
        self.assertEqual(parse.format, expected)
        self.assertEqual(parse.columns["question"], changes.get("question", "question"))

    def test_rows_are_read(self):
        row = {"doc": {"text": fixtures.NEWTON}, "ask": "When?", "gold": "1642"}
        path = fixtures.write(self.get_temp_dir(), "d.jsonl", [row])
        task = define(
            train=None, dev=path, context="doc.text", question="ask", answers="gold"
        )
        (example,) = task.reader.read(path, fixtures.DEV).examples
        self.assertEqual(example.spans, ((25, 29),))

    def test_unanswerable_questions(self):
        task = define(has_unanswerable=True)
        self.assertTrue(task.reader.has_unanswerable)
        self.assertIn("best_f1", task.metrics(predictions()))

    def test_metric(self):
        self.assertIn("average", define(metric="cmrc").metrics(predictions()))

    @parameterized.parameters(
        ({"metrc": "cmrc"}, "Unknown key 'metrc'. Did you mean 'metric'"),
        ({"metric": "f2"}, "Unknown metric 'f2'. .*Known: cmrc, squad"),
        ({"train": "t.dat", "context": "x"}, "the name 't.dat' tells no format; say"),
        ({"format": "squad", "context": "x"}, "'context' names a column, but those of"),
        ({"format": "squat"}, "Unknown format 'squat'. Did you mean 'squad'"),
        ({"has_unanswerable": "yes"}, "'has_unanswerable' is 'yes', expected true or"),
        ({"dev": 3}, "'dev' is 3, expected a path"),
        ({"defaults": []}, r"'defaults' is \[\], expected an object"),
        ({"train": None, "dev": None}, "no file, expected .train.: "),
        (
            {"metric": "cmrc", "has_unanswerable": True},
            "metric cmrc knows no questions",
        ),
    )
    def test_errors(self, changes, message):
        with self.assertRaisesRegex(
            ValueError, "^The definition of task 'myqa': " + message
        ):
            define(**changes)


class DocumentationTest(tf.test.TestCase):
    def test_the_example_is_a_task(self):
        root = os.path.abspath(__file__).rsplit("tests", 1)[0]
        path = os.path.join(root, "docs", "question_answering.md")
        with open(path, encoding="utf-8") as stream:
            (block,) = re.findall(r"```json\n(.*?)```", stream.read(), re.DOTALL)
        settings = json.loads(block)
        for name in settings["task_names"]:
            definition = settings["task_definitions"][name]
            self.assertEqual(definition["type"], "question_answering")
            task = definitions.from_definition(name, definition, SURROUNDINGS)
            self.assertEqual(task.name, name)


if __name__ == "__main__":
    tf.test.main()

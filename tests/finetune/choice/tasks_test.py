"""Tests for finetune.choice.tasks."""

import json
import os
import pathlib
import re
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.choice import features, tasks
from finetune.ranking import tasks as ranking_tasks
from tests.finetune.choice import fakes
from tests.testing import task as task_testing

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = str(ROOT / "docs" / "choice_and_ranking.md")
HERE = task_lib.Surroundings("raw")
ROW = {"context": "c", "question": "q", "choices": ["a", "b"], "answer": "b"}


def define(**values):
    definition = dict({"type": "choice", "dev": "dev.jsonl"}, **values)
    return tasks.from_definition("mine", definition, HERE)


class KnownTasksTest(parameterized.TestCase):
    @parameterized.parameters((tasks.c3, "c3"), (tasks.swag, "swag"))
    def test_parts_agree_on_four_choices(self, factory, name):
        task = factory(HERE)
        self.assertEqual(task.name, name)
        self.assertEqual(task.head.num_choices, 4)
        self.assertEqual(task.features.num_choices, 4)
        self.assertEqual(task.reader.num_choices, 4)

    @parameterized.parameters((tasks.c3,), (tasks.swag,))
    def test_splits_are_training_first(self, factory):
        self.assertEqual(
            [split.role for split in factory(HERE).splits],
            [task_lib.TRAIN, task_lib.DEV, task_lib.TEST],
        )

    def test_layouts_are_the_published_ones(self):
        self.assertEqual(tasks.c3(HERE).features.layout, features.CHOICE_FIRST)
        self.assertEqual(tasks.swag(HERE).features.layout, features.CONTINUATION)

    def test_c3_has_the_published_settings(self):
        self.assertEqual(
            tasks.c3(HERE).defaults, {"max_seq_length": 512, "num_train_epochs": 8.0}
        )

    def test_scores_of_a_labeled_split(self):
        examples = [fakes.question("p", 0), fakes.question("q", 0)]
        said = fakes.said(examples, [[1.0, 0.0], [0.0, 1.0]], [0.25, 0.75])
        self.assertEqual(tasks.c3(HERE).metrics(said), {"accuracy": 50.0, "loss": 0.5})


class HarnessTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((tasks.c3,), (tasks.swag,))
    def test_task_does_what_every_task_must(self, factory):
        examples = [
            fakes.question("p", 1, ("good", "bad thing")),
            fakes.question("q", 3, ("a", "b", "c", "d e f"), context="long " * 20),
            fakes.question("r", 0, ("x", "y", "z")),
        ]
        task_testing.check_task(self, factory(HERE), examples)


class DefinitionTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, task, name, content):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        os.makedirs(os.path.join(root, "mine"))
        with open(os.path.join(root, "mine", name), "w") as stream:
            stream.write(content)
        split = task.splits[0]
        return task.reader.read(task.reader.find(root, split), split).examples

    def test_defined_task_reads_its_files(self):
        (example,) = self.read(define(), "dev.jsonl", json.dumps(ROW))
        self.assertEqual((example.choices, example.label), (("a", "b"), 1))

    def test_columns_are_those_of_the_definition(self):
        row = dict(ROW, label=0)
        task = define(answer="label")
        (example,) = self.read(task, "dev.jsonl", json.dumps(row))
        self.assertEqual(example.label, 0)

    def test_format_is_that_of_the_definition(self):
        questions = [{"question": "q", "choice": ["a", "b"], "answer": "b"}]
        task = define(format="c3", dev="d.json")
        (example,) = self.read(task, "d.json", json.dumps([[["line"], questions]]))
        self.assertEqual(example.context, "line")

    def test_number_of_choices_is_known_to_all_parts(self):
        task = define(num_choices=7)
        self.assertEqual(task.head.num_choices, 7)
        self.assertEqual(task.features.num_choices, 7)
        self.assertEqual(task.reader.num_choices, 7)

    def test_layout_and_defaults_are_those_of_the_definition(self):
        task = define(layout="context_continuation", defaults={"max_seq_length": 256})
        self.assertEqual(task.features.layout, features.CONTINUATION)
        self.assertEqual(task.defaults, {"max_seq_length": 256})

    def test_unknown_key_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'n_choices'.*mean 'num_choices'"):
            define(n_choices=4)

    @parameterized.parameters("4", True, 2.0)
    def test_number_of_choices_must_be_one(self, value):
        with self.assertRaisesRegex(ValueError, "'num_choices' is .* a whole number"):
            define(num_choices=value)

    @parameterized.parameters(1, 0, -3)
    def test_there_must_be_a_choice(self, value):
        with self.assertRaisesRegex(ValueError, "'num_choices' is .*number from 2 on"):
            define(num_choices=value)

    def test_labels_of_final_files_are_read(self):
        task = define(dev=None, final="final.jsonl")
        (split,) = task.splits
        self.assertEqual(split, task_lib.Split("final", task_lib.FINAL))
        (example,) = self.read(task, "final.jsonl", json.dumps(ROW))
        self.assertEqual(example.label, 1)

    def test_columns_of_a_published_format_are_fixed(self):
        with self.assertRaisesRegex(
            ValueError, "'context' names a col.*'swag' are fixed"
        ):
            define(format="swag", context="x")

    def test_example_of_the_documentation_is_legal(self):
        with open(PAGE, encoding="utf-8") as stream:
            (example,) = re.findall(r"```json\n(.*?)```", stream.read(), re.DOTALL)
        found = json.loads(example)
        for name, family in (("exam", tasks), ("search", ranking_tasks)):
            definition = found["task_definitions"][name]
            task = family.from_definition(name, definition, HERE)
            self.assertEqual(task.splits[0].role, task_lib.TRAIN)
        self.assertEqual(found["task_names"], list(found["task_definitions"]))


if __name__ == "__main__":
    tf.test.main()

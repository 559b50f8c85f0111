"""Tests for finetune.catalog."""

import json
import os
import tempfile

from absl.testing import absltest, parameterized

from finetune import catalog
from finetune import task as task_lib
from tests.finetune import fakes

NAMES = "cola mnli mrpc qnli qqp rte sst sts wnli".split()


class CatalogTest(parameterized.TestCase):
    def test_names_are_those_of_the_original(self):
        self.assertContainsSubset(NAMES, catalog.TASKS.names())

    @parameterized.parameters(*NAMES)
    def test_every_task_can_be_trained_and_scored(self, name):
        task = fakes.task(name)
        self.assertEqual(task.name, name)
        self.assertLen(task.with_role(task_lib.TRAIN), 1)
        self.assertNotEmpty(task.with_role(task_lib.DEV))
        self.assertNotEmpty(task.score)

    @parameterized.parameters(*NAMES)
    def test_every_test_file_has_an_official_name(self, name):
        for split in fakes.task(name).with_role(task_lib.TEST):
            self.assertEndsWith(split.official, ".tsv")

    @parameterized.parameters(*NAMES)
    def test_split_names_are_unique(self, name):
        names = [split.name for split in fakes.task(name).splits]
        self.assertLen(set(names), len(names))

    def test_unknown_task_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'mrpc'"):
            fakes.task("mprc")


# What each type of task needs to be defined without files.
NEEDED = {
    "choice": {},
    "classification": {"text_a": "a", "label": "b", "labels": ["x", "y"]},
    "question_answering": {},
    "ranking": {},
    "regression": {"text_a": "a", "label": "b", "low": 0, "high": 1},
    "tagging": {},
}
TAGS = ("O", "B-A", "I-A", "E-A", "S-A")
FILES = {"train": "a.json", "dev": ["b.json", "c.json"], "final": {"x": "d.json"}}


class DefinitionTest(parameterized.TestCase):
    def build(self, definition, name="mine", stored=None):
        surroundings = task_lib.Surroundings("nowhere", stored_labels=stored)
        return catalog.build(name, {name: definition}, surroundings)

    def test_every_type_is_tried(self):
        self.assertCountEqual(NEEDED, catalog.FAMILIES.names())

    @parameterized.parameters(*sorted(NEEDED))
    def test_every_type_has_files_of_all_roles(self, family):
        definition = dict(NEEDED[family], type=family, test="e.json", **FILES)
        stored = TAGS if family == "tagging" else None
        task = self.build(definition, stored=stored)
        self.assertEqual(
            [(split.name, split.role) for split in task.splits],
            [
                ("train", task_lib.TRAIN),
                ("b", task_lib.DEV),
                ("c", task_lib.DEV),
                ("x", task_lib.FINAL),
                ("test", task_lib.TEST),
            ],
        )

    @parameterized.parameters(*sorted(NEEDED))
    def test_every_type_says_who_names_a_missing_file(self, family):
        definition = dict(NEEDED[family], type=family, **FILES)
        stored = TAGS if family == "tagging" else None
        task = self.build(definition, stored=stored)
        with self.assertRaisesRegex(
            FileNotFoundError,
            "Looked for: nowhere/mine/a.json. The definition of task 'mine' names it. "
            "raw_data_dir",
        ):
            task.reader.find("nowhere", task.splits[0])

    @parameterized.parameters(*sorted(NEEDED))
    def test_every_type_has_settings_that_it_changes(self, family):
        definition = dict(NEEDED[family], type=family, **FILES)
        definition["defaults"] = {"learning_rate": 0.5}
        stored = TAGS if family == "tagging" else None
        task = self.build(definition, stored=stored)
        self.assertEqual(task.defaults["learning_rate"], 0.5)

    def test_definition_may_be_in_a_file(self):
        path = os.path.join(tempfile.mkdtemp(), "mine.json")
        with open(path, "w") as stream:
            json.dump(dict(FILES, type="ranking"), stream)
        self.assertEqual(self.build(path).score, ("mrr",))

    def test_missing_file_of_a_definition_is_said_with_its_task(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "task 'mine' is described in no.json, .* relative to"
        ):
            self.build("no.json")

    def test_definition_takes_the_place_of_a_known_task(self):
        task = self.build(dict(FILES, type="ranking"), name="cola")
        self.assertEqual(task.score, ("mrr",))

    @parameterized.parameters("a/b", "_a", "")
    def test_name_that_cannot_name_files_is_refused(self, name):
        with self.assertRaisesRegex(ValueError, "a name is made of letters"):
            self.build(dict(FILES, type="ranking"), name=name)

    @parameterized.parameters(
        ([],), ({"train": "a"},), ({"type": None},), ({"type": ["ranking"]},), (7,)
    )
    def test_definition_without_a_type_names_the_types(self, definition):
        with self.assertRaisesRegex(
            ValueError,
            "definition of task 'mine': expected a JSON object with a type, one of "
            "choice, .*ranking.*; got ",
        ):
            self.build(definition)

    def test_type_that_does_not_exist_names_the_nearest(self):
        with self.assertRaisesRegex(
            ValueError, "task 'mine': Unknown type 'raking'. Did you mean 'ranking'"
        ):
            self.build({"type": "raking"})


if __name__ == "__main__":
    absltest.main()

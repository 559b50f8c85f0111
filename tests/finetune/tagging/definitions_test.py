"""Tests for finetune.tagging.definitions."""

import json
import os
import re
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import definitions as definitions_lib
from finetune import sources
from finetune import task as task_lib
from finetune.tagging import definitions, layouts, schemes, tasks
from tests.finetune.tagging import fixtures

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))
PAGE = os.path.join(ROOT, "docs", "tagging.md")
WHOLE = {
    "type": "tagging",
    "train": "train.txt",
    "dev": {"easy": "easy.txt", "hard": "hard.txt"},
    "final": {"test": "/somewhere/test.txt"},
    "test": {"more": "words.txt"},
    "held_out_share": 0.2,
    "format": "column",
    "scheme": "bioes",
    "word_column": 1,
    "tag_column": -2,
    "strip_word_digit": True,
    "comment": "#",
    "words": "data.tokens",
    "tags": "data.tags",
    "tag_names": ["O", "B-X"],
    "text": "body",
    "entities": "spans",
    "id": "key",
    "by_character": True,
    "defaults": {"max_seq_length": 64},
}


def places(*files):
    """Returns where the (name, role, path) files of the task are."""
    return sources.Places(
        ("mine",),
        tuple((task_lib.Split(name, role), (path,)) for name, role, path in files),
        "The definition of task 'mine' names it.",
    )


class DefinitionsTest(tf.test.TestCase, parameterized.TestCase):
    def test_every_key_is_understood(self):
        keys = definitions_lib.COMMON_KEYS + definitions.KEYS
        self.assertCountEqual(WHOLE, keys)
        self.assertEqual(
            definitions.corpus("mine", WHOLE),
            tasks.Corpus(
                places(
                    ("train", task_lib.TRAIN, "train.txt"),
                    ("easy", task_lib.DEV, "easy.txt"),
                    ("hard", task_lib.DEV, "hard.txt"),
                    ("test", task_lib.FINAL, "/somewhere/test.txt"),
                    ("more", task_lib.TEST, "words.txt"),
                ),
                held_out_share=0.2,
                layout=layouts.Layout(
                    format="column",
                    scheme="bioes",
                    word_column=1,
                    tag_column=-2,
                    comment="#",
                    strip_word_digit=True,
                    words="data.tokens",
                    tags="data.tags",
                    tag_names=("O", "B-X"),
                    text="body",
                    entities="spans",
                    id="key",
                    by_character=True,
                ),
                defaults={"max_seq_length": 64},
            ),
        )

    def test_only_train_must_be_there(self):
        found = definitions.corpus("mine", {"train": "a.txt", "dev": None})
        want = tasks.Corpus(places(("train", task_lib.TRAIN, "a.txt")))
        self.assertEqual(found, want)

    def test_a_task_is_built(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        fixtures.write(
            os.path.join(folder, "mine"), "train.txt", "Rome NNP\nfell VBD\n"
        )
        built = definitions.from_definition(
            "mine",
            {"type": "tagging", "train": "train.txt", "scheme": "words"},
            task_lib.Surroundings(folder),
        )
        self.assertEqual((built.name, built.labels), ("mine", ("NNP", "VBD")))
        self.assertEqual(built.head.tags.scheme, schemes.WORDS)

    def test_an_unknown_key_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(
            ValueError, "'mine': Unknown key 'shceme'. Did you mean 'scheme"
        ):
            definitions.corpus("mine", {"train": "a", "shceme": "bio"})

    def test_train_is_needed(self):
        with self.assertRaisesRegex(
            ValueError, "'mine': 'train' is missing: the file from which the tags are"
        ):
            definitions.corpus("mine", {"dev": "a"})

    @parameterized.parameters(
        ("held_out_share", 0.6, "a number from 0 to 0.5"),
        ("held_out_share", -0.1, "a number from 0 to 0.5"),
        ("held_out_share", float("nan"), "a number"),
        ("held_out_share", True, "a number"),
        ("word_column", "0", "a whole number"),
        ("tag_column", True, "a whole number"),
        ("strip_word_digit", "yes", "true or false"),
        ("by_character", 1, "true or false"),
        ("words", 0, "a text"),
        ("comment", ["#"], "a text"),
        ("tag_names", {"O": 0}, "a list of texts"),
        ("defaults", [], "an object"),
    )
    def test_a_wrong_value_is_refused(self, key, value, expected):
        with self.assertRaisesRegex(
            ValueError, "task 'mine': '%s' is .*, expected %s" % (key, expected)
        ):
            definitions.corpus("mine", dict({"train": "a"}, **{key: value}))

    @parameterized.parameters(
        ("format", "xml", "Known: column, csv, json, jsonl, tsv"),
        ("scheme", "xyz", "Known: .*bio.*words"),
        ("scheme", ["bio"], "Known: .*bio.*words"),
    )
    def test_an_unknown_name_is_refused_with_those_there_are(self, key, value, known):
        with self.assertRaisesRegex(
            ValueError, "task 'mine': Unknown %s .*%s" % (key, known)
        ):
            definitions.corpus("mine", {"train": "a", key: value})


class PageTest(tf.test.TestCase):
    """What docs/tagging.md says."""

    def setUp(self):
        super().setUp()
        with open(PAGE, encoding="utf-8") as stream:
            self.page = stream.read()

    def test_the_example_is_legal(self):
        (block,) = re.findall(r"```json\n(.*?)```", self.page, re.DOTALL)
        example = json.loads(block)
        self.assertEqual(list(example["task_definitions"]), example["task_names"])
        for name, definition in example["task_definitions"].items():
            places_ = definitions.corpus(name, definition).places
            self.assertEqual(places_.folders, (name,))

    def test_every_task_is_listed(self):
        for name in tasks.CORPORA:
            self.assertRegex(self.page, r"(?m)^\| `%s`" % name)

    def test_every_scheme_is_listed(self):
        for scheme in schemes.LETTERED + (schemes.WORDS,):
            self.assertRegex(self.page, r"(?m)^\| `%s`" % scheme.name)


if __name__ == "__main__":
    tf.test.main()

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


class KnownTasksTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (tasks.c3, "c3", 4),
        (tasks.swag, "swag", 4),
        (tasks.chid, "chid", 7),
        (tasks.clue_chid, "clue_chid", 10),
    )
    def test_parts_agree_on_the_number_of_choices(self, factory, name, count):
        task = factory(HERE)
        self.assertEqual(task.name, name)
        self.assertEqual(task.head.num_choices, count)
        self.assertEqual(task.features.num_choices, count)
        self.assertEqual(task.reader.num_choices, count)

    def test_public_test_file_of_chid_is_scored(self):
        self.assertEqual(
            [(split.name, split.role) for split in tasks.chid(HERE).splits],
            [
                ("train", task_lib.TRAIN),
                ("dev", task_lib.DEV),
                ("test_public", task_lib.FINAL),
                ("test", task_lib.TEST),
            ],
        )

    @parameterized.parameters(
        (tasks.c3, "c311_predict.json"),
        (tasks.chid, "chidf_predict.json"),
        (tasks.clue_chid, "chid11_predict.json"),
        (tasks.swag, None),
    )
    def test_servers_take_predictions_of_the_test_file_by_a_name(self, factory, name):
        self.assertEqual(
            [split.official for split in factory(HERE).with_role(task_lib.TEST)], [name]
        )

    @parameterized.parameters(
        (tasks.c3, "c3/train.json"),
        (tasks.c3, "c3/test1.1.json"),
        (tasks.swag, "swag/train.csv"),
        (tasks.swag, "SWAG/val.csv"),
        (tasks.chid, "chid/train_few_all.json"),
        (tasks.chid, "FewCLUE/datasets/chid/dev_few_all.json"),
        (tasks.chid, "fewclue_chid/test_public.json"),
        (tasks.clue_chid, "chid_public/train.json"),
        (tasks.clue_chid, "clue_chid/test1.1.json"),
    )
    def test_files_are_found_under_their_published_names(self, factory, name):
        self.assertEqual(self.found(factory, name), [name])

    @parameterized.parameters(
        ("C3/c3-d-train.json", "C3/c3-{d,m}-train.json"),
        ("c3_public/d-dev.json", "c3_public/{d,m}-dev.json"),
    )
    def test_both_parts_of_c3_are_found_where_there_are_two(self, name, both):
        self.assertEqual(self.found(tasks.c3, name), [both])

    def found(self, factory, name):
        """Returns what is found in a folder with one file."""
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path))
        open(path, "w").close()
        task = factory(HERE)
        return [
            os.path.relpath(task.reader.find(folder, split), folder)
            for split in task.splits
            if task.reader.places.has(folder, split)
        ]

    def test_blanks_are_filled(self):
        for factory in (tasks.chid, tasks.clue_chid):
            builder = factory(HERE).features
            self.assertEqual((builder.layout, builder.blank), ("cloze", "#idiom#"))

    def test_predictions_have_the_published_forms(self):
        said = fakes.said([fakes.question("7")], [[1.0, 2.0]])
        for factory, form in (
            (tasks.c3, '{"id": 7, "label": 1}\n'),
            (tasks.chid, '{"id": 7, "answer": 1}\n'),
            (tasks.clue_chid, '{\n "7": 1\n}\n'),
        ):
            self.assertEqual(factory(HERE).writer.files(said), {"predict.json": form})

    @parameterized.parameters((tasks.c3,), (tasks.swag,), (tasks.clue_chid,))
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

    def test_cloze_does_what_every_task_must(self):
        examples = [
            fakes.question("p", 1, ("a b", "c d"), "long " * 20 + "#idiom# end", ""),
            fakes.question("q", 6, tuple("abcdefg"), "#idiom#", ""),
        ]
        task_testing.check_task(self, tasks.chid(HERE), examples)


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

    @parameterized.parameters(
        ("d.csv", "csv"), ("d.tsv.gz", "tsv"), ("d.jsonl", "json"), ("d.txt", "json")
    )
    def test_ending_tells_whether_there_are_columns(self, name, expected):
        self.assertEqual(define(dev=name).reader.parse.format, expected)

    def test_columns_of_a_table(self):
        task = define(
            dev="d.csv",
            context=["first", "then"],
            question="",
            choices=["end 1", "end 2"],
            answer="right",
            answer_as="number",
        )
        content = 'first,then,end 1,end 2,right\n"She, ",left,a.,b.,2\n'
        (example,) = self.read(task, "d.csv", content)
        self.assertEqual(tuple(example), ("0", "She,  left", "", ("a.", "b."), 1))

    def test_blank_is_filled_by_the_choices(self):
        task = define(context="sentence", blank="_")
        row = {"sentence": "The _ ran", "choices": ["cat", "dog"], "answer": "dog"}
        (example,) = self.read(task, "dev.jsonl", json.dumps(row))
        self.assertEqual((example.context, example.question), ("The _ ran", ""))
        self.assertEqual(task.features, features.ChoiceFeatures(4, features.CLOZE, "_"))

    def test_idioms_of_the_users_own(self):
        task = define(format="chid", num_choices=2, dev="d.json")
        row = {"id": 1, "content": "a#idiom#b", "candidates": ["x", "y"], "answer": 1}
        (example,) = self.read(task, "d.json", json.dumps(row))
        self.assertEqual(example.label, 1)
        self.assertEqual(task.features.blank, "#idiom#")

    @parameterized.parameters(
        ({"layout": "cloze"}, "'layout' is 'cloze', but there is no blank"),
        (
            {"layout": "context_continuation", "blank": "_"},
            "'layout' is 'context_continuation', but there is a blank",
        ),
        ({"blank": "_", "question": "q"}, "'question' names a column, but a text with"),
        ({"question": ["a", "b"]}, r"'question' is \['a', 'b'\], expected a text"),
        ({"choices": 4}, "'choices' is 4, expected a text"),
        ({"answer_as": "leter"}, "Unknown answer_as 'leter'. Did you mean 'letter'"),
        ({"format": "c3", "answer_as": "index"}, "'answer_as' is for files of one's"),
    )
    def test_what_does_not_fit_together_is_refused(self, values, message):
        with self.assertRaisesRegex(
            ValueError, "^The definition of task 'mine': " + message
        ):
            define(**values)

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
            ValueError, "'context' is for files of one's own.*'swag' are fixed"
        ):
            define(format="swag", context="x")

    def test_examples_of_the_documentation_are_legal(self):
        with open(PAGE, encoding="utf-8") as stream:
            (example,) = re.findall(r"```json\n(.*?)```", stream.read(), re.DOTALL)
        found = json.loads(example)
        families = {"choice": tasks, "ranking": ranking_tasks}
        for name, definition in found["task_definitions"].items():
            family = families[definition["type"]]
            task = family.from_definition(name, definition, HERE)
            self.assertEqual(task.splits[0].role, task_lib.TRAIN)
        self.assertEqual(found["task_names"], list(found["task_definitions"]))


if __name__ == "__main__":
    tf.test.main()

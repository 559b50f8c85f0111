"""Tests for finetune.classification.definitions."""

import json
import os
import re
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import catalog, heads
from finetune import task as task_lib
from finetune.classification import definitions, tables
from tests.finetune import fakes
from tests.testing import task as task_testing

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))
PAGE = os.path.join(ROOT, "docs", "classification.md")
REVIEWS = {
    "train": "train.tsv",
    "dev": "dev.tsv",
    "test": "test.tsv",
    "text_a": "review",
    "label": "stars",
}
SCORES = {
    "train": "train.csv",
    "text_a": "a",
    "text_b": "b",
    "label": "score",
    "low": 0,
    "high": 5,
}


class DefinitionsTestCase(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, name, content, folder="reviews"):
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        path = os.path.join(self.root, folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(content)
        return path

    def define(self, kind="classification", base=None, stored=None, **changes):
        definition = dict(base or REVIEWS, **changes)
        surroundings = task_lib.Surroundings(self.root, stored_labels=stored)
        return definitions.FAMILIES[kind]("reviews", definition, surroundings)

    def listed(self, **changes):
        return self.define(**dict({"labels": ["bad", "good"]}, **changes))

    def read(self, task, split_name="dev"):
        (split,) = [each for each in task.splits if each.name == split_name]
        return task.reader.read(task.reader.find(self.root, split), split)


class ClassificationTest(DefinitionsTestCase):
    def test_labels_are_those_of_the_training_file(self):
        self.write("train.tsv", "stars\treview\n10\ta\n9\tb\n10\tc\n")
        task = self.define()
        self.assertEqual(task.labels, ("9", "10"))
        self.assertEqual(task.head, heads.Classification(2))

    def test_listed_labels_keep_their_order_and_need_no_file(self):
        self.assertEqual(self.define(labels=["good", "bad"]).labels, ("good", "bad"))

    def test_listed_labels_may_be_numbers(self):
        self.assertEqual(self.define(labels=[1.0, 0, -1]).labels, ("1", "0", "-1"))

    def test_listed_labels_may_be_true_and_false(self):
        self.write("dev.jsonl", '{"stars": true, "review": "a"}\n')
        task = self.define(dev="dev.jsonl", labels=[False, True])
        self.assertEqual(self.read(task).examples[0].label, 1)

    def test_rows_are_chosen_by_numbers_and_truth(self):
        row = '{"stars": "bad", "review": "a", "n": %s, "ok": %s}\n'
        self.write("dev.json", row % (1.0, "true") + row % (1, "false"))
        task = self.listed(dev="dev.json", where={"n": 1, "ok": True})
        self.assertLen(self.read(task).examples, 1)

    def test_a_trained_model_knows_the_labels(self):
        self.assertEqual(self.define(stored=("no", "yes")).labels, ("no", "yes"))

    def test_missing_training_file_is_said_with_the_task(self):
        with self.assertRaisesRegex(
            FileNotFoundError, r"reviews: its labels.*reviews/train\.tsv.*definition of"
        ):
            self.define()

    def test_files_are_read_as_described(self):
        self.write("dev.tsv", "stars\treview\nbad\ta\n")
        self.assertEqual(
            self.read(self.listed()).examples, [tables.Example("0", "a", None, 0)]
        )

    def test_test_file_needs_neither_labels_nor_logits(self):
        self.write("test.tsv", "review\na\n")
        task = self.listed(logits="teacher")
        self.assertEqual(self.read(task, "test").examples, [tables.Example("0", "a")])

    def test_all_columns(self):
        header = "key\treview\treply\tstars\tteacher\tlanguage\n"
        rows = "k1\ta\tb\tgood\t-1 1\tzh\nk2\tc\td\tgood\t-1 1\ten\n"
        self.write("dev.tsv", header + rows)
        task = self.listed(
            text_b="reply", id="key", logits="teacher", where={"language": "zh"}
        )
        self.assertEqual(
            self.read(task).examples, [tables.Example("k1", "a", "b", 1, (-1.0, 1.0))]
        )

    def test_numbered_columns(self):
        self.write("dev.tsv", "bad\ta\n")
        task = self.listed(text_a=1, label=0, header=False)
        self.assertEqual(self.read(task).examples[0].text_a, "a")

    def test_names_for_a_file_without_header(self):
        self.write("dev.tsv", "bad\ta\n")
        task = self.listed(header="auto", columns=["stars", "review"])
        self.assertEqual(self.read(task).examples[0].text_a, "a")

    @parameterized.parameters(
        ("dev.csv", 'stars,review\nbad,"a,\nb"\n', "a,\nb"),
        ("dev.jsonl", '{"stars": "bad", "review": "a"}\n', "a"),
        ("dev.json", '[{"stars": "bad", "review": "a"}]\n', "a"),
    )
    def test_format_follows_from_the_ending(self, name, content, expected):
        self.write(name, content)
        task = self.listed(dev=name)
        self.assertEqual(self.read(task).examples[0].text_a, expected)

    def test_format_may_be_said(self):
        self.write("dev.data", 'stars\treview\nbad\t"a\tb"\n')
        task = self.listed(dev="dev.data", format="quoted_tsv")
        self.assertEqual(self.read(task).examples[0].text_a, "a\tb")

    def test_several_columns_of_a_text(self):
        self.write("dev.tsv", "stars\ttitle\tbody\nbad\ta\tb\n")
        task = self.listed(text_a=["title", "body"])
        self.assertEqual(self.read(task).examples[0].text_a, "a b")

    def test_marks(self):
        self.write(
            "dev.jsonl", '{"stars": "bad", "review": "it is", "w": "is", "n": 3}'
        )
        mark = {"text": "w", "start": "n", "before": "*", "after": "*"}
        task = self.listed(dev="dev.jsonl", marks=[mark])
        self.assertEqual(self.read(task).examples[0].text_a, "it *is*")
        task = self.listed(dev="dev.jsonl", marks=[{"text": "w", "start": "n"}])
        self.assertEqual(self.read(task).examples[0].text_a, "it [is]")

    def test_labels_that_are_spelt_otherwise(self):
        self.write("train.tsv", "stars\treview\n1\ta\n2\tb\n")
        self.write("dev.tsv", "stars\treview\nbad\ta\n")
        task = self.define(spelling={"1": "bad", "2": "good"})
        self.assertEqual(task.labels, ("bad", "good"))
        self.assertEqual(self.read(task).examples[0].label, 0)

    def test_separators_and_extra_columns(self):
        self.write("dev.csv", "bad;a;x\ngood;b\n")
        task = self.listed(
            dev="dev.csv",
            separator=";",
            header=False,
            text_a=1,
            label=0,
            extra_columns=True,
        )
        self.assertLen(self.read(task).examples, 2)

    def test_separator_is_that_of_files_with_columns(self):
        self.write("train.csv", "stars;review\nbad;a,b\ngood;c\n")
        self.write("dev.jsonl", '{"stars": "bad", "review": "a"}\n')
        task = self.define(train="train.csv", dev="dev.jsonl", separator=";")
        self.assertEqual(self.read(task, "train").examples[0].text_a, "a,b")
        self.assertEqual(self.read(task).examples[0].text_a, "a")

    def test_lines_of_a_pattern(self):
        self.write("dev.label", "bad:x how so ?\n")
        pattern = r"(?P<stars>\w+):\S+ (?P<review>.*)"
        task = self.listed(dev="dev.label", pattern=pattern)
        self.assertEqual(
            self.read(task).examples, [tables.Example("0", "how so ?", None, 0)]
        )

    def test_folders_of_files(self):
        for name in ("pos", "neg", "unsup"):
            self.write("0.txt", name + "!\n", "reviews/train/" + name)
        task = self.define(
            train="train",
            format="folders",
            text_a="text",
            label="label",
            id="file",
            drop_labels=["unsup"],
        )
        self.assertEqual(task.labels, ("neg", "pos"))
        dataset = self.read(task, "train")
        self.assertEqual(
            dataset.examples,
            [
                tables.Example("neg/0.txt", "neg!", None, 0),
                tables.Example("pos/0.txt", "pos!", None, 1),
            ],
        )
        self.assertEqual(dataset.skipped, ((3, "label 'unsup'"),))

    def test_text_may_stand_under_no_name(self):
        self.write("dev.tsv", "stars\t\nbad\ta\n")
        self.assertEqual(self.read(self.listed(text_a="")).examples[0].text_a, "a")

    def test_test_file_without_header_and_labels(self):
        self.write("test.tsv", "a\n")
        task = self.listed(header=False, columns=["stars", "review"])
        self.assertEqual(self.read(task, "test").examples, [tables.Example("0", "a")])

    def test_lists_are_joined(self):
        self.write("dev.jsonl", '{"stars": "bad", "review": ["a", "b"]}\n')
        task = self.listed(dev="dev.jsonl", join_lists="/")
        self.assertEqual(self.read(task).examples[0].text_a, "a/b")

    def test_absolute_paths(self):
        path = self.write("dev.tsv", "stars\treview\nbad\ta\n", "elsewhere")
        self.assertLen(self.read(self.listed(dev=path)).examples, 1)

    def test_labels_to_drop(self):
        self.write("train.tsv", "stars\treview\nbad\ta\n-\tb\ngood\tc\n")
        task = self.define(drop_labels=["-"])
        self.assertEqual(task.labels, ("bad", "good"))
        self.assertEqual(self.read(task, "train").skipped, ((3, "label '-'"),))

    def test_everything_else_is_passed_on(self):
        task = self.listed(
            metrics=["macro_f1", "f1"],
            text_b="reply",
            unordered=True,
            defaults={"num_train_epochs": 10},
        )
        self.assertEqual(task.score, ("macro_f1", "f1"))
        self.assertTrue(task.features.unordered)
        self.assertEqual(task.defaults, {"num_train_epochs": 10})

    def test_accuracy_is_the_default_metric(self):
        self.assertEqual(self.listed().score, ("accuracy",))

    def test_predictions_are_written_as_a_table_too(self):
        self.assertIsNotNone(self.listed().writer.files)

    def test_null_is_as_good_as_nothing(self):
        task = self.listed(text_b=None, metrics=None, unordered=None, defaults=None)
        self.assertEqual(task.score, ("accuracy",))

    def test_type_may_be_there(self):
        self.assertEqual(self.listed(type="classification").name, "reviews")

    def test_it_is_a_working_task(self):
        task = self.listed(text_b="reply")
        task_testing.check_task(self, task, fakes.examples(5, pair=True))


class PageTest(DefinitionsTestCase):
    """What docs/classification.md says."""

    def test_the_examples_are_legal(self):
        with open(PAGE, encoding="utf-8") as stream:
            blocks = re.findall(r"```json\n(.*?)```", stream.read(), re.DOTALL)
        reviews, others, known = map(json.loads, blocks)
        for name, definition in dict(others, reviews=reviews).items():
            surroundings = task_lib.Surroundings(self.root, stored_labels=("a", "b"))
            family = definitions.FAMILIES[definition["type"]]
            self.assertEqual(family(name, definition, surroundings).name, name)
        for name in known:
            surroundings = task_lib.Surroundings(self.root)
            task = catalog.build(name, known, surroundings)
            self.assertEqual(task.splits[2].name, "test_public")


class SplitsTest(DefinitionsTestCase):
    def splits(self, **changes):
        return [(split.name, split.role) for split in self.listed(**changes).splits]

    def test_neither_development_nor_test_file_is_needed(self):
        self.assertEqual(self.splits(dev=None, test=None), [("train", "train")])

    def test_labels_of_final_files_are_read(self):
        self.write("final.tsv", "stars\treview\nbad\ta\n")
        task = self.listed(final={"test": "final.tsv"}, test=None)
        self.assertEqual(task.splits[-1], task_lib.Split("test", task_lib.FINAL))
        self.assertEqual(
            self.read(task, "test").examples, [tables.Example("0", "a", None, 0)]
        )


class RegressionTest(DefinitionsTestCase):
    def test_numbers_in_a_range(self):
        task = self.define("regression", SCORES)
        self.assertEqual(task.head, heads.Regression(0.0, 5.0))
        self.assertEqual(task.score, ("pearson", "spearman"))
        self.write("train.csv", "a,b,score\nx,y,2.5\n")
        self.assertEqual(
            self.read(task, "train").examples, [tables.Example("0", "x", "y", 2.5)]
        )

    def test_number_outside_the_range_stops(self):
        self.write("train.csv", "a,b,score\nx,y,2.5\nx,y,5.5\n")
        with self.assertRaisesRegex(ValueError, r"train\.csv:3: label '5\.5' is not"):
            self.read(self.define("regression", SCORES), "train")

    def test_rows_without_a_number_may_be_dropped(self):
        self.write("train.csv", "a,b,score\nx,y,\nx,y,2\n")
        task = self.define("regression", SCORES, drop_labels=[""])
        dataset = self.read(task, "train")
        self.assertEqual(dataset.examples, [tables.Example("1", "x", "y", 2.0)])
        self.assertEqual(dataset.skipped, ((2, "label ''"),))

    def test_squared_error_may_be_reported(self):
        task = self.define("regression", SCORES, metrics=["mse", "pearson"])
        self.assertEqual(task.score, ("pearson",))

    @parameterized.parameters(
        ({"metrics": ["mse"]}, "'metrics' needs one of which more is better: pearson"),
        (
            {"metrics": ["accuracy"]},
            "task 'reviews': Unknown regression metric 'accuracy'",
        ),
        ({"low": 5}, "'low' is 5, but 'high' is 5"),
        ({"low": "0"}, "'low' is '0', expected a number"),
        ({"high": True}, "'high' is True, expected a number"),
        ({"high": float("nan")}, "'high' is nan, expected a number"),
        ({"high": float("inf")}, "'high' is inf, expected a number"),
        ({"high": None}, "'high' is missing: the largest number"),
        ({"labels": ["a"]}, "task 'reviews': Unknown key 'labels'"),
    )
    def test_what_does_not_fit_is_refused(self, changes, message):
        with self.assertRaisesRegex(ValueError, message):
            self.define("regression", SCORES, **changes)


class MistakesTest(DefinitionsTestCase):
    @parameterized.parameters(
        ({"texta": "x"}, "Unknown key 'texta'. Did you mean 'text_a'"),
        ({"low": 0}, "Unknown key 'low'"),
        ({"train": None}, "'train' is missing: the training file"),
        ({"text_a": None}, "'text_a' is missing: the column of the text"),
        ({"label": None}, "'label' is missing: the column of the label"),
        ({"text_b": -1}, "'text_b' is -1, expected a column: its name, or its num"),
        ({"text_b": 1.5}, "'text_b' is 1.5, expected a column"),
        ({"id": True}, "'id' is True, expected a column"),
        ({"format": "xml"}, "Unknown format 'xml'. Known: csv, folders, json, js"),
        ({"format": 1}, "Unknown format 1"),
        ({"header": "yes"}, "'header' is 'yes', expected true, false or 'auto'"),
        ({"header": 1}, "'header' is 1, expected true, false or 'auto'"),
        ({"header": False}, "'text_a' is a name, but header is false"),
        ({"text_a": 0, "label": 1}, "'header' is missing; columns are numbered"),
        ({"columns": ["a"]}, "'columns' names the columns of files without header"),
        ({"columns": "a"}, "'columns' is 'a', expected a list of texts"),
        ({"labels": ["a"]}, "'labels' is .*, expected two or more, all different"),
        ({"labels": ["a", "a"]}, "'labels' is .*, expected two or more"),
        ({"labels": ["bad", "-"], "drop_labels": ["-"]}, "none of them in drop_labels"),
        ({"labels": []}, "'labels' is .*, expected two or more"),
        ({"labels": [["a"], "b"]}, "'labels' is .*, expected a list of texts"),
        ({"pattern": "(.*)"}, "'pattern' is .*, expected a regular expression with n"),
        ({"pattern": "(?P<a>"}, "'pattern' is .*, expected a regular expression"),
        ({"pattern": "(?P<a>.)", "header": True}, "says how .* leave out 'header"),
        ({"drop_labels": "-"}, "'drop_labels' is '-', expected a list of texts"),
        ({"metrics": ["acuracy"]}, "tion metric 'acuracy'. Did you mean 'accuracy'"),
        ({"metrics": ["pearson"]}, "Unknown classification metric 'pearson'"),
        ({"labels": ["a", "b", "c"], "metrics": ["f1"]},
         "'metrics' has 'f1', which is for two labels, but there are 3; take macro_f1"),
        ({"unordered": True}, "'unordered' is true, but there is no text_b"),
        ({"unordered": "no"}, "'unordered' is 'no', expected true or false"),
        ({"defaults": ["a"]}, "'defaults' is .*, expected an object"),
        ({"where": ["a"]}, "'where' is .*, expected an object"),
        ({"where": {"a": [1]}}, "'where' is .*, expected an object of columns and"),
        ({"join_lists": 1}, "'join_lists' is 1, expected a text"),
        ({"text_a": []}, r"'text_a' is \[\], expected a column, or a list of columns"),
        ({"text_b": ["a", -1]}, "'text_b' is .*, expected a column, or a list"),
        ({"spelling": {"a": None}}, "'spelling' is .*, expected an object of labels"),
        ({"separator": ""}, "'separator' is '', expected characters"),
        ({"separator": '"'}, "'separator' is '\"', expected characters, none a quote"),
        ({"comment": ["#"]}, r"'comment' is \['#'\], expected a text"),
        ({"extra_columns": 1}, "'extra_columns' is 1, expected true or false"),
        ({"marks": {"text": "a", "start": "b"}}, "'marks' is .*, expected a list of o"),
        ({"marks": [{"text": "a"}]}, "'marks' is .*, expected a list of objects"),
        ({"marks": [{"text": "a", "start": "b", "end": "c"}]}, "'marks' is .*, expect"),
        ({"marks": [{"text": "a", "start": -1}]}, "'marks' is .*, expected a list"),
        ({"marks": [{"text": "a", "start": "b", "after": 1}]}, "'marks' is .*, expect"),
    )  # fmt: skip
    def test_mistake_is_said_with_task_and_key(self, changes, message):
        with self.assertRaisesRegex(
            ValueError, "^The definition of task 'reviews': .*" + message
        ):
            self.listed(**changes)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.definitions."""

import os

from absl.testing import absltest, parameterized

from finetune import definitions
from finetune import task as task_lib
from finetune.choice import tasks as choice
from finetune.classification import definitions as classification
from finetune.qa import definitions as qa
from finetune.ranking import reader as ranking
from finetune.tagging import definitions as tagging

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


def definition(**values):
    return definitions.Definition("mine", values)


class CheckedTest(parameterized.TestCase):
    def test_known_keys_pass_and_null_is_no_value(self):
        values = {"type": "choice", "dev": "d", "num_choices": 3, "test": None}
        checked = definitions.checked("mine", values, ("num_choices",))
        self.assertEqual(checked, definition(type="choice", dev="d", num_choices=3))

    def test_unknown_key_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(
            ValueError,
            "^The definition of task 'mine': Unknown key 'trian'. Did you mean 'train'"
            ".*Known: .*num_choices",
        ):
            definitions.checked("mine", {"trian": "t"}, ("num_choices",))

    def test_unknown_key_is_refused_though_it_has_no_value(self):
        with self.assertRaisesRegex(ValueError, "Unknown key 'trian'"):
            definitions.checked("mine", {"trian": None}, ())

    def test_key_that_is_needed(self):
        definition(low=0).require({"low": "the smallest number"})
        with self.assertRaisesRegex(
            ValueError, "task 'mine': 'low' is missing: the smallest number"
        ):
            definition(high=0).require({"low": "the smallest number"})

    @parameterized.parameters("reviews", "Reviews-2.0", "2nd_try")
    def test_name_that_can_name_files(self, name):
        definitions.check_name(name)

    @parameterized.parameters("书评", "a/b", "", "_a", ".a", "a b", "a\n")
    def test_name_that_cannot_name_files_is_refused(self, name):
        with self.assertRaisesRegex(ValueError, "a name is made of letters, digits"):
            definitions.check_name(name)


class ValuesTest(parameterized.TestCase):
    def test_values(self):
        described = definition(
            text="a",
            flag=True,
            number=1,
            whole=-2,
            texts=["a", 1, 0.5, 2.0, True],
            mapping={"a": 1},
        )
        self.assertEqual(described.text("text", None), "a")
        self.assertIs(described.flag("flag"), True)
        self.assertEqual(described.number("number"), 1.0)
        self.assertEqual(described.whole("whole", 7), -2)
        self.assertEqual(described.texts("texts"), ("a", "1", "0.5", "2", "true"))
        self.assertEqual(described.mapping("mapping"), {"a": 1})

    def test_defaults_of_values(self):
        described = definition()
        self.assertIsNone(described.text("x", None))
        self.assertIs(described.flag("x"), False)
        self.assertEqual(described.number("x", 0.5), 0.5)
        self.assertEqual(described.whole("x", 7), 7)
        self.assertEqual(described.texts("x"), ())
        self.assertEqual(described.mapping("x"), {})

    @parameterized.parameters(
        ("text", 1, "a text"),
        ("flag", "no", "true or false"),
        ("flag", 1, "true or false"),
        ("number", "0", "a number"),
        ("number", True, "a number"),
        ("number", float("inf"), "a number"),
        ("number", 10**400, "a number"),
        ("whole", 2.0, "a whole number"),
        ("whole", True, "a whole number"),
        ("texts", "a", "a list of texts"),
        ("texts", [None], "a list of texts"),
        ("mapping", [], "an object"),
    )
    def test_value_of_another_kind_is_refused(self, getter, value, expected):
        described = definition(x=value)
        arguments = ("x",) if getter in ("flag", "texts", "mapping") else ("x", 0)
        with self.assertRaisesRegex(
            ValueError,
            "^The definition of task 'mine': 'x' is .*, expected %s" % expected,
        ):
            getattr(described, getter)(*arguments)

    def test_first_choice_is_not_the_default(self):
        self.assertEqual(definition().choice("format", ("json", "c3"), "c3"), "c3")
        self.assertIsNone(definition().choice("format", ("json", "c3"), None))

    def test_known_choice(self):
        described = definition(format="c3")
        self.assertEqual(described.choice("format", ("json", "c3"), None), "c3")

    @parameterized.parameters("jsn", (["json"],), 1)
    def test_unknown_choice_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "task 'mine': Unknown format .*: c3"):
            definition(format=value).choice("format", ("json", "c3"), None)

    def test_unknown_choice_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "format 'jsn'. Did you mean 'json'"):
            definition(format="jsn").choice("format", {"json": 1, "c3": 2}, "json")

    def test_columns_are_renamed_one_by_one(self):
        columns = definition(qid="group").columns(("qid", "id"))
        self.assertEqual(columns, {"qid": "group", "id": "id"})

    def test_column_without_a_name_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'qid' is 3, expected a text"):
            definition(qid=3).columns(("qid",))

    def test_settings_that_the_task_changes(self):
        self.assertEqual(definition(defaults={"a": 1}).defaults(), {"a": 1})

    def test_defaults_that_are_no_object_are_refused(self):
        with self.assertRaisesRegex(ValueError, "'defaults' is 'x', expected an obj"):
            definition(defaults="x").defaults()


class PlacesTest(parameterized.TestCase):
    def splits(self, **files):
        """Returns (name, role, path) of each file."""
        return [
            (split.name, split.role, *paths)
            for split, paths in definition(**files).places().files
        ]

    def test_splits_are_in_the_order_of_their_roles(self):
        self.assertEqual(
            self.splits(test="c", dev="b", final="d", train="a"),
            [
                ("train", task_lib.TRAIN, "a"),
                ("dev", task_lib.DEV, "b"),
                ("final", task_lib.FINAL, "d"),
                ("test", task_lib.TEST, "c"),
            ],
        )

    def test_object_names_the_files(self):
        self.assertEqual(
            self.splits(dev={"easy": "a", "test": "b"}),
            [("easy", task_lib.DEV, "a"), ("test", task_lib.DEV, "b")],
        )

    def test_list_of_files_is_named_after_them(self):
        self.assertEqual(
            self.splits(final=["x/matched.tsv.gz", "mismatched.tsv"]),
            [
                ("matched", task_lib.FINAL, "x/matched.tsv.gz"),
                ("mismatched", task_lib.FINAL, "mismatched.tsv"),
            ],
        )

    def test_list_of_one_file_is_as_good_as_the_file(self):
        self.assertEqual(self.splits(dev=["a.tsv"]), [("dev", task_lib.DEV, "a.tsv")])

    def test_files_are_in_the_folder_of_the_task(self):
        places = definition(dev="a").places()
        self.assertEqual(places.folders, ("mine",))
        self.assertEqual(places.hint, "The definition of task 'mine' names it.")

    def test_definition_without_files_is_refused(self):
        with self.assertRaisesRegex(ValueError, "task 'mine': no file, expected"):
            self.splits()

    @parameterized.parameters(
        ({"dev": {"test": "a"}, "test": "b"}, "'test' calls a second file 'test'"),
        ({"dev": ["a/x.tsv", "b/x.tsv"]}, "'dev' calls a second file 'x'"),
    )
    def test_two_files_of_one_name_are_refused(self, files, message):
        with self.assertRaisesRegex(ValueError, "task 'mine': " + message):
            self.splits(**files)

    @parameterized.parameters(
        (3,), ("",), ([],), ([""],), ([3],), ({},), ({"easy": 3},), ({"easy": ""},)
    )
    def test_what_is_no_path_is_refused(self, value):
        for role in ("dev", "final", "test"):
            with self.assertRaisesRegex(
                ValueError,
                "'%s' is .*, expected a path, a list of paths, or an object" % role,
            ):
                self.splits(**{role: value})

    @parameterized.parameters(
        ({"a b": "c"}, "a b"), ({"a/b": "c"}, "a/b"), ([".tsv", "a.tsv"], "")
    )
    def test_name_that_cannot_name_files_is_refused(self, value, name):
        with self.assertRaisesRegex(ValueError, "'dev' calls a file '%s'; a n" % name):
            self.splits(dev=value)

    @parameterized.parameters(3, "", (["a", "b"],), ({"a": "x"},))
    def test_there_is_one_training_file(self, value):
        with self.assertRaisesRegex(ValueError, "'train' is .*, expected a path[.]"):
            self.splits(train=value)


class PagesTest(parameterized.TestCase):
    """The pages of all families describe the common keys in the same words."""

    def rows(self, page):
        """Returns the row of each key in the page's table of keys."""
        with open(os.path.join(DOCS, page), encoding="utf-8") as stream:
            table = stream.read().split("\n| key |")[1].split("\n\n")[0]
        return {row.split("|")[1].strip(): row for row in table.splitlines()[2:]}

    @parameterized.parameters(
        ("classification.md", sorted(set(sum(classification.KEYS.values(), [])))),
        ("question_answering.md", qa.KEYS),
        ("tagging.md", tagging.KEYS),
        ("choice_and_ranking.md", choice.KEYS + ranking.COLUMNS),
    )
    def test_every_key_has_a_row(self, page, own):
        keys = " ".join(self.rows(page))
        for key in definitions.COMMON_KEYS + tuple(own):
            self.assertIn("`%s`" % key, keys)

    def test_files_and_settings_are_described_in_the_same_words(self):
        expected = self.rows("add_a_task.md")
        self.assertNotEmpty(expected)
        for page in (
            "classification",
            "question_answering",
            "tagging",
            "choice_and_ranking",
        ):
            rows = self.rows(page + ".md")
            for key in expected:
                if key != "`type`":
                    self.assertEqual(rows[key], expected[key], page)


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.choice.definitions."""

from absl.testing import absltest, parameterized

from finetune import task as task_lib
from finetune.choice import definitions


def definition(**values):
    return definitions.Definition("mine", values)


class DefinitionTest(parameterized.TestCase):
    def test_known_keys_pass_and_null_is_no_value(self):
        values = {"type": "choice", "dev": "d", "num_choices": 3, "test": None}
        checked = definitions.checked("mine", values, ("num_choices",))
        self.assertEqual(checked, definition(type="choice", dev="d", num_choices=3))

    def test_unknown_key_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(
            ValueError, "definition of task 'mine'.*'trian'.*Did you mean 'train'"
        ):
            definitions.checked("mine", {"trian": "t"}, ())

    def test_first_choice_is_the_default(self):
        self.assertEqual(definition().choice("format", ("json", "c3")), "json")

    def test_unknown_choice_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "format.*'jsn'.*Did you mean 'json'"):
            definition(format="jsn").choice("format", ("json", "c3"))

    def test_columns_are_renamed_one_by_one(self):
        columns = definition(qid="group").columns(("qid", "id"))
        self.assertEqual(columns, {"qid": "group", "id": "id"})

    def test_column_without_a_name_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'qid' is 3, expected a column"):
            definition(qid=3).columns(("qid",))

    def test_defaults_that_are_no_object_are_refused(self):
        with self.assertRaisesRegex(ValueError, "'defaults' is 'x', expected an obj"):
            definition(defaults="x").defaults()

    def test_splits_are_in_the_order_of_their_roles(self):
        dev = {"easy": "a", "hard": "b"}
        self.assertEqual(
            definition(test="c", dev=dev, train="d").splits(),
            (
                task_lib.Split("train", task_lib.TRAIN),
                task_lib.Split("easy", task_lib.DEV),
                task_lib.Split("hard", task_lib.DEV),
                task_lib.Split("test", task_lib.TEST),
            ),
        )

    def test_files_are_in_the_folder_of_the_task(self):
        places = definition(dev={"easy": "a", "hard": "b"}, test="c").places()
        self.assertEqual(places.folders, ("mine",))
        self.assertEqual(
            places.names, (("easy", ("a",)), ("hard", ("b",)), ("test", ("c",)))
        )

    def test_definition_without_files_is_refused(self):
        with self.assertRaisesRegex(ValueError, "task 'mine': no file, expected"):
            definition().splits()

    def test_two_files_of_one_name_are_refused(self):
        with self.assertRaisesRegex(ValueError, "two files are called 'test'"):
            definition(dev={"test": "a"}, test="b").splits()

    @parameterized.parameters(
        (3,), ("",), (["a"],), ({"easy": 3},), ({"easy": ""},), ({"a/b": "c"},)
    )
    def test_what_is_no_path_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "'dev' is .*, expected a path or an"):
            definition(dev=value).splits()

    def test_two_training_files_are_refused(self):
        with self.assertRaisesRegex(ValueError, "'train' is .*, expected a path[.]"):
            definition(train={"a": "x", "b": "y"}).splits()


if __name__ == "__main__":
    absltest.main()

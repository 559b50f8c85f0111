"""Tests for finetune.fields."""

from absl.testing import absltest, parameterized

from finetune import fields


class FindTest(parameterized.TestCase):
    ROW = {"a": {"b": {"c": 1}, "d": None}, "a.d": 2, "e": "x"}

    @parameterized.parameters(
        ("e", "x"),
        ("a.b.c", 1),
        ("a.d", 2),
        ("a.b.x", None),
        ("e.x", None),
        ("x", None),
    )
    def test_names_with_dots_lead_into_objects(self, name, want):
        self.assertEqual(fields.find(self.ROW, name), want)

    def test_default_is_for_what_is_missing_alone(self):
        self.assertEqual(fields.find(self.ROW, "a.x", 7), 7)
        self.assertIsNone(fields.find({"a": {"b": None}}, "a.b", 7))

    def test_other_readers_find_so_too(self):
        self.assertEqual(fields.text({"a": {"b": "x"}}, "a.b"), "x")
        with self.assertRaisesRegex(ValueError, "there is no 'a.c'.*found: 'a'"):
            fields.text({"a": {"b": "x"}}, "a.c")


class ScalarTest(parameterized.TestCase):
    @parameterized.parameters(
        ("a", "a"),
        (1, "1"),
        (1.0, "1"),
        (0.5, "0.5"),
        (10**400, "1" + "0" * 400),
        (True, "true"),
        (False, "false"),
        (None, None),
        (["a"], None),
        (float("nan"), None),
        (float("inf"), None),
    )
    def test_texts_numbers_and_truth_are_written(self, value, want):
        self.assertEqual(fields.scalar(value), want)


class ValueTest(parameterized.TestCase):
    def test_missing_column_is_refused_with_those_there_are(self):
        with self.assertRaisesRegex(
            ValueError, "there is no 'question', expected a text; found: 'q', 'id'"
        ):
            fields.text({"q": "x", "id": 1}, "question")

    def test_missing_column_of_an_empty_row(self):
        with self.assertRaisesRegex(ValueError, "expected a text; found: nothing"):
            fields.text({}, "question")

    def test_default_is_for_what_is_missing(self):
        self.assertEqual(fields.value({}, "x", (int,), "a number", 7), 7)
        self.assertEqual(fields.value({"x": 1}, "x", (int,), "a number", 7), 1)

    def test_true_is_no_number_but_may_be_asked_for(self):
        with self.assertRaisesRegex(ValueError, "'x' is True, expected a number"):
            fields.value({"x": True}, "x", (int,), "a number")
        self.assertTrue(fields.value({"x": True}, "x", (bool,), "true or false"))

    @parameterized.parameters(([1],), (None,), ("x",))
    def test_row_that_is_no_object_is_refused(self, row):
        with self.assertRaisesRegex(
            ValueError, "expected an object with 'question', found "
        ):
            fields.text(row, "question")

    def test_long_value_is_cut_in_the_error(self):
        with self.assertRaisesRegex(ValueError, r"'id' is \['x{58}, expected a text"):
            fields.text({"id": ["x" * 99]}, "id")


class TextTest(parameterized.TestCase):
    @parameterized.parameters(None, 1, True, (["x"],))
    def test_what_is_no_text_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "'question' is .*, expected a text"):
            fields.text({"question": value}, "question")

    def test_number_becomes_a_text(self):
        self.assertEqual(fields.text_or_number({"id": 508}, "id"), "508")
        self.assertEqual(fields.text_or_number({"id": "b7"}, "id"), "b7")

    @parameterized.parameters(None, 1.5, True)
    def test_what_is_neither_text_nor_number_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "expected a text or a whole number"):
            fields.text_or_number({"id": value}, "id")

    def test_list_of_texts(self):
        self.assertEqual(fields.texts({"x": ["a", "b"]}, "x"), ("a", "b"))
        self.assertEqual(fields.texts({}, "x", default=()), ())

    @parameterized.parameters("ab", (["a", 2],), ([["a"]],))
    def test_what_is_no_list_of_texts_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "'x' is .*, expected a list of texts"):
            fields.texts({"x": value}, "x")

    def test_half_of_a_character_is_refused(self):
        for read, value in (
            (fields.text, "a\ud83d"),
            (fields.text_or_number, "a\ud83d"),
            (fields.texts, ["a", "a\ud83d"]),
        ):
            with self.assertRaisesRegex(ValueError, r"half of a character.*ud83d"):
                read({"x": value}, "x")


if __name__ == "__main__":
    absltest.main()

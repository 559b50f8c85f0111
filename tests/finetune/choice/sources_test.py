"""Tests for finetune.choice.sources."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.choice import sources

DEV = task_lib.Split("dev", task_lib.DEV)


class PlacesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, *parts):
        path = os.path.join(self.root, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").close()
        return path

    def test_folder_may_have_any_of_its_names(self):
        path = self.write("SWAG", "val.csv")
        places = sources.Places(("swag", "SWAG"), (("dev", ("val.csv",)),))
        self.assertEqual(places.find(self.root, DEV), path)

    def test_file_may_have_any_of_its_names(self):
        path = self.write("swag", "dev.csv")
        places = sources.Places(("swag",), (("dev", ("val.csv", "dev.csv")),))
        self.assertEqual(places.find(self.root, DEV), path)

    def test_absolute_name_is_taken_as_it_is(self):
        path = self.write("elsewhere", "dev.csv")
        places = sources.Places(("swag",), (("dev", (path,)),))
        self.assertEqual(places.find("nowhere", DEV), path)

    def test_missing_file_lists_where_it_could_be(self):
        places = sources.Places(("swag", "SWAG"), (("dev", ("val.csv",)),))
        with self.assertRaisesRegex(
            FileNotFoundError, "dev file is missing.*x/swag/val.csv, x/SWAG/val.csv"
        ):
            places.find("x", DEV)


class ReadingTest(tf.test.TestCase, parameterized.TestCase):
    def path(self, content, name="dev.json"):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), name)
        with open(path, "wb") as stream:
            stream.write(content.encode("utf-8"))
        return path

    def test_json_after_a_byte_order_mark(self):
        self.assertEqual(sources.read_json(self.path("\ufeff[1, 2]")), [1, 2])

    def test_broken_json_is_refused_with_its_line(self):
        with self.assertRaisesRegex(ValueError, r"dev\.json:2: not JSON"):
            sources.read_json(self.path("[1,\n2"))

    def test_rows_are_keyed_by_the_header(self):
        path = self.path("qid\tlabel\n7\t1\n8\t0\n", "dev.tsv")
        self.assertEqual(
            list(sources.keyed_rows(path)),
            [(2, {"qid": "7", "label": "1"}), (3, {"qid": "8", "label": "0"})],
        )

    def test_objects_are_rows_as_they_are(self):
        path = self.path('{"qid": 7}\n{"qid": 8}\n', "dev.jsonl")
        self.assertEqual(
            list(sources.keyed_rows(path)), [(1, {"qid": 7}), (2, {"qid": 8})]
        )

    def test_named_format_wins_over_the_ending(self):
        path = self.path("qid,label\n7,1\n", "dev.tsv")
        self.assertEqual(
            list(sources.keyed_rows(path, "csv")), [(2, {"qid": "7", "label": "1"})]
        )

    def test_row_of_another_width_is_refused(self):
        path = self.path("qid\tlabel\n7\t1\n8\n", "dev.tsv")
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: found 1 columns \(tab.*the header has 2"
        ):
            list(sources.keyed_rows(path))


class FieldTest(parameterized.TestCase):
    def test_missing_column_is_refused_with_those_there_are(self):
        with self.assertRaisesRegex(
            ValueError, "there is no 'question', expected a text; found: 'q', 'id'"
        ):
            sources.text_field({"q": "x", "id": 1}, "question")

    @parameterized.parameters(None, 1, True, (["x"],))
    def test_what_is_no_text_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "'question' is .*, expected a text"):
            sources.text_field({"question": value}, "question")

    def test_names_may_be_numbers(self):
        self.assertEqual(sources.name_field({"id": 508}, "id"), "508")

    @parameterized.parameters(None, 1.5, True)
    def test_what_is_no_name_is_refused(self, value):
        with self.assertRaisesRegex(ValueError, "expected a text or a whole number"):
            sources.name_field({"id": value}, "id")

    def test_half_of_a_character_is_refused(self):
        with self.assertRaisesRegex(ValueError, "half of a character"):
            sources.text_field({"question": "a\ud83d"}, "question")


if __name__ == "__main__":
    tf.test.main()

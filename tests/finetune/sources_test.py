"""Tests for finetune.sources."""

import os
import tempfile

import tensorflow.compat.v1 as tf

from finetune import sources
from finetune import task as task_lib

TRAIN = task_lib.Split("train", task_lib.TRAIN)
DEV = task_lib.Split("dev", task_lib.DEV)


def places(*names, folders=("here", "There"), **more):
    return sources.Places(folders, ((DEV, names),), **more)


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
        path = self.write("There", "val.csv")
        self.assertEqual(places("val.csv").find(self.root, DEV), path)

    def test_file_may_have_any_of_its_names(self):
        path = self.write("here", "dev.csv")
        self.assertEqual(places("val.csv", "dev.csv").find(self.root, DEV), path)

    def test_first_folder_is_likelier_than_the_first_name(self):
        self.write("There", "val.csv")
        path = self.write("here", "dev.csv")
        self.assertEqual(places("val.csv", "dev.csv").find(self.root, DEV), path)

    def test_split_may_be_there_several_times(self):
        path = self.write("here", "old.txt")
        both = sources.Places(("here",), ((DEV, ("dev.tsv",)), (DEV, ("old.txt",))))
        self.assertEqual(both.find(self.root, DEV), path)
        self.assertEqual(both.splits, (DEV,))

    def test_split_is_told_by_its_name(self):
        path = self.write("here", "dev.csv")
        final = task_lib.Split("dev", task_lib.FINAL)
        self.assertEqual(places("dev.csv").find(self.root, final), path)

    def test_absolute_name_is_taken_as_it_is(self):
        path = self.write("elsewhere", "dev.csv")
        self.assertEqual(places(path).find("nowhere", DEV), path)

    def test_url_is_looked_for_as_it_is(self):
        with tf.test.mock.patch.object(sources.gfile, "exists", lambda path: False):
            with self.assertRaisesRegex(
                FileNotFoundError, r"Looked for: mem://b/dev\.tsv\. raw"
            ):
                places("mem://b/dev.tsv").find("nowhere", DEV)

    def test_folder_of_a_url_is_left_as_it_is(self):
        found = places("../a.tsv", folders=("x",)).candidates("mem://b", DEV)
        self.assertEqual(found, ["mem://b/x/../a.tsv"])

    def test_way_to_another_folder_is_shortened(self):
        found = places("../b/a.tsv", folders=("x",)).candidates("raw", DEV)
        self.assertEqual(found, [os.path.join("raw", "b", "a.tsv")])

    def test_has_says_whether_there_is_a_file(self):
        self.write("There", "dev.csv")
        self.assertTrue(places("dev.csv").has(self.root, DEV))
        self.assertFalse(places("val.csv").has(self.root, DEV))
        self.assertFalse(places("dev.csv").has(self.root, TRAIN))

    def test_missing_file_lists_where_it_could_be_and_what_to_do(self):
        mine = places("val.csv", hint="Ask the library.")
        with self.assertRaisesRegex(
            FileNotFoundError,
            r"^The dev file is missing\. Looked for: x/here/val\.csv, x/There/val\.csv"
            r"\. Ask the library\. raw_data_dir names the folder of the tasks' folders",
        ):
            mine.find("x", DEV)

    def test_missing_file_lists_each_place_once(self):
        with self.assertRaisesRegex(
            FileNotFoundError, r"Looked for: /x/dev\.csv\. raw_data_dir"
        ):
            places("/x/dev.csv").find("nowhere", DEV)

    def test_missing_file_without_a_name_has_no_place(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "train file is missing. Looked for: no file, as none"
        ):
            places("dev.csv").find(self.root, TRAIN)


if __name__ == "__main__":
    tf.test.main()

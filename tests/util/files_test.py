"""Tests for util.files."""

import hashlib
import os
from unittest import mock

import tensorflow.compat.v1 as tf

from util import files, gfile


class FilesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_json_round_trip_keeps_chinese(self):
        path = self.path("a.json")
        files.write_json(path, {"词": [1, 2]})
        self.assertEqual(files.read_json(path), {"词": [1, 2]})
        with open(path, encoding="utf-8") as stream:
            self.assertIn("词", stream.read())

    def test_missing_folders_are_made(self):
        path = self.path("deep/er/a.txt")
        files.write_text(path, "x")
        self.assertTrue(os.path.exists(path))

    def test_failed_write_leaves_the_old_file_and_no_rubbish(self):
        path = self.path("kept/a.txt")
        files.write_text(path, "old")
        broken = OSError("no space left")
        with mock.patch.object(gfile, "rename", side_effect=broken):
            with self.assertRaisesRegex(OSError, "Cannot write .*no space left"):
                files.write_text(path, "new")
        with open(path, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "old")
        self.assertEqual(os.listdir(os.path.dirname(path)), ["a.txt"])

    def test_file_gets_its_name_when_all_is_written(self):
        path = self.path("parts/a.txt")
        with files.replacing(path) as stream:
            stream.write(b"first ")
            self.assertFalse(os.path.exists(path))
            stream.write(b"second")
        with open(path, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "first second")

    def test_interrupted_writing_leaves_the_old_file_and_no_rubbish(self):
        path = self.path("interrupted/a.txt")
        files.write_text(path, "old")
        with self.assertRaises(KeyboardInterrupt):
            with files.replacing(path) as stream:
                stream.write(b"new")
                raise KeyboardInterrupt
        with open(path, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "old")
        self.assertEqual(os.listdir(os.path.dirname(path)), ["a.txt"])

    def test_only_what_a_killed_writer_of_the_file_left_is_removed(self):
        names = ["a[1].txt", "a[1].txt.tmp", "a1.txt.01234567.tmp"]
        for name in [*names, "a[1].txt.01234567.tmp"]:
            files.write_text(self.path("killed/" + name), "half")
        files.remove_unfinished(self.path("killed/a[1].txt"))
        self.assertCountEqual(os.listdir(self.path("killed")), names)

    def test_broken_json_names_path_and_line(self):
        path = self.path("broken.json")
        files.write_text(path, '{\n "a": 1,\n}\n')
        with self.assertRaisesRegex(ValueError, r"broken\.json:3: not JSON"):
            files.read_json(path)

    def test_json_in_another_encoding_names_the_path(self):
        path = self.path("latin.json")
        files.write_bytes(path, b'{"a": "\xe9"}')
        with self.assertRaisesRegex(ValueError, r"latin\.json: not UTF-8"):
            files.read_json(path)

    def test_sha256_is_of_the_bytes(self):
        path = self.path("bytes")
        files.write_bytes(path, b"\x00\xff" * 1000)
        expected = hashlib.sha256(b"\x00\xff" * 1000).hexdigest()
        self.assertEqual(files.sha256(path), expected)

    def test_require_file_refuses_missing_and_folder(self):
        with self.assertRaisesRegex(FileNotFoundError, "The vocabulary .* not exist"):
            files.require_file(self.path("none"), "vocabulary")
        with self.assertRaisesRegex(ValueError, "is a folder"):
            files.require_file(self.folder, "vocabulary")

    def test_require_dir_refuses_missing_and_file(self):
        with self.assertRaisesRegex(FileNotFoundError, "The corpus .* not exist"):
            files.require_dir(self.path("none"), "corpus")
        path = self.path("file.txt")
        files.write_text(path, "")
        with self.assertRaisesRegex(ValueError, "is a file"):
            files.require_dir(path, "corpus")

    def test_list_files_takes_globs_and_commas_and_repeats_nothing(self):
        for name in ("b-1", "b-2", "c"):
            files.write_text(self.path("list/" + name), "")
        base = os.path.join(self.folder, "list")
        pattern = ",".join([base + "/b-*", base + "/c", base + "/b-1"])
        names = [os.path.basename(path) for path in files.list_files(pattern)]
        self.assertEqual(names, ["b-1", "b-2", "c"])

    def test_error_at_starts_with_path_and_line(self):
        self.assertEqual(str(files.error_at("a.tsv", 7, "bad")), "a.tsv:7: bad")


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.gfile."""

import os
import subprocess
import sys
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import gfile


@parameterized.named_parameters(("local", ""), ("remote", "file://"))
class GfileTest(tf.test.TestCase, parameterized.TestCase):
    """Both kinds of paths; TensorFlow takes file:// for one of its own."""

    def start(self, scheme):
        """Returns a folder's path of the given kind."""
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.base = scheme + self.folder
        self.assertEqual(gfile.is_remote(self.base), bool(scheme))

    def write(self, name, content):
        path = os.path.join(self.base, name)
        with gfile.open(path, "wb") as stream:
            stream.write(content)
        return path

    def read(self, path):
        with gfile.open(path) as stream:
            return stream.read()

    def test_what_is_written_is_read(self, scheme):
        self.start(scheme)
        path = self.write("a", b"one\r\n\xff")
        with gfile.open(path, "ab") as stream:
            stream.write(b"two")
        self.assertEqual(self.read(path), b"one\r\n\xfftwo")
        self.assertEqual(gfile.size(path), 9)

    def test_files_and_folders_are_told_apart(self, scheme):
        self.start(scheme)
        path = self.write("a", b"")
        missing = os.path.join(self.base, "none")
        found = [gfile.exists(each) for each in (path, self.base, missing)]
        self.assertEqual(found, [True, True, False])
        folders = [gfile.isdir(each) for each in (path, self.base, missing)]
        self.assertEqual(folders, [False, True, False])

    def test_names_are_listed_without_slashes(self, scheme):
        self.start(scheme)
        self.write("a", b"")
        gfile.makedirs(os.path.join(self.base, "folder"))
        self.assertCountEqual(gfile.listdir(self.base), ["a", "folder"])

    def test_patterns_match_sorted(self, scheme):
        self.start(scheme)
        for name in ("b-2", "c", "b-1"):
            self.write(name, b"")
        names = map(os.path.basename, gfile.glob(os.path.join(self.base, "b-*")))
        self.assertEqual(list(names), ["b-1", "b-2"])

    def test_folders_are_made_and_removed_whole(self, scheme):
        self.start(scheme)
        deep = os.path.join(self.base, "x", "y")
        gfile.makedirs(deep)
        gfile.makedirs(deep)
        self.write("x/y/a", b"")
        gfile.rmtree(os.path.join(self.base, "x"))
        self.assertEqual(os.listdir(self.folder), [])

    def test_renaming_replaces(self, scheme):
        self.start(scheme)
        old, new = self.write("old", b"old"), self.write("new", b"new")
        gfile.rename(new, old)
        self.assertEqual(self.read(old), b"new")
        self.assertEqual(os.listdir(self.folder), ["old"])
        gfile.remove(old)
        self.assertEqual(os.listdir(self.folder), [])

    def test_failures_are_os_errors(self, scheme):
        self.start(scheme)
        missing = os.path.join(self.base, "none")
        for function in (self.read, gfile.size, gfile.remove, gfile.listdir):
            with self.assertRaises(OSError):
                function(missing)
        with self.assertRaises(OSError):
            gfile.rename(missing, os.path.join(self.base, "a"))


class ImportTest(tf.test.TestCase):
    def test_the_builder_does_not_wait_for_tensorflow(self):
        program = (
            "import sys\n"
            "import build_pretraining_dataset, build_openwebtext_pretraining_dataset\n"
            "from model import sentencepiece_tokenizer, wordpiece\n"
            "from pretrain.data import command\n"
            "assert 'tensorflow' not in sys.modules\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True)


if __name__ == "__main__":
    tf.test.main()

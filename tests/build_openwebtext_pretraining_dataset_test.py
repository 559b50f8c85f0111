"""Tests of the OpenWebText builder as users run it."""

import contextlib
import io
import os
import shutil

import tensorflow.compat.v1 as tf

import build_openwebtext_pretraining_dataset
from pretrain.data import manifest
from tests.pretrain.data import fixtures


class ProgramTest(fixtures.TestCase):
    def build(self):
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            code = build_openwebtext_pretraining_dataset.run(
                ["--data-dir", self.folder, "--max-seq-length", "32"]
            )
        self.assertEqual(code, 0)
        return stream.getvalue()

    def test_archives_become_records_and_nothing_else(self):
        members = {"%d.txt" % n: "The garden.\n\nThe river.\n" for n in range(3)}
        for number in range(4):
            self.write_archive("openwebtext/subset%d_data.xz" % number, members)
        shutil.copy(fixtures.VOCAB, self.path("vocab.txt"))
        self.assertIn("tokens lost", self.build())
        built = manifest.read(self.path("pretrain_tfrecords"))
        self.assertTrue(built.complete)
        self.assertEqual(built.report["documents"], 12)
        self.assertCountEqual(
            os.listdir(self.folder), ["openwebtext", "pretrain_tfrecords", "vocab.txt"]
        )

    def test_missing_archives_are_named(self):
        shutil.copy(fixtures.VOCAB, self.path("vocab.txt"))
        with self.assertRaisesRegex(FileNotFoundError, "openwebtext does not exist"):
            self.build()

    def test_missing_vocabulary_is_named(self):
        self.write_archive("openwebtext/subset_data.xz", {"a.txt": "The garden."})
        with self.assertRaisesRegex(FileNotFoundError, "vocab.txt does not exist"):
            self.build()


if __name__ == "__main__":
    tf.test.main()

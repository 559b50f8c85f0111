"""Tests for infer.loading."""

import os
import shutil
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from infer import loading
from tests.finetune import models
from util import files


class LoadingTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.model_dir = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "m")

    def set_settings(self, settings):
        path = os.path.join(self.model_dir, "config.json")
        files.write_json(path, dict(files.read_json(path), settings=settings))

    def test_folder_and_checkpoint_are_the_same_model(self):
        made = models.write_pretrained(self.model_dir)
        for path in (self.model_dir, made.checkpoint):
            found = loading.load(path, {})
            self.assertEqual(found.pretrained.encoder, made.encoder)
            self.assertEqual(found.pretrained.checkpoint, made.checkpoint)
            self.assertEqual(found.tokenizer.vocab_size, models.VOCAB_SIZE)

    def test_checkpoint_in_the_working_directory(self):
        models.write_pretrained(self.model_dir)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.model_dir)
        found = loading.load("model.ckpt-7", {})
        self.assertEqual(found.pretrained.encoder.hidden_size, 16)

    def test_checkpoint_beside_others(self):
        made = models.write_pretrained(self.model_dir)
        for ending in ("index", "data-00000-of-00001"):
            shutil.copy(
                "%s.%s" % (made.checkpoint, ending),
                os.path.join(self.model_dir, "model.ckpt-8.%s" % ending),
            )
        os.remove(os.path.join(self.model_dir, "checkpoint"))
        found = loading.load(made.checkpoint, {})
        self.assertEqual(found.pretrained.checkpoint, made.checkpoint)

    @parameterized.parameters(
        ({}, 32),
        ({"max_seq_length": 24}, 24),
        ({"max_seq_length": 24, "phases": []}, 24),
        ({"max_seq_length": 8, "phases": [{"max_seq_length": 16}, {"steps": 3}]}, 16),
        ({"max_seq_length": 512}, 32),
    )
    def test_longest_sequence_is_that_of_the_training(self, settings, expected):
        models.write_pretrained(self.model_dir)
        self.set_settings(settings)
        self.assertEqual(loading.load(self.model_dir, {}).max_seq_length, expected)

    def test_published_checkpoint_has_the_users_casing(self):
        models.write_pretrained(self.model_dir, with_config=False)
        found = loading.load(self.model_dir, {"do_lower_case": False})
        self.assertFalse(found.tokenizer.settings.do_lower_case)
        self.assertEqual(found.max_seq_length, 32)

    def test_missing_model(self):
        with self.assertRaisesRegex(FileNotFoundError, "no checkpoint .*nowhere"):
            loading.load("nowhere", {})

    def test_missing_vocabulary(self):
        models.write_pretrained(self.model_dir, with_config=False)
        os.remove(os.path.join(self.model_dir, "vocab.txt"))
        with self.assertRaisesRegex(FileNotFoundError, "no vocabulary .* vocab_file"):
            loading.load(self.model_dir, {})

    def test_too_large_vocabulary(self):
        models.write_pretrained(self.model_dir, with_config=False)
        with open(os.path.join(self.model_dir, "vocab.txt"), "a") as stream:
            stream.write("more\n")
        with self.assertRaisesRegex(ValueError, "has 18 tokens, but .* for 17"):
            loading.load(self.model_dir, {})


if __name__ == "__main__":
    tf.test.main()

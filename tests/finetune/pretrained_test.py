"""Tests for finetune.pretrained."""

import os
import shutil
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import pretrained
from tests.finetune import models


class PretrainedTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.model_dir = os.path.join(self.data_dir, "models", "tiny")

    def load(self, asked=None, **changes):
        return pretrained.load(
            pretrained.Request(self.model_dir, self.data_dir, asked or {}, **changes)
        )

    def test_the_folder_is_enough(self):
        made = models.write_pretrained(self.model_dir)
        found = self.load()
        self.assertEqual(found.encoder, made.encoder)
        self.assertEqual(found.checkpoint, made.checkpoint)
        self.assertEqual(
            found.tokenizer.vocab_file, os.path.join(self.model_dir, "vocab.txt")
        )

    def test_missing_model_is_an_error_never_random_weights(self):
        with self.assertRaisesRegex(FileNotFoundError, "init_checkpoint=none"):
            self.load()

    def test_folder_without_checkpoint_is_an_error(self):
        models.write_vocabulary(os.path.join(self.model_dir, "vocab.txt"))
        with self.assertRaisesRegex(FileNotFoundError, "check --model-name"):
            self.load()

    def test_random_weights_on_purpose(self):
        made = models.write_pretrained(self.model_dir)
        found = self.load(init_checkpoint="none")
        self.assertIsNone(found.checkpoint)
        self.assertEqual(found.encoder, made.encoder)

    def test_random_weights_without_any_model(self):
        models.write_vocabulary(os.path.join(self.data_dir, "vocab.txt"))
        found = self.load({"model_size": "tiny"}, init_checkpoint="none")
        self.assertEqual(
            (found.encoder.hidden_size, found.encoder.vocab_size), (128, 17)
        )
        self.assertIsNone(found.checkpoint)

    def test_random_weights_of_nothing_described_are_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "Set model_size"):
            self.load(init_checkpoint="none")

    def test_other_checkpoint(self):
        made = models.write_pretrained(os.path.join(self.data_dir, "elsewhere"))
        for path in (os.path.dirname(made.checkpoint), made.checkpoint):
            found = self.load(init_checkpoint=path)
            self.assertEqual(found.checkpoint, made.checkpoint)

    def test_checkpoint_that_is_named_need_not_be_the_only_one(self):
        made = models.write_pretrained(self.model_dir)
        for name in os.listdir(self.model_dir):
            path = os.path.join(self.model_dir, name)
            if name.startswith("model.ckpt-7"):
                shutil.copy(path, path.replace("ckpt-7", "ckpt-8"))
        os.remove(os.path.join(self.model_dir, "checkpoint"))
        found = self.load(init_checkpoint=made.checkpoint)
        self.assertEqual(found.checkpoint, made.checkpoint)

    @parameterized.named_parameters(
        ("size", {"model_size": "small"}, "hidden_size: the model has 16"),
        ("kernel", {"conv_kernel_size": 9}, "the model has 3, the settings say 9"),
        ("override", {"model_hparam_overrides": {"num_hidden_layers": 5}}, "layers"),
        ("rows", {"vocab_size": 30522}, "vocab_size: the model has 17"),
        ("casing", {"do_lower_case": False}, "do_lower_case: the model has True"),
        ("masking", {"mask_convolution": False}, "mask_convolution"),
    )
    def test_contradiction_is_refused(self, asked, message):
        models.write_pretrained(self.model_dir)
        with self.assertRaisesRegex(ValueError, message):
            self.load(asked)

    def test_what_agrees_is_accepted(self):
        models.write_pretrained(self.model_dir)
        asked = {"conv_kernel_size": 3, "do_lower_case": True, "learning_rate": 1}
        self.assertEqual(self.load(asked), self.load({}))

    def test_dropout_may_be_changed(self):
        models.write_pretrained(self.model_dir)
        found = self.load({"model_hparam_overrides": {"hidden_dropout_prob": 0.3}})
        self.assertEqual(found.encoder.hidden_dropout_prob, 0.3)

    def test_copy_of_the_vocabulary_is_the_same_vocabulary(self):
        models.write_pretrained(self.model_dir)
        copy = os.path.join(self.data_dir, "copy.txt")
        models.write_vocabulary(copy)
        self.load({"vocab_file": copy})
        with open(copy, "a") as stream:
            stream.write("more\n")
        with self.assertRaisesRegex(ValueError, "vocab_file"):
            self.load({"vocab_file": copy})

    def test_published_folder_is_understood_from_its_shapes(self):
        made = models.write_pretrained(
            self.model_dir, with_config=False, mask_convolution=False
        )
        found = self.load()
        for name in ("hidden_size", "num_attention_heads", "conv_kernel_size"):
            self.assertEqual(getattr(found.encoder, name), getattr(made.encoder, name))
        self.assertFalse(found.encoder.mask_convolution)

    def test_published_folder_takes_the_users_casing(self):
        models.write_pretrained(self.model_dir, with_config=False)
        self.assertFalse(self.load({"do_lower_case": False}).tokenizer.do_lower_case)

    def test_published_folder_without_vocabulary_takes_that_of_the_data(self):
        models.write_pretrained(self.model_dir, with_config=False)
        os.remove(os.path.join(self.model_dir, "vocab.txt"))
        with self.assertRaisesRegex(FileNotFoundError, "There is no vocabulary"):
            self.load()
        path = os.path.join(self.data_dir, "vocab.txt")
        models.write_vocabulary(path)
        self.assertEqual(self.load().tokenizer.vocab_file, path)


if __name__ == "__main__":
    tf.test.main()

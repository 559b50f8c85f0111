"""Tests for model.folder."""

import dataclasses
import json
import os

import tensorflow.compat.v1 as tf

from model import folder, tokenization
from tests.model import checkpoints_test
from util import files

VOCABULARY = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n好\nword\n"


class FolderTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        root = self.get_temp_dir()
        self.vocab_file = os.path.join(root, "my_vocab.txt")
        files.write_text(self.vocab_file, VOCABULARY)
        self.path = os.path.join(root, "model")
        os.makedirs(self.path)

    def write(self, with_checkpoint=True):
        if with_checkpoint:
            checkpoints_test.save(self.path, checkpoints_test.CONVBERT_SHAPES)
        tokenizer = tokenization.TokenizerSettings(
            vocab_file=self.vocab_file, do_lower_case=False
        )
        folder.write(
            self.path,
            checkpoints_test.CONVBERT,
            tokenizer,
            {"learning_rate": 0.1},
            kind="pretraining",
            seed=3,
        )

    def config(self):
        return files.read_json(os.path.join(self.path, "config.json"))

    def change(self, **values):
        content = dict(self.config(), **values)
        files.write_json(os.path.join(self.path, "config.json"), content)

    def read_tokenizer(self, path):
        tokenizer = folder.read(path).tokenizer
        assert tokenizer is not None
        return tokenizer

    def test_what_was_written_is_read(self):
        self.write()
        found = folder.read(self.path)
        self.assertEqual(found.encoder, checkpoints_test.CONVBERT)
        self.assertFalse(self.read_tokenizer(self.path).do_lower_case)
        self.assertEqual(found.settings, {"learning_rate": 0.1})
        self.assertEqual(found.kind, "pretraining")
        self.assertEqual(found.checkpoint, os.path.join(self.path, "model.ckpt-7"))

    def test_config_is_complete(self):
        self.write()
        content = self.config()
        self.assertEqual(content["format_version"], 1)
        self.assertEqual(content["seed"], 3)
        self.assertEqual(content["tokenizer"]["vocab_file"], "my_vocab.txt")
        self.assertEqual(set(content["versions"]), {"tensorflow", "numpy", "python"})

    def test_vocabulary_is_copied_byte_for_byte(self):
        self.write()
        copied = str(self.read_tokenizer(self.path).vocab_file)
        self.assertEqual(os.path.dirname(copied), os.path.abspath(self.path))
        with open(copied, "rb") as stream:
            self.assertEqual(stream.read(), VOCABULARY.encode("utf-8"))

    def test_folder_may_be_moved(self):
        self.write()
        moved = self.path + "_moved"
        os.rename(self.path, moved)
        os.remove(self.vocab_file)
        found = folder.read(moved)
        self.assertEqual(found.checkpoint, os.path.join(moved, "model.ckpt-7"))
        vocab_file = str(self.read_tokenizer(moved).vocab_file)
        self.assertEqual(os.path.dirname(vocab_file), moved)

    def test_writing_again_changes_nothing(self):
        self.write()
        before = self.config()
        self.write()
        self.assertEqual(self.config(), before)

    def test_missing_vocabulary_is_refused_when_written(self):
        os.remove(self.vocab_file)
        with self.assertRaisesRegex(FileNotFoundError, "vocabulary .*my_vocab.txt"):
            self.write()

    def test_missing_folder_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "model folder .* not exist"):
            folder.read(self.path + "_nowhere")

    def test_missing_checkpoint_is_refused(self):
        self.write(with_checkpoint=False)
        with self.assertRaisesRegex(FileNotFoundError, "has no checkpoint"):
            folder.read(self.path)

    def test_changed_vocabulary_is_refused(self):
        self.write()
        files.write_text(os.path.join(self.path, "my_vocab.txt"), VOCABULARY + "x\n")
        with self.assertRaisesRegex(ValueError, "not the vocabulary .* trained with"):
            folder.read(self.path)

    def test_lost_vocabulary_is_refused(self):
        self.write()
        os.remove(os.path.join(self.path, "my_vocab.txt"))
        with self.assertRaisesRegex(FileNotFoundError, "vocabulary .*my_vocab.txt"):
            folder.read(self.path)

    def test_other_format_is_refused(self):
        self.write()
        self.change(format_version=2)
        with self.assertRaisesRegex(ValueError, "format_version 2, .* reads 1"):
            folder.read(self.path)

    def test_config_of_another_program_is_refused(self):
        self.write()
        files.write_json(os.path.join(self.path, "config.json"), ["hidden_size"])
        with self.assertRaisesRegex(ValueError, "format_version None"):
            folder.read(self.path)

    def test_incomplete_config_is_refused(self):
        self.write()
        content = self.config()
        del content["encoder"]
        files.write_json(os.path.join(self.path, "config.json"), content)
        with self.assertRaisesRegex(ValueError, "config.json has no encoder"):
            folder.read(self.path)

    def test_half_a_config_is_refused(self):
        self.write()
        os.truncate(os.path.join(self.path, "config.json"), 20)
        with self.assertRaisesRegex(ValueError, r"config.json:\d+: not JSON"):
            folder.read(self.path)

    def test_encoder_of_the_settings_must_be_that_of_the_weights(self):
        self.write()
        found = folder.read(self.path)
        folder.check_encoder(found, checkpoints_test.CONVBERT)
        other = dataclasses.replace(
            checkpoints_test.CONVBERT, num_hidden_layers=3, mask_convolution=False
        )
        with self.assertRaisesRegex(
            ValueError, r"(?s)mask_convolution \| True \| False.*layers \| 2 \| 3"
        ):
            folder.check_encoder(found, other)


class PublishedTest(tf.test.TestCase):
    def save(self, shapes):
        path = self.get_temp_dir()
        checkpoints_test.save(path, shapes, slots=True)
        return path

    def test_encoder_follows_from_the_shapes(self):
        path = self.save(checkpoints_test.CONVBERT_SHAPES)
        found = folder.read(path)
        expected = dataclasses.replace(
            checkpoints_test.CONVBERT, mask_convolution=False
        )
        self.assertEqual(found.encoder, expected)
        self.assertEqual(found.kind, folder.PUBLISHED)
        self.assertIsNone(found.tokenizer)

    def test_shapes_say_nothing_about_the_mask_of_the_convolution(self):
        found = folder.read(self.save(checkpoints_test.CONVBERT_SHAPES))
        folder.check_encoder(found, checkpoints_test.CONVBERT)

    def test_bert_config_tells_what_shapes_do_not(self):
        path = self.save(checkpoints_test.BERT_SHAPES)
        with open(os.path.join(path, "bert_config.json"), "w") as stream:
            json.dump(
                {"num_attention_heads": 4, "hidden_act": "relu", "pooler_fc_size": 9},
                stream,
            )
        encoder = folder.read(path).encoder
        self.assertEqual(encoder.num_attention_heads, 4)
        self.assertEqual(encoder.hidden_act, "relu")
        self.assertEqual(encoder.hidden_size, 64)

    def test_unknown_number_of_heads_is_refused(self):
        shapes = {
            name: [24 if size == 64 else size for size in shape]
            for name, shape in checkpoints_test.BERT_SHAPES.items()
        }
        with self.assertRaisesRegex(ValueError, "attention heads does not follow"):
            folder.read(self.save(shapes))


if __name__ == "__main__":
    tf.test.main()

"""Tests for configure_pretraining."""

import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

import configure_pretraining
from tests.testing import pretraining
from util import settings

# Every setting of the published configure_pretraining.py, with another value.
PUBLISHED = {
    "debug": True,
    "do_train": False,
    "do_eval": True,
    "electra_objective": False,
    "gen_weight": 2.0,
    "disc_weight": 25.0,
    "mask_prob": 0.25,
    "learning_rate": 1e-4,
    "lr_decay_power": 0.5,
    "weight_decay_rate": 0.1,
    "num_warmup_steps": 100,
    "iterations_per_loop": 100,
    "save_checkpoints_steps": 50,
    "num_train_steps": 1e3,
    "num_eval_steps": 7,
    "model_size": "small",
    "model_hparam_overrides": {"num_hidden_layers": 2},
    "embedding_size": 64,
    "vocab_size": 100,
    "do_lower_case": False,
    "conv_kernel_size": 7,
    "linear_groups": 2,
    "head_ratio": 4,
    "conv_type": "noconv",
    "uniform_generator": True,
    "untied_generator_embeddings": False,
    "untied_generator": False,
    "generator_layers": 0.5,
    "generator_hidden_size": 0.5,
    "disallow_correct": True,
    "temperature": 0.7,
    "max_seq_length": 64,
    "train_batch_size": 4,
    "eval_batch_size": 2,
    "use_tpu": False,
    "tpu_job_name": "job",
    "num_tpu_cores": 8,
    "tpu_name": "tpu",
    "tpu_zone": "zone",
    "gcp_project": "project",
    "pretrain_tfrecords": "elsewhere/*",
    "vocab_file": "elsewhere/vocab.txt",
    "model_dir": "elsewhere/model",
}


def config(**hparams):
    return configure_pretraining.PretrainingConfig("name", "data", **hparams)


class PretrainingConfigTest(tf.test.TestCase, parameterized.TestCase):
    def test_every_published_setting_is_taken(self):
        taken = config(**PUBLISHED)
        for name, value in PUBLISHED.items():
            self.assertEqual(getattr(taken, name), value, name)

    def test_published_defaults(self):
        defaults = config()
        self.assertEqual(defaults.model_size, "medium-small")
        self.assertEqual(defaults.learning_rate, 5e-4)
        self.assertEqual(defaults.num_train_steps, 1000000)
        self.assertEqual(defaults.optimizer.warmup_steps(1000000), 10000)
        self.assertEqual(
            (defaults.train_batch_size, defaults.max_seq_length), (128, 128)
        )
        self.assertEqual((defaults.linear_groups, defaults.head_ratio), (2, 2))
        self.assertEqual((defaults.conv_type, defaults.conv_kernel_size), ("sdconv", 9))
        self.assertEqual(defaults.max_predictions_per_seq, 19)

    def test_paths_follow_the_published_layout(self):
        defaults = config()
        self.assertEqual(defaults.vocab_file, "data/vocab.txt")
        self.assertEqual(defaults.model_dir, "data/models/name")
        self.assertEqual(
            defaults.pretrain_tfrecords,
            "data/pretrain_tfrecords/pretrain_data.tfrecord*",
        )

    @parameterized.parameters(
        ("small", 3e-4, 128, 1, 0.25),
        ("medium-small", 5e-4, 128, 2, 0.25),
        ("base", 2e-4, 256, 1, 1 / 3),
    )
    def test_sizes_bring_their_settings(self, size, rate, batch, groups, generator):
        chosen = config(model_size=size)
        self.assertEqual(
            (
                chosen.learning_rate,
                chosen.train_batch_size,
                chosen.linear_groups,
                chosen.generator_hidden_size,
            ),
            (rate, batch, groups, generator),
        )

    def test_user_wins_over_debug_and_debug_over_size(self):
        debug = config(model_size="base", debug=True)
        self.assertEqual(debug.train_batch_size, 8)
        self.assertEqual(config(debug=True, train_batch_size=3).train_batch_size, 3)

    def test_debug_leaves_the_warmup_within_its_few_steps(self):
        debug = config(debug=True)
        self.assertLess(debug.num_warmup_steps, debug.num_train_steps)

    def test_debug_trains_in_a_folder_of_its_own(self):
        self.assertEqual(config(debug=True).model_dir, "data/models/name-debug")

    @parameterized.parameters(*sorted(configure_pretraining.config_lib.SIZES))
    def test_debug_describes_a_possible_encoder(self, size):
        chosen = config(model_size=size, debug=True, vocab_size=30)
        encoder = chosen.architecture.encoder(30)
        self.assertEqual((encoder.num_hidden_layers, encoder.hidden_size), (3, 144))

    def test_misspelt_setting_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'learning_rate'"):
            config(learning_rat=1.0)

    def test_misspelt_override_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'hidden_size'"):
            config(model_hparam_overrides={"hiden_size": 8})

    def test_making_a_config_reads_no_file(self):
        self.assertEqual(config(vocab_file="/does/not/exist").vocab_size, None)

    def test_encoder_has_a_row_per_token_of_the_vocabulary(self):
        data_dir = self.get_temp_dir()
        pretraining.write_data_dir(data_dir, num_shards=1, num_records=1)
        chosen = configure_pretraining.PretrainingConfig("name", data_dir)
        self.assertEqual(chosen.encoder.vocab_size, len(pretraining.VOCABULARY))

    def test_missing_vocabulary_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, os.path.join("data", "vocab")):
            _ = config().encoder

    def test_flat_dict_makes_the_same_config_again(self):
        first = config(model_size="small", mask_prob=0.2)
        second = config(**first.to_dict())
        self.assertEqual(first.to_dict(), second.to_dict())

    def test_every_setting_has_help(self):
        self.assertTrue(issubclass(type(config()), settings.Settings))
        for section in config().SECTIONS.values():
            for name, field in section.__dataclass_fields__.items():
                self.assertTrue(field.metadata.get("help"), name)


if __name__ == "__main__":
    tf.test.main()

"""Tests for configure_finetuning."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

import configure_finetuning
from model import config as config_lib

# Every setting of the published configure_finetuning.py, with another value.
PUBLISHED = {
    "debug": True,
    "log_examples": True,
    "num_trials": 3,
    "do_train": False,
    "do_eval": False,
    "keep_all_models": True,
    "model_size": "small",
    "task_names": ["rte", "sts"],
    "conv_kernel_size": 7,
    "linear_groups": 1,
    "head_ratio": 4,
    "conv_type": "noconv",
    "model_hparam_overrides": {"num_hidden_layers": 2},
    "embedding_size": 64,
    "vocab_size": 100,
    "do_lower_case": False,
    "learning_rate": 1e-5,
    "weight_decay_rate": 0.1,
    "layerwise_lr_decay": 0.9,
    "num_train_epochs": 4.0,
    "warmup_proportion": 0.2,
    "save_checkpoints_steps": 1e6,
    "iterations_per_loop": 10,
    "use_tfrecords_if_existing": False,
    "write_test_outputs": True,
    "n_writes_test": 1,
    "max_seq_length": 64,
    "train_batch_size": 16,
    "eval_batch_size": 8,
    "predict_batch_size": 4,
    "double_unordered": False,
    "max_query_length": 32,
    "doc_stride": 64,
    "n_best_size": 10,
    "max_answer_length": 20,
    "answerable_classifier": False,
    "answerable_uses_start_logits": False,
    "answerable_weight": 0.4,
    "joint_prediction": False,
    "beam_size": 10,
    "qa_na_threshold": -1.0,
    "use_tpu": False,
    "tpu_name": "tpu",
    "tpu_zone": "zone",
    "gcp_project": "project",
    "tpu_job_name": "job",
    "num_tpu_cores": 8,
    "init_checkpoint": "elsewhere/model.ckpt-1",
    "vocab_file": "elsewhere/vocab.txt",
}


def config(**hparams):
    return configure_finetuning.FinetuningConfig("name", "data", **hparams)


def encoder(size):
    return config_lib.encoder_config(size, vocab_size=99)


class FinetuningConfigTest(tf.test.TestCase, parameterized.TestCase):
    def test_every_published_setting_is_taken(self):
        taken = config(**PUBLISHED)
        for name, value in PUBLISHED.items():
            self.assertEqual(getattr(taken, name), value, name)

    def test_published_defaults(self):
        defaults = config()
        self.assertEqual(defaults.task_names, ["cola"])
        self.assertEqual((defaults.learning_rate, defaults.num_train_epochs), (3e-4, 3))
        self.assertEqual(defaults.layerwise_lr_decay, 0.8)
        self.assertEqual(
            (defaults.warmup_proportion, defaults.num_warmup_steps), (0.1, 0)
        )
        self.assertEqual(
            (defaults.max_seq_length, defaults.train_batch_size), (128, 32)
        )
        self.assertTrue(defaults.write_test_outputs)

    @parameterized.parameters(("medium-small", 3e-4), ("base", 1e-4))
    def test_learning_rate_follows_the_size_of_the_model(self, size, rate):
        self.assertEqual(config().for_task(encoder(size), {}).learning_rate, rate)

    def test_task_wins_over_size_and_user_over_task(self):
        task = {"num_train_epochs": 10.0, "learning_rate": 5e-4}
        chosen = config(num_train_epochs=2.0).for_task(encoder("base"), task)
        self.assertEqual((chosen.num_train_epochs, chosen.learning_rate), (2.0, 5e-4))

    def test_debug_wins_over_the_task(self):
        task = {"num_train_epochs": 10.0}
        chosen = config(debug=True).for_task(encoder("small"), task)
        self.assertEqual(chosen.num_train_epochs, 3.0)

    def test_misspelt_setting_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'task_names'"):
            config(task_name=["cola"])

    def test_number_of_steps_is_refused_for_epochs_decide_it(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'num_train_epochs'"):
            config(num_train_steps=100)

    def test_model_is_looked_for_in_the_published_place(self):
        self.assertEqual(config().model_dir, "data/models/name")


if __name__ == "__main__":
    tf.test.main()

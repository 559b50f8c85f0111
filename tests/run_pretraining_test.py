"""Tests for run_pretraining, end to end."""

import contextlib
import io
import json
import os
from unittest import mock

import tensorflow.compat.v1 as tf

from model import modeling
import run_pretraining
from tests.testing import objective as stubs
from tests.testing import pretraining as testing
from util import files

HPARAMS = {
    "model_size": "tiny",
    "embedding_size": 12,
    "model_hparam_overrides": {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "max_position_embeddings": 16,
    },
    "max_seq_length": testing.LENGTH,
    "train_batch_size": 8,
    "eval_batch_size": 8,
    "num_train_steps": 4,
    "num_warmup_steps": 0,
    "save_checkpoints_steps": 2,
    "log_steps": 1,
}


class RunPretrainingTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = self.get_temp_dir()
        testing.write_data_dir(self.data_dir)
        self.model_dir = os.path.join(self.data_dir, "models", "m")

    def run_command(self, *options, **hparams):
        """Returns what the command prints."""
        values = json.dumps(dict(HPARAMS, **hparams))
        arguments = ["--data-dir", self.data_dir, "--model-name", "m"]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            run_pretraining.run(arguments + ["--hparams", values] + list(options))
        return printed.getvalue()

    def test_trains_evaluates_and_reports(self):
        printed = self.run_command()
        self.assertRegex(printed, r"steps +4 of 4")
        self.assertRegex(printed, r"held-out masked lm loss +\d")
        self.assertContainsSubset(
            ["config.json", "vocab.txt", "results.json", "learning_curve.png"],
            os.listdir(self.model_dir),
        )
        results = files.read_json(os.path.join(self.model_dir, "results.json"))
        self.assertEqual(results["step"], 4)
        self.assertEqual(results["tokens"], 4 * 8 * testing.LENGTH)
        # Run again, it finds itself complete and evaluates what is there.
        self.run_command()
        again = files.read_json(os.path.join(self.model_dir, "results.json"))
        self.assertEqual(again["metrics"], results["metrics"])

    def test_objectives_train_together(self):
        with mock.patch.object(modeling, "encode", stubs.stub_encode):
            printed = self.run_command(objectives=["electra", "mlm"], num_train_steps=1)
        self.assertRegex(printed, r"held-out electra/disc auc +\d")
        self.assertRegex(printed, r"held-out mlm/masked lm loss +\d")

    def test_dry_run_changes_nothing(self):
        printed = self.run_command("--dry-run")
        self.assertRegex(printed, r"epochs +0.53")
        self.assertFalse(os.path.exists(self.model_dir))

    def test_print_config_prints_every_setting(self):
        settings = json.loads(self.run_command("--print-config", "--set", "seed=7"))
        self.assertEqual(settings["seed"], 7)
        self.assertEqual(settings["train_batch_size"], 8)


if __name__ == "__main__":
    tf.test.main()

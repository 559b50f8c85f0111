"""Tests for run_pretraining, end to end."""

import contextlib
import io
import json
import os
from unittest import mock

import tensorflow.compat.v1 as tf

from model import modeling
from pretrain import recipes
import run_pretraining
from tests import scripts_test
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

    def test_dry_run_checks_the_records_of_every_phase(self):
        phases = [{"steps": 2}, {"steps": 2, "pretrain_tfrecords": "none/*.tfrecord"}]
        with self.assertRaisesRegex(FileNotFoundError, "none/"):
            self.run_command("--dry-run", phases=phases)

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

    def test_time_to_train_has_a_flag(self):
        settings = json.loads(self.run_command("--print-config", "--max-hours", "0.5"))
        self.assertEqual(settings["max_hours"], 0.5)


class RecipeTest(tf.test.TestCase):
    def run_command(self, *options, data_dir="D"):
        """Returns what the command prints."""
        printed = io.StringIO()
        arguments = ["--data-dir", data_dir, "--model-name", "m"] + list(options)
        with contextlib.redirect_stdout(printed):
            run_pretraining.run(arguments)
        return printed.getvalue()

    def settings(self, *options):
        return json.loads(self.run_command("--print-config", *options))

    def recipe(self, **values):
        path = os.path.join(self.get_temp_dir(), "recipe.json")
        files.write_json(path, values)
        return path

    def test_settings_of_the_recipe_are_under_the_users(self):
        hparams = (
            '{"train_batch_size": 64, "model_hparam_overrides": {"encoder": "gru"}}'
        )
        settings = self.settings(
            "--recipe", "lstm", "--hparams", hparams, "--set", "seed=7"
        )
        self.assertEqual((settings["seed"], settings["train_batch_size"]), (7, 64))
        self.assertEqual(settings["learning_rate"], 1e-3)
        overrides = settings["model_hparam_overrides"]
        self.assertEqual(
            (overrides["encoder"], overrides["hidden_size"]), ("gru", 1024)
        )

    def test_paths_of_the_recipe_lie_in_the_data_folder(self):
        settings = self.settings("--recipe", "bert-base")
        self.assertStartsWith(
            settings["phases"][1]["pretrain_tfrecords"], "D/pretrain_tfrecords_512/"
        )
        self.assertEqual(settings["num_train_steps"], 1000000)

    def test_number_of_steps_takes_the_place_of_phases(self):
        settings = self.settings("--recipe", "bert-base", "--set", "num_train_steps=5")
        self.assertEqual((settings["num_train_steps"], settings["phases"]), (5, []))

    def test_debug_wins_over_the_recipe_and_fits_its_encoder(self):
        for name in recipes.names():
            options = ["--recipe", name, "--set", "debug=true"]
            settings = self.settings(*options, "--set", "train_batch_size=3")
            self.assertEqual(settings["num_train_steps"], 20, name)
            self.assertEqual(settings["train_batch_size"], 3)
            overrides = settings["model_hparam_overrides"]
            self.assertEqual(overrides["num_hidden_layers"], 3)

    def test_dry_run_says_how_the_records_are_built_before_it_misses_them(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), self.assertRaises(FileNotFoundError):
            run_pretraining.run(
                "--data-dir D --model-name m --recipe bert-large --dry-run".split()
            )
        self.assertRegex(printed.getvalue(), r"recipe +bert-large\n")
        self.assertRegex(
            printed.getvalue(),
            "built with +--output-dir D/pretrain_tfrecords --segmentation nsp\n",
        )

    def test_dry_run_shows_recipe_and_plan(self):
        data_dir = self.get_temp_dir()
        testing.write_data_dir(data_dir)
        path = self.recipe(description="As small as it gets.", hparams=HPARAMS)
        printed = self.run_command("--recipe", path, "--dry-run", data_dir=data_dir)
        self.assertIn("As small as it gets.", printed)
        self.assertRegex(printed, r"objectives +electra")

    def test_list_needs_nothing_else(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), self.assertRaises(SystemExit) as end:
            run_pretraining.run(["--list-recipes"])
        self.assertEqual(end.exception.code, 0)
        self.assertIn("structbert-large-chinese\n  StructBERT", printed.getvalue())

    def test_unknown_recipe_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'gpt'"):
            self.settings("--recipe", "gpt1")


class PretrainScriptTest(tf.test.TestCase):
    """What pretrain.sh makes of --recipe, seen by a stand-in for Python."""

    def calls(self, *arguments):
        python = scripts_test.Stubs(self.get_temp_dir()).python()
        result = scripts_test.run_script("pretrain.sh", *arguments, PYTHON=python)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[1:]

    def test_recipe_names_the_model_and_keeps_its_size(self):
        self.assertEqual(
            self.calls("--data-dir", "D", "--recipe", "r/mine.json", "--dry-run"),
            "--data-dir D --model-name mine --recipe r/mine.json --hparams {} "
            "--dry-run".split(),
        )

    def test_size_is_handed_on_where_it_is_given(self):
        calls = self.calls("--data-dir", "D", "--recipe", "gpt", "--model-size", "tiny")
        self.assertEqual(calls[-2:], ["--set", "model_size=tiny"])

    def test_list_needs_no_data(self):
        self.assertEqual(self.calls("--list-recipes"), ["--list-recipes"])

    def test_sample_has_settings_of_its_own(self):
        result = scripts_test.run_script("pretrain.sh", "--recipe", "gpt")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--recipe needs --data-dir", result.stderr)


if __name__ == "__main__":
    tf.test.main()

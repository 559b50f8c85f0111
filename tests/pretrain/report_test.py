"""Tests for pretrain.report."""

import os
from unittest import mock

import tensorflow.compat.v1 as tf

from pretrain import report, run
from tests.testing import pretraining as testing
from util import training_log


class ReportTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = self.get_temp_dir()
        testing.write_data_dir(self.data_dir)

    def config(self, **hparams):
        return testing.config(self.data_dir, **hparams)


class PlanTest(ReportTestCase):
    def test_says_what_would_be_done(self):
        plan = report.plan(run.prepare(self.config()))
        for expected in (
            r"model folder +\S+/models/model \(new\)",
            r"parameters in electra +[\d,]+",
            r"training records +60 in 3 files",
            r"held-out records +20 in 1 files",
            r"steps per epoch +15.0",
            r"epochs +0.40",
            r"first weights +random, seed 1",
            r"device +CPU",
        ):
            self.assertRegex(plan, expected)


class SettingsDigestTest(ReportTestCase):
    def test_differs_with_the_settings(self):
        digest = report.settings_digest(self.config())
        self.assertEqual(digest, report.settings_digest(self.config()))
        self.assertNotEqual(digest, report.settings_digest(self.config(seed=2)))


class ResultsTableTest(tf.test.TestCase):
    def test_shows_every_metric(self):
        results = {
            "step": 1000,
            "num_train_steps": 2000,
            "tokens": 128000,
            "seconds": 61.5,
            "tokens_per_second": None,
            "metrics": {"disc_auc": 0.87654, "masked_lm_accuracy": 0.25},
            "guessing_by_frequency": {"masked_lm_accuracy": 0.0625},
            "model_dir": "data/models/m",
        }
        table = report.results_table(results)
        self.assertRegex(table, r"steps +1,000 of 2,000")
        self.assertRegex(table, r"held-out disc auc +0.8765")
        self.assertRegex(
            table, r"lm accuracy +0.2500 +\(guessing by frequency: 0.0625\)"
        )
        self.assertNotIn("tokens per second", table)

    def test_picture_gets_the_log_and_the_guesses(self):
        folder = self.get_temp_dir()
        training_log.append(training_log.path_in(folder), 1, {"lm_loss": 2.0})
        with mock.patch.object(report.curves, "plot") as plot:
            report._draw_curve(folder, {"lm_loss": 3.0})
        (log, path, guesses), _ = plot.call_args
        self.assertEqual(log.train, {"lm_loss": [(1, 2.0)]})
        self.assertEqual(path, os.path.join(folder, "learning_curve.png"))
        self.assertEqual(guesses, {"lm_loss": 3.0})

    def test_perplexity_is_that_of_the_loss(self):
        guesses = {"lm_loss": 3.0, "lm_perplexity": 20.1, "nsp_loss": 0.7}
        metrics = {"lm_loss": 2.0, "nsp_loss": 0.6}
        found = report.perplexities(metrics, guesses)
        self.assertAllClose(found, {"lm_perplexity": 7.389056})
        self.assertEqual(report.perplexities({"lm_loss": 60.0}, guesses), {})


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.predict_file: which model is asked, and what is written."""

import contextlib
import io
import os
import tempfile

import tensorflow.compat.v1 as tf

from finetune import job as job_lib
from finetune import predict_file, submission, trials
from tests.finetune import fakes, models


class PredictFileTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        fakes.write_cola(os.path.join(self.data_dir, "finetuning_data"))
        self.path = fakes.write(self.data_dir, "mine.tsv", fakes.cola_rows(7))

    def job(self, **changes):
        return models.tiny_job(self.data_dir, **changes)

    def test_says_what_the_trial_said_of_the_same_examples(self):
        values = dict(num_trials=2, keep_all_models=True, num_train_epochs=1.0)
        summary = trials.run(job_lib.prepare(self.job(**values)))
        job = self.job(**dict(values, do_train=False))
        dev = os.path.join(self.data_dir, "finetuning_data", "CoLA", "dev.tsv")
        with contextlib.redirect_stdout(io.StringIO()):
            found = predict_file.run(job, dev)
        best = summary["best_trial"]
        self.assertIn("cola_model_%d/" % best, found["model"])
        self.assertEqual(
            list(submission.read_predictions(found["predictions"])),
            list(submission.read_predictions(job.paths.predictions("dev", best))),
        )
        stored = summary["trials"][best - 1]["metrics"]["dev"]
        self.assertAlmostEqual(found["metrics"]["mcc"], stored["mcc"], places=4)

    def test_missing_file_comes_before_the_model(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.tsv"):
            predict_file.run(self.job(do_train=False), "nowhere.tsv")

    def test_nothing_was_trained(self):
        with self.assertRaisesRegex(FileNotFoundError, "no fine-tuned model"):
            predict_file.run(self.job(do_train=False), self.path)


if __name__ == "__main__":
    tf.test.main()

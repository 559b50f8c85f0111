"""Tests for finetune.predict_file: which model is asked, and what is written."""

import contextlib
import io
import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import (
    catalog,
    predict_file,
    prediction,
    submission,
    top,
    trial_folders,
    trials,
)
from finetune import job as job_lib
from finetune import task as task_lib
from tests.finetune import fakes, models
from util import files


class PredictFileTest(tf.test.TestCase, parameterized.TestCase):
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

    def test_file_is_looked_at_as_the_development_file_has_settled(self):
        values = dict(tasks=(fakes.settled_task("cola"),), num_train_epochs=0.5)
        summary = trials.run(job_lib.prepare(self.job(**values)))
        with contextlib.redirect_stdout(io.StringIO()):
            found = predict_file.run(self.job(**values, do_train=False), self.path)
        row = next(submission.read_predictions(found["predictions"]))
        mcc = summary["trials"][0]["metrics"]["dev"]["mcc"]
        self.assertEqual(row["prediction"], mcc)

    @parameterized.parameters(
        ("chnsenticorp", "tsv", [["text_a"], ["好"], ["坏"]]),
        ("lcqmc", "tsv", [["text_a", "text_b"], ["好", "坏"]]),
        ("ocnli", "json", '{"sentence1": "好", "sentence2": "坏"}\n'),
        ("weibo_ner", "txt", "好0\n坏0\n"),
        ("chunk", "txt", "good NN\nbad NN\n\nfine JJ\n"),
        ("squadv1", "json", '{"data": [{"paragraphs": [{"context": "good bad", "qas": '
         '[{"id": "a", "question": "fine"}]}]}]}'),
        ("c3", "json", '[[["好"], [{"question": "坏", "choice": ["好", "坏"]}], "1"]]'),
        ("clue_chid", "json", '{"content": ["a#idiom1#"], "candidates": ["b", "c"]}'),
        ("dbqa", "tsv", [["qid", "text_a", "text_b"], ["1", "good", "bad"]]),
    )  # fmt: skip
    def test_files_without_labels_are_read_by_every_family(self, name, ending, content):
        surroundings = task_lib.Surroundings(
            "nowhere",
            stored_labels=("O", "B-PER.NAM", "I-PER.NAM", "E-PER.NAM", "S-PER.NAM")
            if name in ("weibo_ner", "chunk")
            else None,
        )
        task = catalog.build(name, {}, surroundings)
        path = os.path.join(self.data_dir, "file.%s" % ending)
        if isinstance(content, list):
            content = "\n".join("\t".join(row) for row in content) + "\n"
        files.write_text(path, content)
        with contextlib.redirect_stderr(io.StringIO()):
            split, dataset = predict_file._read(task, path)
        self.assertEqual(split.role, task_lib.TEST)
        self.assertNotEmpty(dataset.examples)

    def test_folder_is_read_where_the_task_has_folders(self):
        folder = os.path.join(self.data_dir, "new")
        files.write_text(os.path.join(folder, "good", "1.txt"), "fine")
        definition = {"type": "classification", "format": "folders", "train": "train"}
        definition.update(text_a="text", label="label", labels=["bad", "good"])
        surroundings = task_lib.Surroundings("nowhere")
        task = catalog.build("mine", {"mine": definition}, surroundings)
        _, dataset = predict_file._read(task, folder)
        self.assertEqual(dataset.examples[0].text_a, "fine")

    def test_folder_is_refused_where_the_task_has_files(self):
        message = "(?s)not a file of task cola.*is a folder"
        with self.assertRaisesRegex(ValueError, message):
            predict_file._read(fakes.task("cola"), self.data_dir)

    def test_trial_is_found_whatever_num_trials_is_now(self):
        values = dict(num_train_epochs=0.5, write_test_outputs=False)
        both = job_lib.prepare(self.job(num_trials=2, keep_all_models=True, **values))
        summary = trials.run(both)
        trial_folders.remove(both.job.paths.trial_model(1))
        with contextlib.redirect_stdout(io.StringIO()):
            found = predict_file.run(self.job(do_train=False), self.path)
        self.assertIn("cola_model_2/", found["model"])
        # One that failed in training is asked where there is no other, which is said.
        job = self.job(do_train=False)
        failed = dict(summary["trials"][1], failed="same class")
        files.write_json(job.paths.trial_result(2), failed)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            predict_file._best_trial(job)
        self.assertIn("FAILED in training (same class)", said.getvalue())

    def test_what_is_left_out_or_odd_is_said(self):
        rows = [["src", "1", "", "good"], ["src", "0", "", ""]]
        path = fakes.write(self.data_dir, "mine.tsv", rows)

        def answer(unused_self, unused_checkpoint, splits):
            logits = np.zeros([2, 2])
            outputs = {"logits": logits, "probabilities": logits + 0.5}
            examples = splits[0].dataset.examples
            return [task_lib.Predictions(examples, outputs, np.zeros([2]))]

        with mock.patch.object(
            predict_file, "_best_trial", return_value=("model", {})
        ), mock.patch.object(
            prediction.Predictor, "predict", answer
        ), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(
            io.StringIO()
        ) as said:
            predict_file.run(self.job(do_train=False), path)
        self.assertIn("mine.tsv: 1 of 2 rows have an empty text", said.getvalue())

    def test_output_does_not_take_the_place_of_the_input(self):
        with self.assertRaisesRegex(ValueError, "is the file to predict; name another"):
            predict_file.run(self.job(do_train=False), self.path, output=self.path)

    def test_output_that_is_a_folder_is_refused(self):
        with self.assertRaisesRegex(ValueError, "is a folder; name a file"):
            predict_file.run(self.job(do_train=False), self.path, output=self.data_dir)

    def test_model_that_was_trained_in_another_form_is_refused(self):
        mean = top.TopSettings(pooling="mean")
        values = dict(num_train_epochs=0.5, write_test_outputs=False)
        trials.run(job_lib.prepare(self.job(top=mean, **values)))
        other = self.job(do_train=False, **values)
        message = "top.pooling: mean there, encoder now"
        with self.assertRaisesRegex(ValueError, message):
            predict_file.run(other, self.path)
        with self.assertRaisesRegex(ValueError, message):
            trials.run(job_lib.prepare(other))

    def test_missing_file_comes_before_the_model(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.tsv"):
            predict_file.run(self.job(do_train=False), "nowhere.tsv")

    def test_nothing_was_trained(self):
        with self.assertRaisesRegex(FileNotFoundError, "no fine-tuned model"):
            predict_file.run(self.job(do_train=False), self.path)


if __name__ == "__main__":
    tf.test.main()

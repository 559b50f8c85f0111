"""Tests for finetune.submission."""

import os
import tempfile
import zipfile

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import submission
from finetune import task as task_lib
from finetune.classification import glue
from tests.finetune import fakes


class SubmissionTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def official(self, name, outputs):
        """Returns the official file of a task for some outputs of its head."""
        count = len(next(iter(outputs.values())))
        said = task_lib.Predictions(fakes.examples(count), outputs)
        jsonl = os.path.join(self.folder, "p.predictions.jsonl")
        tsv = os.path.join(self.folder, "P.tsv")
        submission.write_predictions(jsonl, fakes.task(name).writer, said)
        submission.write_official(jsonl, tsv)
        with open(tsv, "rb") as stream:
            return stream.read()

    def classes(self, name, predicted):
        logits = np.eye(3)[predicted]
        if name not in ("mnli",):
            logits = logits[:, :2]
        return self.official(name, {"logits": logits, "probabilities": logits})

    def test_zero_and_one(self):
        for name in ("cola", "sst", "mrpc", "qqp", "wnli"):
            self.assertEqual(
                self.classes(name, [1, 0]), b"index\tprediction\n0\t1\n1\t0\n"
            )

    def test_entailment_by_name(self):
        for name in ("rte", "qnli"):
            self.assertEqual(
                self.classes(name, [1, 0]),
                b"index\tprediction\n0\tnot_entailment\n1\tentailment\n",
            )

    def test_three_classes_by_name(self):
        self.assertEqual(
            self.classes("mnli", [0, 1, 2]),
            b"index\tprediction\n0\tcontradiction\n1\tentailment\n2\tneutral\n",
        )

    def test_similarity_is_clipped_and_has_three_decimals(self):
        self.assertEqual(
            self.official("sts", {"value": np.array([-1.0, 1.23456, 7.0])}),
            b"index\tprediction\n0\t0.000\n1\t1.235\n2\t5.000\n",
        )

    def test_json_is_what_was_written_beside_the_predictions(self):
        said = task_lib.Predictions(
            fakes.examples(2), {"logits": np.eye(2), "probabilities": np.eye(2)}
        )
        jsonl = os.path.join(self.folder, "afqmc_test_1_predictions.jsonl")
        submission.write_predictions(jsonl, fakes.task("afqmc").writer, said)
        path = os.path.join(self.folder, "afqmc_predict.json")
        submission.write_official(jsonl, path)
        with open(path, "rb") as stream:
            want = b'{"id": 0, "label": "0"}\n{"id": 1, "label": "1"}\n'
            self.assertEqual(stream.read(), want)

    def test_files_of_other_benchmarks_are_not_packed(self):
        self.write_official_files(["afqmc_predict.json"])
        self.assertIsNone(submission.write_zip(self.folder))
        self.assertEqual(os.listdir(self.folder), ["afqmc_predict.json"])

    def write_official_files(self, names):
        for name in names:
            with open(os.path.join(self.folder, name), "w") as stream:
                stream.write("index\tprediction\n")

    def test_zip_of_all_files_is_complete(self):
        self.write_official_files(glue.official_files())
        packed = submission.write_zip(self.folder)
        self.assertEqual(packed.missing, [])
        self.assertEqual(os.path.basename(packed.path), "submission.zip")
        with zipfile.ZipFile(packed.path) as archive:
            self.assertCountEqual(archive.namelist(), glue.official_files())
            self.assertEqual(archive.read("AX.tsv"), b"index\tprediction\n")

    def test_zip_of_some_files_says_what_is_missing(self):
        self.write_official_files(["CoLA.tsv", "RTE.tsv"])
        packed = submission.write_zip(self.folder)
        self.assertEqual(os.path.basename(packed.path), "submission_incomplete.zip")
        self.assertLen(packed.missing, 9)
        self.assertNotIn("CoLA.tsv", packed.missing)

    def test_incomplete_zip_goes_once_it_is_complete(self):
        self.write_official_files(["CoLA.tsv"])
        submission.write_zip(self.folder)
        self.write_official_files(glue.official_files())
        submission.write_zip(self.folder)
        self.assertNotIn("submission_incomplete.zip", os.listdir(self.folder))

    def test_same_predictions_give_the_same_zip(self):
        self.write_official_files(["CoLA.tsv"])
        with open(submission.write_zip(self.folder).path, "rb") as stream:
            first = stream.read()
        os.utime(os.path.join(self.folder, "CoLA.tsv"), (1, 1))
        with open(submission.write_zip(self.folder).path, "rb") as stream:
            self.assertEqual(stream.read(), first)

    def test_broken_prediction_file_is_named(self):
        path = os.path.join(self.folder, "p.jsonl")
        with open(path, "w") as stream:
            stream.write('{"id": "0"}\n{"id"\n')
        with self.assertRaisesRegex(ValueError, r"p\.jsonl:2: not JSON"):
            list(submission.read_predictions(path))

    def forms(self, name):
        """Returns the files of an output of that name, whose writer has a form, too."""
        writer = task_lib.Writer(
            rows=lambda said: iter([{"id": each} for each in said.ids]),
            files=lambda said: {"predictions.tsv": "label\n"},
        )
        said = task_lib.Predictions(fakes.examples(1), {"logits": np.eye(1)})
        path = os.path.join(self.folder, name)
        submission.write_predictions(path, writer, said)
        self.assertLen(list(submission.read_predictions(path)), 1)
        return os.listdir(self.folder)

    def test_forms_of_other_scorers_take_the_place_of_the_usual_ending(self):
        self.assertCountEqual(
            self.forms("rte_dev_1_predictions.jsonl"),
            ["rte_dev_1_predictions.jsonl", "rte_dev_1_predictions.tsv"],
        )

    def test_forms_are_beside_a_file_of_any_other_name(self):
        for name in ("o", "predictions.tsv"):
            self.assertContainsSubset(
                [name, name + ".predictions.tsv"], self.forms(name)
            )

    def test_numbers_that_cannot_be_written_are_seen(self):
        finite = task_lib.Predictions(["0"], {"value": np.array([1.0])})
        infinite = task_lib.Predictions(["0"], {"value": np.array([np.inf])})
        self.assertTrue(submission.is_finite(finite))
        self.assertFalse(submission.is_finite(infinite))

    def test_losses_that_cannot_be_written_are_seen(self):
        # The square of 1e30 is more than a float32 holds.
        outputs = {"value": np.array([1e30], np.float32)}
        finite = task_lib.Predictions(["0"], outputs, np.array([1.0]))
        infinite = task_lib.Predictions(["0"], outputs, np.array([np.inf]))
        self.assertTrue(submission.is_finite(finite))
        self.assertFalse(submission.is_finite(infinite))


if __name__ == "__main__":
    tf.test.main()

"""Tests for run_finetuning: from a model's folder to a table, tiny."""

import contextlib
import io
import json
import os
import tempfile

import tensorflow.compat.v1 as tf

import run_finetuning
from tests import scripts_test
from tests.finetune import fakes, models

HPARAMS = {
    "task_names": ["cola", "rte"],
    "num_train_epochs": 1.0,
    "max_seq_length": 8,
    "train_batch_size": 4,
    "eval_batch_size": 3,
    "predict_batch_size": 2,
    "learning_rate": 0.01,
}


class RunFinetuningTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.model_dir = os.path.join(self.data_dir, "models", "tiny")
        raw = os.path.join(self.data_dir, "finetuning_data")
        fakes.write_cola(raw, train=8)
        fakes.write_rte(raw, train=8)

    def run_main(self, *flags, **hparams):
        arguments = ["--data-dir", self.data_dir, "--model-name", "tiny"]
        arguments += ["--hparams", json.dumps(dict(HPARAMS, **hparams))]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.assertEqual(run_finetuning.main(arguments + list(flags)), 0)
        return printed.getvalue()

    def test_tasks_one_after_another(self):
        models.write_pretrained(self.model_dir)
        printed = self.run_main()
        self.assertIn("### cola", printed)
        self.assertIn("### rte", printed)
        self.assertIn("| cola |", printed)
        # The overview keeps what an earlier command has left.
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.run_main(task_names=["rte"])
        self.assertIn("All results of the model: ", said.getvalue())
        self.assertIn("results/overview.html", said.getvalue())
        overview = os.path.join(self.model_dir, "results", "overview.json")
        with open(overview) as stream:
            found = [task["task"] for task in json.load(stream)["tasks"]]
        self.assertEqual(found, ["cola", "rte"])
        names = os.listdir(os.path.join(self.model_dir, "submission"))
        self.assertCountEqual(
            names, ["CoLA.tsv", "RTE.tsv", "submission_incomplete.zip"]
        )
        results = os.path.join(self.model_dir, "results")
        for name in ("overview.md", "overview.html", "overview_scores.png"):
            self.assertIn(name, os.listdir(results))
        self.assertContainsSubset(
            [
                "trial_1_dev.html",
                "trial_1_dev_confusion.png",
                "trial_1_learning_curve.png",
                "trial_1_learning_curve.json",
            ],
            os.listdir(os.path.join(results, "rte_trials")),
        )
        for task in ("cola", "rte"):
            for extension in ("json", "md", "txt"):
                name = "%s_results.%s" % (task, extension)
                self.assertTrue(
                    os.path.exists(os.path.join(self.model_dir, "results", name))
                )

    def test_tasks_together_in_one_model(self):
        models.write_pretrained(self.model_dir)
        printed = self.run_main(multi_task=True)
        self.assertIn("### cola_rte", printed)
        self.assertIn("rte/dev/accuracy", printed)
        names = os.listdir(os.path.join(self.model_dir, "submission"))
        self.assertContainsSubset(["CoLA.tsv", "RTE.tsv"], names)
        path = fakes.write(self.data_dir, "mine.tsv", fakes.cola_rows(5))
        with self.assertRaisesRegex(ValueError, "tasks cola, rte; say with --predict"):
            self.run_main("--do-predict", path, multi_task=True)
        flags = ["--do-predict", path, "--predict-task", "cola"]
        summary = json.loads(self.run_main(*flags, multi_task=True))
        self.assertEqual(summary["examples"], 5)
        flags[-1] = "colla"
        with self.assertRaisesRegex(ValueError, "Did you mean 'cola'"):
            self.run_main(*flags, multi_task=True)

    def test_known_tasks_are_listed(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), self.assertRaises(SystemExit):
            run_finetuning.main(["--list-tasks"])
        self.assertIn(" squadv1 ", printed.getvalue())
        self.assertRegex(printed.getvalue(), "task_definitions: .*classification")

    def test_script_lists_tasks_without_data(self):
        python = scripts_test.Stubs(self.get_temp_dir()).python()
        result = scripts_test.run_script("finetune.sh", "--list-tasks", PYTHON=python)
        self.assertEqual(result.stdout.splitlines()[1:], ["--list-tasks"])

    def test_file_of_ones_own_is_predicted(self):
        models.write_pretrained(self.model_dir)
        self.run_main(task_names=["cola"])
        labeled = fakes.write(self.data_dir, "mine.tsv", fakes.cola_rows(5))
        summary = json.loads(
            self.run_main("--do-predict", labeled, task_names=["cola"])
        )
        self.assertEqual(summary["examples"], 5)
        self.assertIn("mcc", summary["metrics"])
        with open(summary["predictions"], encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        self.assertLen(rows, 5)
        self.assertAlmostEqual(sum(rows[0]["probabilities"].values()), 1.0, places=4)
        bare = fakes.write(
            self.data_dir, "bare.tsv", [["index", "sentence"], ["7", "a"]]
        )
        output = os.path.join(self.data_dir, "said.predictions.jsonl")
        flags = ["--do-predict", bare, "--output", output]
        summary = json.loads(self.run_main(*flags, task_names=["cola"]))
        self.assertEqual((summary["predictions"], summary["metrics"]), (output, {}))

    def test_file_that_is_none_of_the_tasks_is_refused(self):
        models.write_pretrained(self.model_dir)
        self.run_main(task_names=["cola"])
        wrong = fakes.write(self.data_dir, "wrong.tsv", [["a", "b"], ["1"]])
        with self.assertRaisesRegex(
            ValueError, "(?s)not a file of task cola.*as dev.*as test"
        ):
            self.run_main("--do-predict", wrong, task_names=["cola"])

    def test_prediction_needs_one_trained_task(self):
        models.write_pretrained(self.model_dir)
        path = fakes.write(self.data_dir, "mine.tsv", fakes.cola_rows(5))
        with self.assertRaisesRegex(ValueError, "needs one model, .* cola, rte"):
            self.run_main("--do-predict", path)
        with self.assertRaisesRegex(FileNotFoundError, "no fine-tuned model"):
            self.run_main("--do-predict", path, task_names=["cola"])

    def test_dry_run_checks_and_trains_nothing(self):
        models.write_pretrained(self.model_dir)
        printed = self.run_main("--dry-run")
        self.assertIn("1 trial(s) of 2 steps (1 epochs of 8 records", printed)
        self.assertNotIn("finetuning_models", os.listdir(self.model_dir))

    def test_tasks_have_their_own_number_of_epochs(self):
        models.write_pretrained(self.model_dir)
        hparams = dict(HPARAMS)
        del hparams["num_train_epochs"]
        arguments = ["--data-dir", self.data_dir, "--model-name", "tiny", "--dry-run"]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            run_finetuning.main(arguments + ["--hparams", json.dumps(hparams)])
        self.assertRegex(
            printed.getvalue(), r"(?s)cola.*\(3 epochs of 8.*rte.*\(10 epochs of 8"
        )

    def test_print_config(self):
        config = json.loads(self.run_main("--print-config"))
        self.assertEqual(config["train_batch_size"], 4)
        self.assertEqual(config["layerwise_lr_decay"], 0.8)

    def test_missing_weights_are_an_error_before_any_training(self):
        with self.assertRaisesRegex(FileNotFoundError, "check --model-name"):
            self.run_main()

    def test_broken_file_of_the_last_task_stops_before_the_first_is_trained(self):
        models.write_pretrained(self.model_dir)
        raw = os.path.join(self.data_dir, "finetuning_data")
        header = ["index", "sentence1", "sentence2", "label"]
        fakes.write(os.path.join(raw, "RTE"), "dev.tsv", [header, ["0", "a", "b", "x"]])
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:2: unknown label 'x'"):
            self.run_main()
        self.assertNotIn("finetuning_models", os.listdir(self.model_dir))

    def test_trials_in_the_way_of_the_last_task_stop_before_the_first_is_trained(self):
        models.write_pretrained(self.model_dir)
        self.run_main(task_names=["rte"])
        for flags in (["--dry-run"], []):
            with self.assertRaisesRegex(ValueError, "rte_model_1.* other settings"):
                self.run_main(*flags, train_batch_size=2)
        models_dir = os.path.join(self.model_dir, "finetuning_models")
        self.assertEqual(os.listdir(models_dir), ["rte_model_1"])

    def test_dry_run_of_an_evaluation_needs_a_trained_model(self):
        models.write_pretrained(self.model_dir)
        with self.assertRaisesRegex(FileNotFoundError, "no fine-tuned model"):
            self.run_main("--dry-run", do_train=False)

    def test_unknown_task_names_the_nearest(self):
        models.write_pretrained(self.model_dir)
        with self.assertRaisesRegex(ValueError, "Unknown task 'colla'. Did you mean"):
            self.run_main(task_names=["colla"])


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.trials."""

import dataclasses
import glob
import os
import shutil
import tempfile
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import job as job_lib
from finetune import results, submission, trial_folders, trials
from model import folder
from tests.finetune import fakes, models
from util import files, training

STEPS = 7  # int(20 / 4 * 1.5)


def weights(model_dir):
    """Returns every variable of a folder's latest checkpoint."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(model_dir))
    return {
        name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
    }


class KilledError(Exception):
    """Stands for a process that dies."""


class KillHook(tf.train.SessionRunHook):
    """Dies after a step, without a checkpoint."""

    def __init__(self, step):
        self._left = step

    def after_run(self, run_context, run_values):
        self._left -= 1
        if self._left == 0:
            raise KilledError()


class TrialsTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        fakes.write_cola(os.path.join(self.data_dir, "finetuning_data"), train=20)
        model_dir = os.path.join(self.data_dir, "models", "tiny")
        self.pretrained = models.write_pretrained(model_dir)

    def ready(self, **changes):
        values = dict(num_train_epochs=1.5, pretrained=self.pretrained)
        return job_lib.prepare(
            models.tiny_job(self.data_dir, **dict(values, **changes))
        )

    def kill_at(self, step):
        """Makes the next training die after some steps."""
        original = training.train_and_evaluate

        def train(*args, **kwargs):
            kwargs["hooks"] = list(kwargs["hooks"]) + [KillHook(step)]
            return original(*args, **kwargs)

        return tf.test.mock.patch.object(training, "train_and_evaluate", train)

    def test_whole_road_interrupted_and_repeated(self):
        ready = self.ready()
        whole = trials.run(ready)
        self.assertEqual(whole["trials"][0]["num_train_steps"], STEPS)
        self.check_model_folder(ready)
        self.check_official_file(ready)
        self.check_finished_is_not_repeated(whole)
        self.check_evaluation_alone(whole)
        self.check_interrupted_goes_on(ready, whole)
        self.check_other_settings_are_refused()
        self.check_new_development_file_is_evaluated()

    def check_model_folder(self, ready):
        found = folder.read(ready.job.paths.trial_model(1))
        self.assertEqual(found.kind, "finetuned")
        self.assertEqual(found.settings["tasks"]["cola"]["labels"], ["0", "1"])
        self.assertEqual(found.encoder, self.pretrained.encoder)

    def check_official_file(self, ready):
        path = os.path.join(ready.job.model_dir, "submission", "CoLA.tsv")
        with open(path) as stream:
            lines = stream.read().splitlines()
        self.assertEqual(lines[0], "index\tprediction")
        self.assertEqual([line.split("\t")[0] for line in lines[1:]], list("01234"))

    def check_finished_is_not_repeated(self, whole):
        with self.kill_at(1):
            self.assertEqual(trials.run(self.ready())["trials"], whole["trials"])

    def check_evaluation_alone(self, whole):
        tested = self.ready().job.paths.predictions("test", 1)
        (trial,) = trials.run(
            self.ready(do_train=False, write_test_outputs=False, run=dict(seed=9))
        )["trials"]
        self.assertTrue(os.path.exists(tested))
        self.assertEqual((trial["seed"], trial["num_train_steps"]), (1, STEPS))
        (trial,) = trials.run(self.ready(do_train=False, eval_batch_size=2))["trials"]
        for name, value in whole["trials"][0]["metrics"]["dev"].items():
            self.assertAlmostEqual(trial["metrics"]["dev"][name], value, places=4)

    def check_interrupted_goes_on(self, ready, whole):
        model_dir = ready.job.paths.trial_model(1)
        want = weights(model_dir)
        shutil.rmtree(model_dir)
        os.remove(ready.job.paths.trial_result(1))
        with self.kill_at(6), self.assertRaises(KilledError):
            trials.run(self.ready())
        self.assertTrue(tf.train.latest_checkpoint(model_dir).endswith("-5"))
        # Asking what is there does not make a finished trial of it.
        (early,) = trials.run(self.ready(do_train=False))["trials"]
        self.assertEqual(early["num_train_steps"], 0)
        (trial,) = trials.run(self.ready())["trials"]
        self.assertAllClose(weights(model_dir), want, rtol=0, atol=0)
        self.assertEqual(trial["metrics"], whole["trials"][0]["metrics"])

    def check_other_settings_are_refused(self):
        other = self.ready(optimizer=dict(learning_rate=0.02))
        with self.assertRaisesRegex(
            ValueError, "optimizer.learning_rate: 0.01 there, 0.02 now"
        ):
            trials.run(other)

    def check_new_development_file_is_evaluated(self):
        raw = os.path.join(self.data_dir, "finetuning_data")
        fakes.write_cola(raw, train=20, dev=4)
        with self.kill_at(1):
            (trial,) = trials.run(self.ready())["trials"]
        self.assertEqual(trial["data"]["dev"]["examples"], 4)

    def test_trials_differ_and_only_the_best_model_stays(self):
        summary = trials.run(
            self.ready(
                num_trials=2, run_name="two", n_writes_test=1, num_train_epochs=0.5
            )
        )
        paths = results.Paths(os.path.join(self.data_dir, "models", "tiny"), "cola_two")
        self.assertEqual([each["seed"] for each in summary["trials"]], [1, 2])
        self.assertEqual(paths.trained_trials(), [summary["best_trial"]])
        self.assertTrue(os.path.exists(paths.predictions("test", 1)))
        self.assertFalse(os.path.exists(paths.predictions("test", 2)))
        losses = [each["metrics"]["dev"]["loss"] for each in summary["trials"]]
        self.assertNotEqual(losses[0], losses[1])

    def test_loss_that_is_not_finite_fails_the_trial_not_the_program(self):
        ready = self.ready(optimizer=dict(learning_rate=1e38))
        stale = ready.job.paths.predictions("test", 1)
        files.write_text(stale, "{}\n")
        summary = trials.run(ready)
        self.assertFalse(os.path.exists(stale))
        (trial,) = summary["trials"]
        self.assertIn("not finite", trial["failed"])
        self.assertEqual(trial["metrics"], {})
        self.assertEqual(summary["num_failed"], 1)

    def test_report_says_that_the_trial_failed_and_on_which_file(self):
        cola = fakes.task("cola")
        lazy = dataclasses.replace(cola, is_degenerate=lambda said: "it says nothing")
        ready = self.ready(tasks=[lazy], num_train_epochs=0.5)
        (trial,) = trials.run(ready)["trials"]
        self.assertEqual(trial["failed"], "dev: it says nothing")
        path = os.path.join(ready.job.paths.reports, "trial_1_dev.md")
        with open(path, encoding="utf-8") as stream:
            self.assertIn("FAILED: dev: it says nothing.", stream.read())

    def test_random_weights_are_kept_apart(self):
        pretrained = self.pretrained._replace(checkpoint=None)
        ready = self.ready(pretrained=pretrained, init_checkpoint="none")
        self.assertTrue(ready.job.paths.trial_model(1).endswith("cola_random_model_1"))
        self.assertEqual(ready.settings["initial_weights"], "none")

    def test_foreign_checkpoint_in_the_trial_folder_is_refused(self):
        ready = self.ready()
        shutil.copytree(ready.job.model_dir, ready.job.paths.trial_model(1))
        with self.assertRaisesRegex(ValueError, "has no trial.json"):
            trials.run(ready)

    def test_profile_tells_where_time_goes_and_nothing_else_changes(self):
        table = trials.profile(self.ready(num_train_epochs=4))
        self.assertIn("| electra/encoder/layer/attention/self |", table)
        self.assertIn("| task_specific |", table)
        self.assertFalse(os.path.exists(self.ready().job.paths.trial_model(1)))

    def test_profile_of_too_few_steps_is_refused(self):
        with self.assertRaisesRegex(ValueError, "needs 13 steps, but cola has 7"):
            trials.profile(self.ready())

    def test_nothing_trained_yet_is_refused_without_training(self):
        with self.assertRaisesRegex(FileNotFoundError, "no fine-tuned model"):
            trials.run(self.ready(do_train=False))

    def test_all_trained_models_are_asked_however_many_trials_are_wanted(self):
        ready = self.ready(num_trials=2, keep_all_models=True, num_train_epochs=0.5)
        whole = trials.run(ready)
        shutil.rmtree(ready.job.paths.trial_model(1))
        with mock.patch.object(trials, "_run_trial", wraps=trials._run_trial) as run:
            first, asked = trials.run(self.ready(do_train=False))["trials"]
        self.assertEqual([each[0][1] for each in run.call_args_list], [2])
        self.assertEqual(first, whole["trials"][0])  # Its weights are gone.
        diverged = dict(asked, failed="the loss is not finite", metrics={})
        files.write_json(ready.job.paths.trial_result(2), diverged)
        again = trials.run(self.ready(do_train=False))["trials"][1]
        self.assertEqual(again["failed"], "the loss is not finite")
        raw = os.path.join(self.data_dir, "finetuning_data")
        fakes.write_cola(raw, train=20, dev=4)  # Not to be compared with the first.
        (alone,) = trials.run(self.ready(do_train=False))["trials"]
        self.assertEqual(alone["trial"], 2)

    @parameterized.parameters(100, None)
    def test_damaged_checkpoint_is_named(self, size):
        ready = self.ready(num_train_epochs=0.5)
        trials.run(ready)
        (path,) = glob.glob(ready.job.paths.trial_model(1) + "/model.ckpt-*.data*")
        if size is None:
            with open(path, "r+b") as stream:
                stream.write(b"?" * 400)
        else:
            os.truncate(path, size)
        os.remove(ready.job.paths.trial_result(1))
        for do_train in (False, True):
            with self.assertRaisesRegex(ValueError, "is damaged: .*\n.*cola_model_1,"):
                trials.run(self.ready(num_train_epochs=0.5, do_train=do_train))

    def test_trial_that_another_command_is_at_work_on_is_refused(self):
        ready = self.ready()
        with trial_folders.locked(ready.job.paths.trial_model(1)):
            with self.assertRaisesRegex(RuntimeError, "Another command is at work"):
                trials.run(ready)

    def test_other_files_are_looked_at_as_the_development_file_has_settled(self):
        settled = fakes.settled_task("cola")
        ready = self.ready(tasks=(settled,), num_train_epochs=0.5)
        trials.run(ready)
        result = results.read(ready.job.paths.trial_result(1))
        mcc = result["metrics"]["dev"]["mcc"]
        said = {
            split: next(
                submission.read_predictions(ready.job.paths.predictions(split, 1))
            )["prediction"]
            for split in ("dev", "test")
        }
        self.assertNotEqual(said["dev"], mcc)
        self.assertEqual(said["test"], mcc)

    def test_submission_is_that_of_the_best_sound_trial(self):
        job = models.tiny_job(self.data_dir, tasks=("afqmc",))
        found = [(1, 90.0, "same class"), (2, 70.0, None), (3, 60.0, None)]
        for trial, _, _ in found:
            path = job.paths.predictions("test", trial)
            files.write_text(path, "")
            files.write_text(
                path.replace("predictions.jsonl", "predict.json"), str(trial)
            )
        told = [dict(zip(("trial", "score", "failed"), each)) for each in found]
        trials._write_submission(job, {"trials": told})
        target = os.path.join(job.model_dir, "submission")
        self.assertEqual(os.listdir(target), ["afqmc_predict.json"])
        with open(os.path.join(target, "afqmc_predict.json")) as stream:
            self.assertEqual(stream.read(), "2")

    def test_overwriting_discards_trials_of_other_settings(self):
        ready = self.ready(overwrite_trials=True)
        path = os.path.join(ready.job.paths.trial_model(1), trial_folders.TRIAL_FILE)
        files.write_json(path, {"settings": {"seed": 99}})
        trials.run(ready)
        self.assertEqual(files.read_json(path)["settings"]["seed"], 1)

    def test_changed_weights_are_other_settings(self):
        before = self.ready().settings["initial_weights"]
        with open(self.pretrained.checkpoint + ".index", "ab") as stream:
            stream.write(b"x")
        self.assertNotEqual(self.ready().settings["initial_weights"], before)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.trial_folders."""

import contextlib
import dataclasses
import fcntl
import io
import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import distillation, heads, top, trial_folders
from finetune import job as job_lib
from finetune.self_attention import settings as self_attention
from finetune.self_attention import wrapping
from model import folder
from tests.finetune import fakes, models
from util import files


class TrialFoldersTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        fakes.write_cola(os.path.join(self.data_dir, "finetuning_data"))

    def ready(self, **changes):
        return job_lib.prepare(models.tiny_job(self.data_dir, **changes))

    def test_trial_is_a_model_folder(self):
        ready = self.ready()
        trial_folders.start(ready, 1)
        model_dir = ready.job.paths.trial_model(1)
        content = files.read_json(os.path.join(model_dir, folder.CONFIG_FILE))
        self.assertEqual(content["kind"], "finetuned")
        self.assertEqual(content["settings"]["tasks"]["cola"]["labels"], ["0", "1"])
        self.assertEqual(
            trial_folders.settings_of(self.ready(do_train=False), 1),
            ready.trial_settings(1),
        )

    def test_what_a_killed_training_has_left_half_is_removed(self):
        ready = self.ready()
        model_dir = ready.job.paths.trial_model(1)
        for name in ("best.ckpt-3.index.tmp", "best.json.01234567.tmp", "best.json"):
            files.write_text(os.path.join(model_dir, name), "half")
        trial_folders.start(ready, 1)
        self.assertCountEqual(
            os.listdir(model_dir),
            ["best.json", "config.json", "trial.json", "vocab.txt"],
        )

    def test_same_settings_are_not_in_the_way(self):
        ready = self.ready()
        trial_folders.start(ready, 1)
        self.assertFalse(trial_folders.is_in_the_way(ready, 1))

    def test_other_settings_are_named(self):
        trial_folders.start(self.ready(), 1)
        with self.assertRaisesRegex(ValueError, "train_batch_size: 4 there, 8 now"):
            trial_folders.is_in_the_way(self.ready(train_batch_size=8), 1)

    def test_other_settings_can_be_overwritten(self):
        ready = self.ready()
        trial_folders.start(ready, 1)
        other = self.ready(train_batch_size=8, overwrite_trials=True)
        self.assertTrue(trial_folders.is_in_the_way(other, 1))
        trial_folders.discard(other.job, 1)
        self.assertFalse(os.path.exists(ready.job.paths.trial_model(1)))

    def test_two_commands_do_not_work_on_one_trial(self):
        model_dir = self.ready().job.paths.trial_model(1)
        with trial_folders.locked(model_dir):
            with self.assertRaisesRegex(RuntimeError, "Another command is at work on"):
                with trial_folders.locked(model_dir):
                    pass
        with trial_folders.locked(model_dir):
            pass

    def test_file_systems_without_locks_are_no_obstacle(self):
        model_dir = self.ready().job.paths.trial_model(1)
        with mock.patch.object(fcntl, "flock", side_effect=OSError(95, "no locks")):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                with trial_folders.locked(model_dir):
                    pass
        self.assertIn("cola_model_1 cannot be locked", said.getvalue())

    def test_trial_that_another_command_is_at_work_on_is_not_discarded(self):
        ready = self.ready()
        trial_folders.start(ready, 1)
        other = self.ready(train_batch_size=8, overwrite_trials=True)
        with trial_folders.locked(ready.job.paths.trial_model(1)):
            with self.assertRaisesRegex(RuntimeError, "Another command"):
                trial_folders.discard(other.job, 1)
        self.assertTrue(os.path.exists(ready.job.paths.trial_model(1)))

    def test_checkpoint_that_nobody_knows_is_refused(self):
        ready = self.ready()
        path = os.path.join(ready.job.paths.trial_model(1), "checkpoint")
        files.write_text(path, "")
        with self.assertRaisesRegex(ValueError, "has no trial.json"):
            trial_folders.is_in_the_way(ready, 1)

    def test_model_is_asked_in_the_form_that_it_was_trained_in(self):
        task = fakes.task("cola")

        def attentive(**values):
            settings = self_attention.SelfAttentionSettings(ssa=True, **values)
            return dict(tasks=[wrapping.wrap(task, settings, 8)])

        pooled = dict(top=top.TopSettings(pooling="mean"))
        for trained, asked, message in (
            ({}, pooled, "top.pooling: encoder there, mean now"),
            (pooled, {}, "top.pooling: mean there, encoder now"),
            (attentive(), {}, "cola.ssa: True there, None now"),
            (
                attentive(ssa_cls_weight=0.9),
                attentive(),
                "ssa_cls_weight: 0.9 there, 0.5 now",
            ),
        ):
            ready = self.ready(**trained)
            trial_folders.start(ready, 1)
            trial_folders.check_same_model(ready.job, 1)
            other = models.tiny_job(self.data_dir, do_train=False, **asked)
            with self.assertRaisesRegex(ValueError, message):
                trial_folders.check_same_model(other, 1)
            trial_folders.remove(ready.job.paths.trial_model(1))

    def test_settings_of_training_alone_need_not_be_repeated(self):
        settings = distillation.DistillationSettings("data", distill_alpha=0.3)
        taught = distillation.wrap(fakes.task("cola"), settings)
        head = heads.Classification(2, dropout_rate=0.3, class_weights=(1.0, 2.0))
        plain = models.tiny_job(self.data_dir, do_train=False)
        for each in (head, taught.head):
            ready = self.ready()
            ready.settings["tasks"]["cola"]["head"] = dataclasses.asdict(each)
            trial_folders.start(ready, 1)
            trial_folders.check_same_model(plain, 1)

    def test_folder_that_nobody_has_described_is_not_compared(self):
        trial_folders.check_same_model(self.ready().job, 1)

    @parameterized.parameters(
        ([70.0, 60.0], [1]),
        ([60.0, 70.0], [2]),
        ([60.0, 60.0], [1]),
        ([None, 20.0], [2]),  # None is a trial that failed.
        ([20.0, None], [1]),
        ([20.0, 50.0, 40.0], [2]),
    )
    def test_weights_of_the_best_trial_stay(self, scores, expected):
        ready = self.ready(num_trials=len(scores))
        self.finish(ready, scores)
        self.assertEqual(ready.job.paths.trained_trials(), expected)

    def test_weights_of_a_trial_that_is_not_finished_stay(self):
        ready = self.ready(num_trials=2)
        os.makedirs(ready.job.paths.trial_model(2))
        self.finish(ready, [50.0])
        self.assertEqual(ready.job.paths.trained_trials(), [1, 2])

    @parameterized.parameters(dict(keep_all_models=True), dict(do_train=False))
    def test_all_weights_may_stay(self, **changes):
        ready = self.ready(num_trials=2, **changes)
        self.finish(ready, [50.0, 40.0])
        self.assertEqual(ready.job.paths.trained_trials(), [1, 2])

    def finish(self, ready, scores):
        """Leaves what finished trials do, one after another."""
        for trial, score in enumerate(scores, start=1):
            os.makedirs(ready.job.paths.trial_model(trial))
            result = (
                {"failed": "nan"} if score is None else dict(score=score, failed="")
            )
            files.write_json(ready.job.paths.trial_result(trial), result)
            trial_folders.forget(ready, trial)


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.training."""

import dataclasses
import glob
import os
import signal
import subprocess
import sys
import time
from typing import List
from unittest import mock

import tensorflow.compat.v1 as tf

from tests.testing import small_run
from util import training, training_log

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def latest_step(folder):
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(folder))
    return int(reader.get_tensor("global_step"))


class TrainAndEvaluateTest(tf.test.TestCase):
    def train(self, num_steps, every, **options):
        self.steps: List[int] = []
        self.folder = self.get_temp_dir()
        return small_run.train(
            small_run.settings_for(self.folder, num_steps),
            every=every,
            on_result=lambda step, metrics: self.steps.append(step),
            **options,
        )

    def test_trains_to_the_last_step_and_evaluates_there(self):
        metrics = self.train(5, every=100)
        self.assertEqual(latest_step(self.folder), 5)
        self.assertEqual(self.steps, [5])
        self.assertEqual(metrics["mean_feature"], 1.0)
        self.assertIn("loss", metrics)
        self.assertNotIn("global_step", metrics)

    def test_nothing_is_saved_before_the_first_step(self):
        folder = self.get_temp_dir()
        settings = small_run.settings_for(folder, 5)
        small_run.train(dataclasses.replace(settings, keep_checkpoint_max=0))
        self.assertTrue(os.path.exists(os.path.join(folder, "model.ckpt-2.index")))
        self.assertFalse(os.path.exists(os.path.join(folder, "model.ckpt-0.index")))

    def test_the_graph_is_not_written(self):
        folder = self.get_temp_dir()
        small_run.train(small_run.settings_for(folder, 5))
        self.assertFalse(os.path.exists(os.path.join(folder, "graph.pbtxt")))
        self.assertEmpty(glob.glob(os.path.join(folder, "*.meta")))
        for path in glob.glob(os.path.join(folder, "events*")):
            for event in tf.train.summary_iterator(path):
                self.assertNotIn(event.WhichOneof("what"), ("graph_def", "meta_graph"))

    def test_folder_that_does_not_exist_yet_stands_at_step_zero(self):
        missing = mock.Mock(model_dir=os.path.join(self.get_temp_dir(), "missing"))
        missing.latest_checkpoint.return_value = None
        self.assertEqual(training.last_step(missing), 0)

    def test_evaluates_checkpoints_that_are_due(self):
        self.train(10, every=4)
        self.assertEqual(self.steps, [4, 8, 10])

    def test_evaluation_is_due_at_the_next_checkpoint(self):
        self.train(8, every=3)  # There are checkpoints at 2, 4, 6 and 8.
        self.assertEqual(self.steps, [4, 8])

    def test_held_out_values_are_logged(self):
        self.train(4, every=2)
        log = training_log.read(training_log.path_in(self.folder))
        self.assertEqual([step for step, _ in log.evaluation["loss"]], [2, 4])
        self.assertEqual([step for step, _ in log.train["loss"]], [1, 2, 3, 4])

    def test_finished_run_is_only_evaluated(self):
        self.train(4, every=2)
        before = os.listdir(self.folder)
        metrics = self.train(4, every=2)
        self.assertEqual(self.steps, [4])
        self.assertEqual(metrics["mean_feature"], 1.0)
        self.assertCountEqual(os.listdir(self.folder), before)

    def test_run_goes_on_where_it_stopped(self):
        self.train(4, every=100)
        self.train(7, every=100)
        self.assertEqual(latest_step(self.folder), 7)
        log = training_log.read(training_log.path_in(self.folder))
        self.assertEqual([step for step, _ in log.train["loss"]], list(range(1, 8)))

    def test_training_without_evaluation_returns_nothing(self):
        self.assertEqual(self.train(2, every=None), {})

    def test_divergence_leaves_the_message_of_the_guard(self):
        with self.assertRaisesRegex(ValueError, "not finite: loss = inf"):
            self.train(300, every=None, rate=1e9)

    def test_full_disk_is_told_with_the_checkpoint(self):
        full = tf.errors.ResourceExhaustedError(None, None, "No space left\nbecause")
        with mock.patch.object(tf.train.Saver, "save", side_effect=full):
            with self.assertRaisesRegex(
                OSError, r"Cannot write .*model\.ckpt: No space left$"
            ):
                self.train(2, every=None)

    def test_lost_state_file_does_not_start_anew(self):
        self.train(2, every=None)
        os.remove(os.path.join(self.folder, "checkpoint"))
        with self.assertRaisesRegex(FileNotFoundError, "has checkpoints, but its file"):
            self.train(4, every=None)


class KilledTest(tf.test.TestCase):
    def start(self, folder, num_steps, seconds_per_step):
        command = [sys.executable, "-m", "tests.testing.small_run", folder]
        return subprocess.Popen(
            command + [str(num_steps), str(seconds_per_step)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

    def wait_for_step(self, folder, step):
        path = training_log.path_in(folder)
        deadline = time.time() + 60
        while time.time() < deadline:
            if os.path.exists(path):
                losses = training_log.read(path).train.get("loss", [(0, 0.0)])
                if losses[-1][0] >= step:
                    return
            time.sleep(0.02)
        self.fail("No step %d within a minute." % step)

    def finish(self, folder):
        small_run.train(small_run.settings_for(folder, 12), every=100)
        self.assertEqual(latest_step(folder), 12)
        log = training_log.read(training_log.path_in(folder))
        self.assertEqual([step for step, _ in log.train["loss"]], list(range(1, 13)))

    def test_sigterm_saves_and_leaves_in_order(self):
        folder = self.get_temp_dir()
        process = self.start(folder, 10000, 0.1)
        self.wait_for_step(folder, 3)
        process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertRegex(messages, "Stopped by signal 15; the checkpoint of step")
        self.assertNotIn("Traceback", messages)
        log = training_log.read(training_log.path_in(folder))
        self.assertEqual(latest_step(folder), log.train["loss"][-1][0])
        self.finish(folder)

    def test_sigkill_leaves_a_folder_to_go_on_from(self):
        folder = self.get_temp_dir()
        process = self.start(folder, 10000, 0.0)
        self.wait_for_step(folder, 3)
        process.kill()
        process.communicate(timeout=60)
        step = latest_step(folder)
        small_run.train(small_run.settings_for(folder, step + 3), every=100)
        self.assertEqual(latest_step(folder), step + 3)
        log = training_log.read(training_log.path_in(folder))
        steps = [number for number, _ in log.train["loss"]]
        self.assertEqual(steps, list(range(1, step + 4)))


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.hooks."""

import os
import signal
from typing import Any
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from util import hooks, progress, run_settings, telemetry, time_budget


class NonFiniteGuardTest(tf.test.TestCase):
    def train(self, losses, accuracy=1.0):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            loss = tf.gather(tf.constant(losses), step)
            with tf.control_dependencies([loss]):
                train_op = step.assign_add(1)
            scalars = {"loss": loss * 2, "mlm_loss": loss, "grad_norm": tf.ones([])}
            scalars["accuracy"] = tf.constant(accuracy)
            telemetry.publish(scalars, train_op)
            with tf.train.SingularMonitoredSession(
                hooks=[hooks.NonFiniteGuardHook()]
            ) as session:
                return [int(session.run(train_op)) for _ in losses]

    def test_finite_values_pass(self):
        self.assertEqual(self.train([1.0, 2.0]), [1, 2])

    def test_stops_with_step_culprits_and_advice(self):
        with self.assertRaisesRegex(
            ValueError,
            r"at step 3, .* loss = nan, mlm_loss = nan. Finite: grad_norm = 1. .*rate",
        ):
            self.train([1.0, 2.0, np.nan, 3.0])

    def test_metrics_that_cost_time_are_not_watched(self):
        self.assertEqual(self.train([1.0], accuracy=np.nan), [1])

    def test_infinity_is_not_finite(self):
        with self.assertRaisesRegex(ValueError, "step 1, .* mlm_loss = inf"):
            self.train([np.inf])

    def test_graph_that_publishes_nothing_is_left_alone(self):
        with tf.Graph().as_default():
            train_op = tf.train.get_or_create_global_step().assign_add(1)
            with tf.train.SingularMonitoredSession(
                hooks=[hooks.NonFiniteGuardHook()]
            ) as session:
                self.assertEqual(session.run(train_op), 1)


class StopOnSignalTest(tf.test.TestCase):
    def steps_until_stop(self, stop_at):
        hook = hooks.StopOnSignalHook()
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            train_op = step.assign_add(1)
            with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
                count = 0
                while not session.should_stop():
                    session.run(train_op)
                    count += 1
                    if count == stop_at:
                        os.kill(os.getpid(), signal.SIGTERM)
        hook.restore()
        return count, hook

    def test_session_ends_after_the_step(self):
        count, hook = self.steps_until_stop(2)
        self.assertEqual(count, 3)
        self.assertEqual(hook.received, signal.SIGTERM)

    def test_handlers_are_put_back(self):
        before = signal.getsignal(signal.SIGTERM)
        self.steps_until_stop(1)
        self.assertEqual(signal.getsignal(signal.SIGTERM), before)

    def test_second_signal_kills(self):
        hook = hooks.StopOnSignalHook()
        former = signal.getsignal(signal.SIGTERM)
        hook.begin()
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            handler: Any = signal.getsignal(signal.SIGTERM)
            with mock.patch.object(hooks.os, "kill") as kill:
                handler(signal.SIGTERM, None)
            kill.assert_called_once_with(os.getpid(), signal.SIGTERM)
            self.assertEqual(signal.getsignal(signal.SIGTERM), signal.SIG_DFL)
        finally:
            hook.restore()
        self.assertEqual(signal.getsignal(signal.SIGTERM), former)


class TrainingHooksTest(tf.test.TestCase):
    def test_guard_acts_before_progress_is_told(self):
        run = run_settings.RunSettings(model_dir=self.get_temp_dir())
        kinds = [type(hook) for hook in hooks.training_hooks(run, 1)]
        self.assertEqual(kinds, [hooks.NonFiniteGuardHook, hooks.ProgressHook])

    def test_budget_acts_first_and_progress_asks_it(self):
        run = run_settings.RunSettings(model_dir=self.get_temp_dir())
        budget = time_budget.TimeBudgetHook(2.0, used_before=0.5)
        first, *others = hooks.training_hooks(run, 1, budget)
        self.assertIs(first, budget)
        with mock.patch.object(progress, "ProgressHook") as reporter:
            hooks.training_hooks(run, 1, budget)
        self.assertEqual(reporter.call_args[1]["seconds_left"], budget.seconds_left)
        self.assertLen(others, 2)


if __name__ == "__main__":
    tf.test.main()

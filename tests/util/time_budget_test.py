"""Tests for util.time_budget."""

from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from model import optimization
from tests.testing import optimizer
from util import time_budget

HOUR = 3600.0
SETTINGS = optimization.OptimizerSettings(
    learning_rate=1.0, num_warmup_steps=0, warmup_proportion=0.25
)


class TimeBudgetTest(tf.test.TestCase):
    def train(self, used_before=0.0, seconds_per_step=0.25 * HOUR):
        """Trains for an hour; returns the rates and what was left after each step."""
        now = [100.0]
        rates, left = [], []
        with tf.Graph().as_default(), mock.patch.object(
            time_budget.time, "monotonic", lambda: now[0]
        ):
            weight = tf.get_variable("weight", initializer=1.0)
            training = optimizer.minimize(
                weight**2, SETTINGS, 1000, has_time_budget=True
            )
            hook = time_budget.TimeBudgetHook(1.0, used_before)
            with tf.train.MonitoredSession(hooks=[hook]) as session:
                while not session.should_stop():
                    rate, _ = session.run([training.learning_rate, training.train_op])
                    rates.append(rate)
                    now[0] += seconds_per_step
                    left.append(hook.seconds_left())
        return rates, left

    def test_rate_rises_and_ends_at_zero_with_the_time(self):
        rates, _ = self.train()
        # Used: 0, 1/4, 1/2, 3/4, 1 of the hour; warm-up over the first quarter.
        self.assertAllClose(rates[:4], [0.0, 0.75, 0.5, 0.25], atol=1e-3)

    def test_what_was_used_before_counts(self):
        rates, left = self.train(used_before=0.5)
        self.assertAllClose(rates[:2], [0.5, 0.25], atol=1e-3)
        self.assertAllClose(left[:2], [0.25 * HOUR, 0.0])

    def test_time_that_is_left_is_never_less_than_none(self):
        _, left = self.train(seconds_per_step=0.4 * HOUR)
        self.assertAllClose(left, [0.6 * HOUR, 0.2 * HOUR, 0.0, 0.0])

    def test_checkpoints_know_the_share(self):
        folder = self.get_temp_dir()
        with tf.Graph().as_default(), tf.Session() as session:
            budget = time_budget.Budget()
            session.run(tf.global_variables_initializer())
            session.run(budget.update, {budget.used_share: 0.375})
            path = tf.train.Saver().save(session, folder + "/model.ckpt")
        self.assertEqual(time_budget.used_share(path), 0.375)
        self.assertEqual(time_budget.used_share(None), 0.0)

    def test_checkpoint_without_a_budget_has_used_nothing(self):
        folder = self.get_temp_dir()
        with tf.Graph().as_default(), tf.Session() as session:
            tf.get_variable("weight", initializer=np.float32(1.0))
            session.run(tf.global_variables_initializer())
            path = tf.train.Saver().save(session, folder + "/other.ckpt")
        self.assertEqual(time_budget.used_share(path), 0.0)


if __name__ == "__main__":
    tf.test.main()

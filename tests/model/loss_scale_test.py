"""Tests for model.loss_scale."""

from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from model import loss_scale, optimization
from tests.testing import optimizer
from util import precision

NUM_STEPS = 100
SETTINGS = optimization.OptimizerSettings(
    learning_rate=0.01, num_warmup_steps=0, max_grad_norm=0.0, adam_epsilon=1e-30
)


class LossScaleTest(tf.test.TestCase):
    def train(self, name, factors):
        """Returns weight, reported norm and scale after each of some steps."""
        with tf.Graph().as_default(), tf.Session() as session:
            precision.enable(name)
            factor = tf.placeholder(tf.float32, [])
            weight = tf.get_variable("kernel", initializer=tf.ones([1, 1]))
            loss = tf.reduce_sum(factor * precision.product(tf.ones([1, 1]), weight))
            training = optimizer.minimize(loss, SETTINGS, NUM_STEPS)
            session.run(tf.global_variables_initializer())
            seen = []
            for value in factors:
                scalars = session.run(
                    [training.scalars, training.train_op], {factor: value}
                )[0]
                seen.append((session.run(weight).item(), scalars))
            return seen

    def test_small_gradients_survive(self):
        tiny = 1e-9  # Below the smallest float16, 6e-8.
        self.assertEqual(np.float16(tiny), 0.0)
        ((full, full_scalars),) = self.train("float32", [tiny])
        ((half, half_scalars),) = self.train("float16", [tiny])
        self.assertLess(full, 0.99)  # Adam's step does not depend on the scale.
        self.assertAllClose(half, full, rtol=1e-3)
        self.assertAllClose(
            half_scalars["grad_norm"], full_scalars["grad_norm"], rtol=1e-2
        )
        self.assertNotIn("loss_scale", full_scalars)

    def test_overflow_halves_the_scale_and_changes_nothing_else(self):
        seen = self.train("float16", [1.0, 100.0, 1.0, 1.0])
        weights = [weight for weight, _ in seen]
        self.assertEqual(weights[0], weights[1])
        self.assertNotEqual(weights[1], weights[2])
        scales = [scalars["loss_scale"] for _, scalars in seen]
        self.assertEqual(scales, [2.0**15, 2.0**15, 2.0**14, 2.0**14])
        self.assertEqual(seen[1][1]["grad_norm"], 0.0)  # Not an error of the run.
        self.assertAllClose(seen[2][1]["grad_norm"], 1.0)

    def test_finite_steps_double_the_scale(self):
        with mock.patch.object(loss_scale, "STEPS_TO_DOUBLE", 2):
            seen = self.train("float16", [0.1, 0.1, 0.1, 0.1, 100.0, 0.1, 0.1])
        scales = [scalars["loss_scale"] / 2.0**15 for _, scalars in seen]
        self.assertEqual(scales, [1.0, 1.0, 2.0, 2.0, 4.0, 2.0, 2.0])

    def test_what_no_scale_helps_is_reported(self):
        with mock.patch.object(loss_scale, "FIRST_SCALE", 2.0):
            seen = self.train("float16", [np.inf] * 3)
        norms = [scalars["grad_norm"] for _, scalars in seen]
        self.assertEqual(norms[0], 0.0)
        self.assertFalse(np.isfinite(norms[1]) or np.isfinite(norms[2]))


if __name__ == "__main__":
    tf.test.main()

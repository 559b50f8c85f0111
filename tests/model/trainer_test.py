"""Tests for model.trainer."""

from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import optimization, trainer
from tests.model.optimization_test import (
    NUM_STEPS,
    make_variables,
    optimizer_settings,
    quadratic,
)
from tests.testing import optimizer


class LayerwiseTest(tf.test.TestCase, parameterized.TestCase):
    def test_needs_the_number_of_layers(self):
        with tf.Graph().as_default():
            settings = optimizer_settings(layerwise_lr_decay=0.8)
            with self.assertRaisesRegex(ValueError, "number of hidden layers"):
                optimizer.minimize(quadratic(make_variables()), settings, NUM_STEPS)

    def test_scales_the_update_of_a_layer(self):
        def moved(decay):
            with tf.Graph().as_default(), tf.Session() as session:
                with tf.variable_scope("electra/encoder/layer_0"):
                    kernel = tf.get_variable("kernel", initializer=1.0)
                settings = optimizer_settings(
                    num_warmup_steps=0, layerwise_lr_decay=decay
                )
                training = optimizer.minimize(
                    kernel**2, settings, NUM_STEPS, num_hidden_layers=1
                )
                session.run(tf.global_variables_initializer())
                session.run(training.train_op)
                return 1.0 - session.run(kernel)

        self.assertAllClose(moved(0.5), moved(0.0) * 0.25, rtol=1e-4)


class RestingTest(tf.test.TestCase):
    def test_resting_variables_keep_value_and_moments_until_they_are_trained(self):
        settings = optimization.OptimizerSettings(
            learning_rate=0.01, num_warmup_steps=0, weight_decay_rate=0.1
        )
        with tf.Graph().as_default(), tf.Session() as session:
            low = tf.get_variable("low", initializer=1.0)
            high = tf.get_variable("high", initializer=1.0)
            maker = trainer.Trainer(
                settings, 10, is_trained=lambda name: not name.startswith("low")
            )
            pairs = maker.gradients(low * high)
            self.assertEqual([variable for _, variable in pairs], [low, high])
            self.assertIsNone(pairs[0][0])
            training = maker.apply(pairs)
            session.run(tf.global_variables_initializer())
            session.run(training.train_op)
            values = {
                variable.op.name: session.run(variable)
                for variable in tf.global_variables()
            }
        self.assertEqual(values["low"], 1.0)
        self.assertLess(values["high"], 1.0)
        self.assertEqual((values["low/adam_m"], values["low/adam_v"]), (0.0, 0.0))
        self.assertNotEqual(values["high/adam_m"], 0.0)


class BiasCorrectionTest(tf.test.TestCase, parameterized.TestCase):
    # Of a gradient of 1, the uncorrected means are 0.1 and 0.001.
    @parameterized.parameters((False, 0.1 / 0.001**0.5), (True, 1.0))
    def test_first_step_is_as_large_as_the_rate_where_time_is_limited(
        self, has_time_budget, expected
    ):
        settings = optimization.OptimizerSettings(
            learning_rate=0.01, num_warmup_steps=0, weight_decay_rate=0.0
        )
        with tf.Graph().as_default(), tf.Session() as session:
            weight = tf.get_variable("weight", initializer=1.0)
            training = optimizer.minimize(
                weight, settings, 1000000, has_time_budget=has_time_budget
            )
            session.run(tf.global_variables_initializer())
            session.run(training.train_op)
            moved = 1.0 - session.run(weight)
        self.assertAllClose(moved, 0.01 * expected, rtol=1e-3)


class TpuTest(tf.test.TestCase):
    def test_gradients_are_summed_over_shards_before_clipping(self):
        order = []

        def record(name, call):
            def recorded(*args, **kwargs):
                order.append(name)
                return call(*args, **kwargs)

            return recorded

        adam = optimization.AdamWeightDecay.apply_gradients
        with tf.Graph().as_default(), mock.patch.object(
            tf.tpu.CrossShardOptimizer,
            "apply_gradients",
            record("shards", tf.tpu.CrossShardOptimizer.apply_gradients),
        ), mock.patch.object(
            optimization.AdamWeightDecay, "apply_gradients", record("clip", adam)
        ):
            training = optimizer.minimize(
                quadratic(make_variables()),
                optimizer_settings(),
                NUM_STEPS,
                use_tpu=True,
            )
        self.assertEqual(order, ["shards", "clip"])
        self.assertIsNotNone(training.grad_norm)


if __name__ == "__main__":
    tf.test.main()

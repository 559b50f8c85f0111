"""Tests for model.trainer."""

from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import optimization
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

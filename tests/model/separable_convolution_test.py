"""Tests of model.separable_convolution."""

from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import separable_convolution
from util import compat, fusion

RNG = np.random.RandomState(3)


def numpy_convolution(sequences, kernel):
    """Returns the sum over k of kernel[k] * sequences[:, t + k - K // 2] for all t."""
    outputs = np.zeros_like(sequences)
    length, reach = sequences.shape[1], len(kernel) // 2
    for t in range(length):
        for k, weights in enumerate(kernel):
            if 0 <= t + k - reach < length:
                outputs[:, t] += weights * sequences[:, t + k - reach]
    return outputs


class DepthwiseConvolutionTest(tf.test.TestCase, parameterized.TestCase):
    def compute(self, sequences, kernel, is_fused, is_slow):
        """Returns outputs, and gradients of their sum weighted by cosines."""
        with tf.Graph().as_default(), self.session() as session:
            if is_fused:
                fusion.enable()
            tensors = [tf.constant(sequences), tf.constant(kernel)]
            with mock.patch.object(
                compat, "has_slow_depthwise_convolution", return_value=is_slow
            ):
                outputs = separable_convolution.depthwise_convolution(*tensors)
            weights = np.cos(np.arange(outputs.shape.num_elements())).astype("f")
            loss = tf.reduce_sum(outputs * weights.reshape(outputs.shape.as_list()))
            operations = tf.get_default_graph().get_operations()
            self.assertEqual(
                any(operation.type == "XlaLaunch" for operation in operations),
                is_fused and is_slow,
            )
            return session.run([outputs] + tf.gradients(loss, tensors))

    @parameterized.product(
        kernel_size=[1, 3, 9], is_fused=[False, True], is_slow=[False, True]
    )
    def test_agrees_with_numpy(self, kernel_size, is_fused, is_slow):
        sequences = RNG.randn(2, 6, 4).astype("f")
        kernel = RNG.randn(kernel_size, 4).astype("f")
        computed = self.compute(sequences, kernel, is_fused, is_slow)
        self.assertAllClose(computed[0], numpy_convolution(sequences, kernel), 1e-5)

    @parameterized.parameters(1, 3, 9)
    def test_gradients_of_the_kernel_are_the_operation_s(self, kernel_size):
        sequences = RNG.randn(2, 6, 4).astype("f")
        kernel = RNG.randn(kernel_size, 4).astype("f")
        fused = self.compute(sequences, kernel, is_fused=True, is_slow=True)
        plain = self.compute(sequences, kernel, is_fused=True, is_slow=False)
        for computed, expected in zip(fused, plain):
            self.assertAllClose(computed, expected, rtol=1e-5, atol=1e-5)

    def test_batch_and_length_may_be_unknown(self):
        sequences = RNG.randn(2, 6, 4).astype("f")
        kernel = RNG.randn(3, 4).astype("f")
        with tf.Graph().as_default(), self.session() as session:
            fusion.enable()
            fed = tf.placeholder(tf.float32, [None, None, 4])
            outputs = separable_convolution.depthwise_convolution(
                fed, tf.constant(kernel)
            )
            computed = session.run(outputs, {fed: sequences})
        self.assertAllClose(computed, numpy_convolution(sequences, kernel), 1e-5)


class SeparableConvolutionTest(tf.test.TestCase):
    def test_units_are_mixed_after_the_convolution(self):
        sequences = RNG.randn(2, 6, 4).astype("f")
        with tf.Graph().as_default(), self.session() as session:
            outputs = separable_convolution.separable_convolution(
                tf.constant(sequences), 3, 5, "key", tf.ones_initializer()
            )
            variables = {v.op.name: v for v in tf.trainable_variables()}
            bias = variables["key/bias"].assign(np.arange(5.0))
            session.run(tf.global_variables_initializer())
            session.run(bias)
            computed, depthwise = session.run(
                [outputs, variables["key/depthwise_kernel"]]
            )
        self.assertEqual(depthwise.shape, (3, 4, 1))
        summaries = numpy_convolution(sequences, depthwise[..., 0]).reshape(12, 4)
        self.assertAllClose(
            computed, summaries.sum(1, keepdims=True) + np.arange(5.0), 1e-5
        )

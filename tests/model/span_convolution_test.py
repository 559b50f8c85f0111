"""Tests for model.span_convolution."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import span_convolution
from util import fusion

BATCH_SIZE, LENGTH, NUM_HEADS, HEAD_SIZE = 2, 7, 3, 4


def random_arrays(kernel_size):
    rng = np.random.RandomState(kernel_size)
    values = rng.randn(BATCH_SIZE, LENGTH, NUM_HEADS, HEAD_SIZE)
    kernels = rng.rand(BATCH_SIZE, LENGTH, NUM_HEADS, kernel_size)
    return values.astype(np.float32), kernels.astype(np.float32)


def reference(values, kernels):
    """The definition, element by element."""
    reach = kernels.shape[-1] // 2
    outputs = np.zeros_like(values)
    for batch, token, head, place in np.ndindex(*kernels.shape):
        source = token + place - reach
        if 0 <= source < values.shape[1]:
            weight = kernels[batch, token, head, place]
            outputs[batch, token, head] += weight * values[batch, source, head]
    return outputs


class ConvolveTest(tf.test.TestCase, parameterized.TestCase):
    def run_graph(self, values, kernels, is_plain, is_fused=False):
        """Returns (outputs, gradient for values, gradient for kernels)."""
        with tf.Graph().as_default(), tf.Session() as session:
            fed = [
                tf.placeholder_with_default(
                    array, [None, None, NUM_HEADS, array.shape[-1]]
                )
                for array in (values, kernels)
            ]
            if is_fused:
                fusion.enable()
                fed = [tf.constant(values), tf.constant(kernels)]
            outputs = span_convolution.convolve(fed[0], fed[1], is_plain)
            self.assertEqual(outputs.shape.as_list()[2:], [NUM_HEADS, HEAD_SIZE])
            weights = np.cos(np.arange(values.size)).reshape(values.shape)
            loss = tf.reduce_sum(outputs * weights.astype(np.float32))
            return session.run([outputs] + tf.gradients(loss, fed))

    @parameterized.product(kernel_size=[1, 3, 9, 17], is_plain=[False, True])
    def test_is_the_definition(self, kernel_size, is_plain):
        values, kernels = random_arrays(kernel_size)
        outputs, _, _ = self.run_graph(values, kernels, is_plain)
        self.assertAllClose(outputs, reference(values, kernels), rtol=1e-5, atol=1e-5)

    @parameterized.product(kernel_size=[1, 3, 9, 17], is_fused=[False, True])
    def test_hand_written_gradient_is_the_gradient(self, kernel_size, is_fused):
        values, kernels = random_arrays(kernel_size)
        fast = self.run_graph(values, kernels, is_plain=False, is_fused=is_fused)
        plain = self.run_graph(values, kernels, is_plain=True)
        for computed, expected in zip(fast, plain):
            self.assertAllClose(computed, expected, rtol=1e-5, atol=1e-5)

    def test_sequences_do_not_see_each_other(self):
        values, kernels = random_arrays(9)
        changed = values.copy()
        changed[0] += 1.0
        before = self.run_graph(values, kernels, is_plain=False)[0]
        after = self.run_graph(changed, kernels, is_plain=False)[0]
        self.assertAllEqual(before[1], after[1])

    def test_one_hot_kernels_shift(self):
        values, kernels = random_arrays(3)
        kernels[:] = [1.0, 0.0, 0.0]
        outputs, _, _ = self.run_graph(values, kernels, is_plain=False)
        self.assertAllEqual(outputs[:, 1:], values[:, :-1])
        self.assertAllEqual(outputs[:, 0], np.zeros_like(outputs[:, 0]))


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.dropout."""

from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import dropout, layers
from util import fusion, randomness

RNG = np.random.RandomState(0)


def floats(*shape):
    return RNG.randn(*shape).astype(np.float32)


class DropoutTest(tf.test.TestCase, parameterized.TestCase):
    def run_graph(self, tensors):
        with tf.Session() as session:
            return session.run(tensors)

    def drop(self, array, rate, seed=1, name="dropout", is_fused=False):
        """Returns (outputs, gradient of their sum)."""
        with tf.Graph().as_default():
            tf.set_random_seed(seed)
            inputs = tf.placeholder_with_default(array, [None] * array.ndim)
            if is_fused:
                fusion.enable()
                inputs = tf.constant(array)
            outputs = dropout.apply(inputs, rate, name)
            gradient = tf.gradients(tf.reduce_sum(outputs), inputs)[0]
            return self.run_graph([outputs, gradient])

    @parameterized.parameters(0.1, 0.5, 0.9)
    def test_drops_at_the_rate_and_keeps_the_mean(self, rate):
        ones = np.ones([300, 501], np.float32)  # An odd number of elements.
        outputs, _ = self.drop(ones, rate)
        self.assertAllClose((outputs == 0).mean(), rate, atol=0.005)
        self.assertAllClose(outputs.mean(), 1.0, atol=0.02 / (1 - rate))

    def test_scale_fits_the_rate_that_is_drawn(self):
        outputs, _ = self.drop(np.ones([100], np.float32), 0.1)
        kept = 65536 - round(0.1 * 65536)
        self.assertAllClose(np.unique(outputs), [0.0, 65536 / kept], rtol=1e-7)

    def test_gradient_has_the_mask_of_the_outputs(self):
        array = floats(30, 40)
        outputs, gradient = self.drop(array, 0.3)
        self.assertAllClose(outputs, array * gradient)

    def test_both_halves_of_a_random_number_are_independent(self):
        outputs, _ = self.drop(np.ones([200000], np.float32), 0.5)
        upper, lower = np.split(outputs > 0, 2)
        self.assertAllClose((upper & lower).mean(), 0.25, atol=0.01)

    def test_seed_and_name_decide(self):
        ones = np.ones([1000], np.float32)
        first, _ = self.drop(ones, 0.5)
        self.assertAllEqual(first, self.drop(ones, 0.5)[0])
        self.assertNotAllClose(first, self.drop(ones, 0.5, seed=2)[0])
        self.assertNotAllClose(first, self.drop(ones, 0.5, name="other")[0])

    @parameterized.parameters(0.1, 0.5, 0.9)
    def test_kernel_drops_at_the_rate_and_keeps_the_mean(self, rate):
        ones = np.ones([300, 500], np.float32)
        outputs, gradient = self.drop(ones, rate, is_fused=True)
        self.assertAllClose((outputs == 0).mean(), rate, atol=0.005)
        self.assertAllClose(outputs.mean(), 1.0, atol=0.02 / (1 - rate))
        self.assertAllEqual(outputs, gradient)

    @parameterized.parameters(30, 31)
    def test_drops_the_same_as_one_kernel(self, size):
        array = floats(size, 41, 3)
        bits = np.random.RandomState(1).bytes(4 * array.size)
        bits = np.frombuffer(bits, np.int32)

        def same_bits(shape, name):
            del name
            return tf.reshape(tf.constant(bits)[: layers.product_of(shape)], shape)

        with mock.patch.object(randomness, "random_bits", same_bits):
            fused, plain = self.drop(array, 0.3, is_fused=True), self.drop(array, 0.3)
        for one, other in zip(fused, plain):
            self.assertAllClose(one, other, rtol=1e-6)
            self.assertAllEqual(one == 0, other == 0)

    @parameterized.product(
        ({"shape": (4, 3, 7)}, {"shape": (3, 2, 7)}), ({"rate": 0.3}, {"rate": 0.0})
    )
    def test_dropout_after_softmax_agrees_with_its_plain_twin(self, shape, rate):
        logits = 2.0 * floats(*shape)

        def compute(make_outputs, is_fused):
            with tf.Graph().as_default():
                tf.set_random_seed(1)
                if is_fused:
                    fusion.enable()
                inputs = tf.constant(logits)
                outputs = make_outputs(inputs)
                weights = tf.constant(np.cos(np.arange(logits.size)), tf.float32)
                loss = tf.reduce_sum(outputs * tf.reshape(weights, shape))
                return self.run_graph([outputs, tf.gradients(loss, inputs)[0]])

        for is_fused in (False, True):
            joint = compute(
                lambda inputs: dropout.apply_to_softmax(inputs, rate, "d"), is_fused
            )
            plain = compute(
                lambda inputs: dropout.apply(tf.nn.softmax(inputs), rate, "d"),
                is_fused,
            )
            for one, other in zip(joint, plain):
                self.assertAllClose(one, other, rtol=1e-5, atol=1e-6)

    @parameterized.parameters(0.0, 1e-7)
    def test_rate_of_nothing_adds_nothing_to_the_graph(self, rate):
        with tf.Graph().as_default():
            inputs = tf.zeros([3])
            self.assertIs(dropout.apply(inputs, rate, "dropout"), inputs)

    def test_rate_of_everything_is_refused(self):
        with tf.Graph().as_default():
            with self.assertRaisesRegex(ValueError, "must be below 1, got 1.0"):
                dropout.apply(tf.zeros([3]), 1.0, "dropout")


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.precision."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from util import compat, precision


def rounded(values):
    """Rounds float32 to bfloat16, to the nearest and of two the even one, in NumPy."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    bits = bits + 0x7FFF + (bits >> 16 & 1)
    return (bits & 0xFFFF0000).astype(np.uint32).view(np.float32)


class PrecisionTest(tf.test.TestCase, parameterized.TestCase):
    def factors(self):
        rng = np.random.RandomState(0)
        return rng.randn(5, 7).astype(np.float32), rng.randn(7, 3).astype(np.float32)

    def product(self, name=None):
        with tf.Graph().as_default(), self.session() as session:
            if name:
                precision.enable(name)
            left, right = map(tf.constant, self.factors())
            result = precision.product(left, right)
            self.assertEqual(result.dtype, tf.float32)
            gradients = tf.gradients(result, [left, right])
            self.assertEqual([each.dtype for each in gradients], [tf.float32] * 2)
            return session.run([result] + gradients)

    @parameterized.parameters(None, "float32")
    def test_products_are_exact_unless_asked_for(self, name):
        left, right = self.factors()
        result, d_left, _ = self.product(name)
        self.assertAllClose(result, left @ right, rtol=1e-6)
        self.assertAllClose(d_left, np.ones([5, 3]) @ right.T, rtol=1e-6)

    def test_factors_of_16_bits_keep_11_digits(self):
        left, right = self.factors()
        result, d_left, _ = self.product("float16")
        halves = left.astype(np.float16).astype(np.float32)
        exact = halves @ right.astype(np.float16).astype(np.float32)
        self.assertAllClose(result, exact, rtol=2**-10, atol=2**-10)
        self.assertNotAllClose(result, left @ right, rtol=1e-6, atol=1e-6)
        self.assertAllClose(d_left, np.ones([5, 3]) @ right.T, rtol=2**-8, atol=2**-8)

    @parameterized.parameters(
        ("float32", False), ("bfloat16", False), ("float16", True)
    )
    def test_small_range_needs_loss_scaling(self, name, expected):
        with tf.Graph().as_default():
            precision.enable(name)
            self.assertEqual(precision.needs_loss_scaling(), expected)

    def test_factors_are_rounded(self):
        if not compat.multiplies_bfloat16():
            self.skipTest("This TensorFlow does not multiply bfloat16 on CPUs.")
        left, right = self.factors()
        result, d_left, d_right = self.product("bfloat16")
        self.assertAllEqual(result, rounded(rounded(left) @ rounded(right)))
        ones = np.ones([5, 3], np.float32)
        self.assertAllEqual(d_left, rounded(ones @ rounded(right).T))
        self.assertAllEqual(d_right, rounded(rounded(left).T @ ones))

    def test_other_graphs_are_left_alone(self):
        with tf.Graph().as_default():
            precision.enable("bfloat16")
        left, right = self.factors()
        self.assertAllClose(self.product()[0], left @ right, rtol=1e-6)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.vocabulary_softmax: the fast form against the plain one."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import vocabulary_softmax
from util import fusion

NUM_TOKENS = 700  # Two full blocks, and part of a third.


def some_logits(num_rows=4):
    return np.random.RandomState(0).randn(num_rows, NUM_TOKENS).astype(np.float32) * 3


def softmax(logits):
    weights = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


class CrossEntropyTest(tf.test.TestCase, parameterized.TestCase):
    def compute(self, is_fast, logits, labels):
        """Returns the losses and the gradient of their weighted sum."""
        with tf.Graph().as_default(), self.session() as session:
            if is_fast:
                fusion.enable()
            logits = tf.constant(logits)
            entropy = vocabulary_softmax.cross_entropy(logits, tf.constant(labels))
            self.assertEqual(entropy.weights is not None, is_fast)
            rates = tf.constant([1.0, 0.0, -2.0, 0.5])
            gradient = tf.gradients(entropy.losses * rates, logits)
            return session.run([entropy.losses] + gradient)

    @parameterized.parameters(0.0, 80.0, -1e4)
    def test_fast_form_is_the_plain_one(self, shift):
        logits = some_logits() + np.float32(shift)
        labels = np.array([0, 255, 256, NUM_TOKENS - 1], np.int32)
        losses, gradient = self.compute(True, logits, labels)
        plain_losses, plain_gradient = self.compute(False, logits, labels)
        self.assertAllClose(losses, plain_losses, rtol=1e-5, atol=1e-5)
        self.assertAllClose(gradient, plain_gradient, rtol=1e-5, atol=1e-6)

    def test_losses_are_those_of_the_definition(self):
        labels = np.array([3, 1, 4, 1], np.int32)
        losses, _ = self.compute(True, some_logits(), labels)
        expected = -np.log(softmax(some_logits())[np.arange(4), labels])
        self.assertAllClose(losses, expected, rtol=1e-5)

    def test_certainty_is_no_loss(self):
        logits = np.zeros([4, NUM_TOKENS], np.float32)
        logits[:, 5] = 1e4
        losses, gradient = self.compute(True, logits, np.full([4], 5, np.int32))
        self.assertAllEqual(losses, np.zeros([4]))
        self.assertAllEqual(gradient, np.zeros([4, NUM_TOKENS]))

    def test_unknown_sizes_take_the_plain_form(self):
        with tf.Graph().as_default():
            fusion.enable()
            logits = tf.placeholder(tf.float32, [None, NUM_TOKENS])
            labels = tf.placeholder(tf.int32, [None])
            entropy = vocabulary_softmax.cross_entropy(logits, labels)
            self.assertIsNone(entropy.weights)
            self.assertEqual(vocabulary_softmax.draw(logits, "x").dtype, tf.int32)


class DrawTest(tf.test.TestCase, parameterized.TestCase):
    def draw(self, logits, is_fast=True, with_weights=False):
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            if is_fast:
                fusion.enable()
            logits = tf.constant(logits)
            weights = None
            if with_weights:
                labels = tf.zeros([int(logits.shape[0])], tf.int32)
                weights = vocabulary_softmax.cross_entropy(logits, labels).weights
            ids = vocabulary_softmax.draw(logits, "draw", weights)
            self.assertEqual(tf.gradients(ids, logits), [None])
            return session.run(ids)

    @parameterized.parameters(True, False)
    def test_tokens_come_as_often_as_they_should(self, is_fast):
        """A chi-squared test: its 99.9 % quantile for these degrees of freedom."""
        logits = some_logits(1)
        count = 20000
        ids = self.draw(np.repeat(logits, count, axis=0), is_fast)
        expected = softmax(logits)[0] * count
        is_common = expected > 20
        found = np.bincount(ids, minlength=NUM_TOKENS)
        statistic = np.sum((found - expected)[is_common] ** 2 / expected[is_common])
        degrees = np.count_nonzero(is_common)
        self.assertLess(statistic, degrees + 3.1 * np.sqrt(2 * degrees) + 6)
        rest = [counts[~is_common].sum() for counts in (found, expected)]
        self.assertLess(abs(rest[0] - rest[1]), 5 * np.sqrt(rest[1]))

    def test_weights_of_the_loss_give_the_same_draws(self):
        logits = some_logits(50)
        self.assertAllEqual(self.draw(logits), self.draw(logits, with_weights=True))

    def test_impossible_tokens_are_never_drawn(self):
        logits = np.full([500, NUM_TOKENS], -1e9, np.float32)
        logits[:, [255, 256, NUM_TOKENS - 1]] = 0.0
        ids = self.draw(logits)
        self.assertCountEqual(set(ids), [255, 256, NUM_TOKENS - 1])

    def test_logits_that_are_no_numbers_give_tokens_all_the_same(self):
        for value in (np.nan, np.inf, -np.inf):
            ids = self.draw(np.full([3, NUM_TOKENS], value, np.float32))
            self.assertAllInRange(ids, 0, NUM_TOKENS - 1)

    def test_running_sums_are_searched_exactly(self):
        rng = np.random.RandomState(1)
        weights = rng.randint(0, 3, [200, 3, vocabulary_softmax.BLOCK_SIZE])
        uniform = rng.rand(200).astype(np.float32)
        uniform[:3] = [0.0, 0.5, 1.0 - 2**-24]
        flat = weights.reshape([200, -1])
        with self.session() as session:
            found = session.run(
                vocabulary_softmax._first_beyond(
                    tf.constant(weights, tf.float32), tf.constant(uniform)
                )
            )
        sums = np.cumsum(flat, axis=1)
        wanted = np.minimum(uniform, vocabulary_softmax.ALMOST_ONE) * sums[:, -1]
        expected = [np.searchsorted(s, w, side="right") for s, w in zip(sums, wanted)]
        self.assertAllEqual(found, expected)
        self.assertAllGreater(flat[np.arange(200), found], 0)


if __name__ == "__main__":
    tf.test.main()

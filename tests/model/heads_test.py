"""Tests for model.heads."""

import numpy as np
import tensorflow.compat.v1 as tf

from model import heads
from tests.testing import encoder as encoder_lib


def variable_shapes():
    return {v.op.name: v.shape.as_list() for v in tf.trainable_variables()}


class MaskedLmTest(tf.test.TestCase):
    def test_names_and_shapes(self):
        config = encoder_lib.tiny_config()
        with tf.Graph().as_default():
            logits = heads.masked_lm(tf.zeros([2, 3, 16]), tf.zeros([31, 8]), config)
            self.assertEqual(logits.shape.as_list(), [6, 31])
            self.assertEqual(
                variable_shapes(),
                {
                    "generator_predictions/dense/kernel": [16, 8],
                    "generator_predictions/dense/bias": [8],
                    "generator_predictions/LayerNorm/beta": [8],
                    "generator_predictions/LayerNorm/gamma": [8],
                    "generator_predictions/output_bias": [31],
                },
            )

    def test_scores_are_products_with_the_token_table(self):
        config = encoder_lib.tiny_config()
        rng = np.random.RandomState(0)
        table = rng.randn(31, 8).astype(np.float32)
        with tf.Graph().as_default(), tf.Session() as session:
            hidden = tf.constant(rng.randn(2, 3, 16).astype(np.float32))
            first = heads.masked_lm(hidden, tf.constant(table), config)
            doubled = heads.masked_lm(hidden, tf.constant(2.0 * table), config)
            session.run(tf.global_variables_initializer())
            first, doubled = session.run([first, doubled])
        self.assertAllClose(2.0 * first, doubled, rtol=1e-5, atol=1e-5)


class TokenBinaryTest(tf.test.TestCase):
    def test_names_and_shapes(self):
        config = encoder_lib.tiny_config()
        with tf.Graph().as_default():
            logits = heads.token_binary(tf.zeros([2, 5, 16]), config)
            self.assertEqual(logits.shape.as_list(), [2, 5])
            self.assertEqual(
                variable_shapes(),
                {
                    "discriminator_predictions/dense/kernel": [16, 16],
                    "discriminator_predictions/dense/bias": [16],
                    "discriminator_predictions/dense_1/kernel": [16, 1],
                    "discriminator_predictions/dense_1/bias": [1],
                },
            )

    def test_unknown_batch_and_length(self):
        config = encoder_lib.tiny_config()
        with tf.Graph().as_default(), tf.Session() as session:
            fed = tf.placeholder(tf.float32, [None, None, 16])
            logits = heads.token_binary(fed, config)
            session.run(tf.global_variables_initializer())
            result = session.run(logits, {fed: np.ones([3, 2, 16])})
        self.assertEqual(result.shape, (3, 2))


class ClassificationTest(tf.test.TestCase):
    def test_names_and_shapes(self):
        with tf.Graph().as_default():
            logits = heads.classification(
                tf.zeros([5, 16]), 3, True, "task_specific/cola"
            )
            self.assertEqual(logits.shape.as_list(), [5, 3])
            self.assertEqual(
                variable_shapes(),
                {
                    "task_specific/cola/dense/kernel": [16, 3],
                    "task_specific/cola/dense/bias": [3],
                },
            )

    def test_dropout_is_for_training_only(self):
        with tf.Graph().as_default(), tf.Session() as session:
            pooled = tf.ones([40, 16])
            trained = heads.classification(pooled, 1, True, "head")
            evaluated = heads.classification(pooled, 1, False, "head")
            session.run(tf.global_variables_initializer())
            trained, evaluated = session.run([trained, evaluated])
        self.assertAllClose(evaluated, np.broadcast_to(evaluated[0], evaluated.shape))
        self.assertGreater(trained.std(), 0.0)


if __name__ == "__main__":
    tf.test.main()

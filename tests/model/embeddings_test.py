"""Tests for model.embeddings."""

import numpy as np
import tensorflow.compat.v1 as tf

from model import embeddings
from tests.testing import encoder as encoder_lib


def layer_norm(values):
    centered = values - values.mean(-1, keepdims=True)
    return centered / np.sqrt(np.square(centered).mean(-1, keepdims=True) + 1e-12)


class EmbedTest(tf.test.TestCase):
    def test_is_the_normalized_sum_of_three_rows(self):
        config = encoder_lib.tiny_config().without_dropout()
        inputs = encoder_lib.random_inputs(config)
        with tf.Graph().as_default(), tf.Session() as session:
            embedded, table = embeddings.embed(
                tf.constant(inputs.ids), tf.constant(inputs.segments), config
            )
            session.run(tf.global_variables_initializer())
            embedded, table, values = session.run(
                [embedded, table, {v.op.name: v for v in tf.trainable_variables()}]
            )
        positions = values["embeddings/position_embeddings"][: encoder_lib.LENGTH]
        segments = values["embeddings/token_type_embeddings"][inputs.segments]
        self.assertAllEqual(table, values["embeddings/word_embeddings"])
        self.assertAllClose(
            embedded,
            layer_norm(table[inputs.ids] + segments + positions),
            rtol=1e-5,
            atol=1e-5,
        )

    def test_known_length_beyond_the_position_table_is_refused(self):
        config = encoder_lib.tiny_config(max_position_embeddings=4)
        with tf.Graph().as_default():
            ids = tf.zeros([2, 5], tf.int32)
            with self.assertRaisesRegex(
                ValueError, r"max_position_embeddings \(4\).*Got a length of 5"
            ):
                embeddings.embed(ids, ids, config)

    def test_unknown_length_beyond_the_position_table_is_refused(self):
        config = encoder_lib.tiny_config(max_position_embeddings=4).without_dropout()
        with tf.Graph().as_default(), tf.Session() as session:
            ids = tf.placeholder(tf.int32, [None, None])
            embedded, _ = embeddings.embed(ids, ids, config)
            session.run(tf.global_variables_initializer())
            self.assertEqual(session.run(embedded, {ids: [[0] * 4]}).shape, (1, 4, 8))
            with self.assertRaisesRegex(
                tf.errors.InvalidArgumentError, "raise max_position_embeddings"
            ):
                session.run(embedded, {ids: [[0] * 5]})


class ProjectTest(tf.test.TestCase):
    def test_embeddings_as_wide_as_the_encoder_stay_as_they_are(self):
        config = encoder_lib.tiny_config(embedding_size=16)
        with tf.Graph().as_default():
            embedded = tf.zeros([2, 3, 16])
            self.assertIs(embeddings.project(embedded, config), embedded)
            self.assertEmpty(tf.trainable_variables())

    def test_narrow_embeddings_are_widened(self):
        with tf.Graph().as_default():
            projected = embeddings.project(
                tf.zeros([2, 3, 8]), encoder_lib.tiny_config()
            )
            names = [variable.op.name for variable in tf.trainable_variables()]
        self.assertEqual(projected.shape.as_list(), [2, 3, 16])
        self.assertEqual(
            names, ["embeddings_project/kernel", "embeddings_project/bias"]
        )

    def test_initial_kernel_is_glorot_uniform(self):
        config = encoder_lib.tiny_config(
            embedding_size=128, hidden_size=256, initializer_range=0.02
        )
        with tf.Graph().as_default(), tf.Session() as session:
            embeddings.project(tf.zeros([2, 3, 128]), config)
            session.run(tf.global_variables_initializer())
            kernel = session.run(tf.trainable_variables()[0])
        self.assertAllClose(kernel.std(), np.sqrt(2.0 / (128 + 256)), rtol=0.02)


if __name__ == "__main__":
    tf.test.main()

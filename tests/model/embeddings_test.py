"""Tests for model.embeddings."""

import dataclasses

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

    def test_words_alone_have_neither_segment_nor_position(self):
        config = encoder_lib.tiny_config(embedding="word").without_dropout()
        inputs = encoder_lib.random_inputs(config)
        with tf.Graph().as_default(), tf.Session() as session:
            embedded, table = embeddings.embed(
                tf.constant(inputs.ids), tf.constant(inputs.segments), config
            )
            names = [variable.op.name for variable in tf.trainable_variables()]
            session.run(tf.global_variables_initializer())
            embedded, table = session.run([embedded, table])
        self.assertEqual(
            names,
            [
                "embeddings/word_embeddings",
                "embeddings/LayerNorm/beta",
                "embeddings/LayerNorm/gamma",
            ],
        )
        self.assertAllClose(embedded, layer_norm(table[inputs.ids]), 1e-5, 1e-5)

    def test_both_embeddings_agree_where_segments_and_positions_are_zero(self):
        config = encoder_lib.tiny_config().without_dropout()
        words = dataclasses.replace(config, embedding="word")
        inputs = encoder_lib.random_inputs(config)
        with tf.Graph().as_default(), tf.Session() as session:
            with tf.variable_scope("", reuse=tf.AUTO_REUSE):
                found = [
                    embeddings.embed(
                        tf.constant(inputs.ids), tf.constant(inputs.segments), each
                    )[0]
                    for each in (config, words)
                ]
            session.run(tf.global_variables_initializer())
            for variable in tf.trainable_variables():
                if "position" in variable.op.name or "type" in variable.op.name:
                    variable.load(np.zeros(variable.shape.as_list()), session)
            self.assertAllClose(*session.run(found))

    def test_words_alone_have_no_longest_sequence(self):
        config = encoder_lib.tiny_config(embedding="word", max_position_embeddings=4)
        with tf.Graph().as_default():
            ids = tf.zeros([2, 5], tf.int32)
            embedded, _ = embeddings.embed(ids, ids, config)
            self.assertEqual(embedded.shape.as_list(), [2, 5, 8])

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


class EmbeddingDeltaTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.config = encoder_lib.tiny_config(embedding_delta=True).without_dropout()
        self.inputs = encoder_lib.random_inputs(self.config)

    def embed(self, config):
        with tf.variable_scope("", reuse=tf.AUTO_REUSE):
            return embeddings.embed(
                tf.constant(self.inputs.ids), tf.constant(self.inputs.segments), config
            )

    def test_starts_as_the_table_itself(self):
        with tf.Graph().as_default(), tf.Session() as session:
            with_delta, _ = self.embed(self.config)
            plain, _ = self.embed(
                dataclasses.replace(self.config, embedding_delta=False)
            )
            session.run(tf.global_variables_initializer())
            self.assertAllEqual(*session.run([with_delta, plain]))

    def test_gradient_reaches_the_delta_and_not_the_table(self):
        with tf.Graph().as_default():
            embedded, token_table = self.embed(self.config)
            table, delta = (
                variable
                for variable in tf.trainable_variables()
                if "word_embeddings" in variable.op.name
            )
            logits = tf.matmul(embedded[0], token_table, transpose_b=True)
            for loss in (tf.reduce_sum(embedded**3), tf.reduce_sum(logits**2)):
                gradients = tf.gradients(loss, [table, delta])
                self.assertIsNone(gradients[0])
                self.assertIsNotNone(gradients[1])
        self.assertEqual(delta.op.name, "embeddings/word_embeddings_delta")

    def test_token_table_is_the_sum(self):
        with tf.Graph().as_default(), tf.Session() as session:
            _, token_table = self.embed(self.config)
            session.run(tf.global_variables_initializer())
            table, delta = (
                variable
                for variable in tf.trainable_variables()
                if "word_embeddings" in variable.op.name
            )
            delta.load(np.full(delta.shape.as_list(), 2.0), session)
            found, before = session.run([token_table, table])
        self.assertAllClose(found, before + 2.0)


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

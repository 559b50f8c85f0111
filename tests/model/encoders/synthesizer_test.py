"""Tests for model.encoders.synthesizer."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model.encoders import synthesizer
from tests.model import attention_test
from tests.testing import encoder as encoder_lib

SELF = "electra/encoder/layer_0/attention/self/"
MASK = attention_test.MASK


def config_of(**overrides):
    values = dict(encoder="synt", num_hidden_layers=1, embedding_size=16)
    values.update(overrides)
    return encoder_lib.without_attention(**values).without_dropout()


class SynthesizerTest(tf.test.TestCase, parameterized.TestCase):
    def run_mix(self, config):
        """Returns (rows, mixed, weights, {variable name: value})."""
        batch_size, length = MASK.shape
        rows = np.random.RandomState(0).randn(batch_size * length, 16)
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(2)
            layout = synthesizer.attention.layout_of(tf.constant(MASK))
            mixed, weights = synthesizer._mix(
                tf.constant(rows, tf.float32), layout, config
            )
            session.run(tf.global_variables_initializer())
            mixed, weights, values = session.run(
                [mixed, weights, {v.op.name: v for v in tf.trainable_variables()}]
            )
        return rows, mixed, weights, values

    @parameterized.parameters("random", "dense")
    def test_agrees_with_numpy(self, synt_type):
        rows, mixed, weights, values = self.run_mix(config_of(synt_type=synt_type))
        batch_size, length = MASK.shape
        if synt_type == "random":
            scores = values["scores"][None, :length, :length]
        else:
            inside = np.maximum(attention_test.dense(values, "dense_1", rows), 0.0)
            scores = attention_test.dense(values, "dense_2", inside)[:, :length]
            scores = scores.reshape(batch_size, length, length)
        expected = attention_test.softmax(scores - 10000.0 * (1 - MASK[:, None, :]))
        value = attention_test.dense(values, "value", rows)
        value = value.reshape(batch_size, length, 16)
        self.assertAllClose(weights[:, 0], expected, 1e-4, 1e-5)
        self.assertAllClose(
            mixed.reshape(value.shape), expected @ value, rtol=1e-4, atol=1e-4
        )

    def test_there_are_weights_for_every_place(self):
        graph = encoder_lib.EncoderGraph(config_of())
        shapes = {v.op.name: v.shape.as_list() for v in graph.variables}
        self.assertEqual(shapes[SELF + "dense_1/kernel"], [16, 20])
        self.assertEqual(shapes[SELF + "dense_2/kernel"], [20, 20])
        graph = encoder_lib.EncoderGraph(config_of(synt_type="random"))
        shapes = {v.op.name: v.shape.as_list() for v in graph.variables}
        self.assertEqual(shapes[SELF + "scores"], [20, 20])

    def test_beyond_the_last_place_there_is_an_error(self):
        config = config_of(embedding="word")
        with tf.Graph().as_default():
            with self.assertRaisesRegex(ValueError, "max_position_embeddings .20."):
                synthesizer.encode(
                    tf.zeros([2, 21, 16]), tf.ones([2, 21], tf.int32), config
                )
        graph = encoder_lib.EncoderGraph(config)
        with self.assertRaisesRegex(
            tf.errors.InvalidArgumentError, "raise max_position_embeddings"
        ):
            graph.sequence(encoder_lib.random_inputs(config, length=21))

    def test_multiplications_by_hand(self):
        # H is 16, 24 units inside, 20 places, T is 9, one layer.
        common = {
            "value": 16 * 16,
            "attention": 9 * 16,
            "output": 16 * 16,
            "feed-forward": 2 * 16 * 24,
        }
        random = config_of(synt_type="random")
        self.assertEqual(synthesizer.SYNTHESIZER.multiplications(random, 9), common)
        self.assertEqual(
            synthesizer.SYNTHESIZER.multiplications(config_of(), 9),
            dict(common, scores=20 * (16 + 9)),
        )

    def test_heads_are_refused(self):
        config = encoder_lib.tiny_config(
            encoder="synt", conv_type="noconv", head_ratio=1
        )
        with self.assertRaisesRegex(ValueError, "num_attention_heads is 4, .* 'synt'"):
            synthesizer.SYNTHESIZER.check(config)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.encoders.attention_only."""

import numpy as np
import tensorflow.compat.v1 as tf

from model.encoders import attention_only
from tests.model import attention_test
from tests.testing import encoder as encoder_lib


def config_of(**overrides):
    return encoder_lib.tiny_config(
        encoder="attn", conv_type="noconv", head_ratio=1, **overrides
    ).without_dropout()


class AttentionOnlyTest(tf.test.TestCase):
    def test_is_attention_with_an_output_projection(self):
        config = config_of(embedding_size=16)
        shape = attention_test.MASK.shape + (config.embedding_size,)
        expected = np.random.RandomState(0).randn(*shape)
        with tf.Graph().as_default(), tf.Session() as session:
            hidden_layers, _ = attention_only.encode(
                tf.constant(expected, tf.float32),
                tf.constant(attention_test.MASK),
                config,
            )
            session.run(tf.global_variables_initializer())
            computed, values = session.run(
                [hidden_layers, {v.op.name: v for v in tf.trainable_variables()}]
            )
        self.assertLen(values, 2 * 4 * 2)
        for index in range(2):
            scope = "encoder/layer_%d/attention/" % index
            layer = {
                name[len(scope) :]: value
                for name, value in values.items()
                if name.startswith(scope)
            }
            own = {name.replace("self/", ""): value for name, value in layer.items()}
            mixed, _ = attention_test.reference_attention(expected, own, config)
            expected = attention_test.dense(layer, "output/dense", mixed)
            self.assertAllClose(computed[index], expected, 1e-3, 1e-3)

    def test_multiplications_by_hand(self):
        # E is 8, H is 16, two layers, T is 9.
        self.assertEqual(
            attention_only.ATTENTION_ONLY.multiplications(config_of(), 9),
            {
                "query, key, value": 2 * 3 * 16 * 16,
                "attention": 2 * 2 * 9 * 16,
                "output": 2 * 16 * 16,
                "embedding projection": 8 * 16,
            },
        )

    def test_groups_are_refused(self):
        with self.assertRaisesRegex(ValueError, "linear_groups is 2, .* 'attn'"):
            attention_only.ATTENTION_ONLY.check(config_of(linear_groups=2))


if __name__ == "__main__":
    tf.test.main()

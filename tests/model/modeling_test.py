"""Tests for model.modeling: parameter counts, scopes, initial values."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import encoders, heads, layers, modeling
from tests.testing import encoder as encoder_lib


def constant_inputs(length=8):
    ones = tf.ones([2, length], tf.int32)
    return modeling.Inputs(ones, ones, tf.zeros_like(ones))


def build_pretraining(model_size):
    """Builds discriminator, generator and both heads, as pre-training does."""
    config = config_lib.encoder_config(model_size, 30522)
    share = config_lib.SIZES[model_size].generator_hidden_size
    generator = config_lib.generator_config(config, share)
    output = modeling.encode(constant_inputs(), config, False)
    heads.token_binary(output.sequence, config)
    generated = modeling.encode(
        constant_inputs(), generator, False, "generator", embeddings_scope="electra"
    )
    picked = layers.gather_positions(generated.sequence, tf.zeros([2, 3], tf.int32))
    heads.masked_lm(picked, generated.token_table, generator)


class ParameterCountTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("small", 13143768, 770988, 39098, 66049),
        ("medium-small", 17475888, 871884, 43194, 148225),
        ("base", 105680520, 9334744, 229434, 591361),
    )
    def test_counts_are_the_published_ones(self, model_size, *counts):
        with tf.Graph().as_default():
            build_pretraining(model_size)
            found = [
                sum(v.shape.num_elements() for v in tf.trainable_variables(scope + "/"))
                for scope in (
                    "electra",
                    "generator",
                    "generator_predictions",
                    "discriminator_predictions",
                )
            ]
            total = sum(v.shape.num_elements() for v in tf.trainable_variables())
        self.assertEqual(found, list(counts))
        self.assertEqual(total, sum(counts))

    @parameterized.parameters(
        # Token, position and segment tables with their LayerNorm, then the layers.
        ("bert-base", (30522 + 512 + 2 + 2) * 768 + 12 * 7087872),
        ("electra-base", (30522 + 512 + 2 + 2) * 768 + 12 * 7087872),
    )
    def test_counts_of_plain_attention_are_those_of_bert(self, model_size, count):
        with tf.Graph().as_default():
            config = config_lib.encoder_config(model_size, 30522)
            modeling.encode(constant_inputs(), config, False, scope="bert")
            found = sum(v.shape.num_elements() for v in tf.trainable_variables("bert/"))
        self.assertEqual(found, count)

    @parameterized.parameters(
        # hidden, layers, heads, parameters of embeddings and layers together
        (384, 3, 6, 13635072),
        (512, 6, 8, 29996544),
        (768, 12, 12, 101677824),
        (1024, 24, 16, 324473856),
    )
    def test_counts_of_chinese_bert_are_the_published_ones(
        self, hidden_size, num_hidden_layers, num_heads, count
    ):
        self.assertEqual(
            count_parameters(
                hidden_size=hidden_size,
                embedding_size=hidden_size,
                num_hidden_layers=num_hidden_layers,
                num_attention_heads=num_heads,
                intermediate_size=4 * hidden_size,
            ),
            count,
        )

    def test_count_of_albert_base_is_the_published_one(self):
        found = count_parameters(
            hidden_size=768,
            embedding_size=128,
            num_hidden_layers=12,
            num_attention_heads=12,
            intermediate_size=3072,
            hidden_act="relu",
            parameter_sharing=True,
        )
        self.assertEqual(found, 9957504)


def count_parameters(**overrides):
    """Returns the parameters of embeddings and encoder with a Chinese vocabulary."""
    config = config_lib.EncoderConfig(
        vocab_size=21128,
        type_vocab_size=3,
        conv_type="noconv",
        head_ratio=1,
        **overrides,
    )
    with tf.Graph().as_default():
        modeling.encode(constant_inputs(), config, False)
        return sum(v.shape.num_elements() for v in tf.trainable_variables("electra/"))


class PooledTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("attn", [[0, 1, 2, 3], [12, 13, 14, 15]]),
        ("lstm", [[8, 9, 10, 11], [16, 17, 18, 19]]),
        ("bilstm", [[8, 9, 2, 3], [16, 17, 14, 15]]),
    )
    def test_has_seen_all_tokens(self, encoder, expected):
        sight = encoders.ENCODERS[encoder].sight(config_lib.EncoderConfig())
        with tf.Graph().as_default(), tf.Session() as session:
            sequence = tf.reshape(tf.range(24.0), [2, 3, 4])
            mask = tf.constant([[1, 1, 1], [1, 1, 0]])
            pooled = modeling.pool(sequence, mask, sight)
            self.assertAllEqual(session.run(pooled), expected)

    def test_of_nothing_but_padding_is_finite(self):
        with tf.Graph().as_default(), tf.Session() as session:
            pooled = modeling.pool(
                tf.ones([1, 3, 4]), tf.zeros([1, 3], tf.int32), encoders.LEFT
            )
            self.assertAllEqual(session.run(pooled), [[1.0] * 4])


class EncodeTest(tf.test.TestCase):
    def test_a_second_call_uses_the_same_variables(self):
        config = encoder_lib.tiny_config().without_dropout()
        with tf.Graph().as_default(), tf.Session() as session:
            first = modeling.encode(constant_inputs(), config, True)
            count = len(tf.global_variables())
            second = modeling.encode(constant_inputs(), config, False)
            self.assertLen(tf.global_variables(), count)
            session.run(tf.global_variables_initializer())
            self.assertAllEqual(*session.run([first.sequence, second.sequence]))

    def test_shared_embeddings_keep_a_projection_of_their_own(self):
        with tf.Graph().as_default():
            config = encoder_lib.tiny_config()
            shared = modeling.encode(constant_inputs(), config, False)
            output = modeling.encode(
                constant_inputs(),
                config,
                False,
                "generator",
                embeddings_scope="electra",
            )
            names = {v.op.name for v in tf.trainable_variables("generator/")}
        self.assertIs(output.token_table, shared.token_table)
        self.assertIn("generator/embeddings_project/kernel", names)
        self.assertNotIn("generator/embeddings/word_embeddings", names)

    def test_unknown_encoder_is_refused(self):
        with tf.Graph().as_default():
            config = encoder_lib.tiny_config(encoder="transformr")
            with self.assertRaisesRegex(ValueError, "Did you mean 'transformer'"):
                modeling.encode(constant_inputs(), config, False)

    def test_impossible_shape_is_refused(self):
        with tf.Graph().as_default():
            config = encoder_lib.tiny_config(encoder="lstm")
            with self.assertRaisesRegex(ValueError, "'lstm' cannot have; set it to 1"):
                modeling.encode(constant_inputs(), config, False)

    def test_initial_values_are_the_published_ones(self):
        config = config_lib.encoder_config("small", 30522, num_hidden_layers=1)
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            modeling.encode(constant_inputs(), config, False)
            session.run(tf.global_variables_initializer())
            values = session.run({v.op.name: v for v in tf.trainable_variables()})
        cut_normal_stddev = 0.8796 * 0.02
        for name, value in values.items():
            if name.endswith(("bias", "beta")):
                self.assertAllEqual(value, np.zeros_like(value), name)
            elif name.endswith("gamma"):
                self.assertAllEqual(value, np.ones_like(value), name)
            elif "project" not in name and "depthwise" not in name:
                self.assertAllClose(value.std(), cut_normal_stddev, rtol=0.1, msg=name)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.config."""

import dataclasses
import json

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import config as config_lib


class EncoderConfigTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.named_parameters(
        ("even_kernel", dict(conv_kernel_size=8), "must be odd.* got 8; use 7 or 9"),
        ("no_kernel", dict(conv_kernel_size=0), "'conv_kernel_size' must be at least"),
        (
            "ragged_heads",
            dict(num_attention_heads=7),
            r"hidden_size \(384\) must be a multiple of num_attention_heads \(7\)",
        ),
        (
            "ragged_ratio",
            dict(head_ratio=3),
            r"num_attention_heads \(8\) must be a multiple of head_ratio \(3\)",
        ),
        (
            "ratio_above_heads",
            dict(head_ratio=16),
            r"num_attention_heads \(8\) must be a multiple of head_ratio \(16\)",
        ),
        (
            "ragged_groups",
            dict(linear_groups=5),
            r"hidden_size \(384\) must be a multiple of linear_groups \(5\)",
        ),
        (
            "ragged_groups_inside",
            dict(linear_groups=3, intermediate_size=1000),
            r"intermediate_size \(1000\) must be a multiple of linear_groups \(3\)",
        ),
        ("rate_of_1", dict(hidden_dropout_prob=1.0), "must be below 1, got 1.0"),
        (
            "rate_above_1",
            dict(attention_probs_dropout_prob=1.5),
            "attention_probs_dropout_prob must be below 1, got 1.5",
        ),
        ("negative_rate", dict(hidden_dropout_prob=-0.1), "must be at least 0.0"),
        ("activation", dict(hidden_act="swish"), "'hidden_act': 'swish'.*Known: gelu"),
        ("conv_type", dict(conv_type="sdconf"), "Did you mean 'sdconv'"),
        ("embedding", dict(embedding="words"), "Did you mean 'word'"),
        ("synt_type", dict(synt_type="dens"), "Did you mean 'dense'"),
        ("block_size", dict(block_size=0), "'block_size' must be at least 1"),
        ("no_vocabulary", dict(vocab_size=0), "'vocab_size' must be at least 1"),
        (
            "no_layers",
            dict(num_hidden_layers=0),
            "'num_hidden_layers' must be at least",
        ),
        ("wrong_type", dict(hidden_size="384"), "'hidden_size' must be of type int"),
    )
    def test_impossible_values_are_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            config_lib.EncoderConfig(**values)

    def test_misspelt_setting_is_refused_with_the_nearest_name(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'conv_kernel_size'"):
            config_lib.EncoderConfig.from_dict({"conv_kernal_size": 3})

    def test_even_kernel_is_allowed_where_nothing_convolves(self):
        config = config_lib.EncoderConfig(conv_type="noconv", conv_kernel_size=8)
        self.assertFalse(config.has_convolution)

    def test_head_ratio_divides_heads_but_not_their_size(self):
        config = config_lib.EncoderConfig(num_attention_heads=8, head_ratio=2)
        self.assertEqual((config.num_kept_heads, config.head_size), (4, 48))

    @parameterized.parameters(
        (True, "sdconv", True),
        (False, "sdconv", False),
        (True, "noconv", True),
        (False, "noconv", True),
    )
    def test_only_a_convolution_can_read_padding(self, is_masked, conv_type, expected):
        config = config_lib.EncoderConfig(
            mask_convolution=is_masked, conv_type=conv_type
        )
        self.assertEqual(config.ignores_padding, expected)

    def test_without_dropout_changes_the_rates_only(self):
        config = config_lib.EncoderConfig(hidden_size=768)
        quiet = config.without_dropout()
        self.assertEqual(quiet.hidden_dropout_prob, 0.0)
        self.assertEqual(quiet.attention_probs_dropout_prob, 0.0)
        restored = dataclasses.replace(
            quiet, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1
        )
        self.assertEqual(restored, config)

    def test_survives_json(self):
        config = config_lib.EncoderConfig(linear_groups=2, mask_convolution=False)
        values = json.loads(json.dumps(config.to_dict()))
        self.assertEqual(config_lib.EncoderConfig.from_dict(values), config)


class EncoderSizeTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        # size, hidden, embedding, layers, heads, kept heads, intermediate, groups
        ("tiny", 128, 64, 4, 4, 2, 512, 1),
        ("small", 256, 128, 12, 4, 2, 1024, 1),
        ("medium-small", 384, 128, 12, 8, 4, 1536, 2),
        ("base", 768, 768, 12, 12, 6, 3072, 1),
        ("electra-small", 256, 128, 12, 4, 4, 1024, 1),
        ("electra-base", 768, 768, 12, 12, 12, 3072, 1),
        ("electra-large", 1024, 1024, 24, 16, 16, 4096, 1),
        ("bert-base", 768, 768, 12, 12, 12, 3072, 1),
        ("bert-large", 1024, 1024, 24, 16, 16, 4096, 1),
    )
    def test_published_numbers(self, model_size, *numbers):
        config = config_lib.encoder_config(model_size, 30522)
        self.assertEqual(
            (
                config.hidden_size,
                config.embedding_size,
                config.num_hidden_layers,
                config.num_attention_heads,
                config.num_kept_heads,
                config.intermediate_size,
                config.linear_groups,
            ),
            numbers,
        )
        self.assertEqual(config.conv_kernel_size, 9)
        self.assertEqual(
            config.has_convolution, "-" not in model_size.replace("m-", "")
        )

    def test_every_size_is_tested(self):
        self.assertLen(config_lib.SIZES, 9)

    def test_misspelt_size_is_refused_with_the_nearest_name(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'medium-small'"):
            config_lib.encoder_config("medium_small", 30522)

    def test_heads_and_intermediate_size_follow_the_hidden_size(self):
        config = config_lib.encoder_config("medium-small", 99, hidden_size=192)
        self.assertEqual(config.num_attention_heads, 4)
        self.assertEqual(config.intermediate_size, 768)
        self.assertEqual(config.embedding_size, 128)

    def test_embeddings_of_base_follow_the_hidden_size(self):
        self.assertEqual(
            config_lib.encoder_config("base", 99, hidden_size=256).embedding_size, 256
        )

    def test_overrides_win_and_none_means_the_size_itself(self):
        config = config_lib.encoder_config(
            "small", 99, hidden_size=128, num_attention_heads=8, embedding_size=None
        )
        self.assertEqual(config.num_attention_heads, 8)
        self.assertEqual(config.embedding_size, 128)

    def test_misspelt_override_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'num_hidden_layers'"):
            config_lib.encoder_config("small", 99, num_hiden_layers=3)


class GeneratorConfigTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        # size, hidden, heads, head ratio, intermediate
        ("small", 64, 1, 1, 256),
        ("medium-small", 96, 2, 2, 384),
        ("base", 256, 4, 2, 1024),
        ("electra-small", 64, 1, 1, 256),
        ("electra-base", 256, 4, 1, 1024),
        ("electra-large", 256, 4, 1, 1024),
    )
    def test_published_numbers(self, model_size, *numbers):
        config = config_lib.encoder_config(model_size, 30522)
        share = config_lib.SIZES[model_size].generator_hidden_size
        generator = config_lib.generator_config(config, share)
        self.assertEqual(
            (
                generator.hidden_size,
                generator.num_attention_heads,
                generator.head_ratio,
                generator.intermediate_size,
            ),
            numbers,
        )
        self.assertEqual(generator.embedding_size, config.embedding_size)
        self.assertEqual(generator.num_hidden_layers, config.num_hidden_layers)

    def test_layers_are_a_share_too(self):
        config = config_lib.encoder_config("small", 99)
        generator = config_lib.generator_config(config, 1.0, 0.5)
        self.assertEqual(generator.num_hidden_layers, 6)
        self.assertEqual(generator.hidden_size, 256)

    def test_whole_width_is_the_discriminator(self):
        config = config_lib.encoder_config("medium-small", 99)
        self.assertEqual(config_lib.generator_config(config, 1.0), config)

    def test_generator_trains_the_table_itself(self):
        config = config_lib.encoder_config("small", 99, embedding_delta=True)
        generator = config_lib.generator_config(config, 0.25)
        self.assertTrue(config.embedding_delta)
        self.assertFalse(generator.embedding_delta)

    def test_counts_of_heads_are_integers(self):
        # heads * share would be 4 / 3 heads here.
        config = config_lib.encoder_config(
            "base", 99, hidden_size=144, num_attention_heads=4
        )
        generator = config_lib.generator_config(config, 1 / 3)
        self.assertEqual(generator.num_attention_heads, 1)

    @parameterized.parameters((0.0, 1.0), (0.25, 0.01), (0.3, 1.0))
    def test_impossible_generators_are_refused(self, hidden_share, layer_share):
        config = config_lib.encoder_config("medium-small", 99)
        with self.assertRaisesRegex(ValueError, "generator_hidden_size .* must be"):
            config_lib.generator_config(config, hidden_share, layer_share)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.flops."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import flops


class FlopsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("small", 66.9e6), ("medium-small", 94.8e6), ("base", 580.5e6),
        ("electra-small", 70.2e6),
    )  # fmt: skip
    def test_training_per_token_at_length_128(self, model_size, expected):
        config = config_lib.encoder_config(model_size, vocab_size=30522)
        share = config_lib.SIZES[model_size].generator_hidden_size
        generator = config_lib.generator_config(config, share)
        computed = flops.electra_training_step(config, generator, 128, 19)
        self.assertAllClose(computed, expected, rtol=1e-3)

    def test_parts_by_hand(self):
        config = config_lib.encoder_config(
            "tiny", 50, hidden_size=8, num_hidden_layers=2, num_attention_heads=4,
            embedding_size=4, intermediate_size=32, conv_kernel_size=3,
        )  # fmt: skip
        # Two heads of two units are left of four.
        self.assertEqual(
            flops.encoder(config, length=10),
            {
                "query, key, value": 2 * 3 * 8 * 4,
                "attention": 2 * 2 * 10 * 4,
                "output": 2 * 8 * 8,
                "feed-forward": 2 * 2 * 8 * 32,
                "convolution's input": 2 * 8 * 4,
                "convolution's kernels": 2 * (8 * (3 + 4) + 4 * 2 * 3),
                "span convolution": 2 * 3 * 4,
                "embedding projection": 4 * 8,
            },
        )

    def test_every_encoder_counts_for_itself(self):
        config = config_lib.EncoderConfig(
            encoder="cnn", hidden_size=8, embedding_size=4, num_hidden_layers=2,
            conv_kernel_size=3, conv_type="noconv",
        )  # fmt: skip
        self.assertEqual(
            flops.encoder(config, length=10), {"convolution": 3 * 8 * (4 + 2 * 8)}
        )

    def test_head_over_the_vocabulary(self):
        config = config_lib.encoder_config("tiny", 50, hidden_size=64, embedding_size=4)
        self.assertEqual(flops.masked_lm_head(config, 0.25), 0.25 * 4 * (64 + 50))


if __name__ == "__main__":
    tf.test.main()

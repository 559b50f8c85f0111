"""Every encoder keeps the promises of an encoder: one row each."""

from typing import Any, Dict

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import encoders
from tests.testing import encoder as encoder_lib

NO_CONVOLUTION: Dict[str, Any] = dict(conv_type="noconv", head_ratio=1)
NO_HEADS: Dict[str, Any] = dict(NO_CONVOLUTION, num_attention_heads=1)

ROWS: Dict[str, Dict[str, Any]] = {
    "convbert": dict(),
    "grouped": dict(linear_groups=2),
    "one_head": dict(num_attention_heads=1, head_ratio=1),
    "plain_convolution": dict(span_convolution="plain"),
    "bert": dict(NO_CONVOLUTION, embedding_size=16),
    "albert": dict(NO_CONVOLUTION, parameter_sharing=True),
    "words_alone": dict(embedding="word"),
    "gpt": dict(NO_CONVOLUTION, encoder="gpt"),
    "shared_gpt": dict(NO_CONVOLUTION, encoder="gpt", parameter_sharing=True),
    "attn": dict(NO_CONVOLUTION, encoder="attn"),
    "dense_synt": dict(NO_HEADS, encoder="synt"),
    "random_synt": dict(NO_HEADS, encoder="synt", synt_type="random"),
    "lstm": dict(NO_HEADS, encoder="lstm"),
    "bidirectional_lstm": dict(NO_HEADS, encoder="lstm", bidirectional=True),
    "one_bidirectional_layer": dict(
        NO_HEADS, encoder="lstm", bidirectional=True, num_hidden_layers=1
    ),
    "gru": dict(NO_HEADS, encoder="gru"),
    "bidirectional_gru": dict(NO_HEADS, encoder="gru", bidirectional=True),
    "bilstm": dict(NO_HEADS, encoder="bilstm"),
    "cnn": dict(NO_HEADS, encoder="cnn"),
    "gatedcnn": dict(NO_HEADS, encoder="gatedcnn", num_hidden_layers=3),
    "even_kernel": dict(NO_HEADS, encoder="gatedcnn", conv_kernel_size=4),
    "rcnn": dict(NO_HEADS, encoder="rcnn"),
    "crnn": dict(NO_HEADS, encoder="crnn"),
}

ATTENTIVE = ("transformer", "gpt", "attn", "synt")


class EveryEncoderTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.named_parameters(*ROWS.items())
    def test_keeps_the_promises_of_an_encoder(self, overrides):
        encoder_lib.check_encoder(self, encoder_lib.tiny_config(**overrides))

    def test_every_encoder_has_a_row(self):
        covered = {
            encoder_lib.tiny_config(**overrides).encoder for overrides in ROWS.values()
        }
        self.assertEqual(sorted(covered), encoders.ENCODERS.names())

    @parameterized.named_parameters(*ROWS.items())
    def test_multiplies_each_token_with_every_kernel(self, overrides):
        config = encoder_lib.tiny_config(**dict(overrides, parameter_sharing=False))
        encoder = encoders.ENCODERS[config.encoder]
        parts = encoder.multiplications(config, config.max_position_embeddings)
        between_tokens = [
            parts.pop(name, 0) for name in ("attention", "span convolution")
        ]
        kernels = sum(
            variable.shape.num_elements()
            for variable in encoder_lib.EncoderGraph(config).variables
            if variable.op.name.endswith("kernel")
        )
        self.assertEqual(sum(parts.values()), kernels)
        self.assertEqual(any(between_tokens), config.encoder in ATTENTIVE)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.encoders.transformer: one row per kind of layer."""

from typing import Any, Dict

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from tests.testing import encoder as encoder_lib

ROWS: Dict[str, Dict[str, Any]] = {
    "convbert": dict(),
    "grouped": dict(linear_groups=2),
    "one_head": dict(num_attention_heads=1, head_ratio=1),
    "plain_convolution": dict(span_convolution="plain"),
    "bert": dict(conv_type="noconv", head_ratio=1, embedding_size=16),
}


class TransformerTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.named_parameters(*((name, row) for name, row in ROWS.items()))
    def test_keeps_the_promises_of_an_encoder(self, overrides):
        encoder_lib.check_encoder(self, encoder_lib.tiny_config(**overrides))

    def test_published_convolution_sees_padding(self):
        config = encoder_lib.tiny_config(mask_convolution=False)
        graph = encoder_lib.EncoderGraph(config)
        inputs = encoder_lib.random_inputs(config)
        is_token = inputs.mask > 0
        padded = graph.sequence(encoder_lib.pad(inputs, 6))[:, : encoder_lib.LENGTH]
        change = np.abs(padded - graph.sequence(inputs))[is_token].max()
        self.assertGreater(change, 1e-3)

    def test_layers_are_scopes_of_their_own(self):
        graph = encoder_lib.EncoderGraph(encoder_lib.tiny_config(linear_groups=2))
        shapes = {
            variable.op.name.replace("electra/encoder/layer_1/", ""): tuple(
                variable.shape.as_list()
            )
            for variable in graph.variables
            if "/layer_1/" in variable.op.name
        }
        self.assertEqual(
            shapes,
            {
                "attention/self/query/kernel": (16, 8),
                "attention/self/query/bias": (8,),
                "attention/self/key/kernel": (16, 8),
                "attention/self/key/bias": (8,),
                "attention/self/value/kernel": (16, 8),
                "attention/self/value/bias": (8,),
                "attention/self/conv_attn_key/depthwise_kernel": (5, 16, 1),
                "attention/self/conv_attn_key/pointwise_kernel": (1, 16, 8),
                "attention/self/conv_attn_key/bias": (8,),
                "attention/self/conv_attn_kernel/kernel": (8, 10),
                "attention/self/conv_attn_kernel/bias": (10,),
                "attention/self/conv_attn_point/kernel": (16, 8),
                "attention/self/conv_attn_point/bias": (8,),
                "attention/output/dense/kernel": (16, 16),
                "attention/output/dense/bias": (16,),
                "attention/output/LayerNorm/beta": (16,),
                "attention/output/LayerNorm/gamma": (16,),
                "intermediate/g_dense/kernel": (2, 8, 12),
                "intermediate/g_dense/bias": (24,),
                "output/g_dense/kernel": (2, 12, 8),
                "output/g_dense/bias": (16,),
                "output/LayerNorm/beta": (16,),
                "output/LayerNorm/gamma": (16,),
            },
        )


if __name__ == "__main__":
    tf.test.main()

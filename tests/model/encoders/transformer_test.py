"""Tests for model.encoders.transformer."""

import numpy as np
import tensorflow.compat.v1 as tf

from model.encoders import transformer
from tests.testing import encoder as encoder_lib


class TransformerTest(tf.test.TestCase):
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


class ParameterSharingTest(tf.test.TestCase):
    def graph(self, num_hidden_layers, is_training=False):
        config = encoder_lib.tiny_config(
            num_hidden_layers=num_hidden_layers, parameter_sharing=True
        )
        return encoder_lib.EncoderGraph(config, is_training)

    def test_variables_do_not_depend_on_the_number_of_layers(self):
        one, five = self.graph(1), self.graph(5)
        self.assertEqual(
            [variable.op.name for variable in one.variables],
            [variable.op.name for variable in five.variables],
        )
        inputs = encoder_lib.random_inputs(one.config)
        self.assertLen(five.run(five.output.layers, inputs), 5)

    def test_every_layer_is_the_first_one(self):
        graph = self.graph(2)
        with graph.graph.as_default(), tf.variable_scope("electra", reuse=True):
            again, _ = transformer.run_layers(
                graph.output.layers[0],
                transformer.attention.layout_of(tf.ones([2, encoder_lib.LENGTH])),
                graph.config.without_dropout(),
                transformer.attention.mixed_attention,
            )
        inputs = encoder_lib.random_inputs(graph.config)
        inputs = inputs._replace(mask=np.ones_like(inputs.mask))
        computed = graph.run([graph.output.layers[1], again[0]], inputs)
        self.assertAllClose(*computed)

    def test_dropout_differs_between_the_layers(self):
        graph = self.graph(2, is_training=True)
        names = [operation.name for operation in graph.graph.get_operations()]
        seeds = [
            graph.graph.get_tensor_by_name(name + ":0")
            for name in names
            if "/output/" in name and name.endswith("stateless_random_uniform/shape")
        ]
        places = {seed.op.name.split("/layer_")[1][0] for seed in seeds}
        self.assertEqual(places, {"0", "1"})


class GptTest(tf.test.TestCase):
    def config(self, **overrides):
        return encoder_lib.tiny_config(encoder="gpt", **overrides)

    def test_span_convolution_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "span convolution sees tokens to the right, .* 'gpt' must not"
        ):
            transformer.GPT.check(self.config())

    def test_narrowed_attention_is_refused(self):
        with self.assertRaisesRegex(ValueError, "head_ratio is 2, .*set it to 1"):
            transformer.GPT.check(self.config(conv_type="noconv"))

    def test_attends_to_the_left_and_never_to_padding(self):
        config = self.config(conv_type="noconv", head_ratio=1)
        graph = encoder_lib.EncoderGraph(config)
        inputs = encoder_lib.random_inputs(config)
        mask = inputs.mask.copy()
        mask[0, :2] = 0  # To the left of every token.
        (weights, *_) = graph.run(graph.output.attention, inputs._replace(mask=mask))
        is_later = np.triu(np.ones([encoder_lib.LENGTH] * 2), 1) > 0
        self.assertAllEqual(weights[:, :, is_later], 0 * weights[:, :, is_later])
        self.assertAllEqual(weights[0, :, 2:, :2], 0 * weights[0, :, 2:, :2])

    def test_has_the_variables_of_bert(self):
        names = [
            {
                variable.op.name: variable.shape.as_list()
                for variable in encoder_lib.EncoderGraph(config).variables
            }
            for config in (
                self.config(conv_type="noconv", head_ratio=1),
                encoder_lib.tiny_config(conv_type="noconv", head_ratio=1),
            )
        ]
        self.assertEqual(*names)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.encoders.hybrid."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import encoders
from tests.testing import encoder as encoder_lib


class HybridTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        # E is 8, H is 16.
        ("rcnn", [8, 64], [5, 16, 16]),
        ("crnn", [16, 64], [5, 8, 16]),
    )
    def test_the_second_stack_reads_the_first(self, name, recurrent, convolution):
        config = encoder_lib.without_attention(encoder=name)
        graph = encoder_lib.EncoderGraph(config)
        shapes = {v.op.name: v.shape.as_list() for v in graph.variables}
        layer = "electra/encoder/layer_0/"
        self.assertEqual(shapes[layer + "forward/kernel"], recurrent)
        self.assertEqual(shapes[layer + "input/kernel"], convolution)
        self.assertLen(graph.output.layers, 2 * config.num_hidden_layers)

    @parameterized.parameters(
        ("rcnn", (8 + 16), (16 + 2 * 16)), ("crnn", (16 + 16), (8 + 2 * 16))
    )
    def test_multiplications_by_hand(self, name, recurrent_inputs, inputs):
        config = encoder_lib.without_attention(encoder=name)
        self.assertEqual(
            encoders.ENCODERS[name].multiplications(config, 9),
            {
                "input": 4 * 16 * recurrent_inputs,
                "recurrence": 2 * 4 * 16 * 16,
                "convolution": 5 * 16 * inputs,
            },
        )

    def test_a_second_direction_is_refused(self):
        config = encoder_lib.without_attention(encoder="rcnn", bidirectional=True)
        with self.assertRaisesRegex(ValueError, "bidirectional is True, .* 'rcnn'"):
            encoders.ENCODERS["rcnn"].check(config)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.encoders.convolutional."""

import numpy as np
import tensorflow.compat.v1 as tf

from model import encoders
from model.encoders import convolutional
from tests.model import recurrence_test
from tests.testing import encoder as encoder_lib

LENGTH, OPEN = 7, 20.0


def config_of(**overrides):
    return encoder_lib.without_attention(**overrides).without_dropout()


def reference(sequences, values, scope):
    """A convolution over K tokens that ends at each token."""
    kernel, bias = values[scope + "/kernel"], values[scope + "/bias"]
    size = len(kernel)
    padded = np.pad(sequences, [[0, 0], [size - 1, 0], [0, 0]], "constant")
    windows = np.stack([padded[:, k : k + LENGTH] for k in range(size)], axis=2)
    return np.einsum("btke,keh->bth", windows, kernel) + bias


class ConvolutionalTest(tf.test.TestCase):
    def encode(self, config, gate_bias=None):
        """Returns (embedded, [outputs of each layer], {variable name: value})."""
        rng = np.random.RandomState(3)
        embedded = rng.randn(2, LENGTH, config.embedding_size).astype(np.float32)
        with tf.Graph().as_default(), tf.Session() as session:
            hidden_layers, attention = encoders.ENCODERS[config.encoder].encode(
                tf.constant(embedded), tf.ones([2, LENGTH], tf.int32), config
            )
            self.assertEmpty(attention)
            values = recurrence_test.random_values(tf.trainable_variables())
            for name in values:
                if name.endswith("kernel"):
                    values[name] *= 0.1
                if gate_bias is not None and "/gate/" in name:
                    values[name] = np.full_like(
                        values[name], gate_bias if name.endswith("bias") else 0.0
                    )
            for variable in tf.trainable_variables():
                variable.load(values[variable.op.name], session)
            return embedded, session.run(hidden_layers), values

    def test_cnn_is_one_convolution_to_the_hidden_size_and_one_per_layer(self):
        embedded, computed, values = self.encode(config_of(encoder="cnn"))
        expected = reference(embedded, values, "encoder/layer_0/input")
        for index, found in enumerate(computed):
            scope = "encoder/layer_%d/convolution" % index
            expected = reference(expected, values, scope)
            self.assertAllClose(found, expected, 1e-4, 1e-4)

    def test_open_gates_leave_a_linear_convolution(self):
        config = config_of(encoder="gatedcnn")
        embedded, computed, values = self.encode(config, gate_bias=OPEN)
        expected = reference(embedded, values, "encoder/layer_0/convolution")
        expected = reference(expected, values, "encoder/layer_1/convolution")
        self.assertAllClose(computed[-1], expected, 1e-4, 1e-4)

    def test_closed_gates_leave_nothing(self):
        config = config_of(encoder="gatedcnn")
        _, computed, _ = self.encode(config, gate_bias=-OPEN)
        self.assertAllClose(computed[-1], np.zeros_like(computed[-1]), atol=1e-5)

    def test_a_residual_spans_every_block_after_the_first_layer(self):
        config = config_of(encoder="gatedcnn", num_hidden_layers=6, block_size=2)
        embedded, computed, values = self.encode(config)
        hidden = embedded
        expected = []
        for index in range(6):
            scope = "encoder/layer_%d/" % index
            gates = reference(hidden, values, scope + "gate")
            hidden = reference(hidden, values, scope + "convolution")
            hidden = hidden * recurrence_test.sigmoid(gates)
            if index in (2, 4):
                hidden = hidden + expected[index - 2]
            expected.append(hidden)
        self.assertAllClose(computed, expected, 1e-4, 1e-4)

    def test_multiplications_by_hand(self):
        # E is 8, H is 16, K is 5, two layers.
        self.assertEqual(
            convolutional.CNN.multiplications(config_of(encoder="cnn"), 9),
            {"convolution": 5 * 16 * (8 + 16 + 16)},
        )
        self.assertEqual(
            convolutional.GATED_CNN.multiplications(config_of(encoder="gatedcnn"), 9),
            {"convolution": 5 * 16 * (8 + 16), "gate": 5 * 16 * (8 + 16)},
        )

    def test_directions_are_refused(self):
        config = config_of(encoder="cnn", bidirectional=True)
        with self.assertRaisesRegex(ValueError, "bidirectional is True, .* 'cnn'"):
            convolutional.CNN.check(config)


if __name__ == "__main__":
    tf.test.main()

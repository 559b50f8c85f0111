"""Tests for model.recurrence: the cells agree with their formulas, token by token."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import recurrence
from tests.testing import encoder as encoder_lib

BATCH_SIZE, LENGTH, INPUT_SIZE, UNITS = 3, 6, 5, 4


def sigmoid(values):
    return 1.0 / (1.0 + np.exp(-values))


def reference_lstm(sequences, values):
    """Hochreiter and Schmidhuber with forget gates, as PyTorch documents LSTM."""
    batch_size, units = len(sequences), len(values["recurrent_kernel"])
    hidden, memory = np.zeros([batch_size, units]), np.zeros([batch_size, units])
    outputs = []
    for token in np.swapaxes(sequences, 0, 1):
        gates = token @ values["kernel"] + values["bias"]
        gates = gates + hidden @ values["recurrent_kernel"]
        enter, keep, candidate, leave = np.split(gates, 4, axis=1)
        memory = sigmoid(keep) * memory + sigmoid(enter) * np.tanh(candidate)
        hidden = sigmoid(leave) * np.tanh(memory)
        outputs.append(hidden)
    return np.stack(outputs, axis=1)


def reference_gru(sequences, values):
    """Cho et al., as PyTorch documents GRU."""
    batch_size, units = len(sequences), len(values["recurrent_kernel"])
    hidden = np.zeros([batch_size, units])
    outputs = []
    for token in np.swapaxes(sequences, 0, 1):
        from_input = token @ values["kernel"] + values["bias"]
        from_state = hidden @ values["recurrent_kernel"]
        reset, update = np.split(
            sigmoid(from_input[:, : 2 * units] + from_state[:, : 2 * units]), 2, axis=1
        )
        from_state = from_state[:, 2 * units :] + values["recurrent_bias"]
        new = np.tanh(from_input[:, 2 * units :] + reset * from_state)
        hidden = (1.0 - update) * new + update * hidden
        outputs.append(hidden)
    return np.stack(outputs, axis=1)


def random_sequences():
    shape = [BATCH_SIZE, LENGTH, INPUT_SIZE]
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def random_values(variables):
    """Returns {name: array}; other numbers than the initial ones, biases too."""
    rng = np.random.RandomState(1)
    return {
        variable.op.name: rng.randn(*variable.shape.as_list()).astype(np.float32)
        for variable in sorted(variables, key=lambda variable: variable.op.name)
    }


class RecurrenceTest(tf.test.TestCase, parameterized.TestCase):
    def run_layer(self, layer, sequences, shape):
        """Returns (outputs, gradient of the inputs, {variable name: value})."""
        config = encoder_lib.without_attention()
        with tf.Graph().as_default(), tf.Session() as session:
            fed = tf.placeholder(tf.float32, shape)
            outputs = layer(fed, UNITS, config)
            gradient = tf.gradients(tf.reduce_sum(outputs), fed)[0]
            self.assertEqual(outputs.shape.as_list(), list(shape[:2]) + [UNITS])
            values = random_values(tf.trainable_variables())
            for variable in tf.trainable_variables():
                variable.load(values[variable.op.name], session)
            found = session.run([outputs, gradient], {fed: sequences})
        return found[0], found[1], values

    @parameterized.product(
        layer_and_reference=[
            (recurrence.lstm, reference_lstm),
            (recurrence.gru, reference_gru),
        ],
        is_static=[True, False],
    )
    def test_agrees_with_numpy(self, layer_and_reference, is_static):
        layer, reference = layer_and_reference
        sequences = random_sequences()
        shape = sequences.shape if is_static else (None, None, INPUT_SIZE)
        computed, _, values = self.run_layer(layer, sequences, shape)
        expected = reference(sequences, values)
        self.assertAllClose(computed, expected, rtol=1e-5, atol=1e-5)

    @parameterized.parameters(
        (recurrence.lstm, reference_lstm), (recurrence.gru, reference_gru)
    )
    def test_gradient_is_the_slope(self, layer, reference):
        sequences = random_sequences()
        _, gradient, values = self.run_layer(layer, sequences, sequences.shape)
        step = np.zeros(sequences.shape)
        step[1, 2, 3] = 1e-4  # The third token; four more depend on it.
        slope = reference(sequences + step, values) - reference(
            sequences - step, values
        )
        self.assertAllClose(slope.sum() / 2e-4, gradient[1, 2, 3], rtol=1e-3)

    @parameterized.parameters(
        (recurrence.lstm, dict(kernel=[5, 16], recurrent_kernel=[4, 16], bias=[16])),
        (
            recurrence.gru,
            dict(
                kernel=[5, 12], recurrent_kernel=[4, 12], bias=[12], recurrent_bias=[4]
            ),
        ),
    )
    def test_variables(self, layer, shapes):
        sequences = random_sequences()
        _, _, values = self.run_layer(layer, sequences, sequences.shape)
        self.assertEqual(
            {name: list(value.shape) for name, value in values.items()}, shapes
        )


if __name__ == "__main__":
    tf.test.main()

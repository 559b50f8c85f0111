"""Recurrent layers: token after token, with a memory between them.

The cells are those of PyTorch and cuDNN, gates in their order: input, forget, cell,
output; reset, update, new. Shapes follow the glossary in `layers.py`; U counts the
units of a layer, A all gates of its cell together, a multiple of U.
"""

from typing import Any, Callable

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import layers
from util import precision

# (sequences [B, T, E], units, config) -> [B, T, U], in the current variable scope
Layer = Callable[[tf.Tensor, int, config_lib.EncoderConfig], tf.Tensor]

LSTM_GATES, GRU_GATES = 4, 3


def lstm(
    sequences: tf.Tensor, units: int, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Long short-term memory; [B, T, E] -> [B, T, U].

    The variables are `kernel` [E, 4U], `recurrent_kernel` [U, 4U] and `bias` [4U].
    """
    from_input = _from_input(sequences, LSTM_GATES * units, config)
    kernel = _recurrent_kernel(units, LSTM_GATES * units, config)

    def step(from_token, hidden, memory):
        gates = from_token + precision.product(hidden, kernel)
        enter, keep, candidate, leave = tf.split(gates, LSTM_GATES, axis=1)
        memory = tf.sigmoid(keep) * memory + tf.sigmoid(enter) * tf.tanh(candidate)
        return tf.sigmoid(leave) * tf.tanh(memory), memory

    return _recur(from_input, step, num_states=2, units=units)


def gru(
    sequences: tf.Tensor, units: int, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Gated recurrent unit; [B, T, E] -> [B, T, U].

    The variables are `kernel` [E, 3U], `recurrent_kernel` [U, 3U], `bias` [3U] and
    `recurrent_bias` [U], which the reset gate scales.
    """
    from_input = _from_input(sequences, GRU_GATES * units, config)
    kernel = _recurrent_kernel(units, GRU_GATES * units, config)
    bias = tf.identity(
        tf.get_variable("recurrent_bias", [units], initializer=tf.zeros_initializer())
    )
    sizes = [2 * units, units]

    def step(from_token, hidden):
        gates, candidate = tf.split(from_token, sizes, axis=1)
        more_gates, memory = tf.split(precision.product(hidden, kernel), sizes, axis=1)
        reset, update = tf.split(tf.sigmoid(gates + more_gates), 2, axis=1)
        candidate = tf.tanh(candidate + reset * (memory + bias))
        return (candidate + update * (hidden - candidate),)

    return _recur(from_input, step, num_states=1, units=units)


def _from_input(
    sequences: tf.Tensor, width: int, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Returns the inputs' share of the gates, of all tokens at once; [T, B, A]."""
    kernel = tf.get_variable(
        "kernel",
        [layers.width(sequences), width],
        initializer=layers.normal(config.initializer_range),
    )
    bias = layers.bias_variable(width)
    rows = layers.affine(layers.flatten_rows(sequences), kernel, bias)
    shape = layers.shape_list(sequences)[:2] + [width]
    return tf.transpose(tf.reshape(rows, shape), [1, 0, 2])


def _recurrent_kernel(
    units: int, width: int, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Returns the kernel of the state's share of the gates, read once; [U, A]."""
    kernel = tf.get_variable(
        "recurrent_kernel",
        [units, width],
        initializer=layers.normal(config.initializer_range),
    )
    return tf.identity(kernel)


def _recur(
    from_input: tf.Tensor, step: Callable[..., Any], num_states: int, units: int
) -> tf.Tensor:
    """Walks through time, from states of zeros.

    Every shape is stated, as accelerators need it.

    Args:
      from_input: float Tensor, [T, B, A].
      step: (from_token [B, A], *states [B, U]) -> states, the first the output.
      num_states: Of the cell.
      units: U.

    Returns:
      float Tensor, [B, T, U].
    """
    length, batch_size, _ = layers.shape_list(from_input)
    times = tf.range(length)
    inputs = tf.TensorArray(
        tf.float32, size=length, element_shape=from_input.shape[1:]
    ).scatter(times, from_input)
    outputs = tf.TensorArray(
        tf.float32, size=length, element_shape=[from_input.shape[1], units]
    )

    def body(time, outputs, *states):
        states = step(inputs.read(time), *states)
        return (time + 1, outputs.write(time, states[0]), *states)

    _, outputs, *_ = tf.while_loop(
        lambda time, *_: time < length,
        body,
        (tf.constant(0), outputs) + (tf.fill([batch_size, units], 0.0),) * num_states,
        maximum_iterations=length,
    )
    stacked = outputs.gather(times)
    stacked.set_shape([*from_input.shape[:2], units])
    return tf.transpose(stacked, [1, 0, 2])

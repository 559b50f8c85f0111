"""The few layers every encoder is made of.

Glossary of shapes, used in every file of `model/`:
- B: sequences in the batch.
- T: tokens in a sequence, padding included.
- R: rows, B * T: all tokens of the batch, sequence after sequence.
- H: hidden size, the width between the layers.
- E: embedding size.
- N: heads.
- D: units in one head.
- W: N * D, the width of all heads together.
- K: tokens under the convolution kernel.
- G: groups of a grouped dense layer.
- V: tokens in the vocabulary.
- M: positions gathered from a sequence.
- L: layers.

Each layer creates its variables in the current variable scope under fixed names.
Those names are the checkpoint format: renaming one orphans every published model.

Some layers write their gradient by hand. On a CPU these blocks are bound by memory,
and TensorFlow's own gradients read and write every tensor several times more.
"""

import math
from typing import Any, Callable, Dict, List, Optional, Tuple

import tensorflow.compat.v1 as tf

from util import fusion, precision

Activation = Callable[[tf.Tensor], tf.Tensor]

LAYER_NORM_EPSILON = 1e-12
INVERSE_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)

# See `_normal_cdf`; from the highest power down.
CDF_STRETCH = 0.32
CDF_COEFFICIENTS = (
    -0.12887405,
    0.49190855,
    -0.25948423,
    0.31023562,
    0.081405714,
    0.0048083696,
)


def dense(
    inputs: tf.Tensor,
    units: int,
    name: str,
    initializer: Any = None,
    activation: Optional[Activation] = None,
) -> tf.Tensor:
    """Applies a fully connected layer to the last axis.

    Args:
      inputs: float Tensor, [..., H].
      units: Output width U.
      name: Variable scope; the variables are `kernel` [H, U] and `bias` [U].
      initializer: Of the kernel; Glorot's uniform one by default.
      activation: Optional function applied to the result.

    Returns:
      float Tensor, [..., U].
    """
    kernel, bias = dense_variables(width(inputs), units, name, initializer)
    outputs = affine(flatten_rows(inputs), kernel, bias)
    outputs = tf.reshape(outputs, shape_list(inputs)[:-1] + [units])
    return activation(outputs) if activation else outputs


def dense_variables(
    input_size: int, units: int, name: str, initializer: Any = None
) -> Tuple[tf.Variable, tf.Variable]:
    """Returns the `kernel` [H, U] and `bias` [U] of a dense layer; see `dense`."""
    with tf.variable_scope(name):
        kernel = tf.get_variable("kernel", [input_size, units], initializer=initializer)
        return kernel, bias_variable(units)


def bias_variable(units: int) -> tf.Variable:
    return tf.get_variable("bias", [units], initializer=tf.zeros_initializer())


def affine(rows: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Returns rows @ kernel + bias; [R, H] -> [R, U]."""
    return tf.nn.bias_add(precision.product(rows, kernel), bias)


def grouped_dense(
    slices: tf.Tensor, units: int, name: str, initializer: Any = None
) -> tf.Tensor:
    """Applies G small dense layers, each to its own slice of the units.

    Cuts parameters and multiplications by a factor of G. Layers that follow one
    another keep the slices apart; `to_groups` and `from_groups` enter and leave.

    Args:
      slices: float Tensor, [G, R, H/G].
      units: Output width U of all groups together; a multiple of G.
      name: Variable scope; the variables are `kernel` [G, H/G, U/G], `bias` [U].
      initializer: Of the kernel; Glorot's uniform one by default.

    Returns:
      float Tensor, [G, R, U/G].
    """
    groups, slice_size = int(slices.shape[0]), width(slices)
    with tf.variable_scope(name):
        kernel = tf.get_variable(
            "kernel", [groups, slice_size, units // groups], initializer=initializer
        )
        bias = tf.reshape(bias_variable(units), [groups, 1, units // groups])
    return precision.product(slices, kernel) + bias


def to_groups(rows: tf.Tensor, groups: int) -> tf.Tensor:
    """[R, H] -> [G, R, H/G]."""
    return tf.stack(tf.split(rows, groups, axis=-1))


def from_groups(slices: tf.Tensor) -> tf.Tensor:
    """[G, R, H/G] -> [R, H]."""
    return tf.concat(tf.unstack(slices), axis=-1)


def layer_norm(inputs: tf.Tensor, name: str = "LayerNorm") -> tf.Tensor:
    """Normalizes every row to mean 0 and variance 1, then scales and shifts it.

    Args:
      inputs: float Tensor, [..., H].
      name: Variable scope; the variables are `beta` [H] and `gamma` [H].

    Returns:
      float Tensor, [..., H].
    """
    size = width(inputs)
    with tf.variable_scope(name):
        beta = tf.get_variable("beta", [size], initializer=tf.zeros_initializer())
        gamma = tf.get_variable("gamma", [size], initializer=tf.ones_initializer())
    outputs = _normalize(flatten_rows(inputs), gamma, beta)
    return tf.reshape(outputs, shape_list(inputs))


@tf.custom_gradient
def _normalize(rows, gamma, beta):
    """Layer normalization of [R, H] with a gradient in few passes over memory."""
    outputs, mean, inverse_stddev = _layer_norm(rows, gamma, beta)

    def gradient(d_outputs):
        product = _times_centered(d_outputs, rows, mean)
        averager = gamma[:, None] / width(rows)  # Means as matrix products.
        d_mean = tf.matmul(d_outputs, averager)  # [R, 1]
        d_variance = tf.matmul(product, averager)
        d_rows = _layer_norm_gradient(
            d_outputs, rows, mean, inverse_stddev, gamma, d_mean, d_variance
        )
        d_gamma = tf.matmul(inverse_stddev, product, transpose_a=True)  # [1, H]
        d_beta = tf.matmul(tf.ones_like(mean), d_outputs, transpose_a=True)
        return d_rows, tf.squeeze(d_gamma, 0), tf.squeeze(d_beta, 0)

    return outputs, gradient


@fusion.kernel
def _layer_norm(rows, gamma, beta):
    """Returns outputs [R, H], mean and 1 / standard deviation [R, 1].

    Each step is rounded as in the published models: where a row varies little about a
    large mean, another order of the same steps differs in the fifth digit.
    """
    mean = tf.reduce_mean(rows, axis=-1, keepdims=True)
    centered = rows - mean
    variance = tf.reduce_mean(centered * centered, axis=-1, keepdims=True)
    inverse_stddev = tf.math.rsqrt(variance + LAYER_NORM_EPSILON)
    scale = inverse_stddev * gamma  # [R, H]
    return rows * scale + (beta - mean * scale), mean, inverse_stddev


@fusion.kernel
def _times_centered(d_outputs, rows, mean):
    return d_outputs * (rows - mean)


@fusion.kernel
def _layer_norm_gradient(
    d_outputs, rows, mean, inverse_stddev, gamma, d_mean, d_variance
):
    through_variance = (rows - mean) * (inverse_stddev * inverse_stddev * d_variance)
    return inverse_stddev * (d_outputs * gamma - d_mean - through_variance)


@tf.custom_gradient
def gelu(inputs: tf.Tensor) -> tf.Tensor:
    """Gaussian error linear unit in its exact form, x * Phi(x).

    Phi is the distribution function of the standard normal. See
    https://arxiv.org/abs/1606.08415, section 2.
    """
    return _gelu(inputs), lambda d_outputs: _gelu_gradient(inputs, d_outputs)


def plain_gelu(inputs: tf.Tensor) -> tf.Tensor:
    return inputs * (0.5 + 0.5 * tf.math.erf(inputs * math.sqrt(0.5)))


def plain_gelu_gradient(inputs: tf.Tensor, d_outputs: tf.Tensor) -> tf.Tensor:
    cdf = 0.5 + 0.5 * tf.math.erf(inputs * math.sqrt(0.5))
    density = tf.exp(-0.5 * inputs * inputs) * INVERSE_SQRT_2PI
    return d_outputs * (cdf + inputs * density)


def _fused_gelu(inputs):
    return inputs * _normal_cdf(inputs, tf.exp(-0.5 * inputs * inputs))


def _fused_gelu_gradient(inputs, d_outputs):
    exponential = tf.exp(-0.5 * inputs * inputs)
    cdf = _normal_cdf(inputs, exponential)
    return d_outputs * (cdf + inputs * exponential * INVERSE_SQRT_2PI)


def _normal_cdf(inputs, exponential):
    """Returns Phi(x) to within 2e-7, given exp(-x^2 / 2).

    For x < 0 it is the exponential times a function that varies little, which a
    polynomial of 1 / (1 + a |x|) meets. As one kernel this takes half as long as an
    error function, and the gradient needs the exponential anyway. The coefficients
    make the largest error of x * Phi(x) smallest.
    """
    place = 1.0 / (1.0 + CDF_STRETCH * tf.abs(inputs))
    ratio = CDF_COEFFICIENTS[0]
    for coefficient in CDF_COEFFICIENTS[1:]:
        ratio = ratio * place + coefficient
    tail = ratio * exponential
    return tf.where(inputs > 0.0, 1.0 - tail, tail)


_gelu = fusion.kernel(_fused_gelu, plain=plain_gelu)
_gelu_gradient = fusion.kernel(_fused_gelu_gradient, plain=plain_gelu_gradient)


ACTIVATIONS: Dict[str, Activation] = {
    "gelu": gelu,
    "relu": tf.nn.relu,
    "tanh": tf.tanh,
    "linear": tf.identity,
}


def activation(name: str) -> Activation:
    """Returns an activation by the name that `EncoderConfig.hidden_act` knows."""
    return ACTIVATIONS[name]


def gather_positions(sequence: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """Picks M tokens of every sequence.

    Args:
      sequence: float Tensor, [B, T, H].
      positions: int32 Tensor, [B, M], in [0, T).

    Returns:
      float Tensor, [B, M, H].
    """
    batch_size, length, _ = shape_list(sequence)
    starts = tf.range(batch_size) * length
    rows = tf.reshape(positions + starts[:, None], [-1])
    gathered = tf.gather(flatten_rows(sequence), rows)
    return tf.reshape(gathered, shape_list(positions) + [width(sequence)])


def shifts(sequences: tf.Tensor, kernel_size: int) -> List[tf.Tensor]:
    """Returns sequences[:, t + k - K // 2] for every k in [0, K).

    Args:
      sequences: float Tensor, [B, T, ...]; taken to be zero beyond its ends.
      kernel_size: K, odd.

    Returns:
      K float Tensors of the same shape.
    """
    reach = kernel_size // 2
    length = shape_list(sequences)[1]
    beyond_ends = [[0, 0], [reach, reach]] + [[0, 0]] * (sequences.shape.ndims - 2)
    padded = tf.pad(sequences, beyond_ends)
    return [padded[:, place : place + length] for place in range(kernel_size)]


def width(tensor: tf.Tensor) -> int:
    """Returns the size of the last axis, which is always known."""
    return int(tensor.shape[-1])


def flatten_rows(tensor: tf.Tensor) -> tf.Tensor:
    """[..., H] -> [R, H]."""
    if tensor.shape.ndims == 2:
        return tensor
    return tf.reshape(tensor, [product_of(shape_list(tensor)[:-1]), width(tensor)])


def product_of(sizes: List[Any]) -> Any:
    """Returns the product of sizes, an integer if all of them are known."""
    result = 1
    for size in sizes:
        result = result * size
    return result


def shape_list(tensor: tf.Tensor) -> List[Any]:
    """Returns the shape as a list, integers where known and scalars elsewhere."""
    sizes = tensor.shape.as_list()
    if None not in sizes:
        return sizes
    dynamic = tf.shape(tensor)
    return [dynamic[axis] if size is None else size for axis, size in enumerate(sizes)]


def normal(stddev: float) -> Any:
    """Returns the initializer of BERT: normal, cut at two standard deviations."""
    return tf.truncated_normal_initializer(stddev=stddev)

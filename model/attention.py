"""Mixed attention: half the heads attend globally, half convolve locally.

See "ConvBERT: Improving BERT with Span-based Dynamic Convolution", section 3,
https://arxiv.org/abs/2008.02496. Shapes follow the glossary in `layers.py`; here N
counts the heads that `head_ratio` leaves. With `conv_type="noconv"` only attention is
there.
"""

from typing import Any, List, NamedTuple, Sequence, Tuple

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import dropout, layers, separable_convolution, span_convolution

MASKED_SCORE = -10000.0


class Layout(NamedTuple):
    """How the rows of a batch lie, and which of them are padding.

    Attributes:
      batch_size: B, an integer if known.
      length: T, an integer if known.
      is_token: float Tensor, [R, 1]; 1 for a token, 0 for padding.
      bias: float Tensor, [B, 1, 1, T]; added to attention scores to hide padding.
    """

    batch_size: Any
    length: Any
    is_token: tf.Tensor
    bias: tf.Tensor


def layout_of(mask: tf.Tensor) -> Layout:
    """Returns the layout of a batch from its mask, int32 [B, T]."""
    batch_size, length = layers.shape_list(mask)
    is_token = tf.cast(mask, tf.float32)
    return Layout(
        batch_size=batch_size,
        length=length,
        is_token=tf.reshape(is_token, [-1, 1]),
        bias=(1.0 - is_token)[:, None, None, :] * MASKED_SCORE,
    )


def mixed_attention(
    rows: tf.Tensor, layout: Layout, config: config_lib.EncoderConfig
) -> Tuple[tf.Tensor, tf.Tensor]:
    """Mixes tokens by self-attention and by span-based dynamic convolution.

    Args:
      rows: float Tensor, [R, H].
      layout: Of the batch.
      config: Architecture; its dropout rates are applied as they are.

    Returns:
      mixed: float Tensor, [R, 2 * W], attended heads, then convolved ones; [R, W]
        without convolution.
      weights: float Tensor, [B, N, T, T]; each row sums to 1.
    """
    names = ["query", "key", "value"]
    if config.has_convolution:
        names.append("conv_attn_point")
    query, key, value, *point = _joint_dense(rows, names, config)  # [R, W] each
    attended, weights = self_attention(query, key, value, layout, config)
    if not config.has_convolution:
        return attended, weights
    convolved = span_based_convolution(rows, query, point[0], layout, config)
    return tf.concat([attended, convolved], axis=1), weights


def _joint_dense(
    rows: tf.Tensor, names: Sequence[str], config: config_lib.EncoderConfig
) -> List[tf.Tensor]:
    """Applies dense layers of width W as one matrix product; [R, H] -> [R, W] each."""
    heads_width = config.num_kept_heads * config.head_size
    initializer = layers.normal(config.initializer_range)
    kernels, biases = [], []
    for name in names:
        kernel, bias = layers.dense_variables(
            config.hidden_size, heads_width, name, initializer
        )
        kernels.append(kernel)
        biases.append(bias)
    joint = layers.affine(rows, tf.concat(kernels, axis=1), tf.concat(biases, axis=0))
    return tf.split(joint, len(names), axis=1)


def self_attention(
    query: tf.Tensor,
    key: tf.Tensor,
    value: tf.Tensor,
    layout: Layout,
    config: config_lib.EncoderConfig,
) -> Tuple[tf.Tensor, tf.Tensor]:
    """Scaled dot-product attention to the tokens, not to padding.

    Args:
      query: float Tensor, [R, W].
      key: float Tensor, [R, W].
      value: float Tensor, [R, W].
      layout: Of the batch.
      config: Architecture.

    Returns:
      attended: float Tensor, [R, W].
      weights: float Tensor, [B, N, T, T], before dropout.
    """
    query = _split_heads(query * config.head_size**-0.5, layout, config)
    key = _split_heads(key, layout, config)  # [B, N, T, D]
    value = _split_heads(value, layout, config)
    scores = tf.matmul(query, key, transpose_b=True) + layout.bias
    kept = dropout.apply_to_softmax(  # [B, N, T, T]
        scores, config.attention_probs_dropout_prob, "attention"
    )
    attended = tf.transpose(tf.matmul(kept, value), [0, 2, 1, 3])  # [B, T, N, D]
    heads_width = config.num_kept_heads * config.head_size
    return tf.reshape(attended, [-1, heads_width]), tf.nn.softmax(scores)


def _split_heads(
    rows: tf.Tensor, layout: Layout, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """[R, W] -> [B, N, T, D]."""
    shape = [layout.batch_size, layout.length, config.num_kept_heads, config.head_size]
    return tf.transpose(tf.reshape(rows, shape), [0, 2, 1, 3])


def span_based_convolution(
    rows: tf.Tensor,
    query: tf.Tensor,
    point: tf.Tensor,
    layout: Layout,
    config: config_lib.EncoderConfig,
) -> tf.Tensor:
    """Convolves every token with a kernel made from the span around it.

    A separable convolution summarizes the span; its product with the query makes
    one softmax-normalized kernel per token and head.

    Args:
      rows: float Tensor, [R, H].
      query: float Tensor, [R, W], shared with attention.
      point: float Tensor, [R, W], what is convolved.
      layout: Of the batch.
      config: Architecture.

    Returns:
      float Tensor, [R, W].
    """
    num_heads, kernel_size = config.num_kept_heads, config.conv_kernel_size
    if config.mask_convolution:
        rows, point = rows * layout.is_token, point * layout.is_token
    initializer = layers.normal(config.initializer_range)
    span = separable_convolution.separable_convolution(
        tf.reshape(rows, [layout.batch_size, layout.length, config.hidden_size]),
        kernel_size,
        num_heads * config.head_size,
        "conv_attn_key",
        initializer,
    )  # [R, W]
    kernels = layers.dense(
        span * query, num_heads * kernel_size, "conv_attn_kernel", initializer
    )
    sizes = [layout.batch_size, layout.length, num_heads]
    convolved = span_convolution.convolve(
        tf.reshape(point, sizes + [config.head_size]),
        tf.nn.softmax(tf.reshape(kernels, sizes + [kernel_size])),
        is_plain=config.span_convolution == "plain",
    )
    return tf.reshape(convolved, [-1, num_heads * config.head_size])

"""Gradients of a batch that is computed in parts, one after the other.

A part needs the memory of its own activations only. The loss is the sum of the parts'
losses, which is that of the whole batch, or their mean, which is so where each part's
mean has as much weight in it.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import tensorflow.compat.v1 as tf

from util import randomness

Features = Dict[str, tf.Tensor]
Pairs = List[Tuple[Any, tf.Variable]]


class Computed(NamedTuple):
    """What a model computes of a batch.

    Attributes:
      loss: float32 [].
      scalars: float32 [] by name; what is worth knowing beside the loss.
    """

    loss: tf.Tensor
    scalars: Dict[str, tf.Tensor]


class Gradients(NamedTuple):
    """Gradients of a batch: float32 like the variable, None where there is none."""

    pairs: Pairs
    computed: Computed


def compute(
    compute_part: Callable[[Features], Computed],
    features: Features,
    num_parts: int,
    gradients_of: Callable[[tf.Tensor], Pairs],
    is_mean: bool,
) -> Gradients:
    """Returns the gradients of a batch.

    Args:
      compute_part: From features of some examples to their loss; it uses variables
        that it gets by name.
      features: Tensors [B, ...], B being known and a multiple of num_parts.
      num_parts: 1 for the whole batch at once.
      gradients_of: From a loss to pairs of gradient and variable.
      is_mean: Whether a loss is a mean over its examples, not a sum.

    Returns:
      The gradients; scalars are means over the parts.

    Raises:
      ValueError: The batch cannot be divided.
    """
    if num_parts == 1:
        computed = compute_part(features)
        return Gradients(gradients_of(computed.loss), computed)
    parts = {name: _divided(name, value, num_parts) for name, value in features.items()}
    # Variables must be there before the loop that uses them. Nobody asks for the
    # results of this call, so that nothing of it is ever computed.
    template = compute_part({name: part[0] for name, part in parts.items()})
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        return _in_loop(compute_part, parts, num_parts, gradients_of, template, is_mean)


def _divided(name: str, value: tf.Tensor, num_parts: int) -> tf.Tensor:
    """Returns [B, ...] as [num_parts, B / num_parts, ...]."""
    size = value.shape.as_list()[0]
    if size is None or size % num_parts:
        raise ValueError(
            "A batch of %s examples (feature %r) cannot be computed in %d equal parts; "
            "set gradient_accumulation_steps to a divisor of the examples per device."
            % (size, name, num_parts)
        )
    rest = tf.shape(value)[1:]
    shape = tf.concat([[num_parts, size // num_parts], rest], axis=0)
    parts = tf.reshape(value, shape)
    parts.set_shape([num_parts, size // num_parts] + value.shape[1:].as_list())
    return parts


def _in_loop(
    compute_part: Callable[[Features], Computed],
    parts: Features,
    num_parts: int,
    gradients_of: Callable[[tf.Tensor], Pairs],
    template: Computed,
    is_mean: bool,
) -> Gradients:
    """Adds up what the parts give; their variables exist."""
    names = list(template.scalars)
    variables = tf.trainable_variables()
    with_gradient: List[bool] = []

    def add_part(number, loss, scalars, *sums):
        features = {name: part[number] for name, part in parts.items()}
        with randomness.divided(number, num_parts):
            computed = compute_part(features)
        pairs = gradients_of(computed.loss)
        with_gradient[:] = [gradient is not None for gradient, _ in pairs]
        values = tf.stack([computed.scalars[name] for name in names])
        return (
            number + 1,
            loss + computed.loss,
            scalars + values,
            *[_added(total, gradient) for total, (gradient, _) in zip(sums, pairs)],
        )

    zeros = [tf.zeros(variable.shape) for variable in variables]
    _, loss, scalars, *sums = tf.while_loop(
        lambda number, *_: number < num_parts,
        add_part,
        (tf.constant(0), tf.zeros([]), tf.zeros([len(names)]), *zeros),
        parallel_iterations=1,
        back_prop=False,
    )
    share = 1.0 / num_parts if is_mean else 1.0
    return Gradients(
        [
            (total * share if has_gradient else None, variable)
            for total, variable, has_gradient in zip(sums, variables, with_gradient)
        ],
        Computed(loss * share, dict(zip(names, tf.unstack(scalars / num_parts)))),
    )


def _added(total: tf.Tensor, gradient: Any) -> tf.Tensor:
    if gradient is None:
        return total
    if isinstance(gradient, tf.IndexedSlices):  # Of a table that was looked up.
        rows = gradient.indices[:, None]
        return tf.tensor_scatter_nd_add(total, rows, gradient.values)
    return total + gradient

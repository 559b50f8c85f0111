"""Loss scaling: keeps the small gradients of float16 from becoming zero.

The loss is multiplied by a scale, its gradients are divided by it in float32. The
scale is as high as the gradients allow: a step whose gradients are not finite changes
nothing but halves it, and many finite ones in a row double it. See "Mixed Precision
Training", section 3.2, https://arxiv.org/abs/1710.03740.
"""

from typing import List

import tensorflow.compat.v1 as tf

FIRST_SCALE = 2.0**15
LOWEST_SCALE = 1.0
STEPS_TO_DOUBLE = 2000


class LossScale:
    """The scale and its variables, which checkpoints keep."""

    def __init__(self) -> None:
        with tf.variable_scope("loss_scale"):
            self._scale = _counter("scale", tf.float32, FIRST_SCALE)
            self._finite_steps = _counter("finite_steps", tf.int32, 0)

    def read(self) -> tf.Tensor:
        """Returns the scale of the present step, float32 []."""
        return self._scale.read_value()

    def updates(
        self, strategy: tf.distribute.Strategy, is_finite: tf.Tensor
    ) -> List[tf.Operation]:
        """Returns what changes the scale, to be run once for all replicas.

        Args:
          strategy: Whose replicas have the variables.
          is_finite: bool Tensor, []; whether the gradients of this step are.
        """
        finite_steps = tf.where(is_finite, self._finite_steps.read_value() + 1, 0)
        is_due = finite_steps >= STEPS_TO_DOUBLE
        scale = self.read()
        raised = tf.where(is_due, scale * 2.0, scale)
        lowered = tf.maximum(scale / 2.0, LOWEST_SCALE)
        updated = [
            (self._scale, tf.where(is_finite, raised, lowered)),
            (self._finite_steps, tf.where(is_due, 0, finite_steps)),
        ]
        return [
            update
            for variable, value in updated
            for update in strategy.extended.update(
                variable, _assign, args=(value,), group=False
            )
        ]


def reported(norm: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Returns the gradients' norm, 0 of a step that only lowers the scale.

    Gradients that overflow are expected as long as the scale can be lowered.

    Args:
      norm: float32 Tensor, []; finite or not.
      scale: float32 Tensor, []; of the same step.
    """
    is_expected = tf.logical_not(tf.math.is_finite(norm)) & (scale > LOWEST_SCALE)
    return tf.where(is_expected, tf.zeros_like(norm), norm)


def _assign(variable: tf.Variable, value: tf.Tensor) -> tf.Operation:
    return variable.assign(value).op


def _counter(name: str, dtype: tf.DType, first: float) -> tf.Variable:
    return tf.get_variable(
        name, [], dtype, tf.constant_initializer(first), trainable=False
    )

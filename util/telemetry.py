"""What a training graph tells the hooks that watch it.

A model function publishes its scalars once; hooks find them in the graph's
collections. Those that a step computes anyway, losses and the gradient's norm, have
a vector of their own, so that watching them at every step costs one small fetch.
"""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

NAMES_KEY = "published_scalar_names"
TENSORS_KEY = "published_scalars"
GRADIENT_NORM = "grad_norm"


class Published(NamedTuple):
    """Scalars of a training graph."""

    names: List[str]
    values: tf.Tensor  # float32 [number of names]; of the step, before its update.
    vital_values: tf.Tensor  # float32 [number of vital names]; some of `values`.
    step: tf.Tensor  # int64 []; steps finished when the update is done.

    @property
    def vital_names(self) -> List[str]:
        return [name for name in self.names if is_vital(name)]


def is_vital(name: str) -> bool:
    """Whether a scalar must be finite and comes at no cost."""
    return name.endswith("loss") or name == GRADIENT_NORM


def publish(scalars: Mapping[str, tf.Tensor], train_op: tf.Operation) -> None:
    """Makes scalars visible to hooks; several replicas publish their mean.

    Args:
      scalars: float Tensors, [], by name.
      train_op: The update of this step.
    """
    values = _mean_over_replicas(list(scalars.values()))
    vital = [value for name, value in scalars.items() if is_vital(name)]
    vital_values = _mean_over_replicas(vital or [tf.constant(0.0)])
    with tf.control_dependencies([train_op]):
        step = tf.train.get_or_create_global_step().read_value()
    if not tf.get_collection(TENSORS_KEY):  # The first replica speaks for all.
        for name in scalars:
            tf.add_to_collection(NAMES_KEY, name)
        for tensor in (values, vital_values, step):
            tf.add_to_collection(TENSORS_KEY, tensor)


def _mean_over_replicas(scalars: List[tf.Tensor]) -> tf.Tensor:
    """Returns float32 [number of scalars]; called in replica context."""
    values = tf.stack([tf.cast(value, tf.float32) for value in scalars])

    def reduce(strategy: tf.distribute.Strategy, values: tf.Tensor) -> tf.Tensor:
        return strategy.extended.reduce_to(
            tf.distribute.ReduceOp.MEAN, values, destinations=values
        )

    return tf.distribute.get_replica_context().merge_call(reduce, args=(values,))


def published() -> Optional[Published]:
    """Returns what the default graph publishes; None if nothing (as on a TPU)."""
    tensors = tf.get_collection(TENSORS_KEY)
    if not tensors:
        return None
    return Published(tf.get_collection(NAMES_KEY), *tensors)


def host_call(
    scalars: Mapping[str, tf.Tensor], log_dir: str
) -> Optional[Tuple[Callable[..., List[tf.Operation]], Dict[str, Any]]]:
    """Returns the call by which a TPU's host writes scalars for TensorBoard.

    Args:
      scalars: float Tensors, [], by name.
      log_dir: Folder of the event files.

    Returns:
      (function, its arguments by name), or None if there are no scalars. The
      arguments have shape [1]: the host gets those of all cores, concatenated.
    """
    if not scalars:
        return None
    step = tf.train.get_or_create_global_step()
    tensors = {"step": tf.reshape(step, [1])}
    for name, value in scalars.items():
        tensors[name] = tf.reshape(tf.cast(value, tf.float32), [1])

    def write(step, **values):
        writer = tf2.summary.create_file_writer(log_dir)
        with writer.as_default():
            for name, value in sorted(values.items()):
                tf2.summary.scalar(name, tf.reduce_mean(value), step=step[0])
        return tf.summary.all_v2_summary_ops()

    return write, tensors

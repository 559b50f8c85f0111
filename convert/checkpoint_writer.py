"""Writes a checkpoint of given values, without the model that they belong to."""

import os
from typing import Dict, Iterable, Iterator, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

STEP = "global_step"
_GROUP_BYTES = 1 << 28

Values = Dict[str, np.ndarray]


def write(model_dir: str, values: Iterable[Tuple[str, np.ndarray]]) -> str:
    """Writes the latest, and only, checkpoint of a folder.

    Args:
      model_dir: The folder; made if missing.
      values: (name, value) of every variable. They are taken as they are needed, so
        that a large model need not be held twice.

    Returns:
      Its prefix: "model.ckpt", with the step behind it if there is a global_step.

    Raises:
      ValueError: There is nothing to write.
    """
    on_cpu = tf.ConfigProto(device_count={"GPU": 0})
    variables: Dict[str, tf.Variable] = {}
    step = None
    with tf.Graph().as_default(), tf.Session(config=on_cpu) as session:
        for group in _groups(values):
            variables.update(_variables(session, group))
            if STEP in group:
                step = int(group[STEP])
        if not variables:
            raise ValueError("There is no variable to write to %s." % model_dir)
        saver = tf.train.Saver(variables, save_relative_paths=True)
        prefix: str = saver.save(
            session,
            os.path.join(model_dir, "model.ckpt"),
            global_step=step,
            write_meta_graph=False,
        )
    return prefix


def _groups(values: Iterable[Tuple[str, np.ndarray]]) -> Iterator[Values]:
    """Yields the values in groups of a few hundred megabytes.

    Each addition to a graph makes its session look at all of it again; one by one, a
    large model would take minutes.
    """
    group: Values = {}
    size = 0
    for name, value in values:
        group[name] = value
        size += value.nbytes
        if size >= _GROUP_BYTES:
            yield group
            group, size = {}, 0
    if group:
        yield group


def _variables(session: tf.Session, group: Values) -> Dict[str, tf.Variable]:
    """Returns variables that hold the values."""
    variables, feeds = {}, {}
    for name, value in group.items():
        # Fed, because a graph with the values in it could hold 2 GB at most.
        feed = tf.placeholder(value.dtype, value.shape)
        variables[name] = tf.Variable(feed, trainable=False)
        feeds[feed] = value
    initializers = [variable.initializer for variable in variables.values()]
    session.run(initializers, feeds)
    return variables

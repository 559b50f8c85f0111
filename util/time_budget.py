"""A budget of time: the graph and its checkpoints know how much of it is used."""

import time
from typing import Any, List, Optional

import tensorflow.compat.v1 as tf

from util import gfile

NAME = "time_budget/used_share"
FED_KEY = "time_budget_fed"


class Budget:
    """The share of the time that is used, in the present training graph.

    Attributes:
      used_share: float32 Tensor, []; 0 at the start, 1 when the time is up.
      update: Keeps it for the next checkpoint.
    """

    def __init__(self) -> None:
        variable = tf.get_variable(
            NAME,
            [],
            tf.float32,
            tf.zeros_initializer(),
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        self.used_share = tf.placeholder_with_default(variable.read_value(), [])
        self.update: tf.Operation = variable.assign(self.used_share)
        tf.add_to_collection(FED_KEY, self.used_share)


class TimeBudgetHook(tf.train.SessionRunHook):
    """Tells the graph how much time is used, and ends training when it all is.

    What earlier runs used counts, the time between them does not.

    Args:
      hours: The budget.
      used_before: Share that earlier runs used; see `used_share`.
    """

    def __init__(self, hours: float, used_before: float):
        self._seconds = 3600.0 * hours
        self._used_before = used_before
        self._start = 0.0
        self._fed: List[Any] = []

    def begin(self) -> None:
        self._fed = tf.get_collection(FED_KEY)

    def after_create_session(
        self, session: tf.Session, coord: tf.train.Coordinator
    ) -> None:
        self._start = time.monotonic()

    def before_run(self, run_context: Any) -> tf.train.SessionRunArgs:
        used = min(1.0, self._used())
        return tf.train.SessionRunArgs(None, {tensor: used for tensor in self._fed})

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if self._used() >= 1.0:
            run_context.request_stop()

    def seconds_left(self) -> float:
        """Returns the time until training ends, once a session is made."""
        return max(0.0, 1.0 - self._used()) * self._seconds

    def _used(self) -> float:
        return self._used_before + (time.monotonic() - self._start) / self._seconds


def used_share(checkpoint: Optional[str]) -> float:
    """Returns the share that a checkpoint says is used; 0 without one.

    Args:
      checkpoint: Prefix, or None.
    """
    if checkpoint is None or not gfile.exists(checkpoint + ".index"):
        return 0.0
    reader = tf.train.load_checkpoint(checkpoint)
    if not reader.has_tensor(NAME):
        return 0.0
    return float(reader.get_tensor(NAME))

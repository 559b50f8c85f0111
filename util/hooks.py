"""Hooks that end a training session: at the first NaN, or when asked to."""

import os
import signal
import threading
from typing import Any, Dict, List, Mapping, Optional

import numpy as np
import tensorflow.compat.v1 as tf

from util import progress, run_settings, telemetry, time_budget

ProgressHook = progress.ProgressHook


def training_hooks(
    run: run_settings.RunSettings,
    tokens_per_step: int,
    budget: Optional[time_budget.TimeBudgetHook] = None,
) -> List[tf.train.SessionRunHook]:
    """Returns the hooks of every training run, in the order they must act.

    Args:
      run: `RunSettings` with a `model_dir`.
      tokens_per_step: Tokens in a batch over all devices, padding included.
      budget: Ends training when the time is up; None where steps alone count.
    """
    reporter = progress.ProgressHook(
        str(run.model_dir),
        run.num_train_steps,
        tokens_per_step,
        run.log_steps,
        seconds_left=budget.seconds_left if budget else None,
    )
    acting: List[tf.train.SessionRunHook] = [NonFiniteGuardHook(), reporter]
    return [budget, *acting] if budget else acting


class NonFiniteGuardHook(tf.train.SessionRunHook):
    """Stops training at the first step with a NaN or an infinity.

    It watches the losses and the gradient norm that the model function published. The
    optimizer keeps such a step's gradients from the weights, so the checkpoint is
    sound whenever it was written.
    """

    def __init__(self) -> None:
        self._published: Optional[telemetry.Published] = None

    def begin(self) -> None:
        self._published = telemetry.published()

    def before_run(self, run_context: Any) -> Optional[tf.train.SessionRunArgs]:
        if self._published is None:
            return None
        return tf.train.SessionRunArgs(
            [self._published.vital_values, self._published.step]
        )

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if self._published is None:
            return
        values, step = run_values.results
        if not np.all(np.isfinite(values)):
            names = self._published.vital_names
            raise non_finite_error(int(step), dict(zip(names, values)))


def non_finite_error(step: int, values: Mapping[str, float]) -> ValueError:
    """Returns the error for a step with values that are not finite.

    Args:
      step: Number of the step, 1 for the first.
      values: The watched scalars of the step by name.
    """
    listed: Dict[bool, List[str]] = {True: [], False: []}
    for name, value in values.items():
        listed[bool(np.isfinite(value))].append("%s = %.6g" % (name, value))
    return ValueError(
        "Training stopped at step %d, because these are not finite: %s. Finite: %s. "
        "Its gradients were not used, so the last checkpoint is sound: run the same "
        "command again with a lower learning_rate or a longer num_warmup_steps."
        % (step, ", ".join(listed[False]), ", ".join(listed[True]) or "none")
    )


class StopOnSignalHook(tf.train.SessionRunHook):
    """Ends the session after the current step on SIGTERM or SIGINT.

    Ending it in order makes TensorFlow save a checkpoint. A second signal acts as if
    there were no hook. `received` is the signal's number, or None.
    """

    SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.received: Optional[int] = None
        self._former: Dict[int, Any] = {}

    def begin(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in self.SIGNALS:
                self._former[number] = signal.signal(number, self._handle)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if self.received is not None:
            run_context.request_stop()

    def restore(self) -> None:
        """Puts the former signal handlers back."""
        while self._former:
            number, handler = self._former.popitem()
            signal.signal(number, handler)

    def _handle(self, number: int, frame: Any) -> None:
        if self.received is None:
            self.received = number
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

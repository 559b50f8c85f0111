"""Trains to a step, evaluating on the way; stops and resumes without loss."""

import gc
import os
import sys
import time
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence

import tensorflow.compat.v1 as tf

from util import estimator as estimator_lib
from util import gfile, progress, telemetry, training_log
from util import hooks as hooks_lib

Metrics = Dict[str, float]


class Evaluation(NamedTuple):
    """How a model is evaluated while it trains.

    Attributes:
      every: Steps from one evaluation to the next, at the least.
      input_fn: What the estimator evaluates on, or None where `measure` does it.
      steps: Batches of it; None goes on to the end of the input.
      measure: From a step to the metrics of its checkpoint, the latest.
      on_result: Called with step and metrics; training ends if it returns true.
    """

    every: int
    input_fn: Optional[Callable[..., Any]] = None
    steps: Optional[int] = None
    measure: Optional[Callable[[int], Metrics]] = None
    on_result: Optional[Callable[[int, Metrics], Any]] = None


def train_and_evaluate(
    estimator: estimator_lib.AnyEstimator,
    train_input_fn: Callable[..., Any],
    max_steps: int,
    evaluation: Optional[Evaluation] = None,
    hooks: Sequence[tf.train.SessionRunHook] = (),
) -> Metrics:
    """Trains until the global step is `max_steps`, from wherever it stands.

    Evaluations take place after a checkpoint, once `evaluation.every` steps have
    passed since the last, and always at the end. Their results are added to the
    training log. On CPUs and GPUs training goes on in one session; a TPU gets one
    session per evaluation.

    Args:
      estimator: From `estimator.build`.
      train_input_fn: Endless input.
      max_steps: Step to stop at.
      evaluation: `Evaluation`, or None to train only.
      hooks: From `hooks.training_hooks`.

    Returns:
      Metrics of the last evaluation; empty without evaluation.

    Raises:
      SystemExit: A signal ended the training; its checkpoint is written.
    """
    step = last_step(estimator)
    evaluator = Evaluator(estimator, evaluation, max_steps, hooks)
    if step >= max_steps:
        _say("Already trained to step %d of %d." % (step, max_steps))
        evaluator.evaluate(step)
        return evaluator.metrics
    if step:
        _say("Resuming at step %d." % step)
    is_tpu = isinstance(estimator, tf.estimator.tpu.TPUEstimator)
    while step < max_steps:
        target = max_steps
        if is_tpu and evaluation is not None:
            target = min(step + evaluation.every, max_steps)
        _train(estimator, train_input_fn, target, evaluator, hooks)
        step = last_step(estimator)
        if (is_tpu or step < target) and not evaluator.has_evaluated(step):
            evaluator.evaluate(step)
        if step < target:  # A hook ended the training: its time is up, say.
            break
    return evaluator.metrics


def last_step(estimator: estimator_lib.AnyEstimator) -> int:
    """Returns the step of the latest checkpoint, 0 if there is none.

    Raises:
      FileNotFoundError: There are checkpoints, but the latest is not known;
        TensorFlow would start anew from random weights.
    """
    checkpoint = estimator.latest_checkpoint()
    if checkpoint is None:
        if not gfile.exists(estimator.model_dir):
            return 0
        pattern = os.path.join(estimator.model_dir, "model.ckpt-*.index")
        if gfile.glob(pattern):
            raise FileNotFoundError(
                "%s has checkpoints, but its file `checkpoint` is missing or names one "
                "that is not there. Write the name of the one to go on from into it: "
                'model_checkpoint_path: "model.ckpt-..."' % estimator.model_dir
            )
        return 0
    return int(tf.train.load_checkpoint(checkpoint).get_tensor("global_step"))


def _train(
    estimator: estimator_lib.AnyEstimator,
    input_fn: Callable[..., Any],
    max_steps: int,
    evaluator: "Evaluator",
    hooks: Sequence[tf.train.SessionRunHook],
) -> None:
    """Trains in one session; leaves the program if a signal ended it."""
    is_tpu = isinstance(estimator, tf.estimator.tpu.TPUEstimator)
    stop = hooks_lib.StopOnSignalHook()
    evaluator.stop = stop
    acting = list(hooks) + [stop]
    if estimator.config.is_chief and not is_tpu:
        acting.append(CheckpointHook(estimator, evaluator))
        gc.disable()  # A graph is no garbage; the search takes a tenth of its making.
    try:
        estimator.train(input_fn, hooks=acting, max_steps=max_steps)
    finally:
        gc.enable()
        stop.restore()
    if stop.received is not None:
        _say(
            "Stopped by signal %d; the checkpoint of step %d is saved. Run the same "
            "command to go on." % (stop.received, last_step(estimator))
        )
        raise SystemExit(128 + stop.received)


class CheckpointHook(tf.train.CheckpointSaverHook):
    """Saves checkpoints, and then evaluates; the last of the hooks.

    Estimator would put one of its own before all other hooks. Where this one stands,
    a step is on record before its checkpoint is, and one that is not finite is not
    saved. Nor does it write the graph, or a checkpoint of what was just loaded or
    drawn, which takes longer than many a step. What it inherits is its kind alone, by
    which Estimator sees that there is one.
    """

    def __init__(self, estimator: tf.estimator.Estimator, evaluator: "Evaluator"):
        self._prefix = os.path.join(estimator.model_dir, "model.ckpt")
        self._every = estimator.config.save_checkpoints_steps
        self._evaluator = evaluator
        self._step = self._saved_step = last_step(estimator)

    def begin(self) -> None:
        published = telemetry.published()
        assert published is not None  # `estimator.spec` did it.
        self._step_tensor = published.step

    def after_create_session(
        self, session: tf.Session, coord: tf.train.Coordinator
    ) -> None:
        del session, coord  # Nothing is saved yet.
        gc.enable()  # The graph is made.

    def before_run(self, run_context: Any) -> tf.train.SessionRunArgs:
        return tf.train.SessionRunArgs(self._step_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._step = int(run_values.results)
        if self._step - self._saved_step >= self._every:
            self._save(run_context.session)
            if self._evaluator.ends_training:
                run_context.request_stop()

    def end(self, session: tf.Session) -> None:
        if self._step > self._saved_step:
            self._save(session)

    def _save(self, session: tf.Session) -> None:
        (saver,) = tf.get_collection(tf.GraphKeys.SAVERS)
        try:
            saver.save(session, self._prefix, self._step, write_meta_graph=False)
        except tf.errors.OpError as error:
            reason = error.message.splitlines()[0]
            raise OSError("Cannot write %s: %s" % (self._prefix, reason)) from error
        self._saved_step = self._step
        self._evaluator.after_save(self._step)


class Evaluator:
    """Evaluates the checkpoints that are due."""

    def __init__(
        self,
        estimator: estimator_lib.AnyEstimator,
        evaluation: Optional[Evaluation],
        max_steps: int,
        hooks: Sequence[tf.train.SessionRunHook],
    ):
        """Takes the present checkpoint as evaluated.

        Args:
          estimator: What to evaluate.
          evaluation: How; None evaluates nothing.
          max_steps: Step whose checkpoint is always evaluated.
          hooks: Those of the training; progress is told the time that this takes.
        """
        self._estimator = estimator
        self._evaluation = evaluation
        self._max_steps = max_steps
        self._hooks = hooks
        self._last_step = last_step(estimator)
        self.stop: Optional[hooks_lib.StopOnSignalHook] = None
        self.metrics: Metrics = {}
        self.ends_training = False

    def after_save(self, step: int) -> None:
        """Evaluates the checkpoint of a step, if that is due."""
        if self._evaluation is None or step == self._last_step:
            return
        if self.stop is not None and self.stop.received is not None:
            return
        is_due = step - self._last_step >= self._evaluation.every
        if is_due or step >= self._max_steps:
            self.evaluate(step)

    def has_evaluated(self, step: int) -> bool:
        """Whether the metrics are those of a step."""
        return bool(self.metrics) and step == self._last_step

    def evaluate(self, step: int) -> None:
        """Evaluates the latest checkpoint, whose step is given, and passes it on."""
        if self._evaluation is None:
            return
        start = time.monotonic()
        results = self._results(step)
        self._last_step = step
        self.metrics = {
            name: float(value)
            for name, value in sorted(results.items())
            if name != "global_step"
        }
        path = training_log.path_in(self._estimator.model_dir)
        training_log.append_evaluation(path, step, self.metrics)
        _say(_result_line(step, self.metrics))
        if self._evaluation.on_result is not None:
            self.ends_training = bool(self._evaluation.on_result(step, self.metrics))
        for hook in self._hooks:
            if isinstance(hook, progress.ProgressHook):
                hook.exclude(time.monotonic() - start)

    def _results(self, step: int) -> Metrics:
        assert self._evaluation is not None  # Else nobody asks.
        if self._evaluation.measure is not None:
            return self._evaluation.measure(step)
        return self._estimator.evaluate(
            self._evaluation.input_fn, steps=self._evaluation.steps
        )


def _result_line(step: int, metrics: Metrics) -> str:
    values = ["%s %.4g" % item for item in metrics.items()]
    return " | ".join([f"held-out at step {step:,}"] + values)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

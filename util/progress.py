"""Tells how training goes: on the screen, in a log file and in TensorBoard."""

import math
import sys
import time
from typing import Any, Callable, Dict, Mapping, Optional, TextIO

import tensorflow.compat.v1 as tf

from util import telemetry, training_log

SECONDS_BETWEEN_REPAINTS = 0.5
SECONDS_BETWEEN_COUNTS = 10.0


class ProgressHook(tf.train.SessionRunHook):
    """Reports losses and speed every `log_steps` steps.

    Losses are fetched for a report only. A terminal gets one line that is painted
    over, with the step kept current; anything else gets a line per report.
    """

    def __init__(
        self,
        log_dir: str,
        num_train_steps: int,
        tokens_per_step: int,
        log_steps: int = 100,
        stream: Optional[TextIO] = None,
        seconds_left: Optional[Callable[[], float]] = None,
    ):
        """Opens nothing yet.

        Args:
          log_dir: Folder of training_log.jsonl and the event files.
          num_train_steps: Step at which training ends.
          tokens_per_step: Tokens in a batch, padding included.
          log_steps: Steps between reports.
          stream: Where lines go; standard error by default.
          seconds_left: Says how long a budget of time lasts; None without one.
        """
        self._log_dir = log_dir
        self._log_path = training_log.path_in(log_dir)
        self._num_train_steps = num_train_steps
        self._tokens_per_step = tokens_per_step
        self._log_steps = log_steps
        self._screen = Screen(stream or sys.stderr)
        self._seconds_left = seconds_left or (lambda: math.inf)
        self._clock = Clock()
        self._step = 0
        self._is_first = True
        self._values: Dict[str, float] = {}

    def begin(self) -> None:
        self._published = telemetry.published()
        self._step_tensor = tf.train.get_or_create_global_step()
        if self._published is not None:
            self._step_tensor = self._published.step
        self._writer = tf.summary.FileWriter(self._log_dir)  # Without the graph.
        # Asking the session for the step would take longer than a step.
        checkpoint = tf.train.latest_checkpoint(self._log_dir)
        if checkpoint is not None:
            reader = tf.train.load_checkpoint(checkpoint)
            self._step = int(reader.get_tensor("global_step"))
        training_log.start(self._log_path, self._step)

    def before_run(self, run_context: Any) -> tf.train.SessionRunArgs:
        fetches = {"step": self._step_tensor}
        if self._published is not None and self._is_due(self._step + 1):
            fetches["values"] = self._published.values
        return tf.train.SessionRunArgs(fetches)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        step = int(run_values.results["step"])
        is_due = self._is_due(step)
        self._step = step
        if self._is_first:
            self._is_first = False
            self._screen.line("First step after %.1f s." % self._clock.elapsed())
            self._clock.restart(step)
        if is_due:
            self._report(run_values.results.get("values"))
        else:
            self._screen.repaint(self._line)

    def end(self, session: tf.Session) -> None:
        self._writer.flush()
        self._screen.close()

    def exclude(self, seconds: float) -> None:
        """Keeps time that was not spent on training out of the speed."""
        self._clock.exclude(seconds)

    def _is_due(self, step: int) -> bool:
        """Whether a report is due once `step` steps are done."""
        reached = step // self._log_steps > self._step // self._log_steps
        return reached or step >= self._num_train_steps

    def _report(self, values: Optional[Any]) -> None:
        """Writes a report; `values` has those of the published scalars, if any."""
        self._values = {}
        if values is not None and self._published is not None:
            self._values = dict(zip(self._published.names, map(float, values)))
        rate = self._clock.steps_per_second(self._step)
        if rate is not None:
            self._values["steps_per_second"] = rate
            self._values["tokens_per_second"] = rate * self._tokens_per_step
        self._clock.restart(self._step)
        training_log.append(self._log_path, self._step, self._values)
        points = [
            tf.Summary.Value(tag=name, simple_value=value)
            for name, value in self._values.items()
        ]
        self._writer.add_summary(tf.Summary(value=points), self._step)
        self._writer.flush()
        self._screen.line(self._line())

    def _line(self) -> str:
        return progress_line(
            self._step, self._num_train_steps, self._values, self._seconds_left()
        )


def progress_line(
    step: int,
    num_steps: int,
    values: Mapping[str, float],
    seconds_left: float = math.inf,
) -> str:
    """Returns what a user reads: step, losses, speed and the time that is left.

    Args:
      step: Steps done.
      num_steps: Steps in all.
      values: Scalars by name; "steps_per_second" and "tokens_per_second", if there,
        are the speed.
      seconds_left: Of a budget of time, which may end before the steps do.
    """
    shown = dict(values)
    rate = shown.pop("steps_per_second", 0.0)
    tokens = shown.pop("tokens_per_second", 0.0)
    parts = [f"step {step:,}/{num_steps:,}"]
    parts += ["%s %.4g" % (name, value) for name, value in shown.items()]
    if rate:
        parts.append("%.3g steps/s" % rate)
        parts.append(f"{tokens:,.0f} tokens/s")
        parts.append("ETA " + duration(min((num_steps - step) / rate, seconds_left)))
    return " | ".join(parts)


def duration(seconds: float) -> str:
    """Returns a duration in its two largest units: "3h 05m", "2m 10s", "9s"."""
    minutes, rest = divmod(int(round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return "%dd %02dh" % (days, hours)
    if hours:
        return "%dh %02dm" % (hours, minutes)
    return "%dm %02ds" % (minutes, rest) if minutes else "%ds" % rest


class Counter:
    """Tells how far a long piece of work has come; short ones are passed over."""

    def __init__(self, what: str, total: int, stream: Optional[TextIO] = None):
        """Starts the clock at the first `add`, so that no set-up is measured.

        Args:
          what: The work: "Predicting dev".
          total: How many things there are, as far as is known.
          stream: Where lines go; standard error by default.
        """
        self._what = what
        self._total = total
        self._screen = Screen(stream or sys.stderr)
        self._clock: Optional[Clock] = None
        self._done = 0
        self._told = 0.0

    def add(self, count: int) -> None:
        """Takes in that so many more things are done."""
        self._done += count
        if self._clock is None:
            self._clock = Clock()
            self._clock.restart(self._done)
        elapsed = self._clock.elapsed()
        if elapsed - self._told >= SECONDS_BETWEEN_COUNTS:
            self._told = elapsed
            rate = self._clock.steps_per_second(self._done)
            self._screen.line(count_line(self._what, self._done, self._total, rate))

    def close(self) -> None:
        self._screen.close()


def count_line(what: str, done: int, total: int, rate: Optional[float]) -> str:
    """Returns how far work has come, its speed and the time that is left.

    Args:
      what: The work.
      done: Things that are done; where they are more than `total`, nobody knows how
        many there will be.
      total: Things that were expected.
      rate: Things per second, if known.
    """
    is_known = done <= total
    line = f"{what}: {done:,}" + (f"/{total:,}" if is_known else "")
    if rate:
        line += " | %.3g/s" % rate if rate < 1000 else f" | {rate:,.0f}/s"
        line += " | ETA " + duration((total - done) / rate) if is_known else ""
    return line


class Clock:
    """Measures the speed since a step, without time that is excluded."""

    def __init__(self) -> None:
        self.restart(0)

    def restart(self, step: int) -> None:
        self._step = step
        self._start = time.monotonic()

    def exclude(self, seconds: float) -> None:
        self._start += seconds

    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def steps_per_second(self, step: int) -> Optional[float]:
        """Returns the speed, or None if no step was made."""
        if step == self._step:
            return None
        return (step - self._step) / max(self.elapsed(), 1e-9)


class Screen:
    """Lines for a reader: painted over on a terminal, one by one elsewhere."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._painted = 0.0
        self._is_open = False  # A painted line waits for its end.

    def line(self, text: str) -> None:
        """Shows a line that stays until the next one."""
        if not self._stream.isatty():
            self._stream.write(text + "\n")
            self._stream.flush()
        else:
            self._paint(text)

    def repaint(self, text: Any) -> None:
        """Brings a terminal's line up to date, not too often; `text` is a function."""
        now = time.monotonic()
        if self._stream.isatty() and now - self._painted > SECONDS_BETWEEN_REPAINTS:
            self._paint(text())

    def close(self) -> None:
        if self._is_open:
            self._stream.write("\n")
            self._is_open = False

    def _paint(self, text: str) -> None:
        self._stream.write("\r\x1b[K" + text)
        self._stream.flush()
        self._painted = time.monotonic()
        self._is_open = True

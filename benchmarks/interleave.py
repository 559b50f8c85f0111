"""Measures several trainers on one machine in one run.

Absolute speeds of a shared machine change from minute to minute. So all contestants
start, one after the other, and then take turns: all but one are stopped (SIGSTOP) and
the one runs for a slice of time, round after round. Only ratios of what was measured
in the same run mean anything.
"""

import os
import signal
import statistics
import subprocess
import time
from typing import Dict, List, NamedTuple, Optional

START_SECONDS = 900  # After which a contestant that makes no step is given up.
FIRST_STEPS = 3  # Not counted: caches fill, kernels are compiled.


class Contestant(NamedTuple):
    """A process that writes a stamp per step; see `benchmarks.stamps`."""

    name: str
    command: List[str]
    directory: str
    stamps: str  # Path of the file it writes.


class Result(NamedTuple):
    """What was measured of a contestant.

    Attributes:
      name: Its name.
      seconds: Of each step.
      first_step: Seconds from the command to the end of the first step.
      peak_megabytes: Largest resident memory.
    """

    name: str
    seconds: List[float]
    first_step: float
    peak_megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def mean(self) -> float:
        """The mean, where steps differ in what they do."""
        return statistics.mean(self.seconds)


class Stamp(NamedTuple):
    """A step's end: seconds of the monotonic clock, and peak memory so far."""

    time: float
    megabytes: float


class _Process:
    """A running contestant."""

    def __init__(self, contestant: Contestant, log_path: str):
        self.contestant = contestant
        self.log_path = log_path
        self.seconds: List[float] = []
        self._started = time.monotonic()
        with open(log_path, "wb") as log:
            self._process = subprocess.Popen(
                contestant.command,
                cwd=contestant.directory,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for_first_steps(self) -> None:
        """Returns once it trains.

        Raises:
          RuntimeError: It ended, or made no step in time.
        """
        while len(self.stamps()) <= FIRST_STEPS:
            is_late = time.monotonic() - self._started > START_SECONDS
            if is_late or self._process.poll() is not None:
                raise RuntimeError(
                    "%s %s; see %s."
                    % (
                        self.contestant.name,
                        "made no step in time" if is_late else "ended",
                        self.log_path,
                    )
                )
            time.sleep(0.1)

    def run_for(self, seconds: float) -> None:
        """Lets it run; keeps the durations of the steps that lie within."""
        before = len(self.stamps())
        self.signal(signal.SIGCONT)
        time.sleep(seconds)
        self.signal(signal.SIGSTOP)
        ends = [stamp.time for stamp in self.stamps()[before:]]
        self.seconds += [end - start for start, end in zip(ends, ends[1:])]

    def stamps(self) -> List[Stamp]:
        if not os.path.exists(self.contestant.stamps):
            return []
        with open(self.contestant.stamps, encoding="ascii") as stream:
            lines = stream.read().splitlines(keepends=True)
        # The last line may still be in the writing.
        return [
            Stamp(*map(float, line.split())) for line in lines if line.endswith("\n")
        ]

    def signal(self, number: int) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def result(self) -> Result:
        stamps = self.stamps()
        return Result(
            self.contestant.name,
            self.seconds,
            stamps[0].time - self._started,
            stamps[-1].megabytes,
        )


def measure(
    contestants: List[Contestant], rounds: int, slice_seconds: float, log_dir: str
) -> List[Result]:
    """Lets contestants take turns and returns their results, in order.

    Args:
      contestants: What to measure.
      rounds: How often each of them gets a slice.
      slice_seconds: Its length; several steps long.
      log_dir: What they print goes to NAME.log in it.

    Raises:
      RuntimeError: A contestant failed, or no slice held two steps of it.
    """
    running: List[_Process] = []
    try:
        for contestant in contestants:
            log_path = os.path.join(log_dir, "%s.log" % contestant.name)
            running.append(_Process(contestant, log_path))
            running[-1].wait_for_first_steps()
            running[-1].signal(signal.SIGSTOP)
        for _ in range(rounds):
            for process in running:
                process.run_for(slice_seconds)
        return [_checked(process) for process in running]
    finally:
        for process in running:
            process.signal(signal.SIGKILL)


def _checked(process: _Process) -> Result:
    if not process.seconds:
        raise RuntimeError(
            "No slice held two steps of %s; use longer ones (--slice-seconds)."
            % process.contestant.name
        )
    return process.result()


def ratios(results: List[Result], baseline: Optional[str] = None) -> Dict[str, float]:
    """Returns how many times as fast as the baseline each contestant is.

    Args:
      results: Of one run.
      baseline: Name of the baseline; the first by default.
    """
    base = next(r for r in results if baseline in (None, r.name))
    return {result.name: base.median / result.median for result in results}

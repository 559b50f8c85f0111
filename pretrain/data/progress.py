"""Shows how far a build is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Optional

import tqdm

_LINE_SECONDS = 15


class Progress:
    """Use as a context manager; call `update` often."""

    def __init__(self, total_bytes: int, done_bytes: int = 0):
        """Starts the clock.

        Args:
          total_bytes: Size of the corpus.
          done_bytes: What of it an earlier run has done.
        """
        self._total = total_bytes
        self._skipped = done_bytes
        self._start = self._last_line = time.monotonic()
        self._bar: Optional[tqdm.tqdm] = None
        if sys.stderr.isatty():
            self._bar = tqdm.tqdm(
                total=total_bytes, initial=done_bytes, unit="B", unit_scale=True
            )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *unused) -> None:
        if self._bar is not None:
            self._bar.close()

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self._start, 1e-6)

    def update(self, num_bytes: int, num_tokens: int) -> None:
        """Shows the state; both numbers count from the start of this run."""
        if self._bar is not None:
            speed = tqdm.tqdm.format_sizeof(num_tokens / self.seconds)
            self._bar.set_postfix_str("%s tokens/s" % speed, refresh=False)
            self._bar.update(self._skipped + num_bytes - self._bar.n)
        elif time.monotonic() - self._last_line > _LINE_SECONDS:
            self._last_line = time.monotonic()
            print(self.line(num_bytes, num_tokens), file=sys.stderr, flush=True)

    def line(self, num_bytes: int, num_tokens: int) -> str:
        """Returns the state as one line of text."""
        speed = num_bytes / self.seconds
        left = self._total - self._skipped - num_bytes
        return "%3d %%  %.1f MB/s  %d tokens/s  %s left" % (
            100 * (self._skipped + num_bytes) // max(self._total, 1),
            speed / 1e6,
            num_tokens / self.seconds,
            tqdm.tqdm.format_interval(left / speed) if speed else "?",
        )

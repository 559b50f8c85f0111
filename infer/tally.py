"""What was done with texts: counted while it goes on, said on the screen."""

import sys
import time
from typing import Optional

from infer import feature_files
from util import progress

SECONDS_BETWEEN_LINES = 10.0  # Where nothing can be painted over.


class Tally:
    """Counts what was done and shows it."""

    def __init__(self, total: Optional[int]):
        """Starts the clock.

        Args:
          total: Texts that there are, if known.
        """
        self._total = total
        self._screen = progress.Screen(sys.stderr)
        self._start = self._shown = time.monotonic()
        self._num_tokens = self._num_cut = self._num_blank = 0
        self.num_texts = 0

    def add(self, features: feature_files.Features) -> None:
        self.num_texts += 1
        self._num_tokens += len(features.ids)
        self._num_cut += features.num_cut > 0
        self._num_blank += len(features.ids) <= 2  # [CLS] and [SEP].
        now = time.monotonic()
        self._screen.repaint(self.line)
        if not sys.stderr.isatty() and now - self._shown > SECONDS_BETWEEN_LINES:
            self._screen.line(self.line())
            self._shown = now

    def line(self) -> str:
        """Returns how far it is, how fast, and how long it will take."""
        seconds = max(time.monotonic() - self._start, 1e-9)
        rate = self.num_texts / seconds
        parts = [f"{self.num_texts:,} texts"]
        if self._total is not None:
            parts = [f"{self.num_texts:,}/{self._total:,} texts"]
        parts.append("%.3g texts/s" % rate)
        parts.append(f"{self._num_tokens / seconds:,.0f} tokens/s")
        if self._total is not None:
            left = (self._total - self.num_texts) / rate
            parts.append("ETA " + progress.duration(left))
        return " | ".join(parts)

    def summary(self, output: str, max_seq_length: int) -> str:
        """Ends the progress line and returns what users should know.

        Args:
          output: What was written.
          max_seq_length: To which texts were cut.
        """
        self._screen.close()
        seconds = time.monotonic() - self._start
        said = f"Wrote the vectors of {self.num_texts:,} texts, "
        said += f"{self._num_tokens:,} tokens, to {output} "
        said += "in %s." % progress.duration(seconds)
        if self._num_cut:
            said += " Cut to %d tokens: %d." % (max_seq_length, self._num_cut)
        if self._num_blank:
            said += " Without tokens: %d." % self._num_blank
        return said

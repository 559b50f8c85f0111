"""Windows over sentences that are too long for the encoder.

Neighbours share some words. Each word is asked about in one window only, the one that
shows most of what is around it, so that no word is lost and none counts twice.
"""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np


class Window(NamedTuple):
    """A part of a sentence; ends are the words after the last.

    Attributes:
      start: First word that is shown.
      end: End of those shown.
      own_start: First word that is asked about.
      own_end: End of those.
    """

    start: int
    end: int
    own_start: int
    own_end: int


def cover(sizes: Sequence[int], budget: int, stride: int) -> List[Window]:
    """Returns the windows over a sentence.

    Args:
      sizes: Tokens of each word, from 1 to `budget`.
      budget: Most tokens in a window.
      stride: Words that two neighbours share; fewer where that would be more than
        half a window, or where the words after them would not fit.
    """
    count = len(sizes)
    ends = np.concatenate([[0], np.cumsum(sizes)])

    def reach(start: int) -> int:
        return int(np.searchsorted(ends, ends[start] + budget, side="right")) - 1

    start, end = 0, reach(0)
    spans = [(start, end)]
    while end < count:
        start = end - min(stride, (end - start) // 2)
        while reach(start) == end:
            start += 1
        end = reach(start)
        spans.append((start, end))
    return _owned(spans, count)


def _owned(spans: List[Tuple[int, int]], count: int) -> List[Window]:
    """Gives each word to the window where the nearest cut is farthest away."""
    distances = np.full(count, -1, np.int64)
    owners = np.zeros(count, np.int64)
    for number, (start, end) in enumerate(spans):
        words = np.arange(start, end)
        left = words - start if start else np.full_like(words, count)
        right = end - 1 - words if end < count else np.full_like(words, count)
        nearest = np.minimum(left, right)
        is_better = nearest > distances[start:end]
        distances[start:end][is_better] = nearest[is_better]
        owners[start:end][is_better] = number
    numbers = np.arange(len(spans))  # The owners of a sentence's words never fall.
    firsts = np.searchsorted(owners, numbers, side="left").tolist()
    ends = np.searchsorted(owners, numbers, side="right").tolist()
    return [
        Window(start, end, own_start, own_end)
        for (start, end), own_start, own_end in zip(spans, firsts, ends)
        if own_start < own_end
    ]

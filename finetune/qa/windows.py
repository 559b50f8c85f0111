"""Windows over a passage that is too long to be read at once."""

from typing import List, NamedTuple

import numpy as np


class Window(NamedTuple):
    """A part of a passage.

    Attributes:
      start: Its first token.
      end: The token after its last.
    """

    start: int
    end: int


def cut(num_tokens: int, size: int, stride: int) -> List[Window]:
    """Returns the windows over a passage; one that is empty has an empty window.

    Args:
      num_tokens: Tokens of the passage.
      size: Tokens of a window, at least 1; the last may have fewer.
      stride: Tokens between the starts of two windows. No token is left out, even if
        it is larger than a window.
    """
    windows = [Window(0, min(size, num_tokens))]
    while windows[-1].end < num_tokens:
        start = windows[-1].start + min(stride, size)
        windows.append(Window(start, min(start + size, num_tokens)))
    return windows


def best_views(windows: List[Window], num_tokens: int) -> np.ndarray:
    """Returns which window sees most around each token; BERT's "maximum context".

    A token near the edge of one window is further from the edges of another. What
    counts is the smaller of the numbers of tokens to its left and right, and a
    hundredth of the window's size; of equals, the first window.

    Returns:
      int64 [num_tokens]: numbers of windows.
    """
    best = np.full([num_tokens], -1.0)
    views = np.zeros([num_tokens], np.int64)
    for number, (start, end) in enumerate(windows):
        to_the_left = np.arange(end - start)
        context = np.minimum(to_the_left, to_the_left[::-1]) + 0.01 * (end - start)
        is_better = context > best[start:end]
        best[start:end][is_better] = context[is_better]
        views[start:end][is_better] = number
    return views

"""Which tokens are hidden: spans of one to three, each inside a quarter of its text.

Texts are given by their lengths alone, and many are drawn for at once.
"""

from typing import List, NamedTuple, Sequence, Tuple, Union

import numpy as np

Lengths = Union[Sequence[int], np.ndarray]


class Spans(NamedTuple):
    """Spans in texts; they may overlap.

    Attributes:
      text: Numbers of the texts, [spans].
      first: Places of the first hidden tokens, [spans].
      last: Places of the last hidden tokens, [spans].
      start: First places of the quarters that the spans lie in, [spans].
      end: Places after the quarters' last, [spans].
    """

    text: np.ndarray
    first: np.ndarray
    last: np.ndarray
    start: np.ndarray
    end: np.ndarray


def draw(
    lengths: Lengths,
    start_prob: float,
    length_threshold: float,
    random: np.random.RandomState,
) -> Spans:
    """Draws spans.

    Each token gives rise to one with a probability. It ends anywhere in the quarter of
    the text that the token lies in. A number p, uniform from 0 to 1, decides how far
    it reaches back, as long as it stays in the quarter: three tokens where p is above
    the threshold t, two where p is between 2t - 1 and t, else one.

    Args:
      lengths: Tokens of each text.
      start_prob: Probability of each token.
      length_threshold: t.
      random: Source of all that is drawn.
    """
    sizes = np.asarray(lengths, np.int64)
    owner = np.repeat(np.arange(len(sizes)), sizes)  # [tokens of all texts]
    place = np.arange(len(owner)) - _offsets(sizes)[owner]
    chosen = np.flatnonzero(random.random_sample(len(owner)) < start_prob)
    text = owner[chosen]
    start, end = _quarter(place[chosen], sizes[text])
    last = start + (random.random_sample(len(chosen)) * (end - start)).astype(np.int64)
    p, room = random.random_sample(len(chosen)), last - start
    has_two = (p > 2 * length_threshold - 1) & (p < length_threshold) & (room >= 1)
    has_three = (p > length_threshold) & (room >= 2)
    return Spans(text, last - has_two - 2 * has_three, last, start, end)


def places(lengths: Lengths, spans: Spans) -> List[Tuple[int, ...]]:
    """Returns the hidden places of every text, in order, each once."""
    sizes = np.asarray(lengths, np.int64)
    offsets = _offsets(sizes)
    is_hidden = np.zeros(int(sizes.sum()), bool)
    for back in range(3):
        reaches = spans.last - back >= spans.first
        is_hidden[(offsets[spans.text] + spans.last - back)[reaches]] = True
    hidden = np.flatnonzero(is_hidden)
    bounds = np.searchsorted(hidden, np.append(offsets, sizes.sum()))
    return [
        tuple((hidden[begin:end] - offset).tolist())
        for begin, end, offset in zip(bounds[:-1], bounds[1:], offsets)
    ]


def _offsets(sizes: np.ndarray) -> np.ndarray:
    """Returns where each text begins if all are put together."""
    return np.cumsum(sizes) - sizes


def _quarter(place: np.ndarray, size: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Returns the first place of a token's quarter and the one after its last.

    The quarters of places 0 to n - 1 begin at the percentiles 0, 25, 50 and 75 of
    these numbers, rounded up.
    """
    inner = [(quarter * (size - 1) + 3) // 4 for quarter in (1, 2, 3)]
    begins = np.stack([np.zeros_like(size)] + inner + [size])  # [5, tokens]
    number = np.sum(begins[1:4] <= place, axis=0)
    columns = np.arange(len(place))
    return begins[number, columns], begins[number + 1, columns]

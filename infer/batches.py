"""Sequences in batches of about the same length, answers in the sequences' order."""

import dataclasses
from typing import Callable, Iterable, Iterator, List, NamedTuple, Tuple

import numpy as np

from infer import sequences as sequences_lib

# Batches of fewer tokens leave a processor idle between one operation and the next.
TOKENS_PER_BATCH = 2048
LARGEST_STEP = 64
SMALLEST_STEP = 4


class Batch(NamedTuple):
    """What the encoder reads, int32 [B, T] each; see `model.modeling.Inputs`."""

    ids: np.ndarray
    mask: np.ndarray
    segments: np.ndarray


@dataclasses.dataclass(frozen=True)
class Plan:
    """How sequences are asked about.

    Attributes:
      batch_size: Sequences in a batch; short ones are more, see `num_sequences`.
      max_seq_length: No sequence is longer.
      by_length: Whether batches are made of sequences of about the same length and
        padded to a little more than the longest; else, all to `max_seq_length`.
      window_tokens: Tokens that are sorted together, whose answers are held in memory.
      is_per_token: Whether an answer has a row for each token.
    """

    batch_size: int
    max_seq_length: int
    by_length: bool
    window_tokens: int
    is_per_token: bool


Answer = Tuple[sequences_lib.Sequence, np.ndarray]
Ask = Callable[[Batch], np.ndarray]


def answers(
    sequences: Iterable[sequences_lib.Sequence], plan: Plan, ask: Ask
) -> Iterator[Answer]:
    """Yields every sequence with its answer, in the sequences' order.

    Args:
      sequences: Each at most `plan.max_seq_length` long.
      plan: How they are asked about.
      ask: Batch -> array [B, T, ...] if answers are per token, else [B, ...].

    Yields:
      (sequence, array [its own length, ...] or [...]).
    """
    for window in _windows(sequences, plan.window_tokens):
        found: List[np.ndarray] = [np.empty(0)] * len(window)
        for places, batch in _batches(window, plan):
            answer = ask(batch)
            for row, place in enumerate(places):
                own = answer[row]
                if plan.is_per_token:
                    own = own[: len(window[place].ids)]
                found[place] = own.copy()  # A view would keep the padding.
        yield from zip(window, found)


def padded_length(length: int, plan: Plan) -> int:
    """Returns the length of a batch whose longest sequence has `length` tokens.

    There are few different ones, because each is compiled, and they are close to each
    other, because padding is work: steps of 4 up to 32, of 8 up to 64, and so on.
    """
    if not plan.by_length:
        return plan.max_seq_length
    step = SMALLEST_STEP
    while step < LARGEST_STEP and length > 8 * step:
        step *= 2
    return min(-(-length // step) * step, plan.max_seq_length)


def num_sequences(length: int, plan: Plan) -> int:
    """Returns how many sequences of a padded length are a batch."""
    return max(plan.batch_size, TOKENS_PER_BATCH // length)


def _windows(
    sequences: Iterable[sequences_lib.Sequence], num_tokens: int
) -> Iterator[List[sequences_lib.Sequence]]:
    """Yields lists of sequences that reach a number of tokens together."""
    window, size = [], 0
    for sequence in sequences:
        window.append(sequence)
        size += len(sequence.ids)
        if size >= num_tokens:
            yield window
            window, size = [], 0
    if window:
        yield window


def _batches(
    window: List[sequences_lib.Sequence], plan: Plan
) -> Iterator[Tuple[List[int], Batch]]:
    """Yields batches, the longest sequences first, and their places in the window."""
    order = list(range(len(window)))
    if plan.by_length:
        order.sort(key=lambda place: -len(window[place].ids))
    start = 0
    while start < len(order):
        length = padded_length(len(window[order[start]].ids), plan)
        places = order[start : start + num_sequences(length, plan)]
        yield places, _padded([window[place] for place in places], length)
        start += len(places)


def _padded(chosen: List[sequences_lib.Sequence], length: int) -> Batch:
    """Returns sequences as arrays [B, length]."""
    batch = Batch(*np.zeros([3, len(chosen), length], np.int32))
    for row, sequence in enumerate(chosen):
        size = len(sequence.ids)
        batch.ids[row, :size] = sequence.ids
        batch.mask[row, :size] = 1
        batch.segments[row, :size] = sequence.segments
    return batch

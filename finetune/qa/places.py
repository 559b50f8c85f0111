"""Where in a passage an answer stands, also if the file says it wrongly."""

import functools
from typing import Iterable, List, NamedTuple, Optional, Tuple
import unicodedata

import numpy as np

from finetune.qa import squad_metrics

Span = Tuple[int, int]  # First character, and the character after the last.

# What places are counted in.
CHARACTERS = "characters"
UTF_16 = "units of UTF-16"
UTF_8 = "bytes of UTF-8"
# From these code points on, a character takes one unit more.
_WIDER_FROM = {CHARACTERS: (), UTF_16: (0x10000,), UTF_8: (0x80, 0x800, 0x10000)}

_SIGNS = str.maketrans("‘’“”‐–—−", "''\"\"----")
_UNSEEN = ("Cc", "Cf")  # Categories of characters that leave no mark.
_NO_BLANKS_FROM = "\u0530"  # Latin, Greek and Cyrillic come before.
_VARIANTS = ("\ufe00", "\ufe0f")  # Say only how the character before them looks.


class Found(NamedTuple):
    """An answer's place.

    Attributes:
      span: Its characters in the passage.
      is_as_marked: Whether that is where the file says it is.
      is_only: Whether the passage has it at no other place; True if it is as marked.
    """

    span: Span
    is_as_marked: bool
    is_only: bool = True


def find(
    context: str, text: str, start: int, end: Optional[int] = None
) -> Optional[Found]:
    """Returns where an answer stands, None if the passage does not have it.

    What does not stand where it is said to be is taken from the nearest place that
    has the same text; if no place is told, from the first, rather a whole word than a
    part of one. If there is none, it is looked for once more, without regard to case,
    blanks, signs that are not seen and the ways in which Unicode writes a character;
    then only whole words count, unless a part of one stands at the told place.

    Args:
      context: The passage.
      text: The answer.
      start: Where it is said to begin; anything else than a place means nothing.
      end: Where it is said to be over. If it is told, the text may differ from that
        of the passage in what the scores do not look at.
    """
    if not text.strip():
        return None
    if start >= 0 and context.startswith(text, start):
        return Found((start, start + len(text)), True)
    if end is not None and 0 <= start < end <= len(context):
        words = squad_metrics.normalize(text)
        if words and words == squad_metrics.normalize(context[start:end]):
            return Found((start, end), True)
    spans = [(place, place + len(text)) for place in _occurrences(context, text)]
    if start < 0:
        spans = _whole(spans, context) or spans
    if not spans:
        folded = _folded_spans(context, text)
        spans = [span for span in folded if span[0] == start] or _whole(folded, context)
    if not spans:
        return None
    nearest = min(spans, key=lambda span: abs(span[0] - start))
    return Found(nearest, False, len(spans) == 1)


def _folded_spans(context: str, text: str) -> List[Span]:
    """Returns where a text stands, however it is written."""
    passage, wanted = _fold(context), _fold(text).text
    return [
        (passage.starts[place], passage.ends[place + len(wanted) - 1])
        for place in (_occurrences(passage.text, wanted) if wanted else ())
    ]


def _whole(spans: List[Span], context: str) -> List[Span]:
    """Returns those of some spans that neither begin nor end inside of a word."""
    return [
        span for span in spans if not any(_is_in_word(context, end) for end in span)
    ]


def _is_in_word(context: str, place: int) -> bool:
    """Whether a place is between two letters of a script that has blanks for words."""
    around = context[place - 1 : place], context[place : place + 1]
    return all(char.isalnum() and char < _NO_BLANKS_FROM for char in around)


def _occurrences(context: str, text: str) -> List[int]:
    """Returns where a text begins, everywhere."""
    places = []
    found = context.find(text)
    while found >= 0:
        places.append(found)
        found = context.find(text, found + 1)
    return places


class _Folded(NamedTuple):
    """A text as it is compared, and which characters each of its own stands for."""

    text: str
    starts: List[int]
    ends: List[int]


@functools.lru_cache(maxsize=8)
def _fold(text: str) -> _Folded:
    chars, starts, ends = [], [], []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.category(text[end]).startswith("M"):
            end += 1  # A letter and its marks belong together.
        for char in _plain(text[start:end]):
            chars.append(char)
            starts.append(start)
            ends.append(end)
        start = end
    return _Folded("".join(chars), starts, ends)


@functools.lru_cache(maxsize=65536)
def _plain(letter: str) -> str:
    """Returns a letter with its marks as it is compared; "" for what is not seen."""
    folded = unicodedata.normalize("NFKC", letter).lower().translate(_SIGNS)
    return "".join(
        char
        for char in folded
        if not char.isspace()
        and unicodedata.category(char) not in _UNSEEN
        and not _VARIANTS[0] <= char <= _VARIANTS[1]
    )


def unit_of(answers: Iterable[Tuple[str, str, int]]) -> str:
    """Returns what the places in a file are counted in.

    It is that by which most answers stand where they are said to; of several,
    CHARACTERS.

    Args:
      answers: (passage, answer, where it is said to begin).
    """
    listed = list(answers)
    wrong = [answer for answer in listed if not _stands(answer, CHARACTERS)]
    if not any(not context.isascii() for context, _, _ in wrong):
        return CHARACTERS
    counts = {
        unit: sum(_stands(answer, unit) for answer in listed) for unit in _WIDER_FROM
    }
    return max(counts, key=counts.__getitem__)


def _stands(answer: Tuple[str, str, int], unit: str) -> bool:
    context, text, start = answer
    place = position(context, start, unit)
    return place >= 0 and context.startswith(text, place)


def position(context: str, start: int, unit: str) -> int:
    """Returns which character a place is, -1 if it is none.

    Args:
      context: The passage.
      start: The place, counted in units.
      unit: CHARACTERS, UTF_16 or UTF_8.
    """
    if unit == CHARACTERS or start < 0:
        return start
    offsets = _offsets(context, unit)
    found = int(np.searchsorted(offsets, min(start, 1 << 60)))
    return found if found < len(offsets) and offsets[found] == start else -1


@functools.lru_cache(maxsize=8)
def _offsets(context: str, unit: str) -> np.ndarray:
    """Returns where each character begins, and the end, int64 [characters + 1]."""
    codes = np.frombuffer(context.encode("utf-32-le"), "<u4")
    sizes = np.ones([len(codes)], np.int64)
    for code in _WIDER_FROM[unit]:
        sizes += codes >= code
    return np.concatenate([[0], np.cumsum(sizes)])

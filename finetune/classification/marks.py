"""Marks around parts of a text, so that a model sees which parts are meant.

Of "The bed creaked as it fell", the parts "bed" and "it" may become "The _bed_ creaked
as [it] fell". A file has each part and the number of its first character.
"""

import dataclasses
from typing import Any, List, NamedTuple, Sequence, Tuple, Union

Column = Union[str, int]
Span = Tuple[int, int]  # Number of the first character, and of that after the last.


@dataclasses.dataclass(frozen=True)
class Mark:
    """Where a file says which part of the first text is meant.

    Attributes:
      text: Column of the part.
      start: Column of the number of its first character in the text, from 0.
      before: What is put before it.
      after: What is put after it.
    """

    text: Column
    start: Column
    before: str = "["
    after: str = "]"


class Part(NamedTuple):
    """A part of a text.

    Attributes:
      span: Where it stands.
      before: What is put before it.
      after: What is put after it.
    """

    span: Span
    before: str
    after: str


class Marked(NamedTuple):
    """A text with marks.

    Attributes:
      text: The text.
      spans: Where its marked parts stand, marks included, in their order; parts that
        touch or overlap are one.
    """

    text: str
    spans: Tuple[Span, ...]


def check(text: str, part: str, start: Any) -> Span:
    """Returns where a part of a text stands.

    Args:
      text: All of it.
      part: What should stand there.
      start: Number of its first character: an int, or a text that spells one.

    Raises:
      ValueError: It does not stand there, it is empty, or `start` is no number.
    """
    if isinstance(start, str) and start.strip().isdecimal():
        start = int(start)
    if not isinstance(start, int) or isinstance(start, bool) or start < 0:
        raise ValueError("%.40r is not the number of a character." % (start,))
    if not part or not text.startswith(part, start):
        raise ValueError(
            "%.40r does not stand at character %d, counted from 0, of %.60r%s."
            % (part, start, text, _elsewhere(text, part))
        )
    return start, start + len(part)


def put(text: str, parts: Sequence[Part]) -> Marked:
    """Returns a text with marks around its parts.

    Where a part is in another one, its marks are in the other's.
    """
    marks: List[Tuple[int, bool, int, str]] = []
    for (begin, end), before, after in parts:
        marks.append((begin, True, begin - end, before))
        marks.append((end, False, end - begin, after))
    result, spans, done, depth = "", [], 0, 0
    for place, is_opening, _, mark in sorted(marks):
        result += text[done:place]
        done = place
        if is_opening:
            if not depth:
                spans.append((len(result), 0))
            depth += 1
        result += mark
        if not is_opening:
            depth -= 1
            if not depth:
                spans[-1] = (spans[-1][0], len(result))
    return Marked(result + text[done:], _merged(spans))


def _elsewhere(text: str, part: str) -> str:
    place = text.find(part) if part else -1
    return ", but at %d" % place if place >= 0 else ""


def _merged(spans: Sequence[Span]) -> Tuple[Span, ...]:
    merged: List[Span] = []
    for begin, end in spans:
        if merged and merged[-1][1] == begin:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return tuple(merged)

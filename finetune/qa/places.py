"""Where in a passage an answer stands, also if the file says it wrongly."""

import functools
from typing import List, NamedTuple, Optional, Tuple

Span = Tuple[int, int]  # First character, and the character after the last.


class Found(NamedTuple):
    """An answer's place.

    Attributes:
      span: Its characters in the passage.
      is_as_marked: Whether that is where the file says it is.
    """

    span: Span
    is_as_marked: bool


def find(context: str, text: str, start: int) -> Optional[Found]:
    """Returns where an answer stands, None if the passage does not have it.

    What does not stand where it is said to be is taken from the nearest place that
    has the same text or, if there is none, the same text but for case and blanks.

    Args:
      context: The passage.
      text: The answer.
      start: Where it is said to begin; anything else than a place means nothing.
    """
    if not text.strip():
        return None
    if start >= 0 and context.startswith(text, start):
        return Found((start, start + len(text)), True)
    first = _nearest(context, text, start)
    if first is not None:
        return Found((first, first + len(text)), False)
    folded = _fold(context)
    wanted = _fold(text).text
    near = sum(place < start for place in folded.places)
    first = _nearest(folded.text, wanted, near)
    if first is None:
        return None
    last = folded.places[first + len(wanted) - 1]
    return Found((folded.places[first], last + 1), False)


def _nearest(context: str, text: str, start: int) -> Optional[int]:
    """Returns where a text occurs nearest to a place; of two, the first."""
    occurrences = []
    found = context.find(text)
    while found >= 0:
        occurrences.append(found)
        found = context.find(text, found + 1)
    if not occurrences:
        return None
    return min(occurrences, key=lambda place: abs(place - start))


class _Folded(NamedTuple):
    """A text in lower case without blanks, and where its characters were."""

    text: str
    places: List[int]


@functools.lru_cache(maxsize=8)
def _fold(text: str) -> _Folded:
    kept = [(char, place) for place, char in enumerate(text) if not char.isspace()]
    # The few characters that become two in lower case stay as they are.
    lower = [char.lower() if len(char.lower()) == 1 else char for char, _ in kept]
    return _Folded("".join(lower), [place for _, place in kept])

"""What a label may be: one of some classes, or a number in a range."""

import abc
import dataclasses
import math
import re
from typing import Any, Iterable, Tuple, Union

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MOST_LISTED = 20  # Labels in a message.


class Parser(abc.ABC):
    """What a label may be."""

    @abc.abstractmethod
    def parse(self, text: str) -> Any:
        """Returns what the features make of a label.

        Raises:
          ValueError: It is none.
        """


@dataclasses.dataclass(frozen=True)
class Classes(Parser):
    """Named classes; a label is an index into the names.

    Attributes:
      names: As the files spell them, in the order of the logits.
    """

    names: Tuple[str, ...]

    def parse(self, text: str) -> int:
        """Returns the index of a class.

        Raises:
          ValueError: There is no class of that name.
        """
        try:
            return self.names.index(text)
        except ValueError:
            raise ValueError(
                "unknown label %r; the labels are %s." % (text, listed(self.names))
            ) from None


@dataclasses.dataclass(frozen=True)
class Range(Parser):
    """Numbers between two limits.

    Attributes:
      low: Smallest value.
      high: Largest value.
    """

    low: float
    high: float

    def parse(self, text: str) -> float:
        """Returns the number.

        Raises:
          ValueError: It is no number or lies outside the range.
        """
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            raise ValueError(
                "label %r is not a number from %g to %g." % (text, self.low, self.high)
            )
        return value


Labels = Union[Classes, Range]


def in_order(names: Iterable[str]) -> Tuple[str, ...]:
    """Returns labels sorted: as numbers if all are, else as texts."""
    texts = sorted(set(names))
    if all(_NUMBER.fullmatch(text) for text in texts):
        texts.sort(key=float)
    return tuple(texts)


def listed(names: Tuple[str, ...]) -> str:
    """Returns labels for a message, the first of them where they are many."""
    more = len(names) - _MOST_LISTED
    shown = ", ".join(map(repr, names[:_MOST_LISTED]))
    return "%s and %d more" % (shown, more) if more > 0 else shown

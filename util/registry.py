"""Names and what they stand for, with help for the misspelt."""

import difflib
from typing import Dict, Generic, Iterable, List, TypeVar

Value = TypeVar("Value")


def unknown_name(kind: str, name: str, known: Iterable[str]) -> ValueError:
    """Returns the error for a name that is not among the known ones.

    Args:
      kind: What is named, in words: "objective".
      name: What was asked for.
      known: The names that exist.
    """
    names = sorted(known)
    lowered = {each.lower(): each for each in names}
    nearest = difflib.get_close_matches(str(name).lower(), lowered, n=1)
    hint = "Did you mean %r? " % lowered[nearest[0]] if nearest else ""
    return ValueError(
        "Unknown %s %r. %sKnown: %s." % (kind, name, hint, ", ".join(names))
    )


class Registry(Generic[Value]):
    """A table from names to values of one kind.

    Args:
      kind: What the table holds, in words, for its errors.
    """

    def __init__(self, kind: str):
        self._kind = kind
        self._values: Dict[str, Value] = {}

    def register(self, name: str, value: Value) -> Value:
        """Adds a value.

        Raises:
          ValueError: The name is taken.
        """
        if name in self._values:
            raise ValueError("The %s %r is registered twice." % (self._kind, name))
        self._values[name] = value
        return value

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            raise unknown_name(self._kind, name, self._values)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def names(self) -> List[str]:
        return sorted(self._values)

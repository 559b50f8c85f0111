"""What a row of a file has under a name: of the right kind, or an error.

Errors say nothing of the file; a reader puts path and line before them.
"""

import math
from typing import Any, Optional, Tuple

REQUIRED: Any = object()  # Instead of a default.


def find(row: Any, name: str, default: Any = None) -> Any:
    """Returns what a row has under a name, or else the default.

    Args:
      row: Name -> value.
      name: Of the value; "a.b" is what "b" says in the object that "a" holds, unless
        the row has that very name.
      default: What is returned where there is nothing of that name.
    """
    if name in row:
        return row[name]
    found = row
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            return default
        found = found[part]
    return found


def value(
    row: Any, name: str, kinds: Tuple[type, ...], what: str, default: Any = REQUIRED
) -> Any:
    """Returns what a row has under a name.

    Args:
      row: Name -> value.
      name: Of the value; see `find`.
      kinds: Types that the value may have; True and False are no numbers.
      what: What it must be, in words.
      default: What is returned where there is none, if there may be none.

    Raises:
      ValueError: It is missing or of another type, or the row is no dict.
    """
    if not isinstance(row, dict):
        raise ValueError("expected an object with %r, found %.60r." % (name, row))
    found = find(row, name, default)
    if found is REQUIRED:
        raise ValueError(
            "there is no %r, expected %s; found: %s."
            % (name, what, ", ".join(map(repr, row)) or "nothing")
        )
    is_wrong_flag = isinstance(found, bool) and bool not in kinds
    if not isinstance(found, kinds) or is_wrong_flag:
        raise ValueError("%r is %.60r, expected %s." % (name, found, what))
    return found


def text(row: Any, name: str) -> str:
    """Returns a text; see `value`."""
    return whole(value(row, name, (str,), "a text"))


def text_or_number(row: Any, name: str) -> str:
    """Returns a text, or a whole number as one; see `value`."""
    found = value(row, name, (str, int), "a text or a whole number")
    return whole(str(found))


def texts(row: Any, name: str, default: Any = REQUIRED) -> Tuple[str, ...]:
    """Returns a list of texts; see `value`."""
    found = value(row, name, (list, tuple), "a list of texts", default)
    if not all(isinstance(item, str) for item in found):
        raise ValueError("%r is %.60r, expected a list of texts." % (name, found))
    return tuple(map(whole, found))


def scalar(value: Any) -> Optional[str]:
    """Returns a JSON text, number, true or false as a text; None for what is neither.

    1.0 is written as 1 is, as both are the same number.
    """
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, (int, float)) else None


def whole(text: str) -> str:
    r"""Returns a text that has no half of a character, as "\ud83d" is in JSON.

    Raises:
      ValueError: It has one.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("half of a character in %.40r." % text) from error
    return text

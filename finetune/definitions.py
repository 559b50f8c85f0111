"""Tasks that a user describes in JSON: what all families of them have in common.

    {"type": "choice", "train": "train.jsonl", "dev": ["easy.jsonl", "hard.jsonl"],
     "question": "ask", "num_choices": 5, "defaults": {"max_seq_length": 256}}

Files are relative to the folder `raw_data_dir`/<task> or absolute. A family adds keys
of its own; it asks for all of them before it reads a file.
"""

import dataclasses
import os
import re
import sys
from typing import Any, Dict, Iterable, List, Mapping, Tuple, TypeVar, Union

from finetune import fields, sources
from finetune import task as task_lib
from util import files, registry

ROLES = (task_lib.TRAIN, task_lib.DEV, task_lib.FINAL, task_lib.TEST)
COMMON_KEYS = ("type",) + ROLES + ("format", "defaults")
_LEGAL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

_Default = TypeVar("_Default")


def error(name: str, message: str) -> ValueError:
    """Returns the error for something wrong with a task's definition."""
    return ValueError("The definition of task %r: %s" % (name, message))


def read(name: str, path: str) -> Any:
    """Returns the JSON in a file that describes a task.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not JSON; the message starts with path:line.
    """
    try:
        return files.read_json(path)
    except FileNotFoundError as missing:
        raise FileNotFoundError(
            "task_definitions says that task %r is described in %s, but there is no "
            "such file; a path is relative to where the command runs, which is %s."
            % (name, path, os.getcwd())
        ) from missing


def check_name(name: str) -> None:
    """Refuses names of tasks that cannot name files and variables.

    Raises:
      ValueError: It is one.
    """
    if not _LEGAL_NAME.fullmatch(name):
        raise error(
            name,
            "a name is made of letters, digits, '_', '.' and '-' and begins with a "
            "letter or a digit, because it names files and variables.",
        )


@dataclasses.dataclass(frozen=True)
class Definition:
    """A task's JSON; made by `checked`. Every value is checked when it is asked for.

    Attributes:
      name: The task.
      values: The values by key; no null among them.
    """

    name: str
    values: Dict[str, Any]

    def error(self, message: str) -> ValueError:
        return error(self.name, message)

    def unknown(self, kind: str, value: str, known: Iterable[str]) -> ValueError:
        """Returns the error for a value that is none of the known ones."""
        return self.error(str(registry.unknown_name(kind, value, known)))

    def expect(self, key: str, fits: bool, expected: str) -> None:
        """Refuses the value of a key unless it fits.

        Args:
          key: Of the definition.
          fits: Whether its value is a legal one.
          expected: What it must be, in words.

        Raises:
          ValueError: It does not.
        """
        if not fits:
            value = self.values.get(key)
            raise self.error("%r is %.60r, expected %s." % (key, value, expected))

    def require(self, meanings: Mapping[str, str]) -> None:
        """Refuses a definition that lacks a key.

        Args:
          meanings: Key -> what it would say, in words.

        Raises:
          ValueError: One is missing.
        """
        for key, meaning in meanings.items():
            if key not in self.values:
                raise self.error("%r is missing: %s." % (key, meaning))

    def text(self, key: str, default: _Default) -> Union[str, _Default]:
        value = self.values.get(key, default)
        self.expect(key, value is default or isinstance(value, str), "a text")
        return value

    def flag(self, key: str) -> bool:
        """Returns true or false; false by default."""
        value = self.values.get(key, False)
        self.expect(key, isinstance(value, bool), "true or false")
        return value

    def number(self, key: str, default: float = 0.0) -> float:
        value = self.values.get(key, default)
        is_legal = is_number(value) and abs(value) <= sys.float_info.max
        self.expect(key, is_legal, "a number")
        return float(value)

    def whole(self, key: str, default: int) -> int:
        value = self.values.get(key, default)
        self.expect(key, is_whole(value), "a whole number")
        return value

    def texts(self, key: str) -> Tuple[str, ...]:
        """Returns a list of texts, which `fields.scalar` writes; () by default."""
        value = self.values.get(key, [])
        found = list(map(fields.scalar, value)) if isinstance(value, list) else [None]
        self.expect(key, None not in found, "a list of texts")
        return tuple(map(str, found))

    def mapping(self, key: str) -> Dict[str, Any]:
        """Returns a JSON object; empty by default."""
        value = self.values.get(key, {})
        self.expect(key, isinstance(value, dict), "an object {...}")
        return dict(value)

    def choice(
        self, key: str, known: Iterable[str], default: _Default
    ) -> Union[str, _Default]:
        """Returns one of the known values.

        Raises:
          ValueError: It is none of them; the message names the nearest.
        """
        legal = list(known)
        value = self.values.get(key, default)
        if value is not default and value not in legal:
            raise self.unknown(key, value, legal)
        return value

    def columns(self, standard: Iterable[str]) -> Dict[str, str]:
        """Returns what the files call each column; by default as it is called here."""
        return {column: self.text(column, column) for column in standard}

    def defaults(self) -> Dict[str, Any]:
        """Returns the settings that the task changes."""
        return self.mapping("defaults")

    def places(self) -> sources.Places:
        """Returns the splits whose files are named, training first, and the files.

        Raises:
          ValueError: There are none, two have one name, or a file is no path.
        """
        found: Dict[str, Tuple[task_lib.Split, Tuple[str, ...]]] = {}
        for role in ROLES:
            for name, path in self._named(role):
                if name in found:
                    raise self.error("%r calls a second file %r." % (role, name))
                found[name] = (task_lib.Split(name, role), (path,))
        if not found:
            raise self.error('no file, expected "train": "train.jsonl" or others.')
        hint = "The definition of task %r names it." % self.name
        return sources.Places((self.name,), tuple(found.values()), hint)

    def _named(self, role: str) -> List[Tuple[str, str]]:
        """Returns (split name, path) pairs: of a path, of a list or of an object."""
        if role not in self.values:
            return []
        value = self.values[role]
        if role == task_lib.TRAIN:
            self.expect(role, _is_path(value), "a path")
        else:
            expected = 'a path, a list of paths, or an object {"%s_1": path}' % role
            self.expect(role, _has_paths(value), expected)
        if isinstance(value, dict):
            named = list(value.items())
        elif isinstance(value, list) and len(value) > 1:
            named = [(_stem(path), path) for path in value]
        else:
            named = [(role, value[0] if isinstance(value, list) else value)]
        for name, _ in named:
            if not _LEGAL_NAME.fullmatch(name):
                raise self.error(
                    "%r calls a file %r; a name is made of letters, digits, '_', '.', "
                    "'-'." % (role, name)
                )
        return named


def checked(name: str, values: Mapping[str, Any], own: Iterable[str]) -> Definition:
    """Returns a definition without unknown keys; null is no value.

    Args:
      name: The task.
      values: The JSON object.
      own: Keys of tasks of this type beside COMMON_KEYS.

    Raises:
      ValueError: There is another key; the message names the nearest that is known.
    """
    present = {key: value for key, value in values.items() if value is not None}
    definition = Definition(name, present)
    known = COMMON_KEYS + tuple(own)
    for key in values:
        if key not in known:
            raise definition.unknown("key", key, known)
    return definition


def is_whole(value: Any) -> bool:
    """Whether a JSON value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return is_whole(value) or isinstance(value, float)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _has_paths(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        paths = value.values() if isinstance(value, dict) else value
        return bool(paths) and all(map(_is_path, paths))
    return _is_path(value)


def _stem(path: str) -> str:
    """Returns the name of a file without folder and endings."""
    return os.path.basename(path).partition(".")[0]

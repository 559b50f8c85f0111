"""Tasks that a user describes in JSON: what all kinds of them have in common.

    {"type": "choice", "train": "train.jsonl", "dev": "dev.jsonl", "test": "test.jsonl",
     "question": "ask", "num_choices": 5, "defaults": {"max_seq_length": 256}}

Files are relative to the task's folder or absolute. A key that names a column says what
the files call it.
"""

import dataclasses
import re
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from finetune import task as task_lib
from finetune.choice import sources
from util import registry

ROLES = (task_lib.TRAIN, task_lib.DEV, task_lib.TEST)
COMMON_KEYS = ("type", "format", "defaults") + ROLES
_LEGAL_SPLIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclasses.dataclass(frozen=True)
class Definition:
    """A task's JSON; made by `checked`.

    Attributes:
      name: The task.
      values: The values by key; no null among them.
    """

    name: str
    values: Dict[str, Any]

    def error(self, message: str) -> ValueError:
        return ValueError("The definition of task %r: %s" % (self.name, message))

    def choice(self, key: str, known: Sequence[str]) -> str:
        """Returns the value of a key with few legal ones; the first by default.

        Raises:
          ValueError: It is none of them.
        """
        value = self.values.get(key, known[0])
        if value not in known:
            kind = "%s in the definition of task %r" % (key, self.name)
            raise registry.unknown_name(kind, value, known)
        return str(value)

    def columns(self, standard: Sequence[str]) -> Dict[str, str]:
        """Returns what the files call each column; by default as it is called here.

        Raises:
          ValueError: A column's name is no text.
        """
        columns = {column: self.values.get(column, column) for column in standard}
        for column, name in columns.items():
            if not isinstance(name, str):
                raise self.error("%r is %r, expected a column." % (column, name))
        return columns

    def defaults(self) -> Mapping[str, Any]:
        """Returns the settings that the task changes.

        Raises:
          ValueError: They are no object.
        """
        value = self.values.get("defaults", {})
        if not isinstance(value, dict):
            raise self.error(
                "'defaults' is %.60r, expected an object with settings." % (value,)
            )
        return value

    def splits(self) -> Tuple[task_lib.Split, ...]:
        """Returns the splits whose files are named, training first.

        Raises:
          ValueError: There are none, two of them have one name, or a file is no path.
        """
        splits = [
            task_lib.Split(name, role)
            for role in ROLES
            for name, _ in self._files(role)
        ]
        names = [split.name for split in splits]
        for name in names:
            if names.count(name) > 1:
                raise self.error("two files are called %r." % name)
        if not splits:
            raise self.error('no file, expected "train": "train.jsonl" or others.')
        return tuple(splits)

    def places(self) -> sources.Places:
        """Returns where the files are; see `splits`."""
        files = [pair for role in ROLES for pair in self._files(role)]
        return sources.Places(
            (self.name,), tuple((name, (path,)) for name, path in files)
        )

    def _files(self, role: str) -> List[Tuple[str, str]]:
        """Returns (split name, path) pairs, of one path or of an object of some."""
        value = self.values.get(role, {})
        named = {role: value} if isinstance(value, str) else value
        is_sound = isinstance(named, dict) and all(
            isinstance(path, str) and path and _LEGAL_SPLIT.fullmatch(name)
            for name, path in named.items()
        )
        if not is_sound or (role == task_lib.TRAIN and len(named) > 1):
            raise self.error(
                "%r is %.60r, expected a path%s"
                % (
                    role,
                    value,
                    "."
                    if role == task_lib.TRAIN
                    else ' or an object, {"%s_1": path}; names are made of letters, '
                    "digits, '_', '.', '-'." % role,
                )
            )
        return list(named.items())


def checked(name: str, values: Mapping[str, Any], own: Sequence[str]) -> Definition:
    """Returns a definition without unknown keys; null is no value.

    Args:
      name: The task.
      values: The JSON object.
      own: Keys of tasks of this type beside COMMON_KEYS.

    Raises:
      ValueError: There is another key; the message names the nearest that is known.
    """
    known = COMMON_KEYS + tuple(own)
    for key in values:
        if key not in known:
            kind = "key in the definition of task %r" % name
            raise registry.unknown_name(kind, key, known)
    present = {key: value for key, value in values.items() if value is not None}
    return Definition(name, present)

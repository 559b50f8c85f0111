"""Tagging tasks that a user describes in JSON."""

import dataclasses
import re
from typing import Any, Callable, Dict, NamedTuple, Tuple

from finetune import task as task_lib
from finetune.tagging import schemes, sentences, tasks
from util import registry

LARGEST_SHARE = 0.5
_LEGAL_SPLIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class _Key(NamedTuple):
    """A key of a definition: what its value must be, in words and as a test."""

    expected: str
    fits: Callable[[Any], bool]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_files(value: Any) -> bool:
    if not isinstance(value, dict):
        return _is_name(value)
    are_legal = all(_LEGAL_SPLIT.fullmatch(name) for name in value)
    return bool(value) and are_legal and all(map(_is_name, value.values()))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_share(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 <= value <= LARGEST_SHARE


_FILES = _Key('a file, or an object {"easy": file, "hard": file}', _is_files)
_COLUMN = _Key("the number of a column, from 0 or from the end", _is_whole)
_SWITCH = _Key("true or false", lambda value: isinstance(value, bool))

KEYS: Dict[str, _Key] = {
    "type": _Key('"tagging"', lambda value: value == "tagging"),
    "train": _Key("a file", _is_name),
    "dev": _FILES,
    "final": _FILES,
    "test": _FILES,
    "held_out_share": _Key("a number from 0 to %g" % LARGEST_SHARE, _is_share),
    "format": _Key(" or ".join(sentences.FORMATS), lambda v: v in sentences.FORMATS),
    "scheme": _Key(
        "one of %s" % ", ".join(schemes.NAMES), lambda v: v in list(schemes.NAMES)
    ),
    "word_column": _COLUMN,
    "tag_column": _COLUMN,
    "strip_word_digit": _SWITCH,
    "defaults": _Key("a JSON object", lambda value: isinstance(value, dict)),
}


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns the task that a definition describes.

    Args:
      name: Of the task and of its folder.
      definition: Keys of KEYS; only `train` must be there.
      surroundings: What else the task depends on.

    Raises:
      ValueError: A key is unknown or missing, or its value is wrong; or the training
        file is malformed.
      FileNotFoundError: The training file is missing.
    """
    return tasks.build(name, corpus(name, definition), surroundings)


def corpus(name: str, definition: Dict[str, Any]) -> tasks.Corpus:
    """Returns the data that a definition describes; see `from_definition`."""
    definition = {key: each for key, each in definition.items() if each is not None}
    for key, value in definition.items():
        if key not in KEYS:
            kind = "key in the definition of task %r" % name
            raise registry.unknown_name(kind, key, KEYS)
        if not KEYS[key].fits(value):
            raise ValueError(
                "The definition of task %r: %s is %.60r, expected %s."
                % (name, key, value, KEYS[key].expected)
            )
    if "train" not in definition:
        raise ValueError(
            "The definition of task %r names no file under train. Tags are collected "
            "from it." % name
        )
    layout_keys = [field.name for field in dataclasses.fields(sentences.Layout)]
    layout = {key: definition[key] for key in layout_keys if key in definition}
    own_keys = ("held_out_share", "defaults")
    own = {key: definition[key] for key in own_keys if key in definition}
    return tasks.Corpus(
        folders=(name,),
        files=_files(name, definition),
        layout=sentences.Layout(**layout),
        **own,
    )


def _files(name: str, definition: Dict[str, Any]) -> Tuple[tasks.File, ...]:
    """Returns the files of all splits, training first.

    Raises:
      ValueError: Two splits have one name.
    """
    found: Dict[str, tasks.File] = {}
    for role in (task_lib.TRAIN, task_lib.DEV, task_lib.FINAL, task_lib.TEST):
        value = definition.get(role, {})
        named = value if isinstance(value, dict) else {role: value}
        for split_name, path in named.items():
            if split_name in found:
                raise ValueError(
                    "The definition of task %r: %s calls a second file %r."
                    % (name, role, split_name)
                )
            split = task_lib.Split(split_name, role)
            found[split_name] = tasks.File(split, (path,))
    return tuple(found.values())

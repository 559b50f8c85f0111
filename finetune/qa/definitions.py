"""Reading comprehension that a user describes in JSON.

    {"type": "question_answering", "train": "train.json", "dev": "dev.json",
     "has_unanswerable": true, "defaults": {"max_seq_length": 384}}

Files are relative to the task's folder or absolute.
"""

from typing import Any, Dict, List, NamedTuple, Tuple

from finetune import task as task_lib
from finetune.qa import files as qa_files
from finetune.qa import scoring, tasks
from util import registry

TYPE = "question_answering"


class _Key(NamedTuple):
    """What the value of a key must be: a Python type, and the same in words."""

    kind: Any
    expected: str


_PATH = _Key(str, "the path of a file")
_PATHS = _Key((str, dict), "the path of a file, or an object of paths by name")
_TEXT = _Key(str, "a text")
KEYS: Dict[str, _Key] = {
    "type": _TEXT,
    "train": _PATH,
    "dev": _PATHS,
    "test": _PATHS,
    "format": _TEXT,
    "metric": _TEXT,
    "has_unanswerable": _Key(bool, "true or false"),
    "defaults": _Key(dict, "an object with settings"),
}


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns the task that a definition describes.

    Args:
      name: The task's, and that of its folder.
      definition: By key: `train`, a file; `dev` and `test`, a file or an object of
        several by name; `format`, "squad" or "mrqa", by default what the name of the
        first file says; `metric`, "squad" (default) or "cmrc"; `has_unanswerable`,
        whether a passage may lack the answer; `defaults`, settings that the task
        changes.
      surroundings: What the task depends on.

    Raises:
      ValueError: A key is unknown, or its value is wrong.
    """
    for key, value in definition.items():
        if key not in KEYS:
            kind = "key in the definition of task %r" % name
            raise registry.unknown_name(kind, key, KEYS)
        if not isinstance(value, KEYS[key].kind):
            raise _error(
                name, "%s is %.60r, expected %s", key, value, KEYS[key].expected
            )
    defaults = definition.get("defaults", {})
    row = tasks.Row(
        name=name,
        folders=(name,),
        files=_files(name, definition),
        file_format=_format(name, definition),
        metric=scoring.check_metric(definition.get("metric", scoring.SQUAD)),
        has_unanswerable=definition.get("has_unanswerable", False),
        defaults=dict(tasks.DEFAULTS, **defaults),
    )
    if row.has_unanswerable and row.metric != scoring.SQUAD:
        raise _error(
            name,
            "metric %s knows no questions without answer; leave out has_unanswerable",
            row.metric,
        )
    return tasks.task(row, surroundings)


def _error(name: str, message: str, *values: Any) -> ValueError:
    return ValueError("The definition of task %r: %s." % (name, message % values))


def _paths(name: str, definition: Dict[str, Any]) -> List[Tuple[task_lib.Split, str]]:
    """Returns the splits and their files, training first.

    Raises:
      ValueError: There are none, a path is none, or two splits have one name.
    """
    paths = []
    for role in (task_lib.TRAIN, task_lib.DEV, task_lib.TEST):
        value = definition.get(role, {})
        named = {role: value} if isinstance(value, str) else value
        paths += [(task_lib.Split(split, role), path) for split, path in named.items()]
    if not paths:
        raise _error(name, 'no file, expected "train": "train.json" or others')
    names = [split.name for split, _ in paths]
    for split, path in paths:
        if not isinstance(path, str) or not path:
            raise _error(
                name, "the file of %s is %r, expected a path", split.name, path
            )
        if names.count(split.name) > 1:
            raise _error(name, "two files are called %r", split.name)
    return paths


def _files(
    name: str, definition: Dict[str, Any]
) -> Tuple[Tuple[task_lib.Split, Tuple[str, ...]], ...]:
    return tuple((split, (path,)) for split, path in _paths(name, definition))


def _format(name: str, definition: Dict[str, Any]) -> str:
    _, first = _paths(name, definition)[0]
    file_format = definition.get("format", qa_files.format_of(first))
    if file_format not in qa_files.FORMATS:
        kind = "format in the definition of task %r" % name
        raise registry.unknown_name(kind, file_format, qa_files.FORMATS)
    return str(file_format)

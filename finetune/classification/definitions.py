"""A classification or regression task that a user describes in JSON.

    {"type": "classification", "train": "train.tsv", "dev": "dev.tsv",
     "test": "test.tsv", "text_a": "review", "label": "stars"}

Files are relative to the folder `raw_data_dir`/<name> or absolute. All keys are listed
in docs/classification.md.
"""

import functools
import os
import re
from typing import Any, Dict, Iterable, List, Optional, Tuple

from finetune import task as task_lib
from finetune.classification import compose, formats, layouts, metrics
from finetune.classification import labels as labels_lib
from util import registry

CLASSIFICATION = "classification"
REGRESSION = "regression"
_COMMON_KEYS = (
    "type train dev test format header columns text_a text_b label id join_lists where "
    "metrics unordered defaults"
).split()
_OWN_KEYS = {
    CLASSIFICATION: ["labels", "drop_labels", "logits"],
    REGRESSION: ["low", "high"],
}
_NEEDED = {
    "train": "the training file",
    "text_a": "the column of the text",
    "label": "the column of the label",
    "low": "the smallest number that a label may be",
    "high": "the largest number that a label may be",
}
_LEGAL_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_LEGAL_SPLIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def from_definition(
    kind: str,
    name: str,
    definition: Dict[str, Any],
    surroundings: task_lib.Surroundings,
) -> task_lib.Task:
    """Returns the task that a user's JSON describes.

    Args:
      kind: CLASSIFICATION or REGRESSION.
      name: Of the task.
      definition: Its JSON object.
      surroundings: Where its files are and what labels a trained model knows.

    Raises:
      FileNotFoundError: Labels are to be collected, but there is no training file.
      ValueError: Something is wrong with the definition or the training file.
    """
    if not _LEGAL_NAME.fullmatch(name):
        raise ValueError(
            "Task %r: a name is made of a-z, 0-9, '_', '.' and '-', because it names "
            "files and variables." % name
        )
    values = _Values(name, definition, kind)
    row = compose.Row(
        name=name,
        folders=(name,),
        files=_files(values),
        labels=_range(values) if kind == REGRESSION else _classes(values),
        metrics=_metrics(values, kind),
        unordered=values.flag("unordered"),
        defaults=values.mapping("defaults"),
        drop_labels=values.texts("drop_labels"),
        forms=("tsv",) if kind == CLASSIFICATION else (),
        hint="The definition of task %r names it." % name,
    )
    if row.unordered and values.column("text_b") is None:
        raise values.error("unordered", "is true, but there is no text_b to swap")
    task = compose.build(row, surroundings)
    _check_binary(values, row.metrics, task.labels)
    return task


# By the type of a definition.
FAMILIES = {
    kind: functools.partial(from_definition, kind)
    for kind in (CLASSIFICATION, REGRESSION)
}


class _Values:
    """The values of a definition by key, each of the right type.

    Args:
      name: Of the task.
      values: By key.
      kind: CLASSIFICATION or REGRESSION.

    Raises:
      ValueError: A key is unknown, or one that is needed is missing.
    """

    def __init__(self, name: str, values: Dict[str, Any], kind: str):
        self._name = name
        self._kind = kind
        self._values = values
        known = _COMMON_KEYS + _OWN_KEYS[kind]
        for key in values:
            if key not in known:
                raise self.unknown("key", key, known)
        for key, meaning in _NEEDED.items():
            if key in known and values.get(key) is None:
                raise self.error(key, "is missing; it says %s" % meaning)

    def error(self, key: str, message: str) -> ValueError:
        return ValueError("Task %r: %r %s." % (self._name, key, message))

    def unknown(self, what: str, name: str, known: Iterable[str]) -> ValueError:
        kind = "%s of the %s task %r:" % (what, self._kind, self._name)
        return registry.unknown_name(kind, name, known)

    def get(self, key: str, default: Any = None) -> Any:
        """Returns the value of a key; null is no value."""
        value = self._values.get(key)
        return default if value is None else value

    def text(self, key: str) -> Optional[str]:
        value = self.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def flag(self, key: str) -> bool:
        value = self.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str) -> float:
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(key, "a number")
        return float(value)

    def column(self, key: str) -> Optional[layouts.Column]:
        value = self.get(key)
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if value is None or isinstance(value, str) or (is_number and value >= 0):
            return value
        raise self._wrong(key, "a column: its name, or its number from 0")

    def texts(self, key: str) -> Tuple[str, ...]:
        value = self.get(key, [])
        if not isinstance(value, list) or not all(map(_is_text, value)):
            raise self._wrong(key, "a list of texts")
        return tuple(str(item) for item in value)

    def conditions(self, key: str) -> Tuple[Tuple[str, str], ...]:
        value = self.mapping(key)
        if not all(map(_is_text, value.values())):
            raise self._wrong(key, "an object of columns and texts")
        return tuple((column, str(text)) for column, text in value.items())

    def mapping(self, key: str) -> Dict[str, Any]:
        value = self.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, "an object {...}")
        return dict(value)

    def files(self, role: str) -> List[Tuple[str, str]]:
        """Returns (split name, file) pairs: of a text, a list or an object."""
        value = self.get(role, [])
        if isinstance(value, str):
            value = {role: value}
        if isinstance(value, list):
            pairs = [(_stem(item) if len(value) > 1 else role, item) for item in value]
        else:
            pairs = list(value.items()) if isinstance(value, dict) else [("", None)]
        if not all(isinstance(path, str) and path for _, path in pairs):
            raise self._wrong(
                role, 'a file, a list of files, or an object {"%s_1": file}' % role
            )
        for name, _ in pairs:
            if not _LEGAL_SPLIT.fullmatch(name):
                raise self.error(
                    role,
                    "calls a file %r; a name is made of letters, digits, '_', '.', '-'"
                    % name,
                )
        return pairs

    def _wrong(self, key: str, expected: str) -> ValueError:
        return self.error(key, "is %.60r; expected %s" % (self.get(key), expected))


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _stem(path: Any) -> str:
    """Returns the name of a file without folder and endings."""
    return os.path.basename(str(path)).partition(".")[0]


def _files(values: _Values) -> Tuple[compose.File, ...]:
    layout = _layout(values)
    unlabeled = dict(layout, label=None, logits=None)
    values.text("train")
    result: List[compose.File] = []
    for role in (task_lib.TRAIN, task_lib.DEV, task_lib.TEST):
        for name, path in values.files(role):
            if name in [each.split.name for each in result]:
                raise values.error(role, "calls a second file %r" % name)
            columns = unlabeled if role == task_lib.TEST else layout
            result.append(compose.file(name, role, path, **columns))
    return tuple(result)


def _layout(values: _Values) -> Dict[str, Any]:
    """Returns the fields of the layout of labeled files."""
    file_format = values.text("format")
    if file_format is not None and file_format not in formats.FORMATS:
        raise values.error(
            "format",
            "is %r; expected one of %s" % (file_format, ", ".join(formats.FORMATS)),
        )
    keys = ("text_a", "text_b", "label", "id", "logits")
    layout: Dict[str, Any] = {key: values.column(key) for key in keys}
    layout.update(
        format=file_format,
        columns=values.texts("columns"),
        join_lists=values.text("join_lists"),
        where=values.conditions("where"),
    )
    layout["header"] = _header(values, layout)
    return layout


def _header(values: _Values, layout: Dict[str, Any]) -> Any:
    """Returns `header`, which must be said where it cannot be inferred."""
    header, columns = values.get("header"), layout["columns"]
    if not (header is None or isinstance(header, bool) or header == layouts.AUTO):
        raise values.error(
            "header", "is %r; expected true, false or %r" % (header, layouts.AUTO)
        )
    named = [
        key
        for key in ("text_a", "text_b", "label", "id", "logits")
        if isinstance(layout[key], str)
    ]
    if header is None:
        if not named:
            raise values.error(
                "header",
                "is missing; columns are numbered, so it must say whether the first "
                "row names them",
            )
        header = True
    if columns and header is True:
        raise values.error(
            "columns", "names the columns of files without header; header is true"
        )
    if named and header is False and not columns:
        raise values.error(
            named[0],
            "is a name, but header is false; number the columns, or name all of them "
            "in 'columns'",
        )
    return header


def _classes(values: _Values) -> Optional[labels_lib.Classes]:
    names, dropped = values.texts("labels"), values.texts("drop_labels")
    if values.get("labels") is None:
        return None
    if len(names) < 2 or len(set(names)) < len(names) or set(names) & set(dropped):
        raise values.error(
            "labels",
            "is %.60r; expected two or more, all different, none of them in "
            "drop_labels" % (list(names),),
        )
    return labels_lib.Classes(names)


def _range(values: _Values) -> labels_lib.Range:
    low, high = values.number("low"), values.number("high")
    if not low < high:
        raise values.error("low", "is %g, but 'high' is %g" % (low, high))
    return labels_lib.Range(low, high)


def _metrics(values: _Values, kind: str) -> Tuple[str, ...]:
    if kind == REGRESSION:
        ranking, known = dict(metrics.NUMBER_SCORES), dict(metrics.NUMBER_SCORES)
        known.update(metrics.ERRORS)
        names = values.texts("metrics") or ("pearson", "spearman")
    else:
        ranking = known = dict(metrics.CLASS_SCORES, **metrics.BINARY_SCORES)
        names = values.texts("metrics") or ("accuracy",)
    for name in names:
        if name not in known:
            raise values.unknown("metric", name, known)
    if not set(names) & set(ranking):
        raise values.error(
            "metrics", "needs one of which more is better: %s" % ", ".join(ranking)
        )
    return tuple(dict.fromkeys(names))


def _check_binary(
    values: _Values, names: Tuple[str, ...], labels: Tuple[str, ...]
) -> None:
    for name in names:
        if name in metrics.BINARY_SCORES and len(labels) != 2:
            raise values.error(
                "metrics",
                "has %r, which is for two labels, but there are %d; take macro_%s"
                % (name, len(labels), name),
            )

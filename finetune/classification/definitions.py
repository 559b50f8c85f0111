"""A classification or regression task that a user describes in JSON.

    {"type": "classification", "train": "train.tsv", "dev": "dev.tsv",
     "test": "test.tsv", "text_a": "review", "label": "stars"}

All keys are listed in docs/classification.md.
"""

import dataclasses
import functools
import re
from typing import Any, Dict, Optional, Tuple, Union

from finetune import definitions, fields, sources
from finetune import task as task_lib
from finetune.classification import compose, layouts, marks, metrics
from finetune.classification import labels as labels_lib

CLASSIFICATION = "classification"
REGRESSION = "regression"
_TEXTS = ("text_a", "text_b")
_OTHERS = ("label", "id", "logits")
_OF_COLUMNS = ("format", "separator", "header", "columns", "extra_columns", "comment")
_MARK_KEYS = ("text", "start", "before", "after")
_KEYS = (
    "header columns extra_columns separator pattern comment text_a text_b marks label "
    "drop_labels id join_lists where metrics unordered"
).split()
KEYS = {
    CLASSIFICATION: _KEYS + ["labels", "spelling", "logits"],
    REGRESSION: _KEYS + ["low", "high"],
}
_NEEDED = {
    "train": "the training file",
    "text_a": "the column of the text",
    "label": "the column of the label",
}
_NEEDED_RANGE = {
    "low": "the smallest number that a label may be",
    "high": "the largest number that a label may be",
}


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
    described = definitions.checked(name, definition, KEYS[kind])
    described.require(_NEEDED)
    places = described.places()
    row = compose.Row(
        name=name,
        folders=places.folders,
        files=_files(described, places),
        labels=_range(described) if kind == REGRESSION else _classes(described),
        metrics=_metrics(described, kind),
        unordered=described.flag("unordered"),
        defaults=described.defaults(),
        drop_labels=described.texts("drop_labels"),
        forms=("predictions.tsv",) if kind == CLASSIFICATION else (),
        hint=places.hint,
    )
    if row.unordered and "text_b" not in described.values:
        raise described.error("'unordered' is true, but there is no text_b to swap.")
    task = compose.build(row, surroundings)
    _check_binary(described, row.metrics, task.labels)
    return task


# By the type of a definition.
FAMILIES = {
    kind: functools.partial(from_definition, kind)
    for kind in (CLASSIFICATION, REGRESSION)
}


def _files(
    described: definitions.Definition, places: sources.Places
) -> Tuple[compose.File, ...]:
    layout = _layout(described)
    found = []
    for split, names in places.files:
        own = dataclasses.replace(layout, file_names=names)
        if split.role == task_lib.TEST:
            own = own.without_labels()
        found.append(compose.File(split, own))
    return tuple(found)


def _layout(described: definitions.Definition) -> layouts.Layout:
    """Returns the layout of labeled files, without their names."""
    text_a: Any = _texts(described, "text_a")
    layout = layouts.Layout(
        (),
        text_a=text_a,
        text_b=_texts(described, "text_b"),
        marks=_marks(described),
        label=_column(described, "label"),
        id=_column(described, "id"),
        logits=_column(described, "logits"),
        format=described.choice("format", layouts.FORMATS, None),
        separator=_separator(described),
        pattern=_pattern(described),
        columns=described.texts("columns"),
        extra_columns=described.flag("extra_columns"),
        comment=described.text("comment", None),
        join_lists=described.text("join_lists", None),
        where=_pairs(described, "where", "an object of columns and texts"),
        spelling=_pairs(described, "spelling", "an object of labels and labels"),
    )
    return dataclasses.replace(layout, header=_header(described, layout))


def _is_column(value: Any) -> bool:
    is_number = definitions.is_whole(value) and value >= 0
    return isinstance(value, str) or is_number


def _column(described: definitions.Definition, key: str) -> Optional[layouts.Column]:
    value: Any = described.values.get(key)
    expected = "a column: its name, or its number from 0"
    described.expect(key, value is None or _is_column(value), expected)
    return value


def _texts(described: definitions.Definition, key: str) -> Optional[layouts.Columns]:
    """Returns the column of a text, or several."""
    value: Any = described.values.get(key)
    if not isinstance(value, list):
        return _column(described, key)
    are_columns = bool(value) and all(map(_is_column, value))
    described.expect(key, are_columns, "a column, or a list of columns")
    return tuple(value)


def _marks(described: definitions.Definition) -> Tuple[marks.Mark, ...]:
    value: Any = described.values.get("marks", [])
    is_legal = isinstance(value, list) and all(map(_is_mark, value))
    expected = 'a list of objects {"text": column, "start": column}, each also with '
    expected += '"before" and "after", texts'
    described.expect("marks", is_legal, expected)
    return tuple(marks.Mark(**each) for each in value)


def _is_mark(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and {"text", "start"} <= set(value) <= set(_MARK_KEYS)
        and _is_column(value["text"])
        and _is_column(value["start"])
        and isinstance(value.get("before", ""), str)
        and isinstance(value.get("after", ""), str)
    )


def _separator(described: definitions.Definition) -> Optional[str]:
    value = described.text("separator", None)
    is_legal = value is None or bool(value) and not set(value) & set('"\r\n')
    described.expect("separator", is_legal, "characters, none a quote or line end")
    return value


def _pattern(described: definitions.Definition) -> Optional[str]:
    pattern = described.text("pattern", None)
    if pattern is not None:
        try:
            has_columns = bool(re.compile(pattern).groupindex)
        except re.error:
            has_columns = False
        expected = 'a regular expression with named groups, such as "(?P<text>.*)"'
        described.expect("pattern", has_columns, expected)
        for key in _OF_COLUMNS:
            if key in described.values:
                message = "'pattern' says how lines are read; leave out %r."
                raise described.error(message % key)
    return pattern


def _pairs(
    described: definitions.Definition, key: str, expected: str
) -> Tuple[Tuple[str, str], ...]:
    value = described.mapping(key)
    texts = {name: fields.scalar(each) for name, each in value.items()}
    described.expect(key, None not in texts.values(), expected)
    return tuple((name, str(text)) for name, text in texts.items())


def _header(
    described: definitions.Definition, layout: layouts.Layout
) -> Union[bool, str]:
    """Returns `header`, which must be said where it cannot be inferred."""
    header = described.values.get("header", True)
    is_legal = isinstance(header, bool) or header == layouts.AUTO
    described.expect("header", is_legal, "true, false or %r" % layouts.AUTO)
    named = [
        key
        for key in _TEXTS + _OTHERS
        if any(isinstance(each, str) for each in layouts.list_of(getattr(layout, key)))
    ]
    if not named and "header" not in described.values:
        raise described.error(
            "'header' is missing; columns are numbered, so it must say whether the "
            "first row names them."
        )
    if layout.columns and header is True:
        raise described.error(
            "'columns' names the columns of files without header; header is true."
        )
    if named and header is False and not layout.columns:
        raise described.error(
            "%r is a name, but header is false; number the columns, or name all of "
            "them in 'columns'." % named[0]
        )
    return header


def _classes(described: definitions.Definition) -> Optional[labels_lib.Classes]:
    if "labels" not in described.values:
        return None
    names, dropped = described.texts("labels"), described.texts("drop_labels")
    are_distinct = len(set(names)) == len(names) and not set(names) & set(dropped)
    described.expect(
        "labels",
        len(names) >= 2 and are_distinct,
        "two or more, all different, none of them in drop_labels",
    )
    return labels_lib.Classes(names)


def _range(described: definitions.Definition) -> labels_lib.Range:
    described.require(_NEEDED_RANGE)
    low, high = described.number("low"), described.number("high")
    if not low < high:
        raise described.error("'low' is %g, but 'high' is %g." % (low, high))
    return labels_lib.Range(low, high)


def _metrics(described: definitions.Definition, kind: str) -> Tuple[str, ...]:
    if kind == REGRESSION:
        ranking, known = dict(metrics.NUMBER_SCORES), dict(metrics.NUMBER_SCORES)
        known.update(metrics.ERRORS)
        names = described.texts("metrics") or ("pearson", "spearman")
    else:
        ranking = known = dict(metrics.CLASS_SCORES, **metrics.BINARY_SCORES)
        names = described.texts("metrics") or ("accuracy",)
    for name in names:
        if name not in known:
            raise described.unknown("%s metric" % kind, name, known)
    if not set(names) & set(ranking):
        raise described.error(
            "'metrics' needs one of which more is better: %s." % ", ".join(ranking)
        )
    return tuple(dict.fromkeys(names))


def _check_binary(
    described: definitions.Definition, names: Tuple[str, ...], labels: Tuple[str, ...]
) -> None:
    for name in names:
        if name in metrics.BINARY_SCORES and len(labels) != 2:
            raise described.error(
                "'metrics' has %r, which is for two labels, but there are %d; take "
                "macro_%s." % (name, len(labels), name)
            )

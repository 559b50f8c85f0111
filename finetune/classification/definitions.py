"""A classification or regression task that a user describes in JSON.

    {"type": "classification", "train": "train.tsv", "dev": "dev.tsv",
     "test": "test.tsv", "text_a": "review", "label": "stars"}

All keys are listed in docs/classification.md.
"""

import functools
from typing import Any, Dict, Optional, Tuple, Union

from finetune import definitions, formats, sources
from finetune import task as task_lib
from finetune.classification import compose, layouts, metrics
from finetune.classification import labels as labels_lib

CLASSIFICATION = "classification"
REGRESSION = "regression"
_COLUMNS = ("text_a", "text_b", "label", "id", "logits")
_KEYS = (
    "header columns text_a text_b label id join_lists where metrics unordered".split()
)
KEYS = {
    CLASSIFICATION: _KEYS + ["labels", "drop_labels", "logits"],
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
        forms=("tsv",) if kind == CLASSIFICATION else (),
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
    unlabeled = dict(layout, label=None, logits=None)
    return tuple(
        compose.file(
            split.name,
            split.role,
            *names,
            **(unlabeled if split.role == task_lib.TEST else layout),
        )
        for split, names in places.files
    )


def _layout(described: definitions.Definition) -> Dict[str, Any]:
    """Returns the fields of the layout of labeled files."""
    layout: Dict[str, Any] = {key: _column(described, key) for key in _COLUMNS}
    layout.update(
        format=described.choice("format", formats.FORMATS, None),
        columns=described.texts("columns"),
        join_lists=described.text("join_lists", None),
        where=_conditions(described),
    )
    layout["header"] = _header(described, layout)
    return layout


def _column(described: definitions.Definition, key: str) -> Optional[layouts.Column]:
    value: Any = described.values.get(key)
    is_number = definitions.is_whole(value) and value >= 0
    described.expect(
        key,
        value is None or isinstance(value, str) or is_number,
        "a column: its name, or its number from 0",
    )
    return value


def _conditions(described: definitions.Definition) -> Tuple[Tuple[str, str], ...]:
    value = described.mapping("where")
    are_texts = all(map(definitions.is_text_like, value.values()))
    described.expect("where", are_texts, "an object of columns and texts")
    return tuple((column, str(text)) for column, text in value.items())


def _header(
    described: definitions.Definition, layout: Dict[str, Any]
) -> Union[bool, str]:
    """Returns `header`, which must be said where it cannot be inferred."""
    header = described.values.get("header", True)
    is_legal = isinstance(header, bool) or header == layouts.AUTO
    described.expect("header", is_legal, "true, false or %r" % layouts.AUTO)
    named = [key for key in _COLUMNS if isinstance(layout[key], str)]
    if not named and "header" not in described.values:
        raise described.error(
            "'header' is missing; columns are numbered, so it must say whether the "
            "first row names them."
        )
    if layout["columns"] and header is True:
        raise described.error(
            "'columns' names the columns of files without header; header is true."
        )
    if named and header is False and not layout["columns"]:
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

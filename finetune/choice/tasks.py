"""Multiple choice by name: C3, SWAG, and what a user describes in JSON."""

from typing import Any, Dict, Mapping, Tuple

from finetune import task as task_lib
from finetune.choice import (
    answers,
    definitions,
    features,
    formats,
    heads,
    reader,
    sources,
)
from finetune.classification import metrics

DEFAULT_NUM_CHOICES = 4
FORMATS = ("json", "jsonl", "c3", "swag")

_SPLITS = (
    task_lib.Split("train", task_lib.TRAIN),
    task_lib.Split("dev", task_lib.DEV),
    task_lib.Split("test", task_lib.TEST),
)


def c3(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns C3 (https://arxiv.org/abs/1904.09679), with the published settings."""
    del surroundings
    places = sources.Places(
        ("c3", "C3"),
        tuple((split.name, ("%s.json" % split.name,)) for split in _SPLITS),
    )
    return _task(
        "c3",
        _SPLITS,
        reader.ChoiceReader(places, formats.c3, 4),
        features.ChoiceFeatures(4, features.CHOICE_FIRST),
        {"max_seq_length": 512, "num_train_epochs": 8.0},
    )


def swag(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns SWAG (https://arxiv.org/abs/1808.05326)."""
    del surroundings
    places = sources.Places(
        ("swag", "SWAG"),
        (
            ("train", ("train.csv",)),
            ("dev", ("val.csv", "dev.csv")),
            ("test", ("test.csv",)),
        ),
    )
    return _task(
        "swag",
        _SPLITS,
        reader.ChoiceReader(places, formats.swag, 4),
        features.ChoiceFeatures(4, features.CONTINUATION),
        {},
    )


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns a task of a user's own.

    Args:
      name: The task; names its folder.
      definition: Of the keys `train`, `dev`, `test`, `format` (of FORMATS), those of
        `formats.JSON_COLUMNS`, `num_choices`, `layout` (of `features.LAYOUTS`) and
        `defaults`.
      surroundings: Not needed.

    Raises:
      ValueError: A key is unknown or its value no legal one.
    """
    del surroundings
    own_keys = formats.JSON_COLUMNS + ("num_choices", "layout")
    described = definitions.checked(name, definition, own_keys)
    num_choices = described.values.get("num_choices", DEFAULT_NUM_CHOICES)
    if not isinstance(num_choices, int) or num_choices < 2:
        raise described.error(
            "num_choices is %r, expected a whole number from 2 on." % (num_choices,)
        )
    layout = described.choice("layout", features.LAYOUTS)
    return _task(
        name,
        described.splits(),
        reader.ChoiceReader(described.places(), _parser(described), num_choices),
        features.ChoiceFeatures(num_choices, layout),
        described.defaults(),
    )


def _parser(described: definitions.Definition) -> reader.Parser:
    """Returns the parser of a definition's files.

    Raises:
      ValueError: There is none for the format, or its columns cannot be chosen.
    """
    fixed: Dict[str, reader.Parser] = {"c3": formats.c3, "swag": formats.swag}
    file_format = described.choice("format", FORMATS)
    if file_format not in fixed:
        return formats.Json(described.columns(formats.JSON_COLUMNS))
    for column in formats.JSON_COLUMNS:
        if column in described.values:
            raise described.error(
                "%r names a column, but those of format %r are fixed. Leave it out."
                % (column, file_format)
            )
    return fixed[file_format]


def _task(
    name: str,
    splits: Tuple[task_lib.Split, ...],
    choice_reader: reader.ChoiceReader,
    builder: features.ChoiceFeatures,
    defaults: Mapping[str, Any],
) -> task_lib.Task:
    return task_lib.Task(
        name=name,
        splits=splits,
        reader=choice_reader,
        features=builder,
        head=heads.MultipleChoice(builder.num_choices),
        metrics=metrics.Scorer(("accuracy",)),
        score=("accuracy",),
        writer=answers.writer(),
        is_degenerate=answers.degenerate,
        analyze=answers.analyze,
        defaults=defaults,
    )

"""Multiple choice by name: C3, SWAG, and what a user describes in JSON."""

from typing import Any, Dict, Mapping

from finetune import definitions, sources
from finetune import task as task_lib
from finetune.choice import answers, features, formats, heads, reader
from finetune.classification import metrics

DEFAULT_NUM_CHOICES = 4
FORMATS = ("json", "jsonl", "c3", "swag")
KEYS = formats.JSON_COLUMNS + ("num_choices", "layout")

_TRAIN = task_lib.Split("train", task_lib.TRAIN)
_DEV = task_lib.Split("dev", task_lib.DEV)
_TEST = task_lib.Split("test", task_lib.TEST)


def c3(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns C3 (https://arxiv.org/abs/1904.09679), with the published settings."""
    del surroundings
    places = sources.Places(
        ("c3", "C3"),
        tuple((split, ("%s.json" % split.name,)) for split in (_TRAIN, _DEV, _TEST)),
    )
    return _task(
        "c3",
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
            (_TRAIN, ("train.csv",)),
            (_DEV, ("val.csv", "dev.csv")),
            (_TEST, ("test.csv",)),
        ),
    )
    return _task(
        "swag",
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
      definition: Of `definitions.COMMON_KEYS`, with a `format` of FORMATS, and KEYS:
        what the files call each of `formats.JSON_COLUMNS`; `num_choices`; `layout`,
        one of `features.LAYOUTS`.
      surroundings: Not needed.

    Raises:
      ValueError: A key is unknown or its value no legal one.
    """
    del surroundings
    described = definitions.checked(name, definition, KEYS)
    num_choices = described.whole("num_choices", DEFAULT_NUM_CHOICES)
    described.expect("num_choices", num_choices >= 2, "a whole number from 2 on")
    layout = described.choice("layout", features.LAYOUTS, features.CHOICE_FIRST)
    return _task(
        name,
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
    file_format = described.choice("format", FORMATS, FORMATS[0])
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
    choice_reader: reader.ChoiceReader,
    builder: features.ChoiceFeatures,
    defaults: Mapping[str, Any],
) -> task_lib.Task:
    return task_lib.Task(
        name=name,
        splits=choice_reader.places.splits,
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

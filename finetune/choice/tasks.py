"""Multiple choice by name: C3, SWAG, ChID, and what a user describes in JSON."""

from typing import Any, Dict, Mapping

from finetune import definitions, formats, sources
from finetune import task as task_lib
from finetune.choice import answers, cloze, features, heads, reader, rows
from finetune.choice import formats as published
from finetune.classification import metrics

DEFAULT_NUM_CHOICES = 4
_FIXED: Mapping[str, reader.Parser] = {
    "c3": published.c3,
    "swag": published.swag,
    "chid": cloze.chid,
    "clue_chid": cloze.clue_chid,
}
FORMATS = tuple(formats.FORMATS) + tuple(_FIXED)
_TOLD = {".csv": "csv", ".tsv": "tsv"}  # By the ending of a file's name.
KEYS = rows.COLUMNS + ("num_choices", "layout", "answer_as", "blank")
HINT = "docs/choice_and_ranking.md says which files these are."

_TRAIN = task_lib.Split("train", task_lib.TRAIN)
_DEV = task_lib.Split("dev", task_lib.DEV)


def _submitted(official: str) -> task_lib.Split:
    """Returns the test split whose predictions the benchmark's server takes."""
    return task_lib.Split("test", task_lib.TEST, official)


def c3(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns C3 (https://arxiv.org/abs/1904.09679), with the published settings."""
    del surroundings
    names = ("%s.json", "c3-d-%s.json", "d-%s.json")
    test = _submitted("c311_predict.json")
    files = [
        (split, tuple(name % split.name for name in names))
        for split in (_TRAIN, _DEV, test)
    ]
    files.append((test, ("test1.1.json", "test1.0.json")))
    places = sources.Places(("c3", "C3", "c3_public"), tuple(files), HINT)
    return _task(
        "c3",
        published.C3Reader(places, published.c3, 4),
        features.ChoiceFeatures(4, features.CHOICE_FIRST),
        {"max_seq_length": 512, "num_train_epochs": 8.0},
    )


def chid(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns FewCLUE's ChID (https://arxiv.org/abs/2107.07498), 7 idioms a blank."""
    del surroundings
    places = sources.Places(
        ("chid", "fewclue_chid", "FewCLUE/datasets/chid"),
        (
            (_TRAIN, ("train_few_all.json",)),
            (_DEV, ("dev_few_all.json",)),
            (
                task_lib.Split("test_public", task_lib.FINAL),
                ("test_public.json",),
            ),
            (_submitted("chidf_predict.json"), ("test.json",)),
        ),
        HINT,
    )
    return _task(
        "chid",
        reader.ChoiceReader(places, cloze.chid, 7),
        features.ChoiceFeatures(7, features.CLOZE, cloze.BLANK),
        {},
        form="answer",
    )


def clue_chid(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns CLUE's ChID (https://arxiv.org/abs/2004.05986), 10 idioms a blank."""
    del surroundings
    places = sources.Places(
        ("clue_chid", "chid_public"),
        (
            (_TRAIN, ("train.json",)),
            (_DEV, ("dev.json",)),
            (
                _submitted("chid11_predict.json"),
                ("test.json", "test1.1.json", "test1.0.json"),
            ),
        ),
        HINT,
    )
    return _task(
        "clue_chid",
        reader.ChoiceReader(places, cloze.clue_chid, 10),
        features.ChoiceFeatures(10, features.CLOZE, cloze.BLANK),
        {"max_seq_length": 64},
        form="object",
    )


def swag(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns SWAG (https://arxiv.org/abs/1808.05326)."""
    del surroundings
    places = sources.Places(
        ("swag", "SWAG"),
        (
            (_TRAIN, ("train.csv",)),
            (_DEV, ("val.csv", "dev.csv")),
            (task_lib.Split("test", task_lib.TEST), ("test.csv",)),
        ),
    )
    return _task(
        "swag",
        reader.ChoiceReader(places, published.swag, 4),
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
        what the files call each of `rows.COLUMNS`; `num_choices`; `layout`, one of
        `features.LAYOUTS`; `answer_as`, one of `rows.ANSWERS`; `blank`, what stands
        in a context for the choice.
      surroundings: Not needed.

    Raises:
      ValueError: A key is unknown or its value no legal one.
    """
    del surroundings
    described = definitions.checked(name, definition, KEYS)
    num_choices = described.whole("num_choices", DEFAULT_NUM_CHOICES)
    described.expect("num_choices", num_choices >= 2, "a whole number from 2 on")
    places = described.places()
    return _task(
        name,
        reader.ChoiceReader(places, _parser(described, places), num_choices),
        _features(described, num_choices),
        described.defaults(),
    )


def _features(
    described: definitions.Definition, num_choices: int
) -> features.ChoiceFeatures:
    is_chid = described.values.get("format") in ("chid", "clue_chid")
    blank = cloze.BLANK if is_chid else described.text("blank", "")
    default = features.CLOZE if blank else features.CHOICE_FIRST
    layout = described.choice("layout", features.LAYOUTS, default)
    if (layout == features.CLOZE) != bool(blank):
        raise described.error(
            "'layout' is %r, but there is %s blank to put a choice into."
            % (layout, "a" if blank else "no")
        )
    return features.ChoiceFeatures(num_choices, layout, blank)


def _parser(described: definitions.Definition, places: sources.Places) -> reader.Parser:
    """Returns the parser of a definition's files.

    Raises:
      ValueError: There is none for the format, or its columns cannot be chosen.
    """
    _, (first, *_) = places.files[0]
    told = _TOLD.get(formats.ending(first), "json")
    file_format = described.choice("format", FORMATS, told)
    if file_format not in _FIXED:
        return rows.Rows(
            columns=_columns(described),
            # That takes lists of objects as well as lines.
            format="json" if file_format == "jsonl" else file_format,
            answer_as=described.choice("answer_as", rows.ANSWERS, None),
            blank=described.text("blank", ""),
        )
    for key in rows.COLUMNS + ("answer_as", "blank"):
        if key in described.values:
            raise described.error(
                "%r is for files of one's own; the columns of format %r are fixed. "
                "Leave it out." % (key, file_format)
            )
    return _FIXED[file_format]


def _columns(described: definitions.Definition) -> Dict[str, rows.Names]:
    """Returns what the files call each column; several names of some."""
    columns: Dict[str, rows.Names] = {}
    for column in rows.COLUMNS:
        if isinstance(described.values.get(column), list):
            described.expect(column, column in ("context", "choices"), "a text")
            columns[column] = described.texts(column)
        else:
            columns[column] = described.text(column, column)
    if described.text("blank", ""):
        if "question" in described.values:
            raise described.error(
                "'question' names a column, but a text with a blank has no question."
            )
        columns["question"] = ""
    return columns


def _task(
    name: str,
    choice_reader: reader.ChoiceReader,
    builder: features.ChoiceFeatures,
    defaults: Mapping[str, Any],
    form: str = "label",
) -> task_lib.Task:
    return task_lib.Task(
        name=name,
        splits=choice_reader.places.splits,
        reader=choice_reader,
        features=builder,
        head=heads.MultipleChoice(builder.num_choices),
        metrics=metrics.Scorer(("accuracy",)),
        metric_names=("accuracy", "loss"),
        score=("accuracy",),
        writer=answers.writer(form),
        is_degenerate=answers.degenerate,
        analyze=answers.analyze,
        defaults=defaults,
    )

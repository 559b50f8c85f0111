"""Ranking by name: DBQA, and what a user describes in JSON."""

from typing import Any, Dict, Mapping, Tuple

from finetune import definitions, formats, heads, sources
from finetune import task as task_lib
from finetune.classification import features
from finetune.ranking import answers, metrics, reader

KEYS = reader.COLUMNS + ("columns", "labels")
_SPLITS = (
    task_lib.Split("train", task_lib.TRAIN),
    task_lib.Split("dev", task_lib.DEV),
    task_lib.Split("test", task_lib.FINAL),
)


def dbqa(surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Returns DBQA of NLPCC: which sentence of a document answers a question."""
    del surroundings
    places = sources.Places(
        ("dbqa", "DBQA", "nlpcc-dbqa"),
        tuple((split, ("%s.tsv" % split.name,)) for split in _SPLITS),
    )
    ranking_reader = reader.RankingReader(
        places, {column: column for column in reader.COLUMNS}
    )
    return _task("dbqa", ranking_reader, {})


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns a task of a user's own.

    Args:
      name: The task; names its folder.
      definition: Of `definitions.COMMON_KEYS`, with a `format` of `formats.FORMATS`
        (else the endings of the files tell), and KEYS: what the files call each of
        `reader.COLUMNS`; `columns`, all columns of files without header; `labels`,
        how they write that a candidate is wrong and that it is right.
      surroundings: Not needed.

    Raises:
      ValueError: A key is unknown or its value no legal one.
    """
    del surroundings
    described = definitions.checked(name, definition, KEYS)
    ranking_reader = reader.RankingReader(
        places=described.places(),
        columns=described.columns(reader.COLUMNS),
        format=described.choice("format", formats.FORMATS, None),
        header=_header(described),
        labels=_labels(described),
    )
    return _task(name, ranking_reader, described.defaults())


def _header(described: definitions.Definition) -> Tuple[str, ...]:
    header = described.texts("columns")
    described.expect("columns", len(set(header)) == len(header), "different names")
    for column in ("qid", "text_a", "text_b"):
        name = described.text(column, column)
        if header and name and name not in header:
            raise described.error(
                "'columns' lacks %r, the column of %s." % (name, column)
            )
    return header


def _labels(
    described: definitions.Definition,
) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """Returns the labels of wrong and of right candidates."""
    value = described.values.get("labels", ["0", "1"])
    pair = [
        tuple(map(str, each)) if isinstance(each, list) else (str(each),)
        for each in (value if isinstance(value, list) else [])
    ]
    every = [label for each in pair for label in each]
    is_pair = len(pair) == 2 and all(pair) and len(set(every)) == len(every)
    described.expect("labels", is_pair, '[wrong, right], such as ["bad", "good"]')
    return pair[0], pair[1]


def _task(
    name: str, ranking_reader: reader.RankingReader, defaults: Mapping[str, Any]
) -> task_lib.Task:
    return task_lib.Task(
        name=name,
        splits=ranking_reader.places.splits,
        reader=ranking_reader,
        features=features.TextFeatures(),
        head=heads.Classification(len(reader.LABELS.names)),
        metrics=metrics.score,
        metric_names=metrics.NAMES,
        score=("mrr",),
        writer=answers.writer(name),
        is_degenerate=metrics.degenerate,
        analyze=answers.analyze,
        labels=reader.LABELS.names,
        defaults=defaults,
    )

"""The GLUE benchmark: one row per task.

Columns are named where the official files have a header and numbered where not.
Folders may keep the names of the distribution or those that ConvBERT's README gives
them. Labels are spelt as in the files.
"""

import dataclasses
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from finetune import heads
from finetune import task as task_lib
from finetune.classification import features, metrics, tsv, writers
from finetune.classification import labels as labels_lib

BINARY = labels_lib.Classes(("0", "1"))
ENTAILMENT = labels_lib.Classes(("entailment", "not_entailment"))
NLI = labels_lib.Classes(("contradiction", "entailment", "neutral"))

# The published QQP files have a few rows that a line break inside a question has
# split: far fewer than one in ten thousand.
QQP_MALFORMED_RATE = 1e-4


@dataclasses.dataclass(frozen=True)
class File:
    """One split of a row: where it is, and where in it.

    Attributes:
      split: The split's name, role and official submission file.
      layout: Its columns.
    """

    split: task_lib.Split
    layout: tsv.Layout


@dataclasses.dataclass(frozen=True)
class Row:
    """One GLUE task.

    Attributes:
      name: As in `task_names`.
      folders: Names of its folder.
      files: Its splits.
      labels: What its labels may be.
      metrics: Names of its scores; their mean ranks trials, as GLUE does.
      unordered: Whether the two texts of a pair may be swapped.
      defaults: Settings that differ for this task.
    """

    name: str
    folders: Tuple[str, ...]
    files: Tuple[File, ...]
    labels: Union[labels_lib.Classes, labels_lib.Range]
    metrics: Tuple[str, ...] = ("accuracy",)
    unordered: bool = False
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def _train(**layout: Any) -> File:
    return File(
        task_lib.Split("train", task_lib.TRAIN),
        tsv.Layout(file_names=("train.tsv",), **layout),
    )


def _dev(name: str = "dev", **layout: Any) -> File:
    return File(
        task_lib.Split(name, task_lib.DEV),
        tsv.Layout(file_names=("%s.tsv" % name,), **layout),
    )


def _test(
    official: str,
    name: str = "test",
    file_names: Optional[Tuple[str, ...]] = None,
    **layout: Any,
) -> File:
    return File(
        task_lib.Split(name, task_lib.TEST, official),
        tsv.Layout(file_names=file_names or ("%s.tsv" % name,), **layout),
    )


def _labeled(**columns: Any) -> Tuple[File, File]:
    """Returns a training and a development file of one layout."""
    return _train(**columns), _dev(**columns)


def _pair(text_a: str = "sentence1", text_b: str = "sentence2") -> Dict[str, Any]:
    return {"text_a": text_a, "text_b": text_b}


_COLA: Dict[str, Any] = {"text_a": 3, "label": 1, "num_columns": 4}
_QQP = dict(
    _pair("question1", "question2"),
    label="is_duplicate",
    max_malformed_rate=QQP_MALFORMED_RATE,
)
_MRPC = _pair("#1 String", "#2 String")
_MNLI = dict(_pair(), label="gold_label")
_QNLI = _pair("question", "sentence")

ROWS: Tuple[Row, ...] = (
    Row(
        "cola",
        ("cola", "CoLA"),
        _labeled(**_COLA) + (_test("CoLA.tsv", text_a="sentence", id="index"),),
        BINARY,
        metrics=("mcc",),
    ),
    Row(
        "sst",
        ("sst", "SST-2"),
        _labeled(text_a="sentence", label="label")
        + (_test("SST-2.tsv", text_a="sentence", id="index"),),
        BINARY,
    ),
    Row(
        "mrpc",
        ("mrpc", "MRPC"),
        _labeled(label="Quality", **_MRPC) + (_test("MRPC.tsv", id="index", **_MRPC),),
        BINARY,
        metrics=("accuracy", "f1"),
        unordered=True,
    ),
    Row(
        "sts",
        ("sts", "STS-B"),
        _labeled(label="score", **_pair())
        + (_test("STS-B.tsv", id="index", **_pair()),),
        labels_lib.Range(0.0, 5.0),
        metrics=("pearson", "spearman"),
        unordered=True,
        defaults={"num_train_epochs": 10.0},
    ),
    Row(
        "qqp",
        ("qqp", "QQP"),
        _labeled(**_QQP)
        + (_test("QQP.tsv", id="id", **_pair("question1", "question2")),),
        BINARY,
        metrics=("accuracy", "f1"),
    ),
    Row(
        "mnli",
        ("mnli", "MNLI"),
        (
            _train(**_MNLI),
            _dev("dev_matched", **_MNLI),
            _dev("dev_mismatched", **_MNLI),
            _test("MNLI-m.tsv", "test_matched", id="index", **_pair()),
            _test("MNLI-mm.tsv", "test_mismatched", id="index", **_pair()),
            _test(
                "AX.tsv",
                "diagnostic",
                ("diagnostic.tsv", "../diagnostic/diagnostic.tsv"),
                id="index",
                **_pair(),
            ),
        ),
        NLI,
    ),
    Row(
        "qnli",
        ("qnli", "QNLI"),
        _labeled(label="label", **_QNLI) + (_test("QNLI.tsv", id="index", **_QNLI),),
        ENTAILMENT,
    ),
    Row(
        "rte",
        ("rte", "RTE"),
        _labeled(label="label", **_pair()) + (_test("RTE.tsv", id="index", **_pair()),),
        ENTAILMENT,
        defaults={"num_train_epochs": 10.0},
    ),
    Row(
        "wnli",
        ("wnli", "WNLI"),
        _labeled(label="label", **_pair())
        + (_test("WNLI.tsv", id="index", **_pair()),),
        BINARY,
    ),
)


def official_files() -> List[str]:
    """Returns the files that a complete GLUE submission consists of."""
    return [
        file.split.official for row in ROWS for file in row.files if file.split.official
    ]


def task(row: Row) -> task_lib.Task:
    """Puts a task together from its row."""
    classes = row.labels if isinstance(row.labels, labels_lib.Classes) else None
    return task_lib.Task(
        name=row.name,
        splits=tuple(file.split for file in row.files),
        reader=tsv.TsvReader(
            folders=row.folders,
            layouts=tuple((file.split.name, file.layout) for file in row.files),
            parse_label=row.labels.parse,
        ),
        features=features.TextFeatures(
            label_is_class=classes is not None, unordered=row.unordered
        ),
        head=_head(row.labels),
        metrics=metrics.Scorer(row.metrics),
        score=row.metrics,
        writer=writers.for_labels(row.labels),
        is_degenerate=metrics.degenerate,
        labels=classes.names if classes else (),
        defaults=row.defaults,
    )


def _head(labels: Union[labels_lib.Classes, labels_lib.Range]) -> heads.Head:
    if isinstance(labels, labels_lib.Classes):
        return heads.Classification(len(labels.names))
    return heads.Regression(labels.low, labels.high)

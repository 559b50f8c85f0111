"""The GLUE benchmark: one row per task.

Columns are named where the official files have a header and numbered where not.
Folders may keep the names of the distribution or those that ConvBERT's README gives
them. Labels are spelt as in the files.
"""

from typing import Any, Dict, List, Optional, Tuple

from finetune import task as task_lib
from finetune.classification import compose, layouts
from finetune.classification import labels as labels_lib

BINARY = labels_lib.Classes(("0", "1"))
ENTAILMENT = labels_lib.Classes(("entailment", "not_entailment"))
NLI = labels_lib.Classes(("contradiction", "entailment", "neutral"))

# The published QQP files have a few rows that a line break inside a question has
# split: far fewer than one in ten thousand.
QQP_MALFORMED_RATE = 1e-4

HINT = "tools/download_glue.py gets the GLUE files."


def _train(**layout: Any) -> compose.File:
    return compose.file("train", task_lib.TRAIN, "train.tsv", **layout)


def _dev(name: str = "dev", **layout: Any) -> compose.File:
    return compose.file(name, task_lib.DEV, "%s.tsv" % name, **layout)


def _test(
    official: str,
    name: str = "test",
    file_names: Optional[Tuple[str, ...]] = None,
    **layout: Any,
) -> compose.File:
    return compose.File(
        task_lib.Split(name, task_lib.TEST, official),
        layouts.Layout(file_names=file_names or ("%s.tsv" % name,), **layout),
    )


def _labeled(**columns: Any) -> Tuple[compose.File, compose.File]:
    """Returns a training and a development file of one layout."""
    return _train(**columns), _dev(**columns)


def _pair(text_a: str = "sentence1", text_b: str = "sentence2") -> Dict[str, Any]:
    return {"text_a": text_a, "text_b": text_b}


_COLA: Dict[str, Any] = {"text_a": 3, "label": 1, "header": False, "num_columns": 4}
_QQP = dict(
    _pair("question1", "question2"),
    label="is_duplicate",
    max_malformed_rate=QQP_MALFORMED_RATE,
)
_MRPC = _pair("#1 String", "#2 String")
_MNLI = dict(_pair(), label="gold_label")
_QNLI = _pair("question", "sentence")


def _row(
    name: str,
    folders: Tuple[str, ...],
    files: Tuple[compose.File, ...],
    labels: labels_lib.Labels,
    **more: Any,
) -> compose.Row:
    return compose.Row(name, folders, files, labels, hint=HINT, **more)


ROWS: Tuple[compose.Row, ...] = (
    _row(
        "cola",
        ("cola", "CoLA"),
        _labeled(**_COLA) + (_test("CoLA.tsv", text_a="sentence", id="index"),),
        BINARY,
        metrics=("mcc",),
    ),
    _row(
        "sst",
        ("sst", "SST-2"),
        _labeled(text_a="sentence", label="label")
        + (_test("SST-2.tsv", text_a="sentence", id="index"),),
        BINARY,
    ),
    _row(
        "mrpc",
        ("mrpc", "MRPC"),
        _labeled(label="Quality", **_MRPC) + (_test("MRPC.tsv", id="index", **_MRPC),),
        BINARY,
        metrics=("accuracy", "f1"),
        unordered=True,
    ),
    _row(
        "sts",
        ("sts", "STS-B"),
        _labeled(label="score", **_pair())
        + (_test("STS-B.tsv", id="index", **_pair()),),
        labels_lib.Range(0.0, 5.0),
        metrics=("pearson", "spearman"),
        unordered=True,
        defaults={"num_train_epochs": 10.0},
    ),
    _row(
        "qqp",
        ("qqp", "QQP"),
        _labeled(**_QQP)
        + (_test("QQP.tsv", id="id", **_pair("question1", "question2")),),
        BINARY,
        metrics=("accuracy", "f1"),
    ),
    _row(
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
    _row(
        "qnli",
        ("qnli", "QNLI"),
        _labeled(label="label", **_QNLI) + (_test("QNLI.tsv", id="index", **_QNLI),),
        ENTAILMENT,
    ),
    _row(
        "rte",
        ("rte", "RTE"),
        _labeled(label="label", **_pair()) + (_test("RTE.tsv", id="index", **_pair()),),
        ENTAILMENT,
        defaults={"num_train_epochs": 10.0},
    ),
    _row(
        "wnli",
        ("wnli", "WNLI"),
        _labeled(label="label", **_pair())
        + (_test("WNLI.tsv", id="index", **_pair()),),
        BINARY,
    ),
)
FACTORIES = compose.factories(ROWS)


def official_files() -> List[str]:
    """Returns the files that a complete GLUE submission consists of."""
    return [
        file.split.official for row in ROWS for file in row.files if file.split.official
    ]

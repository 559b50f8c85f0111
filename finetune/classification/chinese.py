"""Chinese tasks: one row each, in the forms in which they are distributed.

The sets of UER-py are TSV files whose header names label, text_a and text_b; those of
CLUE and FewCLUE are JSON objects, one in each line. A test file with labels is scored
like a development file. Nothing here is downloaded.
"""

import dataclasses
from typing import Any, Dict, Tuple

from finetune import task as task_lib
from finetune.classification import compose, marks
from finetune.classification import labels as labels_lib

BINARY = labels_lib.Classes(("0", "1"))
NLI = labels_lib.Classes(("contradiction", "entailment", "neutral"))
# TNEWS numbers its classes from 100 and uses neither 105 nor 111; a class for each
# number keeps heads as wide as StructBERT's.
NEWS = labels_lib.Classes(tuple(str(number) for number in range(100, 117)))
APPS = labels_lib.Classes(tuple(str(number) for number in range(119)))
TRUTH = labels_lib.Classes(("false", "true"))

NO_LABEL = "-"  # Of pairs on whose label the annotators did not agree.
HINT = "docs/classification.md says which files these are and who publishes them."


def _uer(*endings: str, **layout: Any) -> Tuple[compose.File, ...]:
    """Returns training, development and labeled test file in UER's form."""
    roles = (task_lib.TRAIN, task_lib.DEV, task_lib.FINAL)
    columns = dict({"text_a": "text_a", "label": "label"}, **layout)
    return tuple(
        compose.file(
            name, role, *[name + ending for ending in endings or (".tsv",)], **columns
        )
        for name, role in zip(("train", "dev", "test"), roles)
    )


def _clue(
    *train_names: str,
    dev_name: str = "dev.json",
    test_names: Tuple[str, ...] = ("test.json",),
    **layout: Any,
) -> Tuple[compose.File, ...]:
    """Returns training, development and unlabeled test file in CLUE's form."""
    labeled = dict({"label": "label"}, **layout)
    names = train_names or ("train.json",)
    return (
        compose.file("train", task_lib.TRAIN, *names, **labeled),
        compose.file("dev", task_lib.DEV, dev_name, **labeled),
        compose.file("test", task_lib.TEST, *test_names, id="id", **layout),
    )


def _few(**layout: Any) -> Tuple[compose.File, ...]:
    """Returns the files of a FewCLUE task; the public test file has labels."""
    files = _clue("train_few_all.json", dev_name="dev_few_all.json", **layout)
    public = compose.file(
        "test_public", task_lib.FINAL, "test_public.json", label="label", **layout
    )
    return files[:2] + (public,) + files[2:]


def _submitted(
    files: Tuple[compose.File, ...], official: str
) -> Tuple[compose.File, ...]:
    """Returns files; the server's name of predictions is that of the last, the test."""
    test = files[-1]
    split = dataclasses.replace(test.split, official=official + "_predict.json")
    return files[:-1] + (dataclasses.replace(test, split=split),)


def _clue_row(
    name: str,
    files: Tuple[compose.File, ...],
    labels: Any,
    official: str = "",
    **more: Any,
) -> compose.Row:
    folders = (name, name.upper(), name + "_public") + more.pop("folders", ())
    files = _submitted(files, official or name)
    return compose.Row(
        name, folders, files, labels, forms=("predict.json",), hint=HINT, **more
    )


def _few_row(
    name: str, folder: str, files: Tuple[compose.File, ...], labels: Any, **more: Any
) -> compose.Row:
    folders = (name, "fewclue_%s" % folder, "FewCLUE/datasets/%s" % folder)
    files = _submitted(files, name)
    return compose.Row(
        name, folders, files, labels, forms=("predict.json",), hint=HINT, **more
    )


def _uer_row(
    name: str, folders: Tuple[str, ...], files: Tuple[compose.File, ...], labels: Any
) -> compose.Row:
    return compose.Row(
        name, folders, files, labels, forms=("predictions.tsv",), hint=HINT
    )


_SENTENCES: Dict[str, Any] = {"text_a": "sentence1", "text_b": "sentence2"}
_PAPER: Dict[str, Any] = {"text_a": "keyword", "text_b": "abst", "join_lists": "/"}
_NEWS: Dict[str, Any] = {"text_a": "sentence", "text_b": "keywords"}
# Does a pronoun mean a noun? CLUE's own baseline marks them so, in one text.
_NOUN = marks.Mark("target.span1_text", "target.span1_index", "_", "_")
_PRONOUN = marks.Mark("target.span2_text", "target.span2_index", "[", "]")
_PRONOUNS: Dict[str, Any] = {"text_a": "text", "marks": (_NOUN, _PRONOUN)}
_TWO_TESTS = ("test.json", "test1.1.json", "test1.0.json")
_FEW_EXAMPLES = {"max_seq_length": 256, "num_train_epochs": 10.0}

# XNLI as first published: training pairs translated by machine, with a label spelt
# otherwise, and one development and test file for all languages.
_XNLI = (
    compose.file(
        "train",
        task_lib.TRAIN,
        "multinli.train.zh.tsv",
        "XNLI-MT-1.0/multinli/multinli.train.zh.tsv",
        text_a="premise",
        text_b="hypo",
        label="label",
        spelling=(("contradictory", "contradiction"),),
    ),
) + tuple(
    compose.file(
        name,
        role,
        "xnli.%s.tsv" % name,
        "XNLI-1.0/xnli.%s.tsv" % name,
        label="gold_label",
        where=(("language", "zh"),),
        **_SENTENCES,
    )
    for name, role in (("dev", task_lib.DEV), ("test", task_lib.FINAL))
)

ROWS: Tuple[compose.Row, ...] = (
    _uer_row("chnsenticorp", ("chnsenticorp", "ChnSentiCorp"), _uer(), BINARY),
    _uer_row("book_review", ("book_review", "douban_book_review"), _uer(), BINARY),
    # First published without header, label last; UER's has one, label first.
    _uer_row(
        "lcqmc",
        ("lcqmc", "LCQMC"),
        _uer(
            ".tsv",
            ".txt",
            text_b="text_b",
            header="auto",
            columns=("text_a", "text_b", "label"),
        ),
        BINARY,
    ),
    # UER spells the labels as numbers, so that they are those of the training file.
    _uer_row("xnli", ("xnli", "XNLI"), _uer(text_b="text_b") + _XNLI, None),
    _clue_row("afqmc", _clue(**_SENTENCES), BINARY),
    _clue_row(
        "ocnli",
        _clue(
            "train.50k.json",
            "train.json",
            "train.10k.json",
            "train.3k.json",
            **_SENTENCES,
        ),
        NLI,
        official="ocnli_50k",
        drop_labels=(NO_LABEL,),
    ),
    _clue_row("cmnli", _clue(**_SENTENCES), NLI, drop_labels=(NO_LABEL,)),
    _clue_row("tnews", _clue(test_names=_TWO_TESTS, **_NEWS), NEWS, official="tnews11"),
    _clue_row("iflytek", _clue(text_a="sentence"), APPS),
    _clue_row("csl", _clue(**_PAPER), BINARY),
    _clue_row(
        "cluewsc",
        _clue(test_names=_TWO_TESTS, **_PRONOUNS),
        TRUTH,
        official="cluewsc11",
        folders=("cluewsc2020", "CLUEWSC2020", "cluewsc2020_public"),
        defaults=_FEW_EXAMPLES,
    ),
    _few_row(
        "eprstmt",
        "eprstmt",
        _few(text_a="sentence"),
        labels_lib.Classes(("Negative", "Positive")),
    ),
    _few_row("bustm", "bustm", _few(**_SENTENCES), BINARY),
    _few_row("ocnlif", "ocnli", _few(**_SENTENCES), NLI, drop_labels=(NO_LABEL,)),
    _few_row("csldcp", "csldcp", _few(text_a="content"), None),
    _few_row("tnewsf", "tnews", _few(**_NEWS), NEWS),
    _few_row("iflytekf", "iflytek", _few(text_a="sentence"), APPS),
    _few_row("cslf", "csl", _few(**_PAPER), BINARY),
    _few_row("cluewscf", "cluewsc", _few(**_PRONOUNS), TRUTH, defaults=_FEW_EXAMPLES),
)

FACTORIES = compose.factories(ROWS)

"""Reading comprehension by name: one row per task."""

import dataclasses
import functools
from typing import Any, Dict, Mapping, Optional, Tuple

from finetune import settings as settings_lib
from finetune import sources
from finetune import task as task_lib
from finetune.qa import (
    analysis,
    decode,
    features,
    heads,
    metrics,
    reader,
    scoring,
    writers,
)
from finetune.qa import files as qa_files

DEFAULTS: Mapping[str, Any] = {"max_seq_length": 512, "num_train_epochs": 2.0}
# The published tests are hidden, or have no answers that they could be scored with.
PUBLISHED_DEFAULTS: Mapping[str, Any] = dict(DEFAULTS, write_test_outputs=False)
# ELECTRA's for the log-odds of its classifier, BERT's for a difference of scores.
PUBLISHED_THRESHOLDS = {True: -2.75, False: 0.0}


@dataclasses.dataclass(frozen=True)
class Row:
    """One task.

    Attributes:
      name: As in `task_names`.
      places: Its files.
      parse: How they are written.
      metric: `scoring.SQUAD` or `scoring.CMRC`.
      has_unanswerable: Whether a passage may lack the answer.
      defaults: Settings that it changes.
    """

    name: str
    places: sources.Places
    parse: qa_files.Parser = qa_files.squad
    metric: str = scoring.SQUAD
    has_unanswerable: bool = False
    defaults: Mapping[str, Any] = dataclasses.field(
        default_factory=lambda: PUBLISHED_DEFAULTS
    )


def _squad(name: str, version: str, *folders: str, **values: Any) -> Row:
    files = tuple(
        (
            task_lib.Split(role, role),
            ("%s.json" % role, "%s-%s.json" % (role, version)),
        )
        for role in (task_lib.TRAIN, task_lib.DEV)
    )
    return Row(name, sources.Places((name,) + folders, files), **values)


def _mrqa(name: str, published: str) -> Row:
    """A row of MRQA 2019, whose folders train/ and dev/ hold files of all tasks."""
    files = tuple(
        (
            task_lib.Split(role, role),
            tuple(
                stem + ending
                for stem in (role, "%s/%s" % (role, published))
                for ending in (".jsonl", ".jsonl.gz")
            ),
        )
        for role in (task_lib.TRAIN, task_lib.DEV)
    )
    places = sources.Places((name, "mrqa"), files)
    return Row(name, places, qa_files.mrqa)


def _cmrc() -> Row:
    files = tuple(
        (task_lib.Split(role, role), ("%s.json" % role, "cmrc2018_%s.json" % role))
        for role in (task_lib.TRAIN, task_lib.DEV, task_lib.TEST)
    )
    folders = ("cmrc2018", "CMRC2018", "cmrc", "cmrc2018_public")
    # A third of the answers is longer than 30 characters.
    defaults = dict(PUBLISHED_DEFAULTS, max_answer_length=80)
    return Row(
        "cmrc2018",
        sources.Places(folders, files),
        metric=scoring.CMRC,
        defaults=defaults,
    )


def _drcd() -> Row:
    """A row of DRCD, whose published test file has answers."""
    published = (("train", "training"), ("dev", "dev"), ("test", "test"))
    roles = (task_lib.TRAIN, task_lib.DEV, task_lib.FINAL)
    files = tuple(
        (task_lib.Split(name, role), ("%s.json" % name, "DRCD_%s.json" % stem))
        for role, (name, stem) in zip(roles, published)
    )
    places = sources.Places(("drcd", "DRCD"), files)
    return Row("drcd", places, metric=scoring.CMRC)


ROWS: Tuple[Row, ...] = (
    _squad("squad", "v2.0", "squad_v2", "SQuAD2.0", has_unanswerable=True),
    _squad("squadv1", "v1.1", "squad_v1", "SQuAD"),
    _mrqa("newsqa", "NewsQA"),
    _mrqa("naturalqs", "NaturalQuestionsShort"),
    _mrqa("triviaqa", "TriviaQA-web"),
    _mrqa("searchqa", "SearchQA"),
    _cmrc(),
    _drcd(),
)


def task(row: Row, surroundings: task_lib.Surroundings) -> task_lib.Task:
    """Puts a task together from its row."""
    settings = surroundings.question_answering
    judge = metrics.Judge(
        decode.Decoder(
            n_best_size=settings.n_best_size,
            has_classifier=settings.answerable_classifier,
            null_threshold=_threshold(row, settings),
        ),
        row.metric,
    )
    is_settled = not row.has_unanswerable or settings.qa_na_threshold is not None
    return task_lib.Task(
        name=row.name,
        splits=row.places.splits,
        reader=reader.QuestionReader(row.places, row.parse, row.has_unanswerable),
        features=features.PassageFeatures(
            settings.max_query_length, settings.doc_stride
        ),
        head=heads.SpanHead(settings),
        metric_names=judge.names,
        score=("f1",),
        defaults=row.defaults,
        settle=None if is_settled else functools.partial(_settle, judge),
        **_outlook(judge),
    )


def _threshold(
    row: Row, settings: settings_lib.QuestionAnsweringSettings
) -> Optional[float]:
    """Returns the null threshold of development files, None if all have answers."""
    if not row.has_unanswerable:
        return None
    if settings.qa_na_threshold is None:
        return PUBLISHED_THRESHOLDS[settings.answerable_classifier]
    return settings.qa_na_threshold


def _outlook(judge: metrics.Judge) -> Dict[str, Any]:
    """Returns the parts of a task that look at predictions."""
    return {
        "metrics": judge.scores,
        "writer": writers.for_decoder(judge.decoder),
        "is_degenerate": judge.degenerate,
        "analyze": functools.partial(analysis.analyze, judge),
    }


def _settle(
    judge: metrics.Judge, found: task_lib.Task, scores: Dict[str, float]
) -> task_lib.Task:
    """Returns the task under the null threshold with the best F1."""
    threshold = scores.get(metrics.USEFUL_THRESHOLD)
    if threshold is None:
        return found
    decoder = dataclasses.replace(judge.decoder, null_threshold=threshold)
    return dataclasses.replace(
        found, **_outlook(dataclasses.replace(judge, decoder=decoder))
    )


FACTORIES: Dict[str, task_lib.Factory] = {
    row.name: functools.partial(task, row) for row in ROWS
}

"""What a report of one trial holds, and how it is kept as JSON."""

import dataclasses
import math
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from finetune import report_page
from finetune import task as task_lib
from util import files

FORMAT_VERSION = 1
NUM_CONFUSED = 20  # Pairs of classes that are listed.
_KIND = "analysis"
_KEYS = ("task", "trial", "split", "num_examples", "scores", "groups", "mistakes")


@dataclasses.dataclass(frozen=True)
class Report:
    """One trial's answers to one labeled split.

    Attributes:
      task: Name of the task, with the run's variant where it has one.
      trial: Number of the trial, from 1.
      split: Name of the split.
      num_examples: Of the split.
      scores: What the task's metrics say; times 100, but for `loss`.
      analysis: What its `analyze` says.
      notes: What else a reader should know, a sentence each.
    """

    task: str
    trial: int
    split: str
    num_examples: int
    scores: Dict[str, float]
    analysis: task_lib.Analysis
    notes: Tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """What the names of the report's files start with."""
        return "trial_%d_%s" % (self.trial, self.split.replace("/", "_"))


class Confused(NamedTuple):
    """How often one class was taken for another."""

    expected: str
    predicted: str
    times: int
    share: float  # Of the examples of the expected class.


def to_dict(report: Report) -> Dict[str, Any]:
    """Returns a report as plain JSON; numbers that are not finite become null."""
    analysis = report.analysis
    return {
        "format_version": FORMAT_VERSION,
        "kind": _KIND,
        "task": report.task,
        "trial": report.trial,
        "split": report.split,
        "num_examples": report.num_examples,
        "notes": [report_page.printable(note) for note in report.notes],
        "scores": _numbers(report.scores),
        "groups": [
            {"name": report_page.printable(name), "scores": _numbers(scores)}
            for name, scores in analysis.groups.items()
        ],
        "confusion": _confusion_dict(analysis.confusion),
        "mistakes": [_mistake_dict(mistake) for mistake in analysis.mistakes],
    }


def _confusion_dict(
    confusion: Optional[task_lib.Confusion],
) -> Optional[Dict[str, Any]]:
    if confusion is None:
        return None
    names = tuple(report_page.printable(name) for name in confusion.names)
    counts = checked_counts(confusion)
    pairs = most_confused(task_lib.Confusion(names, counts))
    return {
        "names": list(names),
        "counts": [[int(count) for count in row] for row in counts],
        "most_confused": [pair._asdict() for pair in pairs],
    }


def _mistake_dict(mistake: task_lib.Mistake) -> Dict[str, Any]:
    return {
        "id": report_page.printable(str(mistake.id)),
        "text": report_page.printable(mistake.text),
        "expected": report_page.printable(mistake.expected),
        "predicted": report_page.printable(mistake.predicted),
        "badness": _number(mistake.badness),
    }


def _numbers(scores: Dict[str, float]) -> Dict[str, Optional[float]]:
    return {name: _number(value) for name, value in scores.items()}


def _number(value: float) -> Optional[float]:
    return float(value) if math.isfinite(value) else None


def read(path: str) -> Report:
    """Returns the report that `write` kept in a JSON file.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not JSON, or not that of a report.
    """
    found = files.read_json(path)
    if not isinstance(found, dict) or found.get("kind") != _KIND:
        raise ValueError(
            "%s is not the JSON of a report; take one that is named after a trial and "
            "a split, as trial_1_dev.json." % path
        )
    if found.get("format_version") != FORMAT_VERSION:
        raise ValueError(
            "%s has format_version %r, but this program reads %d; make it anew."
            % (path, found.get("format_version"), FORMAT_VERSION)
        )
    missing = [name for name in _KEYS if name not in found]
    if missing:
        raise ValueError("%s lacks %s." % (path, ", ".join(missing)))
    return Report(
        task=found["task"],
        trial=found["trial"],
        split=found["split"],
        num_examples=found["num_examples"],
        scores=_read_numbers(found["scores"]),
        analysis=_read_analysis(found),
        notes=tuple(found.get("notes", ())),
    )


def _read_analysis(found: Dict[str, Any]) -> task_lib.Analysis:
    confusion = found.get("confusion")
    return task_lib.Analysis(
        groups={
            group["name"]: _read_numbers(group["scores"]) for group in found["groups"]
        },
        mistakes=[
            task_lib.Mistake(**dict(mistake, badness=_read_number(mistake["badness"])))
            for mistake in found["mistakes"]
        ],
        confusion=confusion
        and task_lib.Confusion(
            tuple(confusion["names"]), np.array(confusion["counts"], np.int64)
        ),
    )


def _read_numbers(scores: Dict[str, Optional[float]]) -> Dict[str, float]:
    return {name: _read_number(value) for name, value in scores.items()}


def _read_number(value: Optional[float]) -> float:
    return math.nan if value is None else value


def most_confused(confusion: task_lib.Confusion) -> List[Confused]:
    """Returns which class was taken for which other, the most frequent pairs first.

    Raises:
      ValueError: The counts are not [C, C].
    """
    counts = checked_counts(confusion)
    shares = row_shares(counts)
    pairs = [
        Confused(
            confusion.names[row],
            confusion.names[column],
            int(counts[row, column]),
            float(shares[row, column]),
        )
        for row, column in zip(*np.nonzero(counts))
        if row != column
    ]
    pairs.sort(key=lambda pair: (-pair.times, -pair.share))
    return pairs[:NUM_CONFUSED]


def checked_counts(confusion: task_lib.Confusion) -> np.ndarray:
    """Returns the counts, [C, C].

    Raises:
      ValueError: There are no classes, or the counts have another shape.
    """
    counts = np.asarray(confusion.counts)
    size = len(confusion.names)
    if not size or counts.shape != (size, size):
        raise ValueError(
            "A confusion matrix of %d classes has counts of shape %s; expected at "
            "least one class and a row and a column for each." % (size, counts.shape)
        )
    return counts


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Divides each row by its sum; a row of zeros stays one. [C, C]."""
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

"""What a model answered: rows, the files of scorers, and where it was wrong."""

import functools
import json
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from finetune import task as task_lib
from finetune.classification import metrics, writers

SHOWN_CONTEXT = 200  # Characters of a context that are shown.
PREDICTED = "predict.json"


def writer(form: str = "label") -> task_lib.Writer:
    """Returns the writer of multiple choice.

    Args:
      form: Of the file for scorers: "label", "answer" or "object"; see `files`.
    """
    return task_lib.Writer(rows=rows, files=functools.partial(files, form))


def rows(predictions: task_lib.Predictions) -> Iterator[Dict[str, Any]]:
    """Yields a dict per question; `prediction` and `label` are indexes of choices."""
    for position, (example, chosen) in enumerate(_answered(predictions)):
        row = {
            "id": example.id,
            "prediction": chosen,
            "text": example.choices[chosen],
        }
        for name in ("logits", "probabilities"):
            values = predictions.outputs[name][position, : len(example.choices)]
            row[name] = [round(float(value), 6) for value in values]
        if predictions.is_labeled:
            row["label"] = example.label
        yield row


def files(form: str, predictions: task_lib.Predictions) -> Dict[str, str]:
    """Returns what scorers read: the id of each question and the index it got.

    With "label", as C3 has it, there is a line {"id": 508, "label": 2} for each
    question; with "answer", as FewCLUE has it, {"id": 508, "answer": 2}; an id that
    is written as a number is one. With "object", as CLUE has it for ChID, there is
    one object of all ids.
    """
    answered = list(_answered(predictions))
    if form == "object":
        found = {example.id: chosen for example, chosen in answered}
        return {PREDICTED: json.dumps(found, ensure_ascii=False, indent=1) + "\n"}
    lines = [
        json.dumps({"id": writers.as_number(example.id), form: chosen}) + "\n"
        for example, chosen in answered
    ]
    return {PREDICTED: "".join(lines)}


def analyze(predictions: task_lib.Predictions) -> task_lib.Analysis:
    """Returns the accuracy by number of choices, and the wrong answers."""
    right: Dict[int, List[bool]] = {}
    for example, chosen in _answered(predictions):
        right.setdefault(len(example.choices), []).append(chosen == example.label)
    groups = {
        "%d choices" % count: {
            "accuracy": 100.0 * float(np.mean(right[count])),
            "support": float(len(right[count])),
        }
        for count in sorted(right)
    }
    return task_lib.Analysis(groups, _mistakes(predictions))


def degenerate(predictions: task_lib.Predictions) -> Optional[str]:
    """Says why a model learned nothing, or returns None."""
    probabilities = predictions.outputs["probabilities"]
    if not np.all(np.isfinite(probabilities)):
        return "the probabilities are not finite"
    counts = np.array([len(example.choices) for example in predictions.examples])
    evenly = 1.0 / counts[:, None]  # [n, 1]
    present = np.arange(probabilities.shape[1]) < counts[:, None]
    if np.all(np.abs(probabilities - evenly)[present] < 1e-6):
        return "all choices of every question get the same probability"
    return None


def shortened(text: str, length: int = SHOWN_CONTEXT) -> str:
    """Returns a text on one line, its middle left out where it is long."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    half = (length - 7) // 2
    return "%s [...] %s" % (text[:half], text[-half:])


def _answered(predictions: task_lib.Predictions) -> Iterator[Tuple[Any, int]]:
    """Yields (`reader.Example`, index of the choice that was taken)."""
    for example, chosen in zip(
        predictions.examples, metrics.predicted_values(predictions)
    ):
        yield example, int(chosen)


def _mistakes(predictions: task_lib.Predictions) -> List[task_lib.Mistake]:
    if predictions.losses is None:
        raise ValueError("A split without labels has no mistakes.")
    mistakes = [
        task_lib.Mistake(
            id=example.id,
            text=" | ".join(
                filter(None, (shortened(example.context), example.question))
            ),
            expected=example.choices[example.label],
            predicted=example.choices[chosen],
            badness=float(loss),
        )
        for (example, chosen), loss in zip(_answered(predictions), predictions.losses)
        if chosen != example.label
    ]
    return sorted(mistakes, key=lambda mistake: -mistake.badness)

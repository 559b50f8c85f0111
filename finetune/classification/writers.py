"""Predictions as others want them: a benchmark's values, or one JSON row each."""

import functools
import json
from typing import Any, Callable, Dict, Iterator, List, Mapping, Tuple

import numpy as np

from finetune import task as task_lib
from finetune.classification import labels as labels_lib
from finetune.classification import metrics


def for_labels(
    labels: labels_lib.Labels, forms: Tuple[str, ...] = ()
) -> task_lib.Writer:
    """Returns the writer of a task.

    Args:
      labels: What its labels may be.
      forms: Keys of FORMS, for classes.
    """
    if isinstance(labels, labels_lib.Classes):
        return task_lib.Writer(
            rows=functools.partial(_class_rows, labels.names),
            values=functools.partial(_class_values, labels.names),
            files=functools.partial(_files, forms, labels.names) if forms else None,
        )
    return task_lib.Writer(
        rows=_number_rows, values=functools.partial(_numbers, labels)
    )


def _class_values(
    names: Tuple[str, ...], predictions: task_lib.Predictions
) -> List[str]:
    return [names[index] for index in metrics.predicted_values(predictions)]


def _numbers(limits: labels_lib.Range, predictions: task_lib.Predictions) -> List[str]:
    clipped = np.clip(
        metrics.predicted_values(predictions).astype(np.float64),
        limits.low,
        limits.high,
    )
    return ["%.3f" % value for value in clipped]


def _class_rows(
    names: Tuple[str, ...], predictions: task_lib.Predictions
) -> Iterator[Dict[str, Any]]:
    values = _class_values(names, predictions)
    for position, example_id in enumerate(predictions.ids):
        row = {
            "id": example_id,
            "prediction": values[position],
            "logits": _rounded(predictions.outputs["logits"][position]),
            "probabilities": dict(
                zip(names, _rounded(predictions.outputs["probabilities"][position]))
            ),
        }
        if predictions.is_labeled:
            row["label"] = names[int(predictions.labels[position])]
        yield row


def _number_rows(predictions: task_lib.Predictions) -> Iterator[Dict[str, Any]]:
    values = metrics.predicted_values(predictions)
    for position, example_id in enumerate(predictions.ids):
        row = {"id": example_id, "prediction": float(values[position])}
        if predictions.is_labeled:
            row["label"] = float(predictions.labels[position])
        yield row


def _files(
    forms: Tuple[str, ...], names: Tuple[str, ...], predictions: task_lib.Predictions
) -> Dict[str, str]:
    return {form: FORMS[form](names, predictions) for form in forms}


def _json_lines(names: Tuple[str, ...], predictions: task_lib.Predictions) -> str:
    """Returns what CLUE's server takes: {"id": 0, "label": "neutral"} in each line."""
    lines = []
    for example_id, label in zip(predictions.ids, _class_values(names, predictions)):
        row = {"id": as_number(example_id), "label": label}
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


def as_number(example_id: str) -> Any:
    """Returns the number that an id spells, or the id."""
    is_number = example_id.isdecimal() and str(int(example_id)) == example_id
    return int(example_id) if is_number else example_id


def _table(names: Tuple[str, ...], predictions: task_lib.Predictions) -> str:
    """Returns a TSV of label, logits and probabilities under a header, as UER does."""
    lines = ["label\tlogits\tprob\n"]
    for position, label in enumerate(_class_values(names, predictions)):
        numbers = [
            " ".join("%.6f" % value for value in predictions.outputs[name][position])
            for name in ("logits", "probabilities")
        ]
        lines.append("\t".join([label] + numbers) + "\n")
    return "".join(lines)


# By the end of a file name.
FORMS: Mapping[str, Callable[[Tuple[str, ...], task_lib.Predictions], str]] = {
    "predict.json": _json_lines,
    "predictions.tsv": _table,
}


def _rounded(values: np.ndarray) -> List[float]:
    return [round(float(value), 6) for value in values]

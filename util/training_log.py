"""The log of a training run: one JSON object per line, read back as curves.

Lines are appended while training runs. A process that dies while writing leaves
half a line at the end, and one that is resumed repeats steps since its last
checkpoint; readers see neither.
"""

import json
import os
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from util import files, gfile

FILE_NAME = "training_log.jsonl"
EVALUATION_PREFIX = "eval_"
_NOT_VALUES = ("step", "time", "event")

Curves = Dict[str, List[Tuple[int, float]]]  # (step, value) by name, steps rising.


class Log(NamedTuple):
    """The curves of a run."""

    train: Curves
    evaluation: Curves  # Held-out data; names without the prefix.


def path_in(model_dir: str) -> str:
    return os.path.join(model_dir, FILE_NAME)


def start(path: str, step: int) -> None:
    """Marks that training starts at a step: what lies after it is superseded."""
    if gfile.exists(path):
        text = _text(path)
        if not text.endswith("\n"):
            files.write_text(path, text[: text.rfind("\n") + 1])
    append(path, step, {"event": "start"})


def append(path: str, step: int, values: Mapping[str, Any]) -> None:
    """Adds one line with the step, the time (seconds since 1970) and the values."""
    record = dict({"step": step, "time": round(time.time(), 2)}, **values)
    with gfile.open(path, "ab") as stream:
        stream.write((json.dumps(record) + "\n").encode("utf-8"))


def append_evaluation(path: str, step: int, metrics: Mapping[str, float]) -> None:
    """Adds one line with values on held-out data."""
    values = {EVALUATION_PREFIX + name: value for name, value in metrics.items()}
    append(path, step, values)


def read(path: str) -> Log:
    """Returns the curves of a log file.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: A line other than an unfinished last one is not JSON.
    """
    records: List[Dict[str, Any]] = []
    for record in _records(files.require_file(path, "training log")):
        if record.get("event") == "start":
            records = [old for old in records if old["step"] <= record["step"]]
        else:
            records.append(record)
    log = Log({}, {})
    for record in records:
        for name, value in record.items():
            if name.startswith(EVALUATION_PREFIX):
                curve = log.evaluation.setdefault(name[len(EVALUATION_PREFIX) :], [])
            elif name not in _NOT_VALUES:
                curve = log.train.setdefault(name, [])
            else:
                continue
            if curve and curve[-1][0] == record["step"]:  # Killed, and measured again.
                curve.pop()
            curve.append((record["step"], value))
    return log


def _records(path: str) -> List[Dict[str, Any]]:
    lines = _text(path).split("\n")
    records = []
    for number, line in enumerate(lines[:-1], start=1):  # The last is unfinished.
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise files.error_at(path, number, "not JSON: %s" % error.msg) from error
    return records


def _text(path: str) -> str:
    with gfile.open(path, "rb") as stream:
        return stream.read().decode("utf-8")

"""Files for the servers of benchmarks: one per test file, of GLUE's also a zip."""

import io
import json
import os
from typing import Any, Dict, Iterator, List, NamedTuple, Optional
import zipfile

import numpy as np

from finetune import task as task_lib
from finetune.classification import glue
from util import files, gfile

PREDICTIONS = "predictions.jsonl"
COMPLETE = "submission.zip"
INCOMPLETE = "submission_incomplete.zip"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # The same predictions give the same bytes.


class Submission(NamedTuple):
    """A zip of official files.

    Attributes:
      path: The zip.
      missing: Official files that it lacks; the server takes a complete one only.
    """

    path: str
    missing: List[str]


def write_predictions(
    path: str, writer: task_lib.Writer, predictions: task_lib.Predictions
) -> None:
    """Writes a JSON line per example, with all that the model said about it.

    The forms that the family's own scorers read are written beside it: for
    "x_predictions.jsonl" as "x_" and their own name, for any other name with that
    before it ("mine.jsonl.predictions.tsv"), so that no form takes its place.

    Args:
      path: The file.
      writer: The task's writer.
      predictions: In file order.
    """
    rows = list(writer.rows(predictions))
    if writer.values is not None:
        for value, row in zip(writer.values(predictions), rows):
            row["official"] = value
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    files.write_text(path, "".join(lines))
    if writer.files is not None:
        is_usual = path.endswith(PREDICTIONS)
        stem = path[: -len(PREDICTIONS)] if is_usual else path + "."
        for ending, text in writer.files(predictions).items():
            files.write_text(stem + ending, text)


def read_predictions(path: str) -> Iterator[Dict[str, Any]]:
    """Yields the rows that `write_predictions` wrote.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: A line is not JSON; the message starts with path:line.
    """
    files.require_file(path, "prediction file")
    with gfile.open(path, "rb") as stream:
        lines = stream.read().decode("utf-8").rstrip("\n").split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            raise files.error_at(path, number, "not JSON: %s" % error.msg) from error


def write_official(predictions_path: str, path: str) -> None:
    """Turns a prediction file into a benchmark's official file.

    Args:
      predictions_path: From `write_predictions`.
      path: GLUE's is a .tsv file: index <TAB> prediction, under a header. Any other
        is what `write_predictions` wrote beside the predictions as predict.json.
    """
    if path.endswith(".tsv"):
        lines = ["index\tprediction\n"]
        for row in read_predictions(predictions_path):
            lines.append("%s\t%s\n" % (row["id"], row["official"]))
        files.write_text(path, "".join(lines))
        return
    with gfile.open(predictions_path[: -len(PREDICTIONS)] + "predict.json") as stream:
        files.write_bytes(path, stream.read())


def write_zip(folder: str) -> Optional[Submission]:
    """Packs GLUE's official files of a folder; returns None if it has none.

    The zip is named `submission.zip` once all files of the benchmark are there,
    `submission_incomplete.zip` before.

    Args:
      folder: Where the official files are; the zip is written beside them.
    """
    names = glue.official_files()
    present = [name for name in names if _exists(folder, name)]
    missing = [name for name in names if name not in present]
    if not present:
        return None
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in present:
            with gfile.open(os.path.join(folder, name), "rb") as source:
                entry = zipfile.ZipInfo(name, _ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, source.read())
    path = os.path.join(folder, INCOMPLETE if missing else COMPLETE)
    files.write_bytes(path, stream.getvalue())
    if not missing and _exists(folder, INCOMPLETE):
        gfile.remove(os.path.join(folder, INCOMPLETE))
    return Submission(path, missing)


def _exists(folder: str, name: str) -> bool:
    return gfile.exists(os.path.join(folder, name))


def is_finite(predictions: task_lib.Predictions) -> bool:
    """Whether every number that the model gave can be written."""
    every = list(predictions.outputs.values())
    if predictions.losses is not None:
        every.append(predictions.losses)
    return all(np.all(np.isfinite(values)) for values in every)

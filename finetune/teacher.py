"""What a teacher said of training examples: files with logits, read and written.

Two forms are read: the prediction files of this product, one JSON object a line with
`id` and `logits` (or, of a regression, `prediction`), and UER's TSV files with a header
and a column `logits`, numbers with spaces between them, whose rows are in the order of
the training file. See https://github.com/dbiir/UER-py.
"""

import collections
import math
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from finetune import formats
from util import files

LOGITS = "logits"
NUM_NAMED = 5  # Examples that an error names.

Values = Tuple[float, ...]


class Row(NamedTuple):
    """What was said of one example.

    Attributes:
      line: Its line in the file, from 1.
      id: The example's; None where rows are in order.
      values: Logits, or the one value of a regression.
      known: What else the file says of the example: its `text_a` and `text_b`, its
        true `label`.
    """

    line: int
    id: Optional[str]
    values: Values
    known: Dict[str, Any]


def read(path: str, labels: Sequence[str]) -> List[Row]:
    """Reads a teacher's file.

    Args:
      path: A .tsv file in UER's form, else a prediction file.
      labels: The student's class names; empty for regression. Logits that a prediction
        file names otherwise are put into their order.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: A row is malformed; the message starts with path:line.
    """
    files.require_file(path, "file of a teacher's logits")
    is_table = formats.ending(path) == ".tsv"
    rows = list(_tsv_rows(path) if is_table else _json_rows(path, labels))
    size = len(labels) or 1
    for row in rows:
        if len(row.values) != size or not all(map(math.isfinite, row.values)):
            raise files.error_at(
                path,
                row.line,
                "expected %d finite number(s), one per class, found %s."
                % (size, list(row.values)),
            )
    return rows


def join(
    path: str, rows: List[Row], examples: List[Any], labels: Sequence[str]
) -> List[Values]:
    """Returns the values for every example.

    Args:
      path: Of the teacher's file.
      rows: From it.
      examples: Those of the training file; each has `id`, texts and `label`.
      labels: Class names; empty for regression.

    Raises:
      ValueError: An example has none, or more than one, or the file has others.
    """
    if rows and rows[0].id is not None:
        rows = _in_order(path, rows, [example.id for example in examples])
    if len(rows) != len(examples):
        raise ValueError(
            "%s has the logits of %d examples, but the training file has %d. Let the "
            "teacher predict the training file." % (path, len(rows), len(examples))
        )
    for row, example in zip(rows, examples):
        label = labels[example.label] if labels else float(example.label)
        wanted = {"text_a": example.text_a, "text_b": example.text_b, "label": label}
        for name, found in row.known.items():
            if not _agree(found, wanted[name]):
                raise files.error_at(
                    path,
                    row.line,
                    "%s is %r, but example %s of the training file has %r. Let the "
                    "teacher predict this file; rows without id are in its order."
                    % (name, found, example.id, wanted[name]),
                )
    return [row.values for row in rows]


def _agree(found: Any, wanted: Any) -> bool:
    """Whether a file says what is so; it may round numbers. None is not compared."""
    if isinstance(found, float) and isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-6)
    return wanted is None or found == wanted


def write_tsv(predictions_path: str, data_path: str, path: str) -> int:
    """Adds a column of logits to a data file in UER's form.

    Args:
      predictions_path: Prediction file of the data file; its rows are found by their
        ids if these are the numbers of the examples, else they are in their order.
      data_path: TSV with a header; a column `logits` is replaced.
      path: The file to write.

    Returns:
      Number of examples.

    Raises:
      FileNotFoundError: A file is missing.
      ValueError: The two do not belong together, or a row is malformed.
    """
    said = list(_objects(predictions_path))
    header, rows = _table(files.require_file(data_path, "data file"))
    if "label" not in header or "text_a" not in header:
        raise files.error_at(
            data_path,
            1,
            "expected a header with the columns label and text_a, found %s." % header,
        )
    if len(said) != len(rows):
        raise ValueError(
            "%s has %d predictions, but %s has %d examples."
            % (predictions_path, len(said), data_path, len(rows))
        )
    kept = [index for index, name in enumerate(header) if name != LOGITS]
    lines = [[header[index] for index in kept] + [LOGITS]]
    for (number, fields), (line, row) in zip(rows, _by_number(said)):
        label, expected = row.get("label"), fields[header.index("label")]
        if isinstance(label, str) and label != expected:
            raise files.error_at(
                predictions_path,
                line,
                "the label is %r, but %s:%d has %r: these are not the predictions of "
                "that file." % (label, data_path, number, expected),
            )
        values = _numbers(predictions_path, line, row, ())
        text = " ".join(repr(value) for value in values)
        lines.append([fields[index] for index in kept] + [text])
    files.write_text(path, "".join("\t".join(fields) + "\n" for fields in lines))
    return len(rows)


def _by_number(
    said: List[Tuple[int, Dict[str, Any]]],
) -> List[Tuple[int, Dict[str, Any]]]:
    """Returns numbered rows in the order of their ids, if these are 0 to n - 1."""
    by_id = {row.get("id"): (line, row) for line, row in said}
    ids = [str(number) for number in range(len(said))]
    return [by_id[name] for name in ids] if set(ids) == set(by_id) else said


def _in_order(path: str, rows: List[Row], ids: List[str]) -> List[Row]:
    """Returns the rows in the order of the ids; rows of no example at the end."""
    by_id = {str(row.id): row for row in rows}
    if len(by_id) < len(rows):
        counts = collections.Counter(row.id for row in rows)
        raise ValueError(
            "%s has more than one row of example %s."
            % (path, counts.most_common(1)[0][0])
        )
    missing = [example_id for example_id in ids if example_id not in by_id]
    if missing:
        raise ValueError(
            "%s lacks %d of the %d training examples, such as %s. Let the teacher "
            "predict the training file."
            % (path, len(missing), len(ids), ", ".join(missing[:NUM_NAMED]))
        )
    wanted = set(ids)
    others = [row for row in rows if row.id not in wanted]
    return [by_id[example_id] for example_id in ids] + others


def _json_rows(path: str, labels: Sequence[str]) -> Iterator[Row]:
    for line, row in _objects(path):
        if "id" not in row:
            raise files.error_at(path, line, "the row has no id: %s." % sorted(row))
        known = {"label": row["label"]} if "label" in row else {}
        yield Row(line, str(row["id"]), _numbers(path, line, row, labels), known)


def _objects(path: str) -> Iterator[Tuple[int, Dict[str, Any]]]:
    """Yields (line, row) of a prediction file."""
    for line, row in formats.json_lines(files.require_file(path, "prediction file")):
        if isinstance(row, dict):  # All are in this format.
            yield line, row


def _numbers(
    path: str, line: int, row: Dict[str, Any], labels: Sequence[str]
) -> Values:
    """Returns the logits of a row in the order of the labels, where it names them."""
    values = row.get(LOGITS, None if labels else row.get("prediction"))
    values = values if isinstance(values, list) else [values]
    if not all(type(value) in (int, float) for value in values):
        raise files.error_at(
            path, line, "the row has no logits; it has %s." % sorted(row)
        )
    by_name: Dict[str, float] = dict(zip(row.get("probabilities", ()), values))
    if not (by_name and labels):
        return tuple(map(float, values))
    if sorted(by_name) != sorted(labels):
        raise files.error_at(
            path,
            line,
            "the teacher's classes are %s, those of the task %s."
            % (", ".join(by_name), ", ".join(labels)),
        )
    return tuple(float(by_name[label]) for label in labels)


def _tsv_rows(path: str) -> Iterator[Row]:
    header, rows = _table(path)
    if LOGITS not in header:
        raise files.error_at(
            path, 1, "expected a header with a column logits, found %s." % header
        )
    for line, fields in rows:
        named = dict(zip(header, fields))
        try:
            values = tuple(float(number) for number in named[LOGITS].split())
        except ValueError as error:
            raise files.error_at(
                path,
                line,
                "logits are numbers with spaces between them, got %r." % named[LOGITS],
            ) from error
        # The label is what UER's prediction files say, not what is true.
        known = {name: named[name] for name in ("text_a", "text_b") if name in named}
        yield Row(line, None, values, known)


def _table(path: str) -> Tuple[List[str], List[Tuple[int, List[str]]]]:
    """Returns the header of a TSV file and its numbered rows, all equally wide."""
    rows = [(line, list(fields)) for line, fields in formats.unquoted_rows(path)]
    header = rows[0][1] if rows else []
    for line, fields in rows:
        if len(fields) != len(header):
            raise files.error_at(
                path,
                line,
                "found %d columns, but the header has %d." % (len(fields), len(header)),
            )
    return header, rows[1:]

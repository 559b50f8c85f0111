"""Reads tab-separated files as they are distributed, and says where they are wrong.

No quoting, no escapes: a double quote is a character like any other. A byte order
mark is skipped and the last line may lack its newline.
"""

import dataclasses
import os
from typing import Callable, Iterator, List, NamedTuple, Optional, Tuple, Union

from finetune import task as task_lib
from util import files, gfile

Label = Union[int, float]
Column = Union[str, int]  # A name where the file has a header, else an index.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Example(NamedTuple):
    """One labeled text or pair of texts.

    Attributes:
      id: Its name in predictions: the file's own index, else the row's number.
      text_a: The first or only text.
      text_b: The second text of a pair.
      label: Class index or number; None in a test split.
    """

    id: str
    text_a: str
    text_b: Optional[str] = None
    label: Optional[Label] = None


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where one file keeps what.

    Attributes:
      file_names: Candidates, relative to the task's folder; the first that exists
        is read.
      text_a: Column of the first text.
      text_b: Column of the second text.
      label: Column of the label; None for a test file.
      id: Column of the example's name; None counts rows from 0.
      num_columns: Columns of a file without header; None where a header tells.
      max_malformed_rate: Share of rows with a wrong number of columns that is left
        out and reported; above it, and by default, the first one stops the reader.
    """

    file_names: Tuple[str, ...]
    text_a: Column
    text_b: Optional[Column] = None
    label: Optional[Column] = None
    id: Optional[Column] = None
    num_columns: Optional[int] = None
    max_malformed_rate: float = 0.0


@dataclasses.dataclass(frozen=True)
class TsvReader(task_lib.Reader):
    """Reads a task whose splits are TSV files.

    Attributes:
      folders: Names that the task's folder may have.
      layouts: (split name, layout) pairs.
      parse_label: Label text -> class index or number; ValueError for an unknown.
    """

    folders: Tuple[str, ...]
    layouts: Tuple[Tuple[str, Layout], ...]
    parse_label: Callable[[str], Label]

    def find(self, data_dir, split):
        candidates = [
            os.path.normpath(os.path.join(data_dir, folder, name))
            if "://" not in data_dir
            else os.path.join(data_dir, folder, name)
            for folder in self.folders
            for name in self._layout(split).file_names
        ]
        for path in candidates:
            if gfile.exists(path):
                return path
        raise FileNotFoundError(
            "The %s file is missing. Looked for: %s. tools/download_glue.py gets the "
            "GLUE files; raw_data_dir names another folder for them."
            % (split.name, ", ".join(dict.fromkeys(candidates)))
        )

    def read(self, path, split):
        layout = self._layout(split)
        numbered = list(rows(path))
        if not numbered:
            raise ValueError("%s: the file is empty." % path)
        header = [] if layout.num_columns else numbered.pop(0)[1]
        if not numbered:
            raise ValueError("%s: the file has a header but no rows." % path)
        columns = _resolve(layout, header, path)
        width = layout.num_columns or len(header)
        kept, skipped = _check_widths(numbered, width, layout, path)
        examples = [
            self._example(fields, columns, position, (path, line))
            for position, (line, fields) in enumerate(kept)
        ]
        return task_lib.Dataset(path, examples, skipped)

    def _layout(self, split: task_lib.Split) -> Layout:
        return dict(self.layouts)[split.name]

    def _example(self, fields, columns, position, place) -> Example:
        label = None
        if columns.label is not None:
            try:
                label = self.parse_label(fields[columns.label])
            except ValueError as error:
                raise files.error_at(place[0], place[1], str(error)) from error
        return Example(
            id=str(position) if columns.id is None else fields[columns.id],
            text_a=fields[columns.text_a],
            text_b=None if columns.text_b is None else fields[columns.text_b],
            label=label,
        )


class _Columns(NamedTuple):
    """Indexes of the columns that are read."""

    text_a: int
    text_b: Optional[int]
    label: Optional[int]
    id: Optional[int]


def rows(path: str) -> Iterator[Tuple[int, List[str]]]:
    """Yields (line number, fields) for every row of a TSV file.

    Blank lines at the end are no rows; a blank line between rows is a row with one
    empty field.

    Raises:
      ValueError: A line is not UTF-8; the message starts with path:line.
    """
    with gfile.open(path, "rb") as stream:
        content = stream.read()
    if content.startswith(BYTE_ORDER_MARK):
        content = content[len(BYTE_ORDER_MARK) :]
    for number, line in enumerate(content.rstrip(b"\r\n").split(b"\n"), start=1):
        if not content:
            return
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise files.error_at(path, number, "not UTF-8 text: %s" % error) from error
        yield number, text.rstrip("\r").split("\t")


def _resolve(layout: Layout, header: List[str], path: str) -> _Columns:
    """Returns the layout's columns as indexes.

    Raises:
      ValueError: The header lacks a named column.
    """

    def index(column: Optional[Column]) -> Optional[int]:
        if column is None or isinstance(column, int):
            return column
        if column not in header:
            raise files.error_at(
                path,
                1,
                "the header has no column %r. Expected the official header, found: %s"
                % (column, ", ".join(map(repr, header))),
            )
        return header.index(column)

    text_a = index(layout.text_a)
    if text_a is None:
        raise ValueError("A layout needs a column for text_a.")
    return _Columns(text_a, index(layout.text_b), index(layout.label), index(layout.id))


def _check_widths(numbered, width, layout, path):
    """Splits rows into (kept, skipped), or stops at the first malformed one."""
    kept, skipped = [], []
    for line, fields in numbered:
        if len(fields) == width:
            kept.append((line, fields))
        else:
            reason = "%d columns, expected %d" % (len(fields), width)
            skipped.append((line, reason))
    if len(skipped) > layout.max_malformed_rate * len(numbered):
        line, reason = skipped[0]
        raise files.error_at(
            path,
            line,
            "malformed row: found %s (tab-separated, no quoting). %d of %d rows are "
            "malformed, allowed are %d. Mend or remove them."
            % (
                reason,
                len(skipped),
                len(numbered),
                int(layout.max_malformed_rate * len(numbered)),
            ),
        )
    return kept, tuple(skipped)

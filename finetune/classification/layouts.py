"""Tables: which columns of a file are read, and what stands in them.

Columns are named as in the header or as the keys of JSON objects, or numbered from 0.
"""

import dataclasses
from typing import Any, Dict, List, Optional, Tuple, Union

from finetune import fields as fields_lib
from finetune import formats
from util import files

Column = Union[str, int]
AUTO = "auto"  # A header is there if the first row names the columns.


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where one file keeps what.

    Attributes:
      file_names: Candidates, relative to the task's folder or absolute; the first that
        exists is read.
      text_a: Column of the first text.
      text_b: Column of the second text.
      label: Column of the label; None for a test file.
      id: Column of the example's name; None, or where a file lacks it, counts rows
        from 0.
      logits: Column of a teacher's logits, numbers with spaces between them.
      format: Name of a format; None tells it by the ending of the file.
      header: Whether the first row names the columns; AUTO looks for their names.
      columns: Names of the columns of a file without header, all of them in order.
      num_columns: Columns of every row of a file without header; None takes those
        of the first row.
      join_lists: What to put between the items where a JSON value is a list.
      where: (column, text) pairs; rows that have something else are not read.
      spelling: (label in the file, label that is meant) pairs.
      max_malformed_rate: Share of rows with a wrong number of columns that is left
        out and reported; above it, and by default, the first one stops the reader.
    """

    file_names: Tuple[str, ...]
    text_a: Column
    text_b: Optional[Column] = None
    label: Optional[Column] = None
    id: Optional[Column] = None
    logits: Optional[Column] = None
    format: Optional[str] = None
    header: Union[bool, str] = True
    columns: Tuple[str, ...] = ()
    num_columns: Optional[int] = None
    join_lists: Optional[str] = None
    where: Tuple[Tuple[Column, str], ...] = ()
    spelling: Tuple[Tuple[str, str], ...] = ()
    max_malformed_rate: float = 0.0

    def required(self) -> List[Column]:
        """Returns the columns that a file must have."""
        columns = [self.text_a, self.text_b, self.label, self.logits]
        columns += [column for column, _ in self.where]
        return [column for column in columns if column is not None]


@dataclasses.dataclass(frozen=True)
class Table:
    """The rows of a file that are read.

    Attributes:
      path: The file.
      layout: Its columns; `id` is None if the file has no such column.
      rows: What is in it, header and malformed rows left out.
      indexes: Column -> place in a row; empty where rows have keys.
      skipped: (line number, reason) of each row left out.
      notes: What else a user should know, a sentence each.
    """

    path: str
    layout: Layout
    rows: List[formats.NumberedRow]
    indexes: Dict[Column, int]
    skipped: Tuple[Tuple[int, str], ...] = ()
    notes: Tuple[str, ...] = ()

    def value(self, row: formats.NumberedRow, column: Column) -> Any:
        """Returns what stands in a column of a row.

        Raises:
          ValueError: A JSON object lacks the key; the message starts with path:line.
        """
        line, fields = row
        if isinstance(fields, list):
            return fields[self.indexes[column]]
        if column not in fields:
            keys = ", ".join(map(repr, fields))
            raise files.error_at(
                self.path, line, "the object has no key %r; it has %s." % (column, keys)
            )
        return fields[column]

    def text(self, row: formats.NumberedRow, column: Column) -> str:
        """Returns what stands in a column of a row, as text.

        Raises:
          ValueError: It is a JSON value that is no text; the message starts with
            path:line.
        """
        value = self.value(row, column)
        try:
            return value if isinstance(row[1], list) else self._as_text(value)
        except ValueError as error:
            place = "%r: %s" % (column, error)
            raise files.error_at(self.path, row[0], place) from error

    def _as_text(self, value: Any) -> str:
        if isinstance(value, str):
            return fields_lib.whole(value)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, list) and self.layout.join_lists is not None:
            return self.layout.join_lists.join(map(self._as_text, value))
        if isinstance(value, list):
            raise ValueError(
                "expected a text or a number, found a list; join_lists says what to "
                "put between its items."
            )
        raise ValueError("expected a text or a number, found an object.")


def load(path: str, layout: Layout) -> Table:
    """Reads a file and finds its columns.

    Args:
      path: The file.
      layout: Which columns it has.

    Raises:
      ValueError: The file is empty, a column is missing or a row malformed; where a
        line is to blame, the message starts with path:line.
    """
    file_format = (
        formats.named(layout.format) if layout.format else formats.of_path(path)
    )
    rows = list(file_format.rows(path))
    if not rows:
        raise ValueError("%s: the file is empty." % path)
    if file_format.has_keys:
        table = _keyed(path, layout, rows)
    else:
        table = _columnar(path, layout, rows, file_format.separator)
    return _filtered(table)


def _keyed(path: str, layout: Layout, rows: List[formats.NumberedRow]) -> Table:
    """Returns the table of a file whose rows are JSON objects."""
    for column in layout.required():
        if isinstance(column, int):
            raise ValueError(
                "%s: JSON objects have keys, not columns; name one instead of %d."
                % (path, column)
            )
    first: Any = rows[0][1]
    layout, notes = _with_known_id(layout, layout.id in first)
    return Table(path, layout, rows, {}, notes=notes)


def _columnar(
    path: str, layout: Layout, rows: List[formats.NumberedRow], separator: str
) -> Table:
    """Returns the table of a file whose rows have columns."""
    lines: List[Tuple[int, List[str]]] = [(line, list(row)) for line, row in rows]
    has_header, notes = _header_is_there(path, layout, lines[0][1])
    names = lines.pop(0)[1] if has_header else list(layout.columns)
    if not lines:
        raise ValueError("%s: the file has a header but no rows." % path)
    width = len(names) or layout.num_columns or len(lines[0][1])
    known = layout.id in names or isinstance(layout.id, int)
    layout, more_notes = _with_known_id(layout, known)
    wanted = layout.required() + ([] if layout.id is None else [layout.id])
    indexes = {
        column: _index(column, names, width, path, has_header) for column in wanted
    }
    kept, skipped = _check_widths(lines, width, layout, path, separator)
    return Table(path, layout, kept, indexes, skipped, notes + more_notes)


def _with_known_id(layout: Layout, is_known: bool) -> Tuple[Layout, Tuple[str, ...]]:
    """Returns a layout that asks for no `id` that is not there, and what to note."""
    if layout.id is None or is_known:
        return layout, ()
    note = "There is no column %r; examples are numbered from 0." % layout.id
    return dataclasses.replace(layout, id=None), (note,)


def _header_is_there(
    path: str, layout: Layout, first: List[str]
) -> Tuple[bool, Tuple[str, ...]]:
    """Returns whether the first row is a header, and what to note about it."""
    if layout.header != AUTO:
        return bool(layout.header), ()
    names = [column for column in layout.required() if isinstance(column, str)]
    if not names:
        raise ValueError(
            "%s: header %r looks for the names of the columns in the first row, but "
            "all are numbered; say true or false." % (path, AUTO)
        )
    if all(name in first for name in names):
        return True, ("The first row names the columns.",)
    note = "There is no header; the columns are taken to be %s." % ", ".join(
        layout.columns
    )
    return False, (note,)


def _index(
    column: Column, names: List[str], width: int, path: str, has_header: bool
) -> int:
    """Returns the place of a column in a row.

    Raises:
      ValueError: There is no such column, or there are two.
    """
    if isinstance(column, int):
        if column >= width:
            raise files.error_at(
                path,
                1,
                "there is no column %d, counted from 0; the row has %d. Are they "
                "separated as the format says?" % (column, width),
            )
        return column
    if names.count(column) == 1:
        return names.index(column)
    if not names:
        problem = "there is no header; number the columns or say their names"
        raise files.error_at(path, 1, "column %r: %s." % (column, problem))
    raise files.error_at(
        path,
        1,
        "%s %s column %r. Expected it once, found: %s"
        % (
            "the header has" if has_header else "the names of the columns have",
            "more than one" if column in names else "no",
            column,
            ", ".join(map(repr, names)),
        ),
    )


def _check_widths(
    lines: List[Tuple[int, List[str]]],
    width: int,
    layout: Layout,
    path: str,
    separator: str,
) -> Tuple[List[formats.NumberedRow], Tuple[Tuple[int, str], ...]]:
    """Splits rows into (kept, skipped), or stops at the first malformed one."""
    kept: List[formats.NumberedRow] = []
    skipped = []
    for line, fields in lines:
        if len(fields) == width:
            kept.append((line, fields))
        else:
            reason = "%d columns, expected %d" % (len(fields), width)
            skipped.append((line, reason))
    if len(skipped) > layout.max_malformed_rate * len(lines):
        line, reason = skipped[0]
        raise files.error_at(
            path,
            line,
            "malformed row: found %s (%s). %d of %d rows are malformed, allowed are "
            "%d. Mend or remove them."
            % (
                reason,
                separator,
                len(skipped),
                len(lines),
                int(layout.max_malformed_rate * len(lines)),
            ),
        )
    return kept, tuple(skipped)


def _filtered(table: Table) -> Table:
    """Returns the table without the rows that `where` excludes."""
    where = table.layout.where
    if not where:
        return table
    rows = [
        row
        for row in table.rows
        if all(table.text(row, column) == text for column, text in where)
    ]
    words = " and ".join("%s is %r" % pair for pair in where)
    if not rows:
        raise ValueError("%s: there is no row where %s." % (table.path, words))
    note = "%d of %d rows are read, where %s." % (len(rows), len(table.rows), words)
    return dataclasses.replace(table, rows=rows, notes=table.notes + (note,))

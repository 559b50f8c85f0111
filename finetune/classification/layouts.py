"""Tables: which columns of a file are read, and what stands in them.

Columns are named as in the header or as the keys of JSON objects, or numbered from 0.
"""

import dataclasses
from typing import Any, Dict, List, Optional, Tuple, Union, cast

from finetune import fields as fields_lib
from finetune import formats
from finetune.classification import loose_texts
from finetune.classification import marks as marks_lib
from util import files, gfile

Column = Union[str, int]
Columns = Union[Column, Tuple[Column, ...]]  # What stands in several is joined.
FORMATS = tuple(formats.FORMATS) + (loose_texts.FOLDERS,)
AUTO = "auto"  # A header is there if the first row names the columns.
_MISSING = object()
_Lines = List[Tuple[int, List[str]]]
_Skipped = List[Tuple[int, str]]  # Line numbers and reasons.


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where one file keeps what.

    Attributes:
      file_names: Candidates, relative to the task's folder or absolute; the first that
        exists is read.
      text_a: Column of the first text, or several.
      text_b: Column of the second text, or several.
      marks: Parts of the first text that are marked.
      label: Column of the label; None for a test file.
      id: Column of the example's name; None, or where a file lacks it, counts rows
        from 0.
      logits: Column of a teacher's logits, numbers with spaces between them.
      format: Name of a format, of FORMATS; None tells it by the ending of the file.
      separator: What stands between fields; None for what the format says.
      pattern: Regular expression of a line, whose named groups are the columns.
      header: Whether the first row names the columns; AUTO looks for their names.
      columns: Names of the columns of a file without header, all of them in order.
      bare_columns: The same of a file that has no labels; () for none.
      num_columns: Columns of every row of a file without header; None takes those
        of the first row.
      extra_columns: Whether rows may have more columns, which are not read.
      comment: What lines begin with that are no rows, as blank ones are not then.
      join_lists: What to put between the items where a JSON value is a list.
      where: (column, text) pairs; rows that have something else are not read.
      spelling: (label in the file, label that is meant) pairs.
      max_malformed_rate: Share of rows with a wrong number of columns that is left
        out and reported; above it, and by default, the first one stops the reader.
    """

    file_names: Tuple[str, ...]
    text_a: Columns
    text_b: Optional[Columns] = None
    marks: Tuple[marks_lib.Mark, ...] = ()
    label: Optional[Column] = None
    id: Optional[Column] = None
    logits: Optional[Column] = None
    format: Optional[str] = None
    separator: Optional[str] = None
    pattern: Optional[str] = None
    header: Union[bool, str] = True
    columns: Tuple[str, ...] = ()
    bare_columns: Tuple[str, ...] = ()
    num_columns: Optional[int] = None
    extra_columns: bool = False
    comment: Optional[str] = None
    join_lists: Optional[str] = None
    where: Tuple[Tuple[Column, str], ...] = ()
    spelling: Tuple[Tuple[str, str], ...] = ()
    max_malformed_rate: float = 0.0

    def required(self) -> List[Column]:
        """Returns the columns that a file must have."""
        columns = list_of(self.text_a) + list_of(self.text_b)
        columns += list_of(self.label) + list_of(self.logits)
        columns += [column for mark in self.marks for column in (mark.text, mark.start)]
        return columns + [column for column, _ in self.where]

    def without_labels(self) -> "Layout":
        """Returns the layout of files like this one that have texts only."""
        dropped = (self.label, self.logits)
        bare = tuple(name for name in self.columns if name not in dropped)
        return dataclasses.replace(self, label=None, logits=None, bare_columns=bare)

    def file_format(self, path: str) -> formats.Format:
        """Returns how a file is read.

        Raises:
          ValueError: Neither layout nor path tells, or it is a folder.
        """
        if self.pattern is not None:
            return loose_texts.matching(self.pattern)
        if self.format == loose_texts.FOLDERS:
            return formats.Format(loose_texts.in_folders, has_keys=True)
        if gfile.isdir(path):
            raise ValueError("%s is a folder; the format 'folders' reads such." % path)
        if self.format:
            return formats.named(self.format, self.separator)
        has_keys = formats.of_path(path).has_keys
        return formats.of_path(path, None if has_keys else self.separator)


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
        value = fields_lib.find(fields, str(column), _MISSING)
        if value is _MISSING:
            keys = ", ".join(map(repr, fields))
            raise files.error_at(
                self.path, line, "the object has no key %r; it has %s." % (column, keys)
            )
        return value

    def text(self, row: formats.NumberedRow, column: Columns) -> str:
        """Returns what stands in a column of a row, as text, or in several.

        Raises:
          ValueError: It is a JSON value that is no text; the message starts with
            path:line.
        """
        if isinstance(column, tuple):
            return " ".join(filter(None, (self.text(row, each) for each in column)))
        value = self.value(row, column)
        try:
            return value if isinstance(row[1], list) else self._as_text(value)
        except ValueError as error:
            place = "%r: %s" % (column, error)
            raise files.error_at(self.path, row[0], place) from error

    def _as_text(self, value: Any) -> str:
        text = "" if value is None else fields_lib.scalar(value)
        if text is not None:
            return text
        if isinstance(value, list) and self.layout.join_lists is not None:
            return self.layout.join_lists.join(map(self._as_text, value))
        if isinstance(value, list):
            raise ValueError(
                "expected a text or a number, found a list; join_lists says what to "
                "put between its items."
            )
        found = "an object" if isinstance(value, dict) else repr(value)
        raise ValueError("expected a text or a number, found %s." % found)


def list_of(columns: Optional[Columns]) -> List[Column]:
    if columns is None:
        return []
    return list(columns) if isinstance(columns, tuple) else [columns]


def fits(path: str, layout: Layout) -> bool:
    """Whether the first row of a file has, or names, the columns of a layout.

    Raises:
      ValueError: That row is malformed; the message starts with path:line.
    """
    for _, row in layout.file_format(path).rows(path):
        if isinstance(row, dict):
            return all(_has_key(row, column) for column in layout.required())
        known = [name.strip() for name in row] if layout.header else []
        return all(
            column < len(row) if isinstance(column, int) else column in known
            for column in layout.required()
        )
    return False


def load(path: str, layout: Layout) -> Table:
    """Reads a file and finds its columns.

    Args:
      path: The file.
      layout: Which columns it has.

    Raises:
      ValueError: The file is empty, a column is missing or a row malformed; where a
        line is to blame, the message starts with path:line.
    """
    file_format = layout.file_format(path)
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
    layout, notes = _with_known_id(layout, _has_key(rows[0][1], layout.id))
    return Table(path, layout, rows, {}, notes=notes)


def _has_key(row: Any, column: Optional[Column]) -> bool:
    return fields_lib.find(row, str(column), _MISSING) is not _MISSING


def _columnar(
    path: str, layout: Layout, rows: List[formats.NumberedRow], separator: str
) -> Table:
    """Returns the table of a file whose rows have columns."""
    lines = cast(_Lines, rows)
    if layout.comment:
        lines = [each for each in lines if not _is_comment(each[1], layout.comment)]
        if not lines:
            raise ValueError("%s: every line is a comment or blank." % path)
    has_header, notes = _header_is_there(path, layout, lines[0][1])
    if len(lines) < len(rows):
        text = "%d lines are blank or begin with %r and were passed over."
        notes += (text % (len(rows) - len(lines), layout.comment),)
    names = _names(layout, lines[0][1], has_header)
    lines, repeated = _body(lines, has_header)
    if not lines:
        raise ValueError("%s: the file has a header but no rows." % path)
    width = len(names) or layout.num_columns or len(lines[0][1])
    known = layout.id in names or isinstance(layout.id, int)
    layout, more_notes = _with_known_id(layout, known)
    wanted = layout.required() + ([] if layout.id is None else [layout.id])
    indexes = {each: _index(each, names, width, path, has_header) for each in wanted}
    notes += more_notes
    if layout.extra_columns:
        width = len(names) or 1 + max(indexes.values())
        num_longer = sum(len(fields) > width for _, fields in lines)
        lines = [(line, fields[:width]) for line, fields in lines]
        if num_longer:
            notes += ("%d rows have more than %d columns." % (num_longer, width),)
    kept, skipped = _check_widths(lines, width, layout, path, separator)
    all_skipped = tuple(sorted(skipped + repeated))
    return Table(path, layout, kept, indexes, all_skipped, notes)


def _body(lines: _Lines, has_header: bool) -> Tuple[_Lines, _Skipped]:
    """Returns the rows under the header, and where it stands again.

    It does in files that were put together. One name alone may be a text.
    """
    if not has_header:
        return lines, []
    (_, header), rows = lines[0], lines[1:]
    if len(header) == 1:
        return rows, []
    repeated = [(line, "the header again") for line, row in rows if row == header]
    return [each for each in rows if each[1] != header], repeated


def _is_comment(fields: List[str], comment: str) -> bool:
    return not any(fields) or fields[0].startswith(comment)


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
    if set(names) <= {name.strip() for name in first}:
        return True, ("The first row names the columns.",)
    note = "There is no header; the columns are taken to be %s."
    return False, (note % ", ".join(_names(layout, first, False)),)


def _names(layout: Layout, first: List[str], is_header: bool) -> List[str]:
    """Returns the names of the columns, none where they are only numbered."""
    if is_header:
        return [name.strip() for name in first]
    is_bare = len(first) == len(layout.bare_columns)
    return list(layout.bare_columns if is_bare else layout.columns)


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
    if not has_header and not names:
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
    lines: _Lines, width: int, layout: Layout, path: str, separator: str
) -> Tuple[List[formats.NumberedRow], _Skipped]:
    """Splits rows into (kept, skipped), or stops at the first malformed one."""
    kept: List[formats.NumberedRow] = []
    skipped = []
    for line, fields in lines:
        if len(fields) == width:
            kept.append((line, fields))
        else:
            skipped.append((line, "%d columns, expected %d" % (len(fields), width)))
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
    return kept, skipped


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

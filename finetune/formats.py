"""Text files, compressed or not, and their rows: tabs, commas, JSON.

A row is a list of fields where the format has columns, and a dict where it has keys.
A byte order mark is skipped and the last line may lack its newline. Whatever is wrong
with a file is said with the line that it begins at.
"""

import csv
import gzip
import io
import json
import os
import re
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)
import zlib

from util import files, gfile, registry

Row = Union[List[str], Dict[Any, Any]]
NumberedRow = Tuple[int, Row]  # The first line has number 1.

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
COMPRESSED = ".gz"
_JSON_SPACE = re.compile(r"[ \t\r\n]*")
# Lists in lists in lists, and numbers of thousands of digits, are errors of their own.
_JSON_ERRORS = (ValueError, RecursionError)


class Format(NamedTuple):
    """How a file is read.

    Attributes:
      rows: Path -> its rows.
      has_keys: Whether rows are dicts, not lists.
      separator: What stands between fields, in words.
    """

    rows: Callable[[str], Iterator[NumberedRow]]
    has_keys: bool
    separator: str = ""


def unquoted_rows(path: str, separator: str = "\t") -> Iterator[NumberedRow]:
    """Yields the rows of a file in which a double quote is a character.

    Blank lines at the end are no rows; a blank line between rows is a row with one
    empty field.

    Args:
      path: The file.
      separator: What stands between fields, one or more characters.

    Raises:
      ValueError: The file is not UTF-8; the message starts with path:line.
    """
    for number, line in lines(path):
        yield number, line.split(separator)


def quoted_rows(path: str, delimiter: str) -> Iterator[NumberedRow]:
    """Yields the rows of a file whose fields may stand in double quotes.

    Such a field may go over several lines; a quote within it is doubled. Blank lines
    at the end are no rows; a blank line between rows is a row without fields.

    Raises:
      ValueError: The file is not UTF-8 or a quote is out of place; the message starts
        with path:line, the line at which the row begins.
    """
    text = read_text(path).rstrip("\r\n")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise files.error_at(
                path,
                line,
                "malformed row: %s. A quote that is never closed makes one field of "
                "all that follows; if quotes are characters, the format is tsv."
                % error,
            ) from error
        yield line, fields


def json_lines(path: str) -> Iterator[NumberedRow]:
    """Yields the objects of a file with one in each line; blank lines are skipped.

    Raises:
      ValueError: A line is not UTF-8 or no JSON object; the message starts with
        path:line.
    """
    for number, line in lines(path):
        if line.strip():
            try:
                value = json.loads(line)
            except _JSON_ERRORS as error:
                message = "not JSON: %s" % _reason(error)
                raise files.error_at(path, number, message) from error
            yield number, _checked_object(value, path, number)


def json_rows(path: str) -> Iterator[NumberedRow]:
    """Yields the objects of a JSON list, or of a file with one in each line.

    Many a .json file is made of lines; the first character tells.

    Raises:
      ValueError: The file is not UTF-8, not JSON, or holds something else; the
        message starts with path:line.
    """
    text = read_text(path)
    start = _skip_space(text, 0)
    if text[start : start + 1] != "[":
        _refuse_lone_object(text, start, path)
        yield from json_lines(path)
        return
    line, counted = 1, 0
    for begin, value in _list_items(text, start, path):
        line, counted = line + text.count("\n", counted, begin), begin
        yield line, _checked_object(value, path, line)


FORMATS: Dict[str, Format] = {
    "tsv": Format(unquoted_rows, False, "tab-separated, no quoting"),
    "quoted_tsv": Format(
        lambda path: quoted_rows(path, "\t"), False, "tab-separated, quoted"
    ),
    "csv": Format(
        lambda path: quoted_rows(path, ","), False, "comma-separated, quoted"
    ),
    "jsonl": Format(json_lines, True),
    "json": Format(json_rows, True),
}
ENDINGS = {
    ".tsv": "tsv",
    ".txt": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".json": "json",
}


def named(name: str, separator: Optional[str] = None) -> Format:
    """Returns a format by its name.

    Args:
      name: Of FORMATS.
      separator: What stands between fields; None for what the format says.

    Raises:
      ValueError: There is none of that name, or it has no such separator.
    """
    if name not in FORMATS:
        raise registry.unknown_name("format", name, FORMATS)
    found = FORMATS[name]
    if separator is None:
        return found
    if found.has_keys:
        raise ValueError("Fields of the format %s have no separator." % name)
    fixed: str = separator
    if name == "tsv":
        words = "separated by %r, no quoting" % separator
        return Format(lambda path: unquoted_rows(path, fixed), False, words)
    if len(separator) != 1:
        raise ValueError(
            "The separator %r is not one character, as that of the format %s must be; "
            "that of tsv, where quotes are characters, may be longer."
            % (separator, name)
        )
    words = "separated by %r, quoted" % separator
    return Format(lambda path: quoted_rows(path, fixed), False, words)


def of_path(path: str, separator: Optional[str] = None) -> Format:
    """Returns the format that the ending of a file's name tells; see `named`.

    Raises:
      ValueError: It tells none.
    """
    if ending(path) not in ENDINGS:
        raise ValueError(
            "%s: the ending %r tells no format. Known endings: %s, each also with %s; "
            "for any other name give the format: %s."
            % (path, ending(path), " ".join(ENDINGS), COMPRESSED, ", ".join(FORMATS))
        )
    return named(ENDINGS[ending(path)], separator)


def ending(path: str) -> str:
    """Returns the ending of a file's name, such as .tsv, without .gz."""
    stem = path[: -len(COMPRESSED)] if path.endswith(COMPRESSED) else path
    return os.path.splitext(stem)[1].lower()


def keyed_rows(
    path: str, format_name: Optional[str] = None, columns: Sequence[str] = ()
) -> Iterator[Tuple[int, Dict[str, Any]]]:
    """Yields (line number, column -> value) for every row of a file.

    Args:
      path: The file.
      format_name: Of FORMATS; None tells it by the ending of the path.
      columns: Names of the columns; if there are none and rows have columns, the
        first row names them.

    Raises:
      ValueError: A row is malformed, or a name is there twice; the message starts
        with path:line.
    """
    file_format = named(format_name) if format_name else of_path(path)
    header = list(columns)
    for line, row in file_format.rows(path):
        if isinstance(row, dict):
            yield line, row
        elif not header:
            header = row
            twice = [name for name in header if name and header.count(name) > 1]
            if twice:
                message = "the header names the column %r twice." % twice[0]
                raise files.error_at(path, line, message)
        elif len(row) != len(header):
            raise files.error_at(
                path,
                line,
                "found %d columns (%s), expected %d. Mend or remove the row."
                % (len(row), file_format.separator, len(header)),
            )
        else:
            yield line, dict(zip(header, row))


def read_json(path: str, hint: str = "") -> Any:
    """Returns the value in a JSON file.

    Args:
      path: The file.
      hint: A sentence for the error, of what else the file may be.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not JSON; the message starts with path:line.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except _JSON_ERRORS as error:
        message = "not JSON: %s. %s" % (_reason(error), hint)
        line = getattr(error, "lineno", 1)
        raise files.error_at(path, line, message.rstrip()) from error


def lines(path: str) -> Iterator[Tuple[int, str]]:
    """Yields (line number, line) without line ends; no blank ones at the end.

    Nothing but a newline ends a line: what else looks like one is a character.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not UTF-8; the message starts with path:line.
    """
    text = read_text(path).rstrip("\r\n")
    if text:
        for number, line in enumerate(text.split("\n"), start=1):
            yield number, line.rstrip("\r")


def read_text(path: str) -> str:
    """Returns the text of a file, decompressed if its name ends in .gz.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not UTF-8 (the message starts with path:line), not gzip, or a
        folder.
    """
    files.require_file(path, "data file")
    with gfile.open(path, "rb") as stream:
        content = stream.read()
    if path.endswith(COMPRESSED):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError("%s: not a whole gzip file: %s" % (path, error)) from error
    if content.startswith(BYTE_ORDER_MARK):
        content = content[len(BYTE_ORDER_MARK) :]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "not UTF-8 text: %s. Convert the file to UTF-8." % error
        raise files.error_at(path, line, message) from error


def _checked_object(value: Any, path: str, line: int) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise files.error_at(
            path, line, "expected a JSON object {...}, found %.40r" % (value,)
        )
    return value


def _refuse_lone_object(text: str, start: int, path: str) -> None:
    """Refuses a JSON object that goes over several lines, as it is no row.

    Raises:
      ValueError: There is one.
    """
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except _JSON_ERRORS:
        return  # Whoever reads the lines says where.
    if isinstance(value, dict) and "\n" in text[start:end]:
        raise files.error_at(
            path,
            text.count("\n", 0, start) + 1,
            "expected a list of objects, or an object in each line; found one object "
            "over several lines, with the keys %s."
            % (", ".join(map(repr, list(value)[:10])) or "none"),
        )


def _reason(error: Exception) -> str:
    """Returns what is wrong with some JSON, in the parser's words."""
    return getattr(error, "msg", str(error))


def _list_items(text: str, start: int, path: str) -> Iterator[Tuple[int, Any]]:
    """Yields (position, value) of each item of the JSON list that starts there."""

    def error(position: int, message: str) -> ValueError:
        line = text.count("\n", 0, position) + 1
        return files.error_at(path, line, "not JSON: %s" % message)

    decoder = json.JSONDecoder()
    position = _skip_space(text, start + 1)
    is_open = text[position : position + 1] != "]"
    while is_open:
        try:
            value, end = decoder.raw_decode(text, position)
        except _JSON_ERRORS as found:
            place = getattr(found, "pos", position)
            raise error(place, _reason(found)) from found
        yield position, value
        end = _skip_space(text, end)
        mark = text[end : end + 1]
        if mark not in (",", "]"):
            raise error(end, "expected ',' or ']' after an item of the list")
        is_open = mark == ","
        position = _skip_space(text, end + 1) if is_open else end
    if text[position + 1 :].strip():
        raise error(position + 1, "something follows the list")


def _skip_space(text: str, position: int) -> int:
    found = _JSON_SPACE.match(text, position)
    return found.end() if found else position

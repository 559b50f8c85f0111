"""The files of a task: where they may be, and what is in them."""

import dataclasses
import json
import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

from finetune import task as task_lib
from finetune.classification import formats
from util import files, gfile

KeyedRow = Tuple[int, Dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the files of a task may be.

    Attributes:
      folders: Names that the task's folder may have.
      names: (split name, names that its file may have). A name is relative to the
        folder or absolute.
    """

    folders: Tuple[str, ...]
    names: Tuple[Tuple[str, Tuple[str, ...]], ...]

    def find(self, data_dir: str, split: task_lib.Split) -> str:
        """Returns the first file of a split that exists.

        Raises:
          FileNotFoundError: None does; the message lists where it could be.
        """
        candidates = [
            name if gfile.is_remote(name) else os.path.join(data_dir, folder, name)
            for folder in self.folders
            for name in dict(self.names)[split.name]
        ]
        for path in candidates:
            if gfile.exists(path):
                return path
        raise FileNotFoundError(
            "The %s file is missing. Looked for: %s. raw_data_dir names the folder of "
            "the tasks' folders." % (split.name, ", ".join(dict.fromkeys(candidates)))
        )


def read_json(path: str) -> Any:
    """Returns the value in a JSON file.

    Raises:
      ValueError: It is none; the message starts with path:line.
    """
    try:
        return json.loads(formats.read_text(path))
    except json.JSONDecodeError as error:
        raise files.error_at(path, error.lineno, "not JSON: %s" % error.msg) from error


def keyed_rows(path: str, format_name: Optional[str] = None) -> Iterator[KeyedRow]:
    """Yields (line number, column -> value) for every row of a file.

    Args:
      path: The file. Where its rows have columns, the first one names them.
      format_name: Of `formats.FORMATS`; None tells it by the ending of the path.

    Raises:
      ValueError: A row is malformed; the message starts with path:line.
    """
    file_format = formats.named(format_name) if format_name else formats.of_path(path)
    header: List[str] = []
    for line, row in file_format.rows(path):
        if isinstance(row, dict):
            yield line, row
        elif not header:
            header = row
        elif len(row) != len(header):
            raise files.error_at(
                path,
                line,
                "found %d columns (%s), the header has %d. Mend or remove the row."
                % (len(row), file_format.separator, len(header)),
            )
        else:
            yield line, dict(zip(header, row))


def field(row: Dict[str, Any], name: str, kinds: Tuple[type, ...], what: str) -> Any:
    """Returns what a row has in a column.

    Args:
      row: Column -> value.
      name: The column.
      kinds: Types that the value may have.
      what: What it must be, in words.

    Raises:
      ValueError: It is missing or of another type.
    """
    if name not in row:
        raise ValueError(
            "there is no %r, expected %s; found: %s."
            % (name, what, ", ".join(map(repr, row)))
        )
    value = row[name]
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise ValueError("%r is %.60r, expected %s." % (name, value, what))
    return value


def text_field(row: Dict[str, Any], name: str) -> str:
    """Returns the text in a column; see `field`."""
    return whole(field(row, name, (str,), "a text"))


def name_field(row: Dict[str, Any], name: str) -> str:
    """Returns the text or whole number in a column, as text; see `field`."""
    return whole(str(field(row, name, (str, int), "a text or a whole number")))


def whole(text: str) -> str:
    r"""Returns a text that has no half of a character, as "\ud83d" is in JSON.

    Raises:
      ValueError: It has one.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("%.40r: half of a character." % text) from error
    return text

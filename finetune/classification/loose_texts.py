"""Texts that stand in no table: in lines of some pattern, in folders of files.

Their rows have keys, as JSON objects have.
"""

import os
import re
from typing import Iterator, List

from finetune import formats
from util import files, gfile

FOLDERS = "folders"


def matching(pattern: str) -> formats.Format:
    """Returns the format of files whose lines match a regular expression.

    Args:
      pattern: The whole of a line; its named groups are the columns.
    """

    def rows(path: str) -> Iterator[formats.NumberedRow]:
        for number, line in formats.lines(path):
            found = re.fullmatch(pattern, line)
            if found is None:
                message = "the line %.60r does not match the pattern %r."
                raise files.error_at(path, number, message % (line, pattern))
            yield number, found.groupdict()

    return formats.Format(rows, has_keys=True)


def in_folders(path: str) -> Iterator[formats.NumberedRow]:
    """Yields a row for each file of the folders in a folder, sorted by name.

    A row has the `text` of the file, the name of its folder as `label`, and its own
    name with that folder's as `file`; rows are numbered from 1. What is no folder, or
    begins with ".", is passed over.

    Raises:
      ValueError: There is no such folder, or a file is not UTF-8.
    """
    if not gfile.isdir(path):
        message = "%s: not a folder, as the format %r must be."
        raise ValueError(message % (path, FOLDERS))
    folders = [name for name in _visible(path) if gfile.isdir(os.path.join(path, name))]
    places = [
        (label, name)
        for label in folders
        for name in _visible(os.path.join(path, label))
    ]
    for number, (label, name) in enumerate(places, start=1):
        text = formats.read_text(os.path.join(path, label, name)).strip()
        yield number, {"text": text, "label": label, "file": label + "/" + name}


def _visible(folder: str) -> List[str]:
    return sorted(name for name in gfile.listdir(folder) if not name.startswith("."))

"""Texts from files: a line is a text, or two with a separator between them."""

import contextlib
import gzip
import sys
from typing import IO, Iterator, Tuple, Union, cast
import zlib

from util import files, gfile

STANDARD_INPUT = "-"
SEPARATORS = (" ||| ", "\t")  # Where both occur, the first separates.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
COMPRESSED = ".gz"

Text = Union[str, Tuple[str, str]]


def read(path: str) -> Iterator[Text]:
    """Yields the text or the two texts of every line, blank ones too.

    Nothing but a newline ends a line; the last line may lack it.

    Args:
      path: A file, decompressed if its name ends in .gz; "-" is standard input.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: A line is not UTF-8 or has more than two texts (the message starts
        with path:line), or the file is no whole gzip file.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    with _open(path) as stream:
        for number, line in enumerate(_lines(stream, name), start=1):
            try:
                yield parse(line.rstrip(b"\r\n").decode("utf-8"))
            except UnicodeDecodeError as error:
                message = "not UTF-8 text: %s. Convert the file to UTF-8." % error
                raise files.error_at(name, number, message) from error
            except ValueError as error:
                raise files.error_at(name, number, str(error)) from error


def parse(line: str) -> Text:
    """Returns the text or the two texts of a line.

    Raises:
      ValueError: There are more than two.
    """
    for separator in SEPARATORS:
        parts = line.split(separator)
        if len(parts) > 2:
            raise ValueError(
                "found %d texts with %r between them, expected one or two. Take out "
                "the separators that belong to a text." % (len(parts), separator)
            )
        if len(parts) == 2:
            return parts[0], parts[1]
    return line


@contextlib.contextmanager
def _open(path: str) -> Iterator[IO]:
    """Opens a file of bytes, decompressed."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    files.require_file(path, "text file")
    with gfile.open(path, "rb") as stream:
        if path.endswith(COMPRESSED):
            with gzip.GzipFile(fileobj=stream) as unpacked:
                yield cast(IO, unpacked)
        else:
            yield stream


def _lines(stream: IO, name: str) -> Iterator[bytes]:
    """Yields the lines of an open file, without a byte order mark.

    Raises:
      ValueError: It is compressed and damaged.
    """
    try:
        first = stream.readline()
        if first:
            yield first[len(BYTE_ORDER_MARK) * first.startswith(BYTE_ORDER_MARK) :]
        yield from stream
    except (OSError, EOFError, zlib.error) as error:
        if not name.endswith(COMPRESSED):
            raise
        raise ValueError("%s: not a whole gzip file: %s" % (name, error)) from error

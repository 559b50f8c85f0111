"""From bytes to text: blocks that end with a line, decoded with exact complaints."""

import json
from typing import IO, Any, Iterable, Iterator, List, NamedTuple

from util import files

BLOCK_SIZE = 1 << 18  # Bytes read at a time.
LONGEST_LINE = 1 << 22  # A longer one is cut at a space.
END_OF_DOCUMENT = ""  # Among the lines of a text.

_REPLACEMENT = "\ufffd"


class Place(NamedTuple):
    """Where a stream of bytes comes from.

    Attributes:
      path: The file, for messages.
      start: Its byte at which the stream starts.
    """

    path: str
    start: int = 0

    def error(self, lines_read: int, message: str) -> ValueError:
        """Returns the error for something wrong after so many lines of the stream."""
        skipped = 0
        if self.start:
            with open(self.path, "rb") as stream:
                for block in blocks(stream, self.start, whole_lines=True):
                    skipped += block.count(b"\n")
        return files.error_at(self.path, skipped + lines_read + 1, message)


class Tally:
    """Counts what was read: bytes of text, and characters that were replaced."""

    def __init__(self) -> None:
        self.text_bytes = 0
        self.replaced = 0


def blocks(stream: IO, length: int, whole_lines: bool) -> Iterator[bytes]:
    """Yields the bytes of a stream in blocks that end with a line.

    Args:
      stream: Read from where it stands.
      length: How many bytes at most.
      whole_lines: Whether a line must never be cut, however long.
    """
    rest: List[bytes] = []
    rest_size = 0
    while length > 0:
        data = stream.read(min(BLOCK_SIZE, length))
        if not data:
            break
        length -= len(data)
        cut = data.rfind(b"\n") + 1
        if not cut and not whole_lines and rest_size > LONGEST_LINE:
            cut = _cut_inside_line(data)
        if cut:
            yield b"".join(rest) + data[:cut]
            rest, rest_size, data = [], 0, data[cut:]
        rest.append(data)
        rest_size += len(data)
    if rest_size:
        yield b"".join(rest)


def _cut_inside_line(data: bytes) -> int:
    """Returns a place after a space or, without one, before a whole character."""
    cut = data.rfind(b" ") + 1
    if cut:
        return cut
    cut = len(data) - 1
    while cut and data[cut] & 0xC0 == 0x80:
        cut -= 1
    return cut


def decode(
    encoded: Iterable[bytes], place: Place, errors: str, tally: Tally
) -> Iterator[str]:
    """Yields blocks of bytes as text.

    Args:
      encoded: The blocks, UTF-8.
      place: Where they come from.
      errors: "strict" or "replace".
      tally: Counts what passes.

    Raises:
      ValueError: A block is not UTF-8 and errors is "strict".
    """
    lines_read = 0
    at_start = place.start == 0
    for block in encoded:
        try:
            text = block.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            raise place.error(
                lines_read + block.count(b"\n", 0, error.start),
                "not UTF-8: byte 0x%02x. Convert the file, or replace such bytes "
                "(--encoding-errors replace)." % block[error.start],
            ) from error
        if errors == "replace" and _REPLACEMENT in text:
            already = block.count(_REPLACEMENT.encode("utf-8"))
            tally.replaced += text.count(_REPLACEMENT) - already
        tally.text_bytes += len(block)
        lines_read += block.count(b"\n")
        yield text.lstrip("\ufeff") if at_start else text
        at_start = False


def json_texts(texts: Iterable[str], place: Place, field: str) -> Iterator[List[str]]:
    """Yields the lines of the text in every JSON line, and "" after each text.

    Raises:
      ValueError: A line is not a JSON object with a string in that field.
    """
    lines_read = 0
    for block in texts:
        result: List[str] = []
        for line in block.split("\n"):
            if line.strip():
                text = _json_text(line, field, place, lines_read)
                result.extend(part.strip() for part in text.split("\n") if part.strip())
                result.append(END_OF_DOCUMENT)
            lines_read += 1
        lines_read -= block.endswith("\n")
        yield result


def _json_text(line: str, field: str, place: Place, lines_read: int) -> str:
    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise place.error(lines_read, "not JSON: %s" % error.msg) from error
    if not isinstance(record, dict) or field not in record:
        has = ", ".join(sorted(record)) if isinstance(record, dict) else "no fields"
        raise place.error(
            lines_read,
            "no field %r; it has %s. Name the field with the text (--json-field)."
            % (field, has),
        )
    if not isinstance(record[field], str):
        raise place.error(
            lines_read, "field %r holds %r, not a string." % (field, record[field])
        )
    return record[field]

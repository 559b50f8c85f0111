r"""Labelled text: every line is an example, `label<TAB>text[<TAB>second text]`.

The label is a whole number that is not negative. The first line of a file may be a
header, `label<TAB>text_a[<TAB>text_b]`.
"""

from typing import Iterable, Iterator, List

from pretrain.data import packing, text_stream, words

FEATURE = "label"  # Of a record, shape [1].

_HEADERS = (["label", "text_a"], ["label", "text_a", "text_b"])
_LARGEST_LABEL = (1 << 31) - 1


class LabelledPacker(packing.Packer):
    """Makes an example of each line, cut at the ends of its texts where it must be."""

    VALUES = (FEATURE,)

    def feed(self, lines: List[str], encode: words.Encode, path: str) -> None:
        """Takes lines that `checked` has yielded.

        Args:
          lines: Those that are empty are passed over.
          encode: Turns texts into tokens.
          path: Where they come from, for messages.

        Raises:
          ValueError: A text has no token, for it is made of control characters.
        """
        rows = [line.split("\t") for line in lines if line]
        encoded = iter(encode([text for row in rows for text in row[1:]]))
        for row in rows:
            texts = [next(encoded) for _ in row[1:]]
            if not all(texts):
                raise ValueError(
                    "%s: the line %r has a text without any token. Take the line out."
                    % (path, "\t".join(row))
                )
            self._append(int(row[0]), texts)

    def _append(self, label: int, texts: List[packing.Sentence]) -> None:
        """Adds an example of one or two texts."""
        self.num_tokens += sum(map(len, texts))
        self.num_documents += 1
        first, second = (texts + [packing.Sentence("i")])[:2]
        room = self._max_length - (3 if second else 2)
        num_first, num_second = packing.shares(len(first), len(second), room)
        self.examples.append(first[:num_first], second[:num_second], label)


def checked(texts: Iterable[str], place: text_stream.Place) -> Iterator[List[str]]:
    """Yields the stripped lines of labelled text, and "" after each.

    Args:
      texts: Blocks that end with a line.
      place: Where they come from.

    Raises:
      ValueError: A line is not labelled text; the message starts with path:line.
    """
    lines_read = 0
    for block in texts:
        result: List[str] = []
        for line in block.split("\n"):
            fields = [field.strip() for field in line.split("\t")]
            is_header = not (lines_read or place.start) and fields in _HEADERS
            if line.strip() and not is_header:
                row = "\t".join(_row(fields, place, lines_read))
                result.extend([row, text_stream.END_OF_DOCUMENT])
            lines_read += 1
        lines_read -= 1  # What follows the last line end is no line yet.
        yield result


def _row(fields: List[str], place: text_stream.Place, lines_read: int) -> List[str]:
    """Returns the fields of a line, one or two texts behind the label."""
    if len(fields) == 3 and not fields[2]:
        fields = fields[:2]
    if not 2 <= len(fields) <= 3:
        raise place.error(
            lines_read,
            "%d fields, expected label<TAB>text or label<TAB>text<TAB>second text."
            % len(fields),
        )
    label = fields[0]
    if not (label.isascii() and label.isdigit() and int(label) <= _LARGEST_LABEL):
        raise place.error(
            lines_read,
            "the label is %r, expected a whole number from 0 on. Number the labels."
            % label,
        )
    if not all(fields):
        raise place.error(lines_read, "a text is empty; take the line out.")
    return fields

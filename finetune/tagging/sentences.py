"""Files of tagged words, in columns or as tab-separated values.

In columns, a line has a word and what is said of it; a blank line ends a sentence:

    Rome NNP B-LOC
    fell VBD O

As values, a line has a sentence; words and tags are separated by single spaces:

    text_a<TAB>label
    Rome fell<TAB>B-LOC O
"""

import dataclasses
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

from finetune import formats
from util import files

COLUMN = "column"
TSV = "tsv"
FORMATS = (COLUMN, TSV)
TEXT_HEADER = "text_a"
TAGS_HEADER = "label"
DOCUMENT_START = "-DOCSTART-"
SPACES = " \t\r"
WITHOUT_TAGS = "A file without tags can only be predicted, not trained on or scored."


@dataclasses.dataclass(frozen=True)
class Layout:
    """How a task's files are written.

    Attributes:
      format: COLUMN or TSV; None takes a file for TSV if its header says "text_a".
      scheme: Name of the tags' scheme; None finds it out.
      word_column: Number of the words' column, from 0 or, negative, from the end.
      tag_column: Number of the tags' column.
      strip_word_digit: Whether each word ends with a digit that is no part of it. A
        file without tags may also have words as they are.
    """

    format: Optional[str] = None
    scheme: Optional[str] = None
    word_column: int = 0
    tag_column: int = -1
    strip_word_digit: bool = False


class Sentence(NamedTuple):
    """Words of a file.

    Attributes:
      words: At least one.
      tags: As the file has them; None where it has none.
      lines: Number of the line of each word.
    """

    words: Tuple[str, ...]
    tags: Optional[Tuple[str, ...]]
    lines: Tuple[int, ...]


class Contents(NamedTuple):
    """What there is in a file.

    Attributes:
      sentences: In order.
      skipped: (line number, reason) of the rows that hold no sentence.
    """

    sentences: List[Sentence]
    skipped: List[Tuple[int, str]]


def read(path: str, layout: Layout, has_tags: bool) -> Contents:
    """Reads a file.

    Args:
      path: The file.
      layout: How it is written.
      has_tags: Whether it has tags that are wanted.

    Raises:
      ValueError: A line is malformed, or there is no sentence; the message starts
        with path:line or path.
    """
    lines = list(formats.lines(path))
    header = lines[0][1].split("\t") if lines else []
    is_tsv = layout.format == TSV
    if layout.format is None:
        is_tsv = TEXT_HEADER in header
    skipped: List[Tuple[int, str]] = []
    if is_tsv:
        rows = _from_values(path, header, lines[1:], has_tags, skipped)
        sentences = list(rows)
    else:
        sentences = list(_from_columns(path, lines, layout, has_tags))
    if not sentences:
        raise ValueError("%s: there are no sentences in it." % path)
    words = (word for sentence in sentences for word in sentence.words)
    if layout.strip_word_digit and (has_tags or all(map(_has_digit, words))):
        sentences = [_without_digits(path, sentence) for sentence in sentences]
    return Contents(sentences, skipped)


def _from_columns(
    path: str, lines: Sequence[Tuple[int, str]], layout: Layout, has_tags: bool
) -> Iterator[Sentence]:
    width = 0
    rows: List[Tuple[int, str, str]] = []  # Line, word and tag.
    for number, line in lines:
        fields = _fields(line)
        if not fields or fields[0] == DOCUMENT_START:
            if rows:
                yield _sentence(rows, has_tags)
            rows = []
            continue
        width = width or len(fields)
        try:
            word, tag = _word_and_tag(fields, width, layout, has_tags)
        except ValueError as error:
            raise files.error_at(path, number, str(error)) from error
        rows.append((number, word, tag))
    if rows:
        yield _sentence(rows, has_tags)


def _sentence(rows: List[Tuple[int, str, str]], has_tags: bool) -> Sentence:
    lines, words, tags = zip(*rows)
    return Sentence(words, tags if has_tags else None, lines)


def _fields(line: str) -> List[str]:
    """Splits a line at its tabs or, where it has none, at its spaces.

    Other blanks, such as the wide space of Chinese text, are words.
    """
    if not line.strip(SPACES):
        return []
    line = line.rstrip(SPACES)
    if "\t" in line:
        return line.split("\t")
    return _at_spaces(line)


def _at_spaces(text: str) -> List[str]:
    return [part for part in text.split(" ") if part]


def _word_and_tag(
    fields: List[str], width: int, layout: Layout, has_tags: bool
) -> Tuple[str, str]:
    """Returns the word and, where it is wanted, the tag of a row."""
    if len(fields) != width:
        raise ValueError(
            "%d columns, but %d in the lines before. Sentences are divided by blank "
            "lines, columns by spaces or tabs." % (len(fields), width)
        )
    word_at = _index(layout.word_column, width, "word_column")
    word, tag = fields[word_at], ""
    if has_tags:
        tag_at = _index(layout.tag_column, width, "tag_column")
        if tag_at == word_at:
            raise ValueError(
                "%d columns, in which word_column %d and tag_column %d are the same. %s"
                % (width, layout.word_column, layout.tag_column, WITHOUT_TAGS)
            )
        tag = fields[tag_at]
    if not word or (has_tags and not tag):
        raise ValueError("the word or its tag is empty: %r" % "\t".join(fields))
    return word, tag


def _index(column: int, width: int, name: str) -> int:
    """Returns the column's number from 0."""
    if not -width <= column < width:
        raise ValueError("%s is %d, but there are %d columns." % (name, column, width))
    return column % width


def _from_values(
    path: str,
    header: Sequence[str],
    lines: Sequence[Tuple[int, str]],
    has_tags: bool,
    skipped: List[Tuple[int, str]],
) -> Iterator[Sentence]:
    """Yields the sentences; appends rows without words to `skipped`."""
    wanted = [TEXT_HEADER] + [TAGS_HEADER] * has_tags
    for name in wanted:
        if name not in header:
            raise files.error_at(
                path,
                1,
                "no column %r in the header, found: %s. %s"
                % (name, ", ".join(map(repr, header)) or "nothing", WITHOUT_TAGS),
            )
    for number, line in lines:
        fields = line.split("\t")
        if len(fields) != len(header):
            message = "%d columns, expected %d, as the header has"
            raise files.error_at(path, number, message % (len(fields), len(header)))
        row = dict(zip(header, fields))
        words = tuple(_at_spaces(row[TEXT_HEADER]))
        tags = tuple(_at_spaces(row[TAGS_HEADER])) if has_tags else None
        if tags is not None and len(tags) != len(words):
            message = "%d words, but %d tags; both are divided by single spaces"
            raise files.error_at(path, number, message % (len(words), len(tags)))
        if words:
            yield Sentence(words, tags, (number,) * len(words))
        else:
            skipped.append((number, "no words"))


def _has_digit(word: str) -> bool:
    return len(word) > 1 and word[-1] in "0123456789"


def _without_digits(path: str, sentence: Sentence) -> Sentence:
    for word, line in zip(sentence.words, sentence.lines):
        if not _has_digit(word):
            raise files.error_at(
                path,
                line,
                "the word %r should end with a digit that is no part of it. Where "
                "words have none, define the task without strip_word_digit." % word,
            )
    return sentence._replace(words=tuple(word[:-1] for word in sentence.words))

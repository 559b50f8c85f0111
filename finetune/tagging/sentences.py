"""Files of tagged words, in columns or as separated values; `objects` reads JSON.

In columns, a line has a word and what is said of it; a blank line ends a sentence:

    Rome NNP B-LOC
    fell VBD O

As values, a line has a sentence; words and tags are separated by spaces:

    text_a<TAB>label
    Rome fell<TAB>B-LOC O
"""

import re
from typing import Iterable, Iterator, List, Sequence, Tuple

from finetune import formats
from finetune.tagging import layouts, objects
from util import files

DOCUMENT_START = "-DOCSTART-"
DOCUMENT_BORDERS = (["#begin", "document"], ["#end", "document"])  # Of OntoNotes.
SPACES = " \t\r"
BLANK = " "  # A word of which nothing is left.
# CoNLL-U numbers so what is written for several words, and words that are not there.
_RANGE = re.compile(r"\d+[-.]\d+(?:\t[^\t]*){9}")
UNIT_SEPARATOR = "\x02"  # Between the words of some published files.
WITHOUT_TAGS = "A file without tags can only be predicted, not trained on or scored."


def read(path: str, layout: layouts.Layout, has_tags: bool) -> layouts.Contents:
    """Reads a file.

    Args:
      path: The file.
      layout: How it is written.
      has_tags: Whether it has tags that are wanted.

    Raises:
      ValueError: A line is malformed, or there is no sentence; the message starts
        with path:line or path.
    """
    format_name = layouts.format_of(path, layout)
    if format_name == layouts.COLUMN:
        contents = _from_columns(path, layout, has_tags)
    elif format_name in (layouts.TSV, layouts.CSV):
        contents = _from_values(path, format_name, layout, has_tags)
    else:
        contents = objects.read(path, layout, has_tags)
    if not contents.sentences:
        raise ValueError("%s: there are no sentences in it." % path)
    return contents


def _from_columns(
    path: str, layout: layouts.Layout, has_tags: bool
) -> layouts.Contents:
    notes: List[str] = []
    lines = _without_remarks(formats.lines(path), layout, notes)
    sentences = list(_sentences(path, lines, layout, has_tags))
    words = [word for sentence in sentences for word in sentence.words]
    if BLANK in words:
        notes.append("%d words are blank." % words.count(BLANK))
    if layout.strip_word_digit and (has_tags or all(map(_has_digit, words))):
        sentences = [_without_digits(path, sentence) for sentence in sentences]
    return layouts.Contents(sentences, [], notes)


def _without_remarks(
    lines: Iterable[Tuple[int, str]], layout: layouts.Layout, notes: List[str]
) -> List[Tuple[int, str]]:
    """Returns the lines that are words or divide sentences; notes how many others."""
    kept = []
    num_comments = num_ranges = 0
    for number, line in lines:
        if layout.comment and line.startswith(layout.comment):
            num_comments += 1
        elif layout.word_column and _RANGE.fullmatch(line):
            num_ranges += 1
        else:
            kept.append((number, line))
    if num_comments:
        message = "%d lines begin with %r and were passed over."
        notes.append(message % (num_comments, layout.comment))
    if num_ranges:
        notes.append(
            "%d lines have numbers such as 3-4 and 5.1, which in CoNLL-U are no words "
            "of their own; they were passed over." % num_ranges
        )
    return kept


def _sentences(
    path: str, lines: Sequence[Tuple[int, str]], layout: layouts.Layout, has_tags: bool
) -> Iterator[layouts.Sentence]:
    width = 0
    may_vary = layout.word_column >= 0 and layout.tag_column >= 0
    rows: List[Tuple[int, str, str]] = []  # Line, word and tag.
    for number, line in lines:
        fields = _fields(line, width)
        if not fields or _is_border(fields):
            if rows:
                yield _sentence(rows, has_tags)
            rows = []
            width = 0 if may_vary else width
            continue
        width = width or len(fields)
        try:
            word, tag = _word_and_tag(fields, width, layout, has_tags)
        except ValueError as error:
            raise files.error_at(path, number, str(error)) from error
        rows.append((number, word, tag))
    if rows:
        yield _sentence(rows, has_tags)


def _is_border(fields: Sequence[str]) -> bool:
    """Whether a line stands between documents."""
    return fields[0] == DOCUMENT_START or list(fields[:2]) in DOCUMENT_BORDERS


def _sentence(rows: List[Tuple[int, str, str]], has_tags: bool) -> layouts.Sentence:
    lines, words, tags = zip(*rows)
    return layouts.Sentence(words, tags if has_tags else None, lines)


def _fields(line: str, width: int) -> List[str]:
    """Splits a line at its tabs or, where it has none, at its spaces.

    Other blanks, such as the wide space of Chinese text, are words.

    Args:
      line: The line.
      width: Columns of the lines before; 0 if there are none. A line that begins with
        a space and lacks a column begins with a blank word.
    """
    if not line.strip(SPACES):
        return []
    line = line.rstrip(SPACES)
    if "\t" in line:
        return line.split("\t")
    found = _at_spaces(line)
    is_blank = line.startswith(BLANK) and len(found) + 1 == width
    return [BLANK] + found if is_blank else found


def _at_spaces(text: str) -> List[str]:
    return [part for part in text.split(" ") if part]


def _word_and_tag(
    fields: List[str], width: int, layout: layouts.Layout, has_tags: bool
) -> Tuple[str, str]:
    """Returns the word and, where it is wanted, the tag of a row."""
    if len(fields) != width:
        raise ValueError(
            "%d columns, but %d in the lines before. Sentences are divided by blank "
            "lines, columns by spaces or tabs; how lines begin that are no words, "
            "`comment` says." % (len(fields), width)
        )
    word_at = 0  # Of a file of words alone.
    if has_tags or width > 1:
        word_at = _index(layout.word_column, width, "word_column")
    word, tag = fields[word_at] or BLANK, ""
    if has_tags:
        tag_at = _index(layout.tag_column, width, "tag_column")
        if tag_at == word_at:
            raise ValueError(
                "%d columns, in which word_column %d and tag_column %d are the same. %s"
                % (width, layout.word_column, layout.tag_column, WITHOUT_TAGS)
            )
        tag = fields[tag_at].strip(SPACES)
        if not tag:
            raise ValueError("the tag is empty: %r" % "\t".join(fields))
    return word, tag


def _index(column: int, width: int, name: str) -> int:
    """Returns the column's number from 0."""
    if not -width <= column < width:
        raise ValueError("%s is %d, but there are %d columns." % (name, column, width))
    return column % width


def _from_values(
    path: str, format_name: str, layout: layouts.Layout, has_tags: bool
) -> layouts.Contents:
    """Returns the sentences; rows without words are skipped."""
    words_name = layout.words or layouts.TABLE_WORDS
    tags_name = layout.tags or layouts.TABLE_TAGS
    contents = layouts.Contents([], [], [])
    for number, row in formats.keyed_rows(path, format_name):
        for name in [words_name] + [tags_name] * has_tags:
            if name not in row:
                found = ", ".join(map(repr, row)) or "nothing"
                message = "no column %r in the header, found: %s. %s"
                raise files.error_at(path, 1, message % (name, found, WITHOUT_TAGS))
        words = _values(row[words_name])
        tags = _values(row[tags_name]) if has_tags else None
        if tags is not None and len(tags) != len(words):
            message = "%d words, but %d tags; both are divided by spaces"
            raise files.error_at(path, number, message % (len(words), len(tags)))
        if words:
            lines = (number,) * len(words)
            contents.sentences.append(layouts.Sentence(words, tags, lines))
        else:
            contents.skipped.append((number, "no words"))
    return contents


def _values(text: str) -> Tuple[str, ...]:
    if UNIT_SEPARATOR in text:
        return tuple(text.split(UNIT_SEPARATOR))
    return tuple(_at_spaces(text))


def _has_digit(word: str) -> bool:
    return len(word) > 1 and word[-1] in "0123456789"


def _without_digits(path: str, sentence: layouts.Sentence) -> layouts.Sentence:
    for word, line in zip(sentence.words, sentence.lines):
        if not _has_digit(word):
            raise files.error_at(
                path,
                line,
                "the word %r should end with a digit that is no part of it. Where "
                "words have none, define the task without strip_word_digit." % word,
            )
    return sentence._replace(words=tuple(word[:-1] for word in sentence.words))

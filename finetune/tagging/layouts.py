"""How files of tagged words are written, and what is in them."""

import dataclasses
from typing import List, NamedTuple, Optional, Tuple

from finetune import formats

COLUMN = "column"
TSV = "tsv"
CSV = "csv"
JSON = "json"
FORMATS = (COLUMN, TSV, CSV, JSON, "jsonl")
TABLE_WORDS, TABLE_TAGS = "text_a", "label"
OBJECT_WORDS, OBJECT_TAGS = "tokens", "ner_tags"
_BY_ENDING = {".json": JSON, ".jsonl": JSON, ".csv": CSV}
Place = Tuple[int, int]  # Number of the first character, and of that after the last.


@dataclasses.dataclass(frozen=True)
class Layout:
    """How a task's files are written.

    Attributes:
      format: Of FORMATS; None finds it out.
      scheme: Name of the tags' scheme; None finds it out.
      word_column: In columns, number of the words', from 0 or, negative, from the end.
      tag_column: Number of the tags' column.
      comment: What lines begin with that are no words; "" for no such lines.
      strip_word_digit: Whether each word in a column ends with a digit that is no part
        of it. A file without tags may also have words as they are.
      words: What tables and JSON objects call the words; None for TABLE_WORDS and
        OBJECT_WORDS.
      tags: What they call the tags; None for TABLE_TAGS and OBJECT_TAGS.
      tag_names: Names of tags that objects have numbers for, counted from 0.
      text: What objects without words call their text.
      entities: What they call its entities.
      id: What they call their own name, where they have one.
      by_character: Whether each character of a text is a word of its own.
    """

    format: Optional[str] = None
    scheme: Optional[str] = None
    word_column: int = 0
    tag_column: int = -1
    comment: str = ""
    strip_word_digit: bool = False
    words: Optional[str] = None
    tags: Optional[str] = None
    tag_names: Tuple[str, ...] = ()
    text: str = "text"
    entities: str = "label"
    id: str = "id"
    by_character: bool = False


def format_of(path: str, layout: Layout) -> str:
    """Returns the format of a file: the one that is told, or else found out.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not UTF-8; the message starts with path:line.
    """
    if layout.format is not None:
        return layout.format
    if formats.ending(path) in _BY_ENDING:
        return _BY_ENDING[formats.ending(path)]
    for _, line in formats.lines(path):
        is_header = (layout.words or TABLE_WORDS) in line.split("\t")
        return TSV if is_header else COLUMN
    return COLUMN


class Sentence(NamedTuple):
    """Words of a file.

    Attributes:
      words: At least one.
      tags: As the file has them; None where it has none.
      lines: Number of the line of each word.
      id: Its name in the file; None where it has none.
      text: What the words were taken from; None where the file has words.
      places: Where each word stands in that text.
    """

    words: Tuple[str, ...]
    tags: Optional[Tuple[str, ...]]
    lines: Tuple[int, ...]
    id: Optional[str] = None
    text: Optional[str] = None
    places: Tuple[Place, ...] = ()


class Contents(NamedTuple):
    """What there is in a file.

    Attributes:
      sentences: In order.
      skipped: (line number, reason) of the rows that hold no sentence.
      notes: What else a user should know, a sentence each.
    """

    sentences: List[Sentence]
    skipped: List[Tuple[int, str]]
    notes: List[str]

"""Sentences in JSON: words with their tags, or texts with their entities.

{"tokens": ["Rome", "fell"], "ner_tags": ["B-LOC", "O"]}
{"text": "Rome fell", "label": [[0, 4, "LOC"]]}
"""

from typing import Any, Dict, Iterator, List, Tuple

from finetune import fields, formats
from finetune.tagging import layouts, texts
from util import files


def read(path: str, layout: layouts.Layout, has_tags: bool) -> layouts.Contents:
    """Reads a JSON list of objects, or a file with one in each line.

    Args:
      path: The file.
      layout: What the objects call things.
      has_tags: Whether tags or entities are there and wanted.

    Raises:
      ValueError: An object is malformed; the message starts with path:line.
    """
    parser = _Parser(layout, has_tags)
    contents = layouts.Contents([], [], parser.notes)
    ids: Dict[str, int] = {}
    for line, row in formats.json_rows(path):
        try:
            sentence = parser.sentence(line, row)
        except ValueError as error:
            raise files.error_at(path, line, str(error)) from error
        if sentence.id is not None:
            if sentence.id in ids:
                message = "the id %r is not new, line %d has it too."
                message %= (sentence.id, ids[sentence.id])
                raise files.error_at(path, line, message)
            ids[sentence.id] = line
        if sentence.words:
            contents.sentences.append(sentence)
        else:
            contents.skipped.append((line, "no words"))
    contents.notes.extend(parser.summary())
    if ids and any(sentence.id is None for sentence in contents.sentences):
        contents.notes.append(
            "Only some objects have %r; all are numbered from 0." % layout.id
        )
        unnamed = [each._replace(id=None) for each in contents.sentences]
        return contents._replace(sentences=unnamed)
    return contents


class _Parser:
    """Turns objects into sentences, and counts what users should know.

    Args:
      layout: What the objects call things.
      has_tags: Whether tags or entities are there and wanted.
    """

    def __init__(self, layout: layouts.Layout, has_tags: bool):
        self.notes: List[str] = []
        self._layout = layout
        self._has_tags = has_tags
        self._words = layout.words or layouts.OBJECT_WORDS
        self._tags = layout.tags or layouts.OBJECT_TAGS
        self._num_widened = self._num_overlapping = 0

    def sentence(self, line: int, row: Any) -> layouts.Sentence:
        """Returns what an object says.

        Raises:
          ValueError: It is malformed.
        """
        has_id = fields.find(row, self._layout.id) is not None
        name = fields.text_or_number(row, self._layout.id) if has_id else None
        if fields.find(row, self._words) is not None:
            found = self._of_words(row)
        elif fields.find(row, self._layout.text) is not None:
            found = self._of_text(row)
        else:
            raise ValueError(
                "there is neither %r, a list of words, nor %r, a text; found: %s."
                % (
                    self._words,
                    self._layout.text,
                    ", ".join(map(repr, row)) or "nothing",
                )
            )
        return found._replace(id=name, lines=(line,) * len(found.words))

    def summary(self) -> Iterator[str]:
        """Yields what a user should know of the file."""
        if self._num_widened:
            yield (
                "%d entities begin or end within a word; all of the word is taken."
                % self._num_widened
            )
        if self._num_overlapping:
            yield (
                "%d entities share words with others that begin earlier or are longer; "
                "they were left out." % self._num_overlapping
            )

    def _of_words(self, row: Any) -> layouts.Sentence:
        words = fields.texts(row, self._words)
        if not self._has_tags:
            return layouts.Sentence(words, None, ())
        values = fields.value(row, self._tags, (list,), "a list of tags")
        if len(values) != len(words):
            raise ValueError("%d words, but %d tags." % (len(words), len(values)))
        return layouts.Sentence(words, tuple(map(self._tag, values)), ())

    def _tag(self, value: Any) -> str:
        """Returns a tag, or what its number stands for."""
        if isinstance(value, str):
            return fields.whole(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("the tag %.40r is neither a text nor a number." % (value,))
        names = self._layout.tag_names
        if not 0 <= value < len(names):
            raise ValueError(
                "the tag %d is the number of none of the tag_names, of which there are "
                "%d, counted from 0." % (value, len(names))
            )
        return names[value]

    def _of_text(self, row: Any) -> layouts.Sentence:
        text = fields.text(row, self._layout.text)
        places = texts.words(text, self._layout.by_character)
        words = tuple(text[begin:end] for begin, end in places)
        sentence = layouts.Sentence(words, None, (), None, text, tuple(places))
        if not self._has_tags:
            return sentence
        kinds: Tuple[type, ...] = (dict, list)
        name = self._layout.entities
        value = fields.value(row, name, kinds, "the entities of the text")
        try:
            tagged = texts.tag(texts.entities(value, text), places)
        except ValueError as error:
            raise ValueError("%r: %s" % (name, error)) from error
        self._num_widened += tagged.num_widened
        self._num_overlapping += tagged.num_overlapping
        return sentence._replace(tags=tagged.tags)

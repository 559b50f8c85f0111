"""Questions with choices under names of the user's own: JSON or columns.

A row has one question or, where `question` is a list, several, each with choices and
an answer of its own. Choices are a list of texts, or stand under a name each, or have
names of their own, in one of these ways:

    {"A": "red", "B": "blue"}
    {"label": ["A", "B"], "text": ["red", "blue"]}
    [{"label": "A", "text": "red"}, {"label": "B", "text": "blue"}]
"""

import dataclasses
import string
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from finetune import fields, formats
from finetune.choice import cloze, reader
from util import files

COLUMNS = ("id", "context", "question", "choices", "answer")
NAMED = ("label", "text")  # What choices call their names and themselves.

# What an answer may be: its text, its number from 0 or from 1, or its letter.
TEXT, INDEX, NUMBER, LETTER = ANSWERS = ("text", "index", "number", "letter")

Names = Union[str, Tuple[str, ...]]
_MISSING = object()


@dataclasses.dataclass(frozen=True)
class Rows:
    """Parses rows.

    Attributes:
      columns: Names of COLUMNS -> what the file calls them; "a.b" is b in the object
        a, or in each object of the list a. "" for what no row has. There may be
        several names of `context`, which are joined by spaces, and of `choices`. A
        question without an id is named by its row, from 0.
      format: Of `formats.FORMATS`.
      answer_as: One of ANSWERS. None takes a text or an index.
      blank: What stands in a context for the choices; "" if nothing does.
    """

    columns: Mapping[str, Names]
    format: str = "json"
    answer_as: Optional[str] = None
    blank: str = ""

    def __call__(self, path: str, has_answers: bool) -> Iterator[reader.Found]:
        rows = formats.keyed_rows(path, self.format)
        for number, (line, row) in enumerate(rows):
            try:
                found = list(self._questions(row, number, has_answers))
            except ValueError as error:
                raise files.error_at(path, line, str(error)) from error
            for each in found:
                yield each._replace(place="%s:%d" % (path, line))

    def _questions(
        self, row: Dict[str, Any], number: int, has_answers: bool
    ) -> Iterator[reader.Found]:
        name = self._id(row, number)
        asked = self._value(row, "question", "")
        if not isinstance(asked, list):
            yield self._question(row, name, has_answers)
            return
        for place in range(len(asked)):
            part = dict(row)
            for column in ("question", "choices", "answer"):
                if column != "answer" or has_answers:
                    part[str(self.columns[column])] = self._of_several(
                        row, column, place, len(asked)
                    )
            yield self._question(part, "%s-%d" % (name, place), has_answers)

    def _question(
        self, row: Dict[str, Any], name: str, has_answers: bool
    ) -> reader.Found:
        choices, labels = self._choices(row)
        question = self.columns["question"]
        example = reader.Example(
            id=name,
            context=self._context(row),
            question=fields.text(row, str(question)) if question else "",
            choices=choices,
        )
        if self.blank:
            cloze.check_blank(example, self.blank)
        answer = self._answer(row, choices, labels) if has_answers else None
        return reader.Found("", example, answer)

    def _id(self, row: Dict[str, Any], number: int) -> str:
        has_id = fields.find(row, str(self.columns["id"])) is not None
        key = str(self.columns["id"])
        return fields.text_or_number(row, key) if has_id else str(number)

    def _value(self, row: Dict[str, Any], column: str, default: Any) -> Any:
        name = self.columns[column]
        if not name or not isinstance(name, str):
            return default
        found = _spread(row, name)
        return default if found is _MISSING else found

    def _of_several(
        self, row: Dict[str, Any], column: str, place: int, count: int
    ) -> Any:
        """Returns what a row with several questions has for one of them."""
        values = self._value(row, column, None)
        if not isinstance(values, list) or len(values) != count:
            raise ValueError(
                "there are %d questions, but %r is %.60r, expected a list with an item "
                "for each." % (count, self.columns[column], values)
            )
        return values[place]

    def _context(self, row: Dict[str, Any]) -> str:
        names = self.columns["context"]
        if not names:
            return ""
        return " ".join(
            _joined(row, name)
            for name in ([names] if isinstance(names, str) else names)
        )

    def _choices(self, row: Dict[str, Any]) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
        """Returns the choices and, if they have some, their names."""
        names = self.columns["choices"]
        if not isinstance(names, str):
            return tuple(fields.text(row, name) for name in names), ()
        found = _spread(row, names)
        if isinstance(found, list) and found and all(map(_is_named, found)):
            found = {key: [each[key] for each in found] for key in NAMED}
        if _is_named(found) and isinstance(found["text"], (list, tuple)):
            return _of_lists(found)
        if isinstance(found, dict):
            return tuple(fields.text(found, name) for name in found), tuple(found)
        known = row if found is _MISSING else {names: found}
        return fields.texts(known, names), ()

    def _answer(
        self, row: Dict[str, Any], choices: Sequence[str], labels: Sequence[str]
    ) -> Union[str, int]:
        name = str(self.columns["answer"])
        kinds, what = (str, int), "a text or a whole number"
        answer = fields.value(row, name, kinds, what)
        text = str(answer).strip()
        if self.answer_as == TEXT:
            return str(answer)
        if self.answer_as == LETTER:
            known: Sequence[str] = string.ascii_uppercase[: len(choices)]
            return _place(text.upper(), list(known))
        if self.answer_as in (INDEX, NUMBER):
            first = int(self.answer_as == NUMBER)
            return _place(text, [str(n + first) for n in range(len(choices))])
        if text in labels:
            return labels.index(text)
        if isinstance(answer, int):
            return answer
        return self._untold(answer, choices)

    def _untold(self, answer: str, choices: Sequence[str]) -> Union[str, int]:
        """Returns a text as what it is, where nobody said what it is."""
        can_be_index = not formats.named(self.format).has_keys and answer.isdecimal()
        if not can_be_index and answer not in choices:
            raise ValueError(
                "the answer %r is none of the choices %s. If it says in another way "
                "which is right, name it with answer_as: %s."
                % (answer, ", ".join(map(repr, choices)), ", ".join(ANSWERS))
            )
        if can_be_index and answer in choices and int(answer) != choices.index(answer):
            raise ValueError(
                "the answer %r may be the text of a choice or its index. Say with "
                "answer_as what it is: %s." % (answer, ", ".join(ANSWERS))
            )
        return int(answer) if can_be_index else answer


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and all(key in value for key in NAMED)


def _of_lists(found: Dict[str, Any]) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """Returns the choices and their names."""
    names, choices = fields.texts(found, "label"), fields.texts(found, "text")
    if len(names) != len(choices) or len(set(names)) != len(names):
        raise ValueError(
            "there are %d choices, but their names are %s; expected a name for each."
            % (len(choices), ", ".join(map(repr, names)) or "none")
        )
    return choices, names


def _place(answer: str, known: List[str]) -> int:
    if answer not in known:
        raise ValueError(
            "the answer is %r, expected one of %s." % (answer, ", ".join(known))
        )
    return known.index(answer)


def _joined(row: Dict[str, Any], name: str) -> str:
    """Returns a text, or the lines of a list."""
    found = _spread(row, name)
    if isinstance(found, list):
        return "\n".join(fields.texts({name: found}, name))
    return fields.text(row, name)


def _spread(row: Any, name: str) -> Any:
    """Returns what a row has under a name, _MISSING if nothing.

    The way may lead through a list of objects, and on in each of them.
    """
    if not isinstance(row, dict):
        return _MISSING
    found = fields.find(row, name, _MISSING)
    head, dot, last = name.rpartition(".")
    if found is not _MISSING or not dot:
        return found
    items = _spread(row, head)
    if not isinstance(items, list):
        return _MISSING
    values = [_spread(item, last) for item in items]
    return _MISSING if _MISSING in values else values

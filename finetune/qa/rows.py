"""One question per row, under names of the user's own: JSON or columns.

Answers are a text, a list of texts, or have their places with them:
[{"text": "1642", "answer_start": 25}, ...] or {"text": [...], "answer_start": [...]}.
Their places may also stand beside them, under a name of their own, or lack.
"""

import dataclasses
from typing import Any, Dict, Iterator, List, Mapping, Tuple

from finetune import fields, formats
from finetune.qa import files as qa_files
from util import files

COLUMNS = ("id", "context", "question", "answers", "answer_start", "is_impossible")


@dataclasses.dataclass(frozen=True)
class Rows:
    """Parses a file with a question in each row.

    Attributes:
      columns: Names of COLUMNS -> names in the file; "a.b" is b in the object a. A row
        without an id is named by its number, from 0.
      format: Of `formats.FORMATS`.
    """

    columns: Mapping[str, str]
    format: str

    def __call__(self, path: str) -> Iterator[qa_files.Question]:
        rows = formats.keyed_rows(path, self.format)
        for number, (line, row) in enumerate(rows):
            try:
                yield self._question(row, number, "%s:%d" % (path, line))
            except ValueError as error:
                raise files.error_at(path, line, str(error)) from error

    def _question(
        self, row: Dict[str, Any], number: int, place: str
    ) -> qa_files.Question:
        names = self.columns
        has_id = fields.find(row, names["id"]) is not None
        answers = fields.find(row, names["answers"])
        starts = fields.find(row, names["answer_start"])
        marked = tuple(_with_places(_listed(answers), starts))
        return qa_files.Question(
            id=fields.text_or_number(row, names["id"]) if has_id else str(number),
            context=fields.text(row, names["context"]),
            question=fields.text(row, names["question"]),
            answers=tuple(answer.text for answer in marked),
            marked=marked,
            is_impossible=qa_files.flag(row, names["is_impossible"]),
            place=place,
        )


def _listed(value: Any) -> List[Any]:
    """Returns answers as a list of texts or of objects."""
    if value is None or value == "":
        return []
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        starts = value.get("answer_start", [qa_files.NOWHERE] * len(value["text"]))
        return [_object(*pair) for pair in _paired(value["text"], starts)]
    return value if isinstance(value, list) else [value]


def _with_places(answers: List[Any], starts: Any) -> Iterator[qa_files.Marked]:
    """Yields answers with their places: those beside them, or their own."""
    if answers and starts is not None and starts != "":
        starts = starts if isinstance(starts, list) else [starts]
        answers = [_object(*pair) for pair in _paired(answers, starts)]
    for answer in answers:
        row = answer if isinstance(answer, dict) else _object(answer, qa_files.NOWHERE)
        yield qa_files.Marked(fields.text_or_number(row, "text"), _start(row))


def _object(text: Any, start: Any) -> Dict[str, Any]:
    return {"text": text, "answer_start": start}


def _paired(texts: List[Any], starts: Any) -> List[Tuple[Any, Any]]:
    if not isinstance(starts, list) or len(texts) != len(starts):
        raise ValueError(
            "there are %d answers, expected a list of as many places, got %.60r."
            % (len(texts), starts)
        )
    return list(zip(texts, starts))


def _start(row: Dict[str, Any]) -> int:
    """Returns a whole number, also from the text of a column."""
    text = fields.text_or_number(dict({"answer_start": -1}, **row), "answer_start")
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            "'answer_start' is %.60r, expected a whole number." % text
        ) from None

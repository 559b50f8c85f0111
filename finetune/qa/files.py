"""Reads the two published formats of questions about passages, as they are.

SQuAD's is one JSON document of articles, paragraphs and questions; version 2.0 and
CMRC 2018 have it too. MRQA's is one JSON object per line and passage, after a line
with a header that may lack. A file named .gz is unpacked. Nothing is judged here but
the form; what the answers are worth, `reader` finds out.
"""

import gzip
import json
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple
import zlib

from util import files, gfile

SQUAD = "squad"
MRQA = "mrqa"
NOWHERE = -1  # Start of an answer whose place a file does not tell.


class Marked(NamedTuple):
    """An answer as a file marks it.

    Attributes:
      text: The answer.
      start: Where in the passage it is said to begin, in characters; may be wrong, or
        NOWHERE.
    """

    text: str
    start: int


class Question(NamedTuple):
    """A question as a file has it.

    Attributes:
      id: Its name in predictions.
      context: The passage.
      question: What is asked.
      answers: Texts that count as right; none if there is no answer, or if the file
        does not tell.
      marked: Answers with their places.
      is_impossible: Whether the file says that the passage has no answer.
      place: Where it is, for errors: path, and line or keys.
    """

    id: str
    context: str
    question: str
    answers: Tuple[str, ...]
    marked: Tuple[Marked, ...]
    is_impossible: bool
    place: str


def read(path: str, file_format: str) -> List[Question]:
    """Returns the questions of a file, in its order.

    Args:
      path: Local or gs://.
      file_format: SQUAD or MRQA.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is malformed, or has no questions, or two of one id.
    """
    text = _text(path)
    found = list(FORMATS[file_format](path, text))
    if not found:
        raise ValueError("%s: the file has no questions." % path)
    seen: Dict[str, str] = {}
    for question in found:
        if question.id in seen:
            raise ValueError(
                "%s: the id %r is that of the question at %s too; ids name predictions "
                "and must be unique." % (question.place, question.id, seen[question.id])
            )
        seen[question.id] = question.place
    return found


def format_of(path: str) -> str:
    """Returns the format that a file's name stands for."""
    return MRQA if path.endswith((".jsonl", ".jsonl.gz")) else SQUAD


def _squad(path: str, text: str) -> Iterator[Question]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = "not JSON: %s. A file with one object per line is of format mrqa."
        raise files.error_at(path, error.lineno, message % error.msg) from error
    for article, place in _items(document, "data", path + ": "):
        for paragraph, place_in in _items(article, "paragraphs", place + "."):
            context = _field(paragraph, "context", str, place_in)
            for entry, where in _items(paragraph, "qas", place_in + "."):
                yield _squad_question(entry, context, where)


def _squad_question(entry: Any, context: str, place: str) -> Question:
    marked = []
    if isinstance(entry, dict) and "answers" in entry:
        for answer, where in _items(entry, "answers", place + "."):
            start = _field(answer, "answer_start", int, where)
            marked.append(Marked(_field(answer, "text", str, where), start))
    return Question(
        id=_field(entry, "id", str, place),
        context=context,
        question=_field(entry, "question", str, place),
        answers=tuple(answer.text for answer in marked),
        marked=tuple(marked),
        is_impossible=_field(entry, "is_impossible", bool, place, False),
        place=place,
    )


def _mrqa(path: str, text: str) -> Iterator[Question]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            passage = json.loads(line)
        except json.JSONDecodeError as error:
            raise files.error_at(path, number, "not JSON: %s" % error.msg) from error
        place = "%s:%d: " % (path, number)
        if isinstance(passage, dict) and "header" in passage:
            continue
        context = _field(passage, "context", str, place + "the passage")
        for entry, where in _items(passage, "qas", place):
            yield _mrqa_question(entry, context, where)


def _mrqa_question(entry: Any, context: str, place: str) -> Question:
    marked = []
    if isinstance(entry, dict) and "detected_answers" in entry:
        for answer, where in _items(entry, "detected_answers", place + "."):
            text = _field(answer, "text", str, where)
            for span in _field(answer, "char_spans", list, where):
                if not (isinstance(span, list) and list(map(type, span)) == [int] * 2):
                    raise ValueError(
                        "%s: char_spans holds %r, expected [first character, last "
                        "character]." % (where, span)
                    )
                marked.append(Marked(text, span[0]))
    answers = _field(entry, "answers", list, place, [])
    if not all(isinstance(answer, str) for answer in answers):
        raise ValueError("%s: answers must be texts, got %r." % (place, answers))
    if not marked:
        marked = [Marked(answer, NOWHERE) for answer in answers]
    return Question(
        id=_field(entry, "qid", str, place),
        context=context,
        question=_field(entry, "question", str, place),
        answers=tuple(answers),
        marked=tuple(marked),
        is_impossible=_field(entry, "is_impossible", bool, place, False),
        place=place,
    )


FORMATS = {SQUAD: _squad, MRQA: _mrqa}
_REQUIRED: Any = object()
_KINDS = {str: "a text", int: "a whole number", list: "a list", bool: "true or false"}


def _items(mapping: Any, name: str, prefix: str) -> Iterator[Tuple[Any, str]]:
    """Yields the items of a list in a dict, each with where it is."""
    for number, item in enumerate(_field(mapping, name, list, prefix.rstrip(".: "))):
        yield item, "%s%s[%d]" % (prefix, name, number)


def _field(
    mapping: Any, name: str, kind: type, place: str, default: Any = _REQUIRED
) -> Any:
    """Returns a value of a dict.

    Raises:
      ValueError: It is missing or of another kind, or the dict is none.
    """
    if not isinstance(mapping, dict):
        raise ValueError(
            "%s: expected an object with %r, got %s." % (place, name, _brief(mapping))
        )
    value = mapping.get(name, default)
    if value is _REQUIRED:
        raise ValueError(
            "%s: %r is missing; found %s."
            % (place, name, ", ".join(map(repr, sorted(mapping))) or "nothing")
        )
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(
            "%s: %r must be %s, got %s." % (place, name, _KINDS[kind], _brief(value))
        )
    return value


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _text(path: str) -> str:
    files.require_file(path, "data file")
    with gfile.open(path, "rb") as stream:
        content = stream.read()
    if path.endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError("%s: not a whole gzip file: %s" % (path, error)) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise files.error_at(path, line, "not UTF-8 text: %s" % error) from error

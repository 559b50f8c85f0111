"""Reads the two published formats of questions about passages, as they are.

SQuAD's is one JSON document of articles, paragraphs and questions; version 2.0 and
CMRC 2018 have it too. MRQA's is one JSON object per line and passage, after a line
with a header that may lack. Nothing is judged here but the form; what the answers are
worth, `reader` finds out.
"""

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from finetune import fields, formats

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
    found = list(FORMATS[file_format](path))
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


def _squad(path: str) -> Iterator[Question]:
    hint = "A file with one object per line is of format mrqa."
    document = formats.read_json(path, hint)
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


def _mrqa(path: str) -> Iterator[Question]:
    for line, passage in formats.keyed_rows(path, "jsonl"):
        if "header" in passage:
            continue
        place = "%s:%d: " % (path, line)
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
_KINDS = {str: "a text", int: "a whole number", list: "a list", bool: "true or false"}


def _items(mapping: Any, name: str, prefix: str) -> Iterator[Tuple[Any, str]]:
    """Yields the items of a list in a dict, each with where it is."""
    for number, item in enumerate(_field(mapping, name, list, prefix.rstrip(".: "))):
        yield item, "%s%s[%d]" % (prefix, name, number)


def _field(
    mapping: Any, name: str, kind: type, place: str, default: Any = fields.REQUIRED
) -> Any:
    """Returns a value of a dict; a text is a whole one.

    Raises:
      ValueError: It is missing or of another kind, or the dict is none.
    """
    try:
        value = fields.value(mapping, name, (kind,), _KINDS[kind], default)
        return fields.whole(value) if kind is str else value
    except ValueError as error:
        raise ValueError("%s: %s" % (place, error)) from error

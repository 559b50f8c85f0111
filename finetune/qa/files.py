"""Reads the published formats of questions about passages, as they are.

SQuAD's is one JSON document of articles, paragraphs and questions; version 2.0, CMRC
2018 and DRCD have it too. CMRC 2018 was first a list of passages, under other names
and without the places of answers; that is read as well. MRQA's is one JSON object per
line and passage, after a line with a header that may lack. Nothing is judged here but
the form; what the answers are worth, `reader` finds out.
"""

from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from finetune import fields, formats
from util import files

SQUAD = "squad"
MRQA = "mrqa"
NOWHERE = -1  # Start of an answer whose place a file does not tell.


class Marked(NamedTuple):
    """An answer as a file marks it.

    Attributes:
      text: The answer.
      start: Where in the passage it is said to begin; may be wrong, or NOWHERE.
      end: Where it is said to be over, after its last character; None if the file
        does not tell.
    """

    text: str
    start: int
    end: Optional[int] = None


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


Parser = Callable[[str], Iterator[Question]]  # From a path.


def read(path: str, parse: Parser) -> List[Question]:
    """Returns the questions of a file, in its order.

    Args:
      path: Local or gs://.
      parse: How it is written.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is malformed, or has no questions, or two of one id.
    """
    found = list(parse(path))
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


def check_answers(questions: List[Question], path: str) -> None:
    """Refuses questions that nobody has answered.

    Raises:
      ValueError: None has an answer, and none says that it has none.
    """
    if not any(each.answers or each.is_impossible for each in questions):
        raise ValueError(
            "%s: no question has an answer, nor does one say that it has none "
            "(is_impossible). The file can be predicted, but neither trained nor "
            "scored." % path
        )


def format_of(path: str) -> str:
    """Returns the published format that a file's name stands for."""
    return MRQA if path.endswith((".jsonl", ".jsonl.gz")) else SQUAD


def flag(row: Dict[str, Any], name: str) -> bool:
    """Returns whether a row says that something is so: true, "true" or 1.

    Raises:
      ValueError: It says neither that nor the opposite.
    """
    value = fields.find(row, name)
    text = "" if value is None else str(value).lower()
    if text not in _FLAGS:
        raise ValueError("%r is %.60r, expected true or false." % (name, value))
    return _FLAGS[text]


def squad(path: str) -> Iterator[Question]:
    """Parses SQuAD's format and the list of passages of CMRC 2018."""
    hint = "A file with one object per line is of format mrqa."
    document = formats.read_json(path, hint)
    is_list = isinstance(document, list)
    articles = {"": document} if is_list else document
    for article, place in _items(articles, "" if is_list else "data", path + ": "):
        if _is_passage(article):
            yield from _squad_questions(article, place)
            continue
        for paragraph, place_in in _items(article, "paragraphs", place + "."):
            yield from _squad_questions(paragraph, place_in)


def _is_passage(article: Any) -> bool:
    is_dict = isinstance(article, dict)
    return is_dict and "qas" in article and "paragraphs" not in article


def _squad_questions(paragraph: Any, place: str) -> Iterator[Question]:
    context = _field(paragraph, _name(paragraph, "context", "context_text"), str, place)
    for entry, where in _items(paragraph, "qas", place + "."):
        marked = tuple(_squad_answers(entry, where))
        question = _name(entry, "question", "query_text")
        yield Question(
            id=_id(entry, _name(entry, "id", "query_id"), where),
            context=context,
            question=_field(entry, question, str, where),
            answers=tuple(answer.text for answer in marked),
            marked=marked,
            is_impossible=_flag(entry, where),
            place=where,
        )


def _squad_answers(entry: Any, place: str) -> Iterator[Marked]:
    if not isinstance(entry, dict) or entry.get("answers") is None:
        return
    for answer, where in _items(entry, "answers", place + "."):
        if isinstance(answer, str):
            yield Marked(_field({"": answer}, "", str, where), NOWHERE)
        else:
            text = _field(answer, "text", str, where)
            is_marked = answer.get("answer_start") is not None
            start = _field(answer, "answer_start", int, where) if is_marked else NOWHERE
            yield Marked(text, start)


def mrqa(path: str) -> Iterator[Question]:
    """Parses MRQA's format."""
    for line, passage in formats.keyed_rows(path, "jsonl"):
        if "header" in passage:
            continue
        if "qas" not in passage and "question" in passage:
            message = "there is no 'qas'; a question in each line is of format jsonl."
            raise files.error_at(path, line, message)
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
                marked.append(Marked(text, span[0], span[1] + 1))
    detected = list(dict.fromkeys(answer.text for answer in marked))
    answers = _field(entry, "answers", list, place, detected)
    if not all(isinstance(answer, str) for answer in answers):
        raise ValueError("%s: answers must be texts, got %r." % (place, answers))
    if not marked:
        marked = [Marked(answer, NOWHERE) for answer in answers]
    return Question(
        id=_id(entry, "qid", place),
        context=context,
        question=_field(entry, "question", str, place),
        answers=tuple(answers),
        marked=tuple(marked),
        is_impossible=_flag(entry, place),
        place=place,
    )


FORMATS: Dict[str, Parser] = {SQUAD: squad, MRQA: mrqa}
_KINDS = {str: "a text", int: "a whole number", list: "a list"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}


def _name(mapping: Any, name: str, other: str) -> str:
    """Returns which of two names a dict has; the first if it has neither."""
    has_other = isinstance(mapping, dict) and name not in mapping and other in mapping
    return other if has_other else name


def _items(mapping: Any, name: str, prefix: str) -> Iterator[Tuple[Any, str]]:
    """Yields the items of a list in a dict, each with where it is."""
    for number, item in enumerate(_field(mapping, name, list, prefix.rstrip(".: "))):
        yield item, "%s%s[%d]" % (prefix, name, number)


def _id(mapping: Any, name: str, place: str) -> str:
    """Returns a text, or a whole number as one."""
    try:
        return fields.text_or_number(mapping, name)
    except ValueError as error:
        raise ValueError("%s: %s" % (place, error)) from error


def _flag(entry: Dict[str, Any], place: str) -> bool:
    try:
        return flag(entry, "is_impossible")
    except ValueError as error:
        raise ValueError("%s: %s" % (place, error)) from error


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

"""ChID: which idiom belongs into the blank of a text; FewCLUE's form and CLUE's.

FewCLUE has one blank per row, {"id": 7, "content": "...#idiom#...", "candidates":
[...], "answer": 3}. CLUE has several texts per row, which share their candidates,
with numbered blanks whose answers are in a file of their own.
"""

import re
from typing import Any, Dict, Iterator

from finetune import fields, formats
from finetune.choice import reader
from util import files

BLANK = "#idiom#"
OTHER_BLANK = "____"  # Stands for the blanks that are not asked for, of 4 characters.
_NUMBERED = re.compile(r"#idiom\d+#")
_INDEX = "the index of a candidate"


def chid(path: str, has_answers: bool) -> Iterator[reader.Found]:
    """Parses ChID as FewCLUE has it, a blank in each row.

    Raises:
      ValueError: Something is missing; the message starts with path:line.
    """
    for line, row in formats.keyed_rows(path, "json"):
        try:
            example = reader.Example(
                id=fields.text_or_number(row, "id"),
                context=fields.text(row, "content"),
                question="",
                choices=fields.texts(row, "candidates"),
            )
            check_blank(example, BLANK)
            answer = (
                fields.value(row, "answer", (int,), _INDEX) if has_answers else None
            )
        except ValueError as error:
            raise files.error_at(path, line, str(error)) from error
        yield reader.Found("%s:%d" % (path, line), example, answer)


def clue_chid(path: str, has_answers: bool) -> Iterator[reader.Found]:
    """Parses ChID as CLUE has it: train.json has its answers in train_answer.json.

    A question is named by its blank, "#idiom000378#".

    Raises:
      FileNotFoundError: There is no file of answers.
      ValueError: Something is missing; the message starts with path:line.
    """
    answers: Dict[str, Any] = {}
    if has_answers:
        stem, ending, rest = path.rpartition(".json")
        answers = _answers("%s_answer%s%s" % (stem, ending, rest))
    for line, row in formats.keyed_rows(path, "json"):
        try:
            found = list(_blanks(row, answers, has_answers))
        except ValueError as error:
            raise files.error_at(path, line, str(error)) from error
        for each in found:
            yield each._replace(place="%s:%d: %s" % (path, line, each.example.id))


def _answers(path: str) -> Dict[str, Any]:
    answers = formats.read_json(path)
    if not isinstance(answers, dict):
        raise ValueError('%s: expected a JSON object {"#idiom000378#": 3, ...}.' % path)
    return answers


def _blanks(
    row: Dict[str, Any], answers: Dict[str, Any], has_answers: bool
) -> Iterator[reader.Found]:
    choices = fields.texts(row, "candidates")
    for text in fields.texts(row, "content"):
        for blank in dict.fromkeys(_NUMBERED.findall(text)):
            context = _NUMBERED.sub(OTHER_BLANK, text.replace(blank, BLANK))
            if has_answers and blank not in answers:
                raise ValueError("the file of answers has none for %s." % blank)
            answer = (
                fields.value(answers, blank, (int,), _INDEX) if has_answers else None
            )
            example = reader.Example(blank, context, "", choices)
            yield reader.Found("", example, answer)


def check_blank(example: reader.Example, blank: str) -> None:
    """Refuses a text without a blank.

    Raises:
      ValueError: It is one.
    """
    if blank not in example.context:
        raise ValueError(
            "there is no blank %r in the text %.60r." % (blank, example.context)
        )

"""Published formats of questions with choices: C3 and SWAG.

Each parser yields the questions of a file in its order; `reader.ChoiceReader` checks
what they have in common. `cloze` has those of texts with a blank, `rows` reads what
is laid out otherwise.
"""

import collections
import os
import re
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from finetune import fields, formats
from finetune.choice import reader
from util import files

# C3 has a file of dialogues and one of other texts; this stands for both in a name.
BOTH = "{d,m}"
_DIALOGUES = re.compile(r"^(c3-)?d-")


class C3Reader(reader.ChoiceReader):
    """Finds both parts of C3 where there are two; each may be read alone."""

    def find(self, data_dir, split):
        folder, name = os.path.split(super().find(data_dir, split))
        return os.path.join(folder, _DIALOGUES.sub(r"\g<1>%s-" % BOTH, name))


def c3(path: str, has_answers: bool) -> Iterator[reader.Found]:
    """Parses C3: [[lines, [{question, choice, answer}, ...], id], ...].

    Both parts are read where the path has BOTH.

    Test files have no answers, an `id` in each question, and none per dialogue. A
    question without one is named by its dialogue and its number, from 0; some
    dialogues share their id, and the numbers go on.

    Raises:
      FileNotFoundError: A part is not there.
      ValueError: Something is missing; the message says in which question.
    """
    paths = [path.replace(BOTH, part) for part in "dm"] if BOTH in path else [path]
    counts: Dict[str, int] = collections.defaultdict(int)
    for position, (place, dialogue) in enumerate(_dialogues(paths)):
        try:
            context, questions, name = _dialogue(dialogue, position)
        except ValueError as error:
            raise ValueError("%s: %s" % (place, error)) from error
        for number, question in enumerate(questions, start=1):
            default_id = "%s-%d" % (name, counts[name])
            counts[name] += 1
            place_of_question = "%s, question %d" % (place, number)
            try:
                yield _c3_question(
                    place_of_question, context, question, default_id, has_answers
                )
            except ValueError as error:
                raise ValueError("%s: %s" % (place_of_question, error)) from error


def _dialogues(paths: Sequence[str]) -> Iterator[Tuple[str, Any]]:
    """Yields (place, dialogue) for all dialogues of some files."""
    for path in paths:
        dialogues = formats.read_json(path)
        if not isinstance(dialogues, list):
            raise ValueError("%s: expected a JSON list of dialogues." % path)
        for number, dialogue in enumerate(dialogues, start=1):
            yield "%s: dialogue %d" % (path, number), dialogue


def _dialogue(dialogue: Any, position: int) -> Tuple[str, List[Dict[str, Any]], str]:
    """Returns (text, questions, id) of a C3 dialogue."""
    if (
        not isinstance(dialogue, list)
        or len(dialogue) not in (2, 3)
        or not _is_list_of(dialogue[0], str)
        or not _is_list_of(dialogue[1], dict)
    ):
        raise ValueError(
            "expected [lines, questions] or [lines, questions, id], got %.60r"
            % (dialogue,)
        )
    name = str(position)
    if len(dialogue) == 3:
        name = fields.text_or_number({"id": dialogue[2]}, "id")
    return fields.whole("\n".join(dialogue[0])), dialogue[1], name


def _c3_question(
    place: str, context: str, row: Dict[str, Any], default_id: str, has_answers: bool
) -> reader.Found:
    example = reader.Example(
        id=fields.text_or_number(row, "id") if "id" in row else default_id,
        context=context,
        question=fields.text(row, "question"),
        choices=fields.texts(row, "choice"),
    )
    answer = fields.text(row, "answer") if has_answers else None
    return reader.Found(place, example, answer)


def swag(path: str, has_answers: bool) -> Iterator[reader.Found]:
    """Parses SWAG: a CSV file with quotes, named columns and four endings.

    Context is `sent1`; each choice ends what `sent2` begins. A question is named by
    its row, from 0.

    Raises:
      ValueError: A column or field is missing; the message starts with path:line.
    """
    endings = ["ending%d" % number for number in range(4)]
    for position, (line, row) in enumerate(formats.keyed_rows(path, "csv")):
        try:
            example = reader.Example(
                id=str(position),
                context=fields.text(row, "sent1"),
                question=fields.text(row, "sent2"),
                choices=tuple(fields.text(row, ending) for ending in endings),
            )
            answer = _ending(fields.text(row, "label")) if has_answers else None
        except ValueError as error:
            raise files.error_at(path, line, str(error)) from error
        yield reader.Found("%s:%d" % (path, line), example, answer)


def _ending(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("'label' is %r, expected the number of an ending." % text)
    return int(text)


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)

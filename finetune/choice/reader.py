"""Questions with choices: from what a file says to examples with a label.

Formats differ in how they say it (`formats.py`); what holds for all is checked here.
"""

import dataclasses
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from finetune import sources
from finetune import task as task_lib


class Example(NamedTuple):
    """A question about a context.

    Attributes:
      id: Its name in predictions.
      context: What there is to know.
      question: What is asked, or what the choices continue.
      choices: Possible answers; at least two.
      label: Index of the right one; None in a test split.
    """

    id: str
    context: str
    question: str
    choices: Tuple[str, ...]
    label: Optional[int] = None


class Found(NamedTuple):
    """A question as its file has it.

    Attributes:
      place: Where it stands, in words: "dev.csv:7".
      example: The question, without label.
      answer: Text or index of the right choice; None in a test split.
    """

    place: str
    example: Example
    answer: Union[str, int, None] = None


# (path, whether there are answers) -> the questions of a file, in its order.
Parser = Callable[[str, bool], Iterator[Found]]


@dataclasses.dataclass(frozen=True)
class ChoiceReader(task_lib.Reader):
    """Reads questions with choices.

    Attributes:
      places: Where the files may be.
      parse: How they are written.
      num_choices: Most choices that a question may have.
    """

    places: sources.Places
    parse: Parser
    num_choices: int

    def find(self, data_dir, split):
        return self.places.find(data_dir, split)

    def read(self, path, split):
        is_labeled = split.role != task_lib.TEST
        examples: List[Example] = []
        places: Dict[str, str] = {}  # Of every id.
        for found in self.parse(path, is_labeled):
            try:
                example = self._labeled(found) if is_labeled else found.example
                self._check(example, places)
            except ValueError as error:
                raise ValueError("%s: %s" % (found.place, error)) from error
            places[example.id] = found.place
            examples.append(example)
        if not examples:
            raise ValueError("%s: there are no questions." % path)
        return task_lib.Dataset(path, examples, notes=_notes(examples))

    def _labeled(self, found: Found) -> Example:
        label = index_of(found.answer, found.example.choices)
        return found.example._replace(label=label)

    def _check(self, example: Example, places: Dict[str, str]) -> None:
        count = len(example.choices)
        if not 2 <= count <= self.num_choices:
            raise ValueError(
                "the number of choices is %d, expected 2 to %d, the num_choices of the "
                "task." % (count, self.num_choices)
            )
        if not all(choice.strip() for choice in example.choices):
            raise ValueError("one of the choices is empty. Leave it out.")
        if example.id in places:
            raise ValueError(
                "the id %r is taken by %s. Predictions are told apart by ids; make "
                "them unique." % (example.id, places[example.id])
            )


def index_of(answer: Union[str, int, None], choices: Tuple[str, ...]) -> int:
    """Returns which of the choices is right.

    Of several choices with one text it is the first: a model cannot tell them apart.

    Args:
      answer: Text or index of the right choice.
      choices: The choices.

    Raises:
      ValueError: It is none of them.
    """
    if isinstance(answer, int):
        if not 0 <= answer < len(choices):
            raise ValueError(
                "the answer is choice %d, expected 0 to %d."
                % (answer, len(choices) - 1)
            )
        answer = choices[answer]
    if answer not in choices:
        raise ValueError(
            "the answer %r is none of the choices %s. Mend or remove the question."
            % (answer, ", ".join(map(repr, choices)))
        )
    return choices.index(answer)


def _notes(examples: List[Example]) -> Tuple[str, ...]:
    count = sum(
        example.label is not None
        and example.choices.count(example.choices[example.label]) > 1
        for example in examples
    )
    if not count:
        return ()
    return (
        "%d of %d questions have several choices with the text of the answer; the "
        "first of them counts as the right one." % (count, len(examples)),
    )

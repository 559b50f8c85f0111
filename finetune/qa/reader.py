"""Files of questions -> examples whose answers are known to stand in the text."""

import collections
import dataclasses
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from finetune import sources
from finetune import task as task_lib
from finetune.qa import files as qa_files
from finetune.qa import places as places_lib


class Example(NamedTuple):
    """A question about a passage.

    Attributes:
      id: Its name in predictions.
      context: The passage.
      question: What is asked.
      answers: Texts that count as right; () in a test split, or if there is none.
      spans: (first character, character after the last) of the answers that stand in
        the passage, in the file's order.
      is_impossible: Whether the passage has no answer.
    """

    id: str
    context: str
    question: str
    answers: Tuple[str, ...] = ()
    spans: Tuple[places_lib.Span, ...] = ()
    is_impossible: bool = False


@dataclasses.dataclass(frozen=True)
class QuestionReader(task_lib.Reader):
    """Reads a task of questions about passages.

    Attributes:
      places: Where the files may be.
      parse: How they are written.
      has_unanswerable: Whether a passage may lack the answer.
    """

    places: sources.Places
    parse: qa_files.Parser = qa_files.squad
    has_unanswerable: bool = False

    def find(self, data_dir, split):
        return self.places.find(data_dir, split)

    def read(self, path, split):
        questions = qa_files.read(path, self.parse)
        if split.role == task_lib.TEST:
            examples = [_example(question) for question in questions]
            return task_lib.Dataset(path, examples)
        return _Labeled(self.has_unanswerable, questions).read(path, split)


class _Labeled:
    """Reads a split with answers, and counts what is wrong with them."""

    def __init__(self, has_unanswerable: bool, questions: List[qa_files.Question]):
        self._has_unanswerable = has_unanswerable
        self._questions = [
            _without_blanks(question) if has_unanswerable else question
            for question in questions
        ]
        self._counts: Dict[str, int] = collections.Counter()
        self._unit = places_lib.unit_of(
            (question.context, answer.text, answer.start)
            for question in self._questions
            for answer in question.marked
            if answer.start != qa_files.NOWHERE
        )

    def read(self, path: str, split: task_lib.Split) -> task_lib.Dataset:
        qa_files.check_answers(self._questions, path)
        answers = [answer for each in self._questions for answer in each.answers]
        examples = []
        for question in self._questions:
            self._check(question)
            example = _example(question, self._spans(question))
            has_lost_answer = not (example.spans or example.is_impossible)
            if has_lost_answer and split.role == task_lib.TRAIN:
                self._counts["dropped"] += 1
            else:
                examples.append(example)
        if answers and not any(example.spans for example in examples):
            raise ValueError(
                "%s: none of its %d answers stands in its passage, for example %r. If "
                "the file has no true answers, it can be no %s file."
                % (path, len(answers), answers[0], split.name)
            )
        return task_lib.Dataset(path, examples, notes=tuple(self._notes(split)))

    def _check(self, question: qa_files.Question) -> None:
        """Raises: ValueError: Whether there is an answer is said in two ways."""
        if question.is_impossible and question.answers:
            raise ValueError(
                "%s: is_impossible is true, but there are answers: %s."
                % (question.place, ", ".join(map(repr, question.answers[:3])))
            )
        if not question.answers and not self._has_unanswerable:
            raise ValueError(
                "%s: the question has no answer, but every question of this task must "
                "have one. Use task squad for SQuAD 2.0, or set has_unanswerable in a "
                "task of your own." % question.place
            )

    def _spans(self, question: qa_files.Question) -> Tuple[places_lib.Span, ...]:
        spans = []
        for answer in question.marked:
            kind = "searched" if answer.start == qa_files.NOWHERE else "marked"
            found = places_lib.find(
                question.context, answer.text, *self._range(question.context, answer)
            )
            self._counts[kind] += 1
            if found is None:
                self._counts[kind + ", missing"] += 1
            else:
                spans.append(found.span)
                self._counts[kind + ", wrong"] += not found.is_as_marked
                self._counts[kind + ", several"] += not found.is_only
        return tuple(spans)

    def _range(
        self, context: str, answer: qa_files.Marked
    ) -> Tuple[int, Optional[int]]:
        """Returns where an answer is said to be, in characters."""
        start = places_lib.position(context, answer.start, self._unit)
        if answer.end is None:
            return start, None
        return start, places_lib.position(context, answer.end, self._unit)

    def _notes(self, split: task_lib.Split) -> Iterator[str]:
        counts = self._counts
        if self._unit != places_lib.CHARACTERS:
            yield "The file counts the places of answers in %s." % self._unit
        missing = counts["marked, missing"] + counts["searched, missing"]
        wrong = counts["marked, wrong"] + counts["marked, missing"]
        if wrong:
            yield (
                "%d of %d answers do not stand where the file says: %d were looked up "
                "in the text, %d are not in it."
                % (
                    wrong,
                    counts["marked"],
                    counts["marked, wrong"],
                    counts["marked, missing"],
                )
            )
        if counts["searched"]:
            yield (
                "The file does not say where %d answers stand: %d were found in the "
                "text, %d of them at several places, of which the first was taken; %d "
                "are not in it."
                % (
                    counts["searched"],
                    counts["searched"] - counts["searched, missing"],
                    counts["searched, several"],
                    counts["searched, missing"],
                )
            )
        if counts["dropped"]:
            yield (
                "%d questions were left out of training: none of their answers is in "
                "the text." % counts["dropped"]
            )
        elif missing and split.role != task_lib.TRAIN:
            yield "Answers that are not in the text still count as right."


def _without_blanks(question: qa_files.Question) -> qa_files.Question:
    """Returns a question without answer if all its answers are empty."""
    if any(map(str.strip, question.answers)):
        return question
    return question._replace(answers=(), marked=())


def _example(
    question: qa_files.Question, spans: Optional[Tuple[places_lib.Span, ...]] = None
) -> Example:
    """Returns an example, with its answers if their places are given."""
    example = Example(question.id, question.context, question.question)
    if spans is None:
        return example
    return example._replace(
        answers=question.answers,
        spans=spans,
        is_impossible=not question.answers,
    )

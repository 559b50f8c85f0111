"""Files of questions -> examples whose answers are known to stand in the text."""

import dataclasses
from typing import Dict, List, NamedTuple, Optional, Tuple

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
      file_format: `files.SQUAD` or `files.MRQA`.
      has_unanswerable: Whether a passage may lack the answer.
    """

    places: sources.Places
    file_format: str = qa_files.SQUAD
    has_unanswerable: bool = False

    def find(self, data_dir, split):
        return self.places.find(data_dir, split)

    def read(self, path, split):
        questions = qa_files.read(path, self.file_format)
        if split.role == task_lib.TEST:
            examples = [_example(question) for question in questions]
            return task_lib.Dataset(path, examples)
        return _Labeled(self.has_unanswerable).read(path, questions, split)


class _Labeled:
    """Reads a split with answers, and counts what is wrong with them."""

    def __init__(self, has_unanswerable: bool):
        self._has_unanswerable = has_unanswerable
        self._counts: Dict[str, int] = {
            "answers": 0,
            "looked up": 0,
            "missing": 0,
            "dropped": 0,
        }

    def read(
        self, path: str, questions: List[qa_files.Question], split: task_lib.Split
    ) -> task_lib.Dataset:
        if not any(each.answers or each.is_impossible for each in questions):
            raise ValueError(
                "%s: no question has an answer, nor does one say that it has none "
                "(is_impossible). This can be no %s file." % (path, split.name)
            )
        examples = []
        for question in questions:
            self._check(question)
            example = _example(question, self._spans(question))
            has_lost_answer = not (example.spans or example.is_impossible)
            if has_lost_answer and split.role == task_lib.TRAIN:
                self._counts["dropped"] += 1
            else:
                examples.append(example)
        if self._counts["answers"] and not any(example.spans for example in examples):
            raise ValueError(
                "%s: none of its %d answers stands in its passage, for example %r. If "
                "the file has no true answers, it can be no %s file."
                % (path, self._counts["answers"], _first_answer(questions), split.name)
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
            self._counts["answers"] += 1
            found = places_lib.find(question.context, answer.text, answer.start)
            if found is None:
                self._counts["missing"] += 1
            else:
                spans.append(found.span)
                self._counts["looked up"] += not found.is_as_marked
        return tuple(spans)

    def _notes(self, split: task_lib.Split) -> List[str]:
        counts = self._counts
        wrong = counts["looked up"] + counts["missing"]
        if not wrong and not counts["dropped"]:
            return []
        notes = [
            "%d of %d answers do not stand where the file says: %d were looked up in "
            "the text, %d are not in it."
            % (wrong, counts["answers"], counts["looked up"], counts["missing"])
        ]
        if counts["dropped"]:
            notes.append(
                "%d questions were left out of training: none of their answers is in "
                "the text." % counts["dropped"]
            )
        elif counts["missing"] and split.role != task_lib.TRAIN:
            notes.append("Answers that are not in the text still count as right.")
        return notes


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


def _first_answer(questions: List[qa_files.Question]) -> str:
    return [answer for question in questions for answer in question.answers][0]

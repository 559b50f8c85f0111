"""Questions to arrays: [CLS] question [SEP] part of the passage [SEP].

A passage that is too long makes several records. Each says which characters its
tokens stand for, so that an answer can be named without the text at hand.
"""

import dataclasses
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from finetune import task as task_lib
from finetune import units
from finetune.qa import reader, windows
from util import records

NUM_SPECIAL = 3  # [CLS] and two [SEP].
EXAMPLES_AT_ONCE = 512  # Whose texts are handed to the tokenizer in one call.


class _Texts(NamedTuple):
    """The two texts of an example.

    Attributes:
      number: The example's number in its file.
      question: Its tokens, cut to size.
      passage: Its tokens, all of them.
    """

    number: int
    question: units.Encoded
    passage: units.Encoded


@dataclasses.dataclass(frozen=True)
class PassageFeatures(task_lib.FeatureBuilder):
    """Features of questions about passages.

    Attributes:
      max_query_length: Longest question in tokens; the rest is cut off. It never
        takes more than half of the room, so that a passage can be read.
      doc_stride: Tokens between the starts of two windows.
    """

    max_query_length: int
    doc_stride: int

    def specs(self):
        sequences = (
            "input_ids",
            "segment_ids",
            "char_starts",  # First character in the passage of each of its tokens,
            "char_ends",  # the character after its last,
            "is_max_context",  # and whether no other window sees more around it.
        )
        numbers = (
            "length",
            "example",  # Number of the example in its file.
            "context_start",  # First token of the passage; its last precedes [SEP].
            "answer_start",  # First and last token of the answer, of [CLS] if this
            "answer_end",  # window has none.
            "is_impossible",  # Whether it has none.
        )
        return [
            records.FeatureSpec(name, task_lib.ANY_LENGTH, "int", 0)
            for name in sequences
        ] + [records.FeatureSpec(name, (), "int", None) for name in numbers]

    def build(self, examples, context):
        for start in range(0, len(examples), EXAMPLES_AT_ONCE):
            chunk = examples[start : start + EXAMPLES_AT_ONCE]
            texts = self._encoded(chunk, start, context)
            for example, text in zip(chunk, texts):
                yield from _records(example, text, self.doc_stride, context)

    def fingerprint(self, context):
        return {
            "format": 1,
            "features": dataclasses.asdict(self),
            "max_seq_length": context.max_seq_length,
        }

    def _encoded(
        self,
        examples: List[reader.Example],
        first: int,
        context: task_lib.FeatureContext,
    ) -> List[_Texts]:
        """Tokenizes examples; a passage that several share is tokenized once."""
        room = (context.max_seq_length - NUM_SPECIAL) // 2
        longest = min(self.max_query_length, room)
        passages = list(dict.fromkeys(example.context for example in examples))
        questions = [example.question for example in examples]
        encoded = units.encode(passages + questions, context.tokenizer)
        by_passage = dict(zip(passages, encoded))
        return [
            _Texts(
                first + number,
                units.Encoded(*(column[:longest] for column in question)),
                by_passage[example.context],
            )
            for number, (example, question) in enumerate(
                zip(examples, encoded[len(passages) :])
            )
        ]


def _records(
    example: reader.Example,
    texts: _Texts,
    doc_stride: int,
    context: task_lib.FeatureContext,
) -> Iterator[Dict[str, Any]]:
    """Yields one record per window."""
    num_tokens = len(texts.passage.ids)
    size = context.max_seq_length - NUM_SPECIAL - len(texts.question.ids)
    parts = windows.cut(num_tokens, size, doc_stride)
    views = windows.best_views(parts, num_tokens)
    answers = [token_span(texts.passage, *span) for span in example.spans]
    for number, window in enumerate(parts):
        record = _record(texts, window, context.tokenizer)
        is_best = views[window.start : window.end] == number
        record["is_max_context"] = _framed(is_best, record)
        record.update(_target(answers, window, record["context_start"]))
        yield record


def _record(texts: _Texts, window: windows.Window, tokenizer: Any) -> Dict[str, Any]:
    """Returns the features of a window apart from the answer's."""
    passage = [column[window.start : window.end] for column in texts.passage]
    ids, char_starts, char_ends = passage
    cls, sep = [tokenizer.cls_id], [tokenizer.sep_id]
    record: Dict[str, Any] = {
        "input_ids": np.concatenate([cls, texts.question.ids, sep, ids, sep]),
        "context_start": len(texts.question.ids) + 2,
        "example": texts.number,
    }
    record["length"] = len(record["input_ids"])
    is_passage = np.arange(record["length"]) >= record["context_start"]
    record["segment_ids"] = is_passage.astype(np.int64)
    record["char_starts"] = _framed(char_starts, record)
    record["char_ends"] = _framed(char_ends, record)
    return record


def _framed(values: np.ndarray, record: Dict[str, Any]) -> np.ndarray:
    """Puts values of a window's tokens at their places among zeros."""
    framed = np.zeros([record["length"]], np.int64)
    framed[record["context_start"] : -1] = values
    return framed


def token_span(passage: units.Encoded, start: int, end: int) -> Tuple[int, int]:
    """Returns the first and the last token with characters from `start` to `end`.

    An answer that begins or ends inside of a word is taken with the whole word. One
    that no token spells has a last token before its first.
    """
    first = int(np.searchsorted(passage.ends, start, side="right"))
    last = int(np.searchsorted(passage.starts, end, side="left")) - 1
    return first, last


def _target(
    answers: List[Tuple[int, int]], window: windows.Window, context_start: int
) -> Dict[str, int]:
    """Returns what is to be learned of a window.

    The answer is the first that lies within the window as a whole. Where there is
    none, the window is one without answer, whatever the rest of the passage has.
    """
    answer = _first_within(answers, window)
    if answer is None:
        return {"answer_start": 0, "answer_end": 0, "is_impossible": 1}
    shift = context_start - window.start
    first, last = answer
    return {
        "answer_start": first + shift,
        "answer_end": last + shift,
        "is_impossible": 0,
    }


def _first_within(
    answers: List[Tuple[int, int]], window: windows.Window
) -> Optional[Tuple[int, int]]:
    for first, last in answers:
        if window.start <= first <= last < window.end:
            return first, last
    return None

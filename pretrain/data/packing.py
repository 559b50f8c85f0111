"""Packs the sentences of documents into examples of two segments.

"Sentence" means a line of the corpus, as token ids. ELECTRA's rule (Clark et al.
2020, after BERT): sentences are gathered until they fill an example; the first
segment takes about half of them, the second the rest. One example in ten has one
segment, as in classification; one in twenty is gathered to a random shorter
length. What does not fit is carried over to the next example.
"""

import abc
import array
from typing import Callable, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from util import seeds

SINGLE_SEGMENT_RATE = 0.1
SHORT_EXAMPLE_RATE = 0.05
SHORTEST_TARGET = 5

_NO_TARGET = 1 << 60

Sentence = array.array  # Of 32-bit integers: token ids.


class Examples:
    """The packed examples of a shard, without special tokens, in little memory."""

    def __init__(self) -> None:
        self._ids = Sentence("i")
        self._first = array.array("i")
        self._second = array.array("i")

    def __len__(self) -> int:
        return len(self._first)

    def append(self, first: Sentence, second: Sentence) -> None:
        self._ids += first
        self._ids += second
        self._first.append(len(first))
        self._second.append(len(second))

    @property
    def ids(self) -> np.ndarray:
        """All tokens in the order of the text, int32 [number of tokens]."""
        return np.frombuffer(self._ids, np.int32)

    @property
    def lengths(self) -> np.ndarray:
        """The lengths of both segments, int32 [N, 2]."""
        columns = [np.frombuffer(self._first, np.int32)]
        columns.append(np.frombuffer(self._second, np.int32))
        return np.stack(columns, axis=1)

    def batches(
        self, order: Sequence[int], max_length: int, cls_id: int, sep_id: int
    ) -> Iterator[dict]:
        """Yields the record features of the examples, many at a time.

        Args:
          order: Numbers of the examples, in the order wanted.
          max_length: T, tokens in an example.
          cls_id: Comes first.
          sep_id: Comes after each segment.

        Yields:
          input_ids, input_mask, segment_ids: integer arrays, [B, T].
        """
        ids, lengths = self.ids, self.lengths
        starts = np.cumsum(lengths.sum(axis=1)) - lengths.sum(axis=1)
        for begin in range(0, len(order), 1024):
            chosen = np.asarray(order[begin : begin + 1024])
            first, second = lengths[chosen].T[:, :, None]  # [B, 1]
            yield _features(
                ids, starts[chosen, None], first, second, max_length, (cls_id, sep_id)
            )


def _features(ids, starts, first, second, max_length, special_ids) -> dict:
    """Lays out [CLS] first [SEP] second [SEP]; starts, first, second are [B, 1]."""
    cls_id, sep_id = special_ids
    places = np.arange(max_length)[None, :]  # [1, T]
    last = first + 1 + second + (second > 0)  # Place of the last [SEP].
    used = places <= last
    in_second = used & (places > first + 1)
    is_sep = (places == first + 1) | (places == last)
    is_token = used & (places > 0) & ~is_sep
    sources = starts + places - 1 - in_second
    input_ids = np.zeros(used.shape, np.int64)
    input_ids[is_token] = ids[sources[is_token]]
    input_ids[is_sep] = sep_id
    input_ids[:, 0] = cls_id
    return {
        "input_ids": input_ids,
        "input_mask": used.astype(np.uint8),
        "segment_ids": in_second.astype(np.uint8),
    }


class Packer(abc.ABC):
    """Takes sentences, makes `examples`.

    Attributes:
      examples: What was made so far.
      num_documents: How many documents with text were ended.
      num_tokens: How many tokens came in.
    """

    def __init__(self, max_length: int, seed: int, *names):
        """Makes a packer.

        Args:
          max_length: Tokens in an example, special tokens included.
          seed: Of the draws.
          *names: What distinguishes this packer's draws from those of others.
        """
        self.examples = Examples()
        self.num_documents = 0
        self.num_tokens = 0
        self._max_length = max_length
        self._random = seeds.python_random(seed, "packing", *names)
        self._target = max_length
        self._sentences: List[Sentence] = []
        self._length = 0
        self._has_text = False

    def add(self, sentence: Sentence) -> None:
        """Adds a sentence of token ids to the document."""
        if sentence:
            self._has_text = True
            self.num_tokens += len(sentence)
            self._gather(sentence)

    def end_document(self) -> None:
        """Makes examples of what is left: none spans two documents."""
        while self._length:
            self._make_example()
        self.num_documents += self._has_text
        self._has_text = False

    def _gather(self, sentence: Sentence) -> None:
        self._sentences.append(sentence)
        self._length += len(sentence)
        while self._length >= self._target:
            self._make_example()

    def _make_example(self) -> None:
        if self._random.random() < SINGLE_SEGMENT_RATE:
            first_target = _NO_TARGET
        else:
            first_target = (self._target - 3) // 2
        self._sentences = self._take(self._sentences, first_target)
        self._length = sum(map(len, self._sentences))
        if self._random.random() < SHORT_EXAMPLE_RATE:
            self._target = self._random.randint(SHORTEST_TARGET, self._max_length)
        else:
            self._target = self._max_length

    def _flip_coin(self) -> bool:
        return self._random.random() < 0.5

    @abc.abstractmethod
    def _take(self, sentences: List[Sentence], first_target: int) -> List[Sentence]:
        """Appends one example and returns the sentences carried over.

        Args:
          sentences: What was gathered.
          first_target: Tokens that the first segment should have.
        """


class ElectraPacker(Packer):
    """ELECTRA's rule, with two changes: no token is lost, and none changes places.

    A line that no example can hold is read as several sentences of half an
    example, so that text without line breaks gives pairs of segments as well.
    """

    def _gather(self, sentence: Sentence) -> None:
        if len(sentence) <= self._max_length - 2:
            super()._gather(sentence)
            return
        half = (self._max_length - 3) // 2
        for start in range(0, len(sentence), half):
            super()._gather(sentence[start : start + half])

    def _take(self, sentences: List[Sentence], first_target: int) -> List[Sentence]:
        first = sentences[0][:]
        taken = 1
        for sentence in sentences[1:]:
            if len(first) + len(sentence) >= first_target and not (
                len(first) < first_target and self._flip_coin()
            ):
                break
            first += sentence
            taken += 1
        rest = sentences[taken:]
        room = self._max_length - 2
        if len(first) > room:
            self.examples.append(first[:room], Sentence("i"))
            return [first[room:]] + rest
        second, rest = _fill(rest, self._max_length - len(first) - 3)
        self.examples.append(first, second)
        return rest


class ConvBertPacker(Packer):
    """The rule as ConvBERT published it; for comparison, not for use.

    It sends a sentence to the first segment when that is not empty, where ELECTRA
    does when it is: second segments are rare and hold earlier text than the
    first. What does not fit is lost.
    """

    def _take(self, sentences: List[Sentence], first_target: int) -> List[Sentence]:
        first = Sentence("i")
        second = Sentence("i")
        for sentence in sentences:
            if (
                first
                or len(first) + len(sentence) < first_target
                or (second and len(first) < first_target and self._flip_coin())
            ):
                first += sentence
            else:
                second += sentence
        first = first[: self._max_length - 2]
        self.examples.append(first, second[: max(0, self._max_length - len(first) - 3)])
        return []


PACKERS: Dict[str, Callable[..., Packer]] = {
    "electra": ElectraPacker,
    "convbert": ConvBertPacker,
}


def _fill(sentences: List[Sentence], room: int) -> Tuple[Sentence, List[Sentence]]:
    """Returns (the first `room` tokens, the sentences that are left)."""
    taken = Sentence("i")
    for number, sentence in enumerate(sentences):
        space = room - len(taken)
        if len(sentence) > space:
            left = [sentence[space:]] if space > 0 else [sentence]
            taken += sentence[: max(0, space)]
            return taken, left + sentences[number + 1 :]
        taken += sentence
    return taken, []

"""ELECTRA's examples of one or two segments, which follow one another in the text.

The rule (Clark et al. 2020, after BERT): sentences are gathered until they fill an
example; the first segment takes about half of them, the second the rest. One example
in ten has one segment, as in classification; one in twenty is gathered to a random
shorter length. What does not fit is carried over to the next example.
"""

import abc
from typing import List

from pretrain.data import packing

SINGLE_SEGMENT_RATE = 0.1
SHORTEST_TARGET = 5

_NO_TARGET = 1 << 60


class SegmentPacker(packing.TextPacker):
    """Gathers sentences to a target; how they become an example is left open."""

    SHORT_SEQ_PROB = 0.05

    def __init__(self, options: packing.Options):
        super().__init__(options)
        self._target = options.max_length
        self._sentences: List[packing.Sentence] = []
        self._length = 0

    def _gather(self, sentence: packing.Sentence) -> None:
        self._sentences.append(sentence)
        self._length += len(sentence)
        while self._length >= self._target:
            self._make_example()

    def _end_text(self) -> None:
        """Makes examples of what is left: none spans two documents."""
        while self._length:
            self._make_example()

    def _make_example(self) -> None:
        if self._random.random() < SINGLE_SEGMENT_RATE:
            first_target = _NO_TARGET
        else:
            first_target = (self._target - 3) // 2
        self._sentences = self._take(self._sentences, first_target)
        self._length = sum(map(len, self._sentences))
        self._target = self._draw_target(self._max_length, SHORTEST_TARGET)

    def _flip_coin(self) -> bool:
        return self._random.random() < 0.5

    @abc.abstractmethod
    def _take(
        self, sentences: List[packing.Sentence], first_target: int
    ) -> List[packing.Sentence]:
        """Appends one example and returns the sentences carried over.

        Args:
          sentences: What was gathered.
          first_target: Tokens that the first segment should have.
        """


class ElectraPacker(SegmentPacker):
    """ELECTRA's rule, with two changes: no token is lost, and none changes places.

    A line that no example can hold is read as several sentences of half an
    example, so that text without line breaks gives pairs of segments as well.
    """

    def _gather(self, sentence: packing.Sentence) -> None:
        if len(sentence) <= self._max_length - 2:
            super()._gather(sentence)
            return
        half = (self._max_length - 3) // 2
        for start in range(0, len(sentence), half):
            super()._gather(sentence[start : start + half])

    def _take(
        self, sentences: List[packing.Sentence], first_target: int
    ) -> List[packing.Sentence]:
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
            self.examples.append(first[:room], packing.Sentence("i"))
            return [first[room:]] + rest
        second, rest = packing.split_at(rest, self._max_length - len(first) - 3)
        self.examples.append(first, second)
        return rest


class ConvBertPacker(SegmentPacker):
    """The rule as ConvBERT published it; for comparison, not for use.

    It sends a sentence to the first segment when that is not empty, where ELECTRA
    does when it is: second segments are rare and hold earlier text than the
    first. What does not fit is lost.
    """

    def _take(
        self, sentences: List[packing.Sentence], first_target: int
    ) -> List[packing.Sentence]:
        first = packing.Sentence("i")
        second = packing.Sentence("i")
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

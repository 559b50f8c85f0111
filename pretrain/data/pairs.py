"""Pairs of segments whose relation a model learns to tell; see `relations`.

The rule is BERT's (Devlin et al. 2018): the sentences of a document are gathered to a
target length, the first segment takes a random number of them, the second the rest or,
of another document, what comes from a random sentence on; the rest is then put back.
Unlike BERT, the relation is drawn first, so that its shares are what they should be
whatever the text is like; and what does not fit is put back, so that it is not lost.
"""

import itertools
from typing import List, NamedTuple, Tuple, Union

from pretrain.data import packing, relations

# Of an example, what the first segment leaves to the second at least: 1 / this.
_LEAST_SHARE = 4


class _Document(NamedTuple):
    """A document, or as much of it as one part of the corpus has.

    Attributes:
      sentences: Its text.
      origin: Equal for all that may be parts of one document.
    """

    sentences: List[packing.Sentence]
    origin: Union[int, str]


class PairPacker(packing.TextPacker):
    """Makes pairs of two segments, in relations that are drawn with equal chances.

    A document of a single sentence is cut in its middle. What is left of a document
    makes no pair if it is a single token: it is counted as lost. A line that no
    example can hold is read as several sentences of half an example.
    """

    VALUES = (relations.FEATURE,)
    SHORT_SEQ_PROB = 0.1
    RELATIONS: Tuple[int, ...] = ()

    def __init__(self, options: packing.Options):
        super().__init__(options)
        self._room = options.max_length - 3
        self._documents: List[_Document] = []
        self._sentences: List[packing.Sentence] = []
        self._num_before_unit = 0

    def _gather(self, sentence: packing.Sentence) -> None:
        if len(sentence) <= self._room:
            self._sentences.append(sentence)
            return
        half = self._room // 2
        for start in range(0, len(sentence), half):
            self._sentences.append(sentence[start : start + half])

    def _end_text(self) -> None:
        if self._sentences:
            self._documents.append(_Document(self._sentences, len(self._documents)))
            self._sentences = []

    def end_unit(self, source: str, is_continued: bool, is_cut: bool) -> None:
        """Remembers which texts may be parts of one document of the source."""
        super().end_unit(source, is_continued, is_cut)
        parts = range(self._num_before_unit, len(self._documents))
        self._num_before_unit = len(self._documents)
        for number in parts[: int(is_continued)]:
            self._rename(number, source)
        for number in parts[len(parts) - int(is_cut) :] if parts else ():
            self._rename(number, source)

    def _rename(self, number: int, origin: str) -> None:
        self._documents[number] = self._documents[number]._replace(origin=origin)

    def finish(self) -> None:
        """Makes the pairs: only now are all partners known."""
        self._check_partners()
        for document in self._documents:
            waiting = document.sentences[::-1]
            while waiting:
                rest = self._make_pair(waiting, document)
                waiting.extend(reversed(rest))

    def _check_partners(self) -> None:
        origins = {document.origin for document in self._documents}
        if relations.RANDOM in self.RELATIONS and len(origins) == 1:
            raise ValueError(
                "The text of a record file is one document, or parts of one, but the "
                "random pairs of --segmentation nsp and sso take their second segment "
                "from another document of the same file. Ask for fewer files "
                "(--num-out-files), or say where documents end (--documents)."
            )

    def _make_pair(
        self, waiting: List[packing.Sentence], document: _Document
    ) -> List[packing.Sentence]:
        """Takes sentences from the end of a list, makes a pair of some of them.

        Returns:
          The sentences that it did not use.
        """
        relation = self._random.choice(self.RELATIONS)
        target = self._draw_target(self._room)
        chunk, length = [], 0
        while waiting and length < target:
            chunk.append(waiting.pop())
            length += len(chunk[-1])
        if length == 1:
            return []
        border = self._draw_border(chunk, target, relation == relations.RANDOM)
        first, rest = packing.split_at(chunk, border)
        if relation == relations.RANDOM:
            second = self._text_of_another(document, target - border)
            self.num_repeated += len(second)
        else:
            second, rest = packing.split_at(rest, target - border)
        if relation == relations.PREVIOUS:
            first, second = second, first
        self.examples.append(first, second, relation)
        return rest

    def _draw_border(
        self, chunk: List[packing.Sentence], target: int, is_random: bool
    ) -> int:
        """Returns how many tokens are to be taken for the first part of a text.

        It is the end of a sentence, if one leaves enough to the second part.

        Args:
          chunk: The text, of two tokens at least.
          target: Length of the pair.
          is_random: Whether the second part comes from elsewhere.
        """
        ends = list(itertools.accumulate(map(len, chunk)))
        total = ends[-1]
        limit = total - 1
        if is_random or total > target:
            limit = target - max(1, target // _LEAST_SHARE)
        if len(chunk) > 1 or not is_random:
            ends.pop()
        borders = [end for end in ends if end <= limit]
        return self._random.choice(borders) if borders else min(total, target) // 2

    def _text_of_another(self, document: _Document, length: int) -> packing.Sentence:
        """Returns so many tokens, or fewer, of another document."""
        other = document
        while other.origin == document.origin:
            other = self._random.choice(self._documents)
        text = packing.Sentence("i")
        start = self._random.randrange(len(other.sentences))
        for number in range(start, len(other.sentences)):
            if len(text) >= length:
                break
            text += other.sentences[number]
        return text[:length]


class NextSentencePacker(PairPacker):
    """BERT's next sentence prediction: half of the pairs go on, half do not."""

    RELATIONS = (relations.RANDOM, relations.NEXT)


class SentenceOrderPacker(PairPacker):
    """ALBERT's sentence order prediction: half in order, half swapped."""

    RELATIONS = (relations.NEXT, relations.PREVIOUS)


class SentenceStructurePacker(PairPacker):
    """StructBERT's sentence structural objective: a third of each relation."""

    RELATIONS = (relations.RANDOM, relations.NEXT, relations.PREVIOUS)

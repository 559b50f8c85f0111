"""Packs text into examples: what every rule of packing has in common.

"Sentence" means a line of running text, as tokens. The rules for running text are in
`segments`, `pairs` and `blocks`, and `packers` lists them; `labelled` has the one for
text whose lines are examples.
"""

import abc
import array
import random as random_lib
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from pretrain.data import text_stream, words

SHORTEST_TARGET = 2

_BATCH_SIZE = 1024

# Of 32-bit integers: token ids. `words` may have marked some of them, which makes no
# difference here.
Sentence = array.array


class Options(NamedTuple):
    """What a packer is told.

    Attributes:
      max_length: T, tokens in an example, special tokens included.
      random: Makes every draw.
      short_seq_prob: Of gathering an example to a random shorter length; None for
        the rule's own.
      separator: Id of the token between documents where an example may hold
        several; None where it may not.
      marks_words: Whether the tokens tell how words go on; see `words`.
    """

    max_length: int
    random: random_lib.Random
    short_seq_prob: Optional[float] = None
    separator: Optional[int] = None
    marks_words: bool = False


class Examples:
    """The packed examples of a shard, without special tokens, in little memory."""

    def __init__(self, value_names: Sequence[str] = (), marks_words: bool = False):
        """Makes an empty collection.

        Args:
          value_names: Features of which every example has one number.
          marks_words: Whether the tokens tell how words go on; see `words`.
        """
        self._tokens = Sentence("i")
        self._first = array.array("i")
        self._second = array.array("i")
        self._values = {name: array.array("i") for name in value_names}
        self._marks_words = marks_words

    def __len__(self) -> int:
        return len(self._first)

    def append(self, first: Sentence, second: Sentence, *values: int) -> None:
        """Adds an example: its segments and a value for each of `value_names`."""
        self._tokens += first
        self._tokens += second
        self._first.append(len(first))
        self._second.append(len(second))
        for column, value in zip(self._values.values(), values):
            column.append(value)

    @property
    def ids(self) -> np.ndarray:
        """All token ids, example by example, int32 [number of tokens]."""
        return (
            words.ids(self._all_tokens()) if self._marks_words else self._all_tokens()
        )

    @property
    def lengths(self) -> np.ndarray:
        """The lengths of both segments, int32 [N, 2]."""
        columns = [np.frombuffer(self._first, np.int32)]
        columns.append(np.frombuffer(self._second, np.int32))
        return np.stack(columns, axis=1)

    def values(self, name: str) -> np.ndarray:
        """One of the values of every example, int32 [N]."""
        return np.frombuffer(self._values[name], np.int32)

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
          input_ids, input_mask, segment_ids and, where the tokens tell how words go
          on, continues_word: integer arrays, [B, T]; of each value [B, 1].
        """
        tokens, lengths = self._all_tokens(), self.lengths
        starts = np.cumsum(lengths.sum(axis=1)) - lengths.sum(axis=1)
        for begin in range(0, len(order), _BATCH_SIZE):
            chosen = np.asarray(order[begin : begin + _BATCH_SIZE])
            places = _Places(starts[chosen], lengths[chosen], max_length)
            batch = places.features(tokens, cls_id, sep_id)
            if self._marks_words:
                batch["input_ids"] = words.ids(batch["input_ids"])
                batch[words.FEATURE] = places.continuations(tokens)
            for name in self._values:
                batch[name] = self.values(name)[chosen, None]
            yield batch

    def _all_tokens(self) -> np.ndarray:
        return np.frombuffer(self._tokens, np.int32)


class _Places:
    """Where everything is in a batch of [CLS] first [SEP] second [SEP]."""

    def __init__(self, starts: np.ndarray, lengths: np.ndarray, max_length: int):
        """Lays out B examples.

        Args:
          starts: Of each, where its tokens start, [B].
          lengths: Of its segments, [B, 2].
          max_length: T.
        """
        first, second = lengths.T[:, :, None]  # [B, 1]
        places = np.arange(max_length)[None, :]  # [1, T]
        last = first + 1 + second + (second > 0)  # Place of the last [SEP].
        self._used = places <= last  # [B, T], as all that follow.
        self._in_second = self._used & (places > first + 1)
        self._is_sep = (places == first + 1) | (places == last)
        self._is_token = self._used & (places > 0) & ~self._is_sep
        self._starts_segment = (places == 1) | (places == first + 2)
        self._sources = starts[:, None] + places - 1 - self._in_second

    def features(self, tokens: np.ndarray, cls_id: int, sep_id: int) -> dict:
        """Returns the three features that every record has."""
        input_ids = np.zeros(self._used.shape, np.int64)
        input_ids[self._is_token] = tokens[self._sources[self._is_token]]
        input_ids[self._is_sep] = sep_id
        input_ids[:, 0] = cls_id
        return {
            "input_ids": input_ids,
            "input_mask": self._used.astype(np.uint8),
            "segment_ids": self._in_second.astype(np.uint8),
        }

    def continuations(self, tokens: np.ndarray) -> np.ndarray:
        """Returns where a word goes on; never where the token before is special."""
        result = np.zeros(self._used.shape, np.uint8)
        result[self._is_token] = words.continues(tokens[self._sources[self._is_token]])
        result[self._starts_segment] = 0
        return result


class Packer(abc.ABC):
    """Takes lines of text, makes `examples`.

    Attributes:
      VALUES: Features of which every example has one number.
      examples: What was made so far.
      num_documents: How many documents with text were ended.
      num_tokens: How many tokens came in.
      num_repeated: How many tokens of the examples are there a second time.
    """

    VALUES: Tuple[str, ...] = ()

    def __init__(self, options: Options):
        self.examples = Examples(self.VALUES, options.marks_words)
        self.num_documents = 0
        self.num_tokens = 0
        self.num_repeated = 0
        self._max_length = options.max_length

    @abc.abstractmethod
    def feed(self, lines: List[str], encode: words.Encode, path: str) -> None:
        """Takes lines as `corpora.read` yields them.

        Args:
          lines: The lines.
          encode: Turns texts into tokens.
          path: Where they come from, for messages.
        """

    def end_unit(  # noqa: B027 - lines that stand alone have no end but their own.
        self, source: str, is_continued: bool, is_cut: bool
    ) -> None:
        """Ends a part of the corpus.

        Args:
          source: Name of the file that it is from.
          is_continued: Whether its first document has begun in another part.
          is_cut: Whether its last document goes on in another part.
        """

    def finish(self) -> None:  # noqa: B027 - most rules have nothing left to do.
        """Makes the examples that are still missing, after everything was added.

        Raises:
          ValueError: The text does not suffice for the rule.
        """


class TextPacker(Packer):
    """Takes the sentences of documents and gathers them into examples.

    Attributes:
      SHORT_SEQ_PROB: The rule's own probability of a shorter example.
    """

    SHORT_SEQ_PROB = 0.0

    def __init__(self, options: Options):
        super().__init__(options)
        self._random = options.random
        self._short_seq_prob = self.SHORT_SEQ_PROB
        if options.short_seq_prob is not None:
            self._short_seq_prob = options.short_seq_prob
        self._has_text = False

    def feed(self, lines: List[str], encode: words.Encode, path: str) -> None:
        del path  # Any text can be packed.
        for line, tokens in zip(lines, encode(lines)):
            if line == text_stream.END_OF_DOCUMENT:
                self.end_document()
            else:
                self.add(tokens)

    def add(self, sentence: Sentence) -> None:
        """Adds a sentence to the document."""
        if sentence:
            self._has_text = True
            self.num_tokens += len(sentence)
            self._gather(sentence)

    def end_document(self) -> None:
        """Ends the document, if it has text."""
        self._end_text()
        self.num_documents += self._has_text
        self._has_text = False

    def end_unit(self, source: str, is_continued: bool, is_cut: bool) -> None:
        """Ends the document that a part of the corpus ends with."""
        self.end_document()
        self.num_documents -= is_continued  # Its first was counted elsewhere.

    @abc.abstractmethod
    def _gather(self, sentence: Sentence) -> None:
        """Takes a sentence that is not empty."""

    @abc.abstractmethod
    def _end_text(self) -> None:
        """Does what the end of a document, perhaps an empty one, asks for."""

    def _draw_target(self, longest: int, shortest: int = SHORTEST_TARGET) -> int:
        """Returns the length to which the next example is gathered."""
        if self._random.random() < self._short_seq_prob:
            return self._random.randint(shortest, longest)
        return longest


def split_at(sentences: List[Sentence], room: int) -> Tuple[Sentence, List[Sentence]]:
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


def shares(first: int, second: int, room: int) -> Tuple[int, int]:
    """Returns the lengths of two segments cut to fit, the longer one first."""
    if first + second <= room:
        return first, second
    if first <= second:
        first = min(first, room // 2)
        return first, room - first
    second = min(second, room // 2)
    return room - second, second

"""Texts as tokens whose characters are known, whatever the tokenizer.

Token ids do not say which characters they stand for. A text is cut into units where
BERT cuts it before it looks for pieces: at white space, and around every punctuation
mark and every CJK character. Units are encoded one by one, which gives the very ids
of the whole text, and every token knows the characters of its unit.

Two kinds of tokenizers are not made of BERT's units. One of words has the words
between spaces for units. A sentencepiece model marks the beginning of a word, so that
it is given words, and what its pieces spell says which characters they are.
"""

import itertools
import sys
from typing import Any, List, NamedTuple, Sequence, Tuple
import unicodedata

import numpy as np

from model import tokenization

# Kinds of characters.
_UNSEEN, _BLANK, _SIGN, _LETTER = range(4)

_CJK = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)
_WORD_START = "\u2581"  # By which sentencepiece marks it.

# Code point -> kind. Few of them occur, and those are looked up once.
_kinds = np.full(sys.maxunicode + 1, _UNSEEN, np.uint8)


class Units(NamedTuple):
    """Where the units of a text are.

    Attributes:
      starts: int64 [U], first character of each.
      ends: int64 [U], the character after its last.
    """

    starts: np.ndarray
    ends: np.ndarray


class Encoded(NamedTuple):
    """A text as tokens.

    Attributes:
      ids: int64 [n].
      starts: int64 [n], first character of the unit that a token belongs to.
      ends: int64 [n], the character after its last.
    """

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def split(text: str, at_signs: bool = True) -> Units:
    """Cuts a text into units.

    Args:
      text: Any text. Control characters, which BERT drops, belong to the word that
        they are in.
      at_signs: Whether punctuation and CJK characters are units, or only what is
        between white space.
    """
    kinds = _kinds_of(text)
    is_letter = kinds == _LETTER if at_signs else kinds != _BLANK
    is_sign = kinds == _SIGN if at_signs else np.zeros_like(is_letter)
    outside = np.zeros([1], bool)
    follows_letter = np.concatenate([outside, is_letter[:-1]])[: len(is_letter)]
    precedes_letter = np.concatenate([is_letter[1:], outside])[: len(is_letter)]
    return Units(
        np.flatnonzero(is_sign | (is_letter & ~follows_letter)),
        np.flatnonzero(is_sign | (is_letter & ~precedes_letter)) + 1,
    )


def encode(texts: Sequence[str], tokenizer: Any) -> List[Encoded]:
    """Returns the tokens of each text; all are encoded in one call.

    Args:
      texts: Any texts.
      tokenizer: A tokenizer of `model.tokenization`.
    """
    kind = tokenizer.settings.tokenizer
    at_signs = kind not in ("space", "sentencepiece")
    units = [split(text, at_signs) for text in texts]
    if kind == "sentencepiece":
        return _encode_words(texts, units, tokenizer)
    return _encode_units(texts, units, tokenizer)


def _encode_units(
    texts: Sequence[str], units: List[Units], tokenizer: Any
) -> List[Encoded]:
    """Encodes every unit on its own."""
    spelled = _spelled(texts, units)
    distinct = list(dict.fromkeys(spelled))
    by_unit = dict(zip(distinct, tokenizer.encode_batch(distinct)))
    encoded = map(by_unit.__getitem__, spelled)
    result = []
    for starts, ends in units:
        ids = list(itertools.islice(encoded, len(starts)))
        sizes = [len(unit) for unit in ids]
        result.append(
            Encoded(
                np.array(list(itertools.chain.from_iterable(ids)), np.int64),
                np.repeat(starts, sizes),
                np.repeat(ends, sizes),
            )
        )
    return result


def _encode_words(
    texts: Sequence[str], words: List[Units], tokenizer: Any
) -> List[Encoded]:
    """Encodes words; their tokens have the characters that they spell."""
    spelled = _spelled(texts, words)
    distinct = list(dict.fromkeys(spelled))
    encoded = {
        word: _spell(word, ids, tokenizer)
        for word, ids in zip(distinct, tokenizer.encode_batch(distinct))
    }
    in_order = iter(spelled)
    result = []
    for starts, _ in words:
        empty = np.zeros([0], np.int64)
        parts = [Encoded(empty, empty, empty)]
        parts += [_shifted(encoded[next(in_order)], start) for start in starts]
        result.append(Encoded(*map(np.concatenate, zip(*parts))))
    return result


def _spell(word: str, ids: List[int], tokenizer: Any) -> Encoded:
    """Finds the pieces of a word in it, each after the one before.

    A piece that is not found, such as an unknown character, has what is between its
    neighbours.
    """
    folded, places = _fold(word, tokenizer.settings)
    starts = np.zeros([len(ids)], np.int64)
    ends = np.full([len(ids)], len(folded))
    position, is_gap = 0, False
    for number, piece in enumerate(tokenizer.tokens(ids)):
        spelling = piece.replace(_WORD_START, "")
        found = folded.find(spelling, position)
        starts[number] = position if found < 0 else found
        if is_gap:
            ends[number - 1] = starts[number]
        is_gap = found < 0
        if not is_gap:
            position = ends[number] = found + len(spelling)
    first = places[starts]
    last = places[np.maximum(ends, starts + 1) - 1]
    return Encoded(np.array(ids, np.int64), first, last + 1)


def _fold(
    word: str, switches: tokenization.TokenizerSettings
) -> Tuple[str, np.ndarray]:
    """Returns a word as pieces spell it, and where in the word each character was.

    The places are int64 [characters + 1]; the last is for what follows the word.
    """
    folded = [
        tokenization.prepare(unicodedata.normalize("NFKC", char), switches)
        for char in word
    ]
    places = np.repeat(np.arange(len(word)), [len(chars) for chars in folded])
    return "".join(folded), np.append(places, len(word) - 1)


def _shifted(encoded: Encoded, distance: int) -> Encoded:
    return Encoded(encoded.ids, encoded.starts + distance, encoded.ends + distance)


def _spelled(texts: Sequence[str], units: List[Units]) -> List[str]:
    return [
        text[start:end]
        for text, (starts, ends) in zip(texts, units)
        for start, end in zip(starts.tolist(), ends.tolist())
    ]


def _kinds_of(text: str) -> np.ndarray:
    """Returns the kind of each character, uint8 [characters]."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    kinds = _kinds[codes]
    unseen = codes[kinds == _UNSEEN]
    if unseen.size:
        for code in np.unique(unseen).tolist():
            _kinds[code] = _kind(chr(code))
        kinds = _kinds[codes]
    return kinds


def _kind(char: str) -> int:
    category = unicodedata.category(char)
    if char in "\t\n\r" or (char.isspace() and category != "Cc"):
        return _BLANK
    is_ascii_sign = "!" <= char <= "~" and not char.isalnum()
    if is_ascii_sign or category.startswith("P") or _is_within(ord(char), _CJK):
        return _SIGN
    return _LETTER


def _is_within(code: int, blocks: Tuple[Tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in blocks)

"""Tokenizers that look text up in a vocabulary: by characters, or by words.

Control characters are dropped as in BERT, case and accents go as the settings say,
blanks only divide, and what the vocabulary does not list is [UNK]. Two deviations
from BERT are deliberate: what is left of accented text is composed again, so that a
Hangul syllable stays one character, and characters that this Python's Unicode does
not know yet are kept, so that the ids do not depend on Python.
"""

import abc
import array
import re
import sys
from typing import Callable, Dict, Iterable, List, Sequence
import unicodedata

import numpy as np

from model import tokenization, vocabulary

# Ids that are none.
_NOTHING = -1  # Of what is dropped,
_UNSEEN = -2  # and of what was not looked up yet.

# Control, format, private use, surrogate.
_DROPPED_CATEGORIES = ("Cc", "Cf", "Co", "Cs")
_REPLACEMENT = "\ufffd"
# Python splits a string at these, BERT removes them and joins what is around.
_NOT_BLANK = re.compile("[\x0b\x0c\x1c-\x1f\x85]")

_MEMO_WORDS = 400000
_MEMO_WORD_LENGTH = 64  # Longer words hardly come again.


def words(text: str) -> List[str]:
    """Returns what stands between white space, before `fold`."""
    return _NOT_BLANK.sub("", text).split()


def fold(word: str, switches: tokenization.TokenizerSettings) -> str:
    """Returns a word as a vocabulary lists it; "" if nothing is left of it.

    Args:
      word: Text without white space.
      switches: Lower-casing and accents.
    """
    if not word.isprintable() or _REPLACEMENT in word:  # Else nothing is dropped.
        word = "".join(char for char in word if not _is_dropped(char))
    if switches.do_lower_case:
        word = word.lower()
    if switches.strips_accents and not word.isascii():
        parts = unicodedata.normalize("NFD", word)
        bare = "".join(char for char in parts if unicodedata.category(char) != "Mn")
        word = unicodedata.normalize("NFC", bare)
    return word


def fold_character(char: str, switches: tokenization.TokenizerSettings) -> str:
    """Returns a character as a vocabulary lists it; "" if it is no token.

    Of the few that would become two, such as the capital I with a dot whose dot is
    to be kept, the character itself stays.

    Args:
      char: One character.
      switches: Lower-casing and accents.
    """
    if char.isspace():
        return ""
    folded = fold(char, switches)
    return folded if len(folded) <= 1 else char


def _is_dropped(char: str) -> bool:
    return unicodedata.category(char) in _DROPPED_CATEGORIES or char == _REPLACEMENT


class _LookUp(tokenization.ListedTokenizer):
    """What both tokenizers share: parts of a text are looked up."""

    @abc.abstractmethod
    def _folded(self, part: str) -> str:
        """Returns a part of a text as the vocabulary lists it."""

    def _id(self, part: str) -> int:
        folded = self._folded(part)
        if not folded:
            return _NOTHING
        if folded in vocabulary.SPECIAL_TOKENS:  # Spelled out, it is text.
            return self.unk_id
        return self.vocabulary.ids.get(folded, self.unk_id)


class Characters(_LookUp):
    """Every character is a token; see `tokenization.Tokenizer`."""

    def __init__(self, tokenizer_settings: tokenization.TokenizerSettings):
        super().__init__(tokenizer_settings)
        # Code point -> id. Few of them occur, and those are looked up once.
        self._ids = np.full(sys.maxunicode + 1, _UNSEEN, np.int32)

    def encode_arrays(self, texts: Sequence[str]) -> List["array.array[int]"]:
        encoded = "".join(texts).encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(encoded, "<u4")
        ids = self._ids[codes]
        unseen = codes[ids == _UNSEEN]
        if unseen.size:
            for code in np.unique(unseen).tolist():
                self._ids[code] = self._id(chr(code))
            ids = self._ids[codes]
        return _cut(ids, [len(text) for text in texts])

    def _folded(self, part: str) -> str:
        return fold_character(part, self.settings)


class Words(_LookUp):
    """Everything between white space is a token; see `tokenization.Tokenizer`."""

    def __init__(self, tokenizer_settings: tokenization.TokenizerSettings):
        super().__init__(tokenizer_settings)
        self._memo = _Memo(self._id)

    def encode_arrays(self, texts: Sequence[str]) -> List["array.array[int]"]:
        if len(self._memo) > _MEMO_WORDS:
            self._memo.clear()
        parts: List[str] = []
        sizes = []
        for text in texts:
            found = words(text)
            parts += found
            sizes.append(len(found))
        ids = np.fromiter(map(self._memo.__getitem__, parts), np.int32, len(parts))
        return _cut(ids, sizes)

    def _folded(self, part: str) -> str:
        return fold(part, self.settings)


class _Memo(Dict[str, int]):
    """Word -> id, of the words seen by this process."""

    def __init__(self, look_up: Callable[[str], int]):
        super().__init__()
        self._look_up = look_up

    def __missing__(self, word: str) -> int:
        found = self._look_up(word)
        if len(word) <= _MEMO_WORD_LENGTH:
            self[word] = found
        return found


def _cut(ids: np.ndarray, sizes: Iterable[int]) -> List["array.array[int]"]:
    """Cuts the ids of all texts into those of each, without what is no token.

    Args:
      ids: int32 [parts]; negative ones are dropped.
      sizes: Parts of each text.
    """
    ends = np.cumsum([0, *sizes])
    kept = ids >= 0
    if not kept.all():
        ends = np.concatenate([[0], np.cumsum(kept)])[ends]
        ids = ids[kept]
    joined = array.array("i", ids.tobytes())
    bounds = ends.tolist()
    return [joined[start:end] for start, end in zip(bounds, bounds[1:])]

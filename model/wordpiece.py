"""BERT's tokenizer: split at spaces, punctuation and CJK, then into WordPieces.

The work is done by the Rust library `tokenizers`, which gives the ids of ELECTRA's
`FullTokenizer`. Two of its deviations are mended here: the capital sigma that ends
a word, and the last block of CJK extension E. What remains is that its character
classes are those of one old Unicode version, whichever Python runs it, while the
original's change with Python's: a few hundred rare signs are split otherwise.
"""

import array
import re
from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np
import tokenizers

from model import tokenization, vocabulary

MAX_WORD_LENGTH = 200  # Longer words are unknown; the library's own limit is 100.

# Python splits a string at these, BERT removes them and joins what is around.
_UNLIKE_BERT = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_NEEDS_MENDING = re.compile("[\u03a3\U0002b820-\U0002b91f]")
_MISSED_CJK = re.compile("([\U0002b820-\U0002b91f])")

# Signs that are words of their own whatever is around them (not all that there are).
_SIGNS = "".join(
    [
        "!-/:-@[-`{-~\u2010-\u2027",  # Punctuation,
        "\u3001-\u3002\u3008-\u3011\uff01\uff0c\uff1a\uff1b\uff1f",  # Chinese as well,
        "\u4e00-\u9fa5",  # and Chinese characters.
    ]
)
_PIECES = re.compile("[%s]|[^\\s%s]+" % (_SIGNS, _SIGNS))

# A character that no version of Unicode has assigned and BERT removes. Here it marks
# the end of a text; for the library it is a word with the id after the last.
_BOUNDARY = "\u0378"
_SEPARATOR = " %s " % _BOUNDARY

_MEMO_WORDS = 400000
_MEMO_CHARACTERS = 8000000
_LONG_WORDS = 24  # Characters a word, on average, in text that spaces do not divide.


class WordPiece(tokenization.ListedTokenizer):
    """WordPiece tokenizer; see `tokenization.Tokenizer`."""

    def __init__(self, tokenizer_settings: tokenization.TokenizerSettings):
        super().__init__(tokenizer_settings)
        self._cleaner = normalizer(lower=False, strip_accents=False)
        self._rust = _rust_tokenizer(
            self.vocabulary.ids, self.vocab_size, tokenizer_settings
        )
        self._memo = _Memo()

    def encode_arrays(self, texts: Sequence[str]) -> List["array.array[int]"]:
        """Returns the token ids of each text.

        Under BERT's rules the words between spaces do not see each other, so most
        of a text is looked up; the library is asked for what is new, in one go.
        """
        self._memo.forget_when_full()
        numbers = self._memo.numbers(_split(texts))
        if self._memo.fresh:
            self._learn(self._memo.fresh)
        ids, ends = self._memo.look_up(numbers)
        bounds = [0] + ends[numbers == _Memo.BOUNDARY].tolist()
        joined = array.array("i", ids.tobytes())
        return [joined[start:end] for start, end in zip(bounds, bounds[1:])]

    def _learn(self, words: List[str]) -> None:
        """Enters new words into the memo, by the pieces that they have in common."""
        pieces = [self._pieces(word) for word in words]
        new = list(set().union(*pieces).difference(self._memo.pieces))
        self._memo.pieces.update(zip(new, self._encode(new)))
        self._memo.enter(pieces)

    def _pieces(self, word: str) -> List[str]:
        """Cuts a word at some signs where BERT does."""
        if _UNLIKE_BERT.search(word) or _NEEDS_MENDING.search(word):
            return [word]
        if self.settings.do_lower_case and word.isascii():
            word = word.lower()
        return _PIECES.findall(word)

    def _encode(self, texts: List[str]) -> List["array.array[int]"]:
        """Asks the library for the ids of texts.

        They are given to it as one text with separators, because it takes longer to
        call it than to cut a word.
        """
        joined = _join([self._mend(text) for text in texts])
        encoding = self._rust.encode(joined, add_special_tokens=False)
        ids = array.array("i", encoding.ids)
        ends = np.flatnonzero(np.frombuffer(ids, np.int32) == self.vocab_size).tolist()
        starts = [0] + [end + 1 for end in ends]
        return [ids[start:end] for start, end in zip(starts, ends)]

    def _mend(self, text: str) -> str:
        """Changes what the library would otherwise take differently from BERT."""
        if not _NEEDS_MENDING.search(text):
            return text
        text = self._cleaner.normalize_str(_MISSED_CJK.sub(r" \1 ", text))
        return text.lower() if self.settings.do_lower_case else text


class _Memo:
    """The words seen by this process, with their ids: several times faster than Rust.

    Attributes:
      pieces: Part of a word -> its ids.
      fresh: Words that have a number but no ids yet.
    """

    BOUNDARY = 0  # Number of the boundary between two texts, which has no ids.

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.pieces: Dict[str, array.array[int]] = {}
        self.fresh: List[str] = []
        self._numbers = _Numbers(self.fresh)
        self._numbers[_BOUNDARY] = self.BOUNDARY
        self._ids = array.array("i")  # Of all words, one after the other,
        self._bounds = array.array("q", [0, 0])  # and where each starts and ends.
        self._size = 0  # Characters in the words.

    def forget_when_full(self) -> None:
        if len(self._numbers) > _MEMO_WORDS or self._size > _MEMO_CHARACTERS:
            self._clear()

    def numbers(self, words: Iterable[str]) -> np.ndarray:
        """Returns the number of each word, int64; new ones become `fresh`."""
        return np.fromiter(map(self._numbers.__getitem__, words), np.int64)

    def enter(self, pieces: List[List[str]]) -> None:
        """Takes the pieces of the fresh words, whose ids are known by now."""
        for parts in pieces:
            for part in parts:
                self._ids.extend(self.pieces[part])
            self._bounds.append(len(self._ids))
        self._size += sum(map(len, self.fresh))
        self.fresh.clear()

    def look_up(self, numbers: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Returns the ids of words by number, one after the other, and where they end.

        Args:
          numbers: int64 [words].

        Returns:
          int32 [ids] and int64 [words].
        """
        bounds = np.frombuffer(self._bounds, np.int64)
        starts = bounds[numbers]
        sizes = bounds[numbers + 1] - starts
        ends = np.cumsum(sizes)
        places = np.repeat(starts - (ends - sizes), sizes) + np.arange(sizes.sum())
        return np.frombuffer(self._ids, np.int32)[places], ends


class _Numbers(dict):
    """Word -> number, in the order in which they are first asked for."""

    def __init__(self, fresh: List[str]):
        super().__init__()
        self._fresh = fresh

    def __missing__(self, word: str) -> int:
        number = len(self)
        self[word] = number
        self._fresh.append(word)
        return number


def _split(texts: Sequence[str]) -> List[str]:
    """Returns the words of texts, with `_BOUNDARY` after each text.

    A word is what is between spaces or, in text that has hardly any (Chinese), between
    signs. Of a text that BERT would divide otherwise, it is the whole text.
    """
    joined = _join(texts)
    if joined.count(_BOUNDARY) > len(texts):
        texts = [text.replace(_BOUNDARY, "") for text in texts]  # As BERT does.
        joined = _join(texts)
    if _UNLIKE_BERT.search(joined):
        words = []
        for text in texts:
            words += [text] if _UNLIKE_BERT.search(text) else text.split()
            words.append(_BOUNDARY)
        return words
    words = joined.split()
    if len(joined) > _LONG_WORDS * len(words) and not _NEEDS_MENDING.search(joined):
        return _PIECES.findall(joined)
    return words


def _join(texts: Sequence[str]) -> str:
    return "".join([text + _SEPARATOR for text in texts])


def normalizer(lower: bool, strip_accents: bool) -> tokenizers.normalizers.Normalizer:
    """Returns what BERT does to a text before it is cut into words."""
    return tokenizers.normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=True,
        lowercase=lower,
        strip_accents=strip_accents,
    )


def _rust_tokenizer(
    ids: Dict[str, int],
    num_tokens: int,
    tokenizer_settings: tokenization.TokenizerSettings,
) -> tokenizers.Tokenizer:
    model = tokenizers.models.WordPiece(
        dict(ids, **{_BOUNDARY: num_tokens}),
        unk_token=vocabulary.UNK,
        max_input_chars_per_word=MAX_WORD_LENGTH,
    )
    result = tokenizers.Tokenizer(model)
    result.normalizer = normalizer(
        tokenizer_settings.do_lower_case, tokenizer_settings.strips_accents
    )
    result.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return result

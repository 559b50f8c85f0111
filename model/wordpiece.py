"""BERT's tokenizer: split at spaces, punctuation and CJK, then into WordPieces.

The work is done by the Rust library `tokenizers`, which gives the ids of ELECTRA's
`FullTokenizer`. Two of its deviations are mended here: the capital sigma that ends
a word, and the last block of CJK extension E. What remains is that its character
classes are those of one old Unicode version, whichever Python runs it, while the
original's change with Python's: a few hundred rare signs are split otherwise.
"""

import array
import re
from typing import Dict, Iterable, List, Sequence, Set

import numpy as np
import tokenizers

from model import tokenization, vocabulary

MAX_WORD_LENGTH = 200  # Longer words are unknown; the library's own limit is 100.

# Ids of the words seen, in each process: 5 to 10 times faster than the library.
_MEMO_SIZE = 400000
_MEMO_WORD_LENGTH = 24

# Python splits a string at these, BERT removes them and joins what is around.
_UNLIKE_BERT = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_NEEDS_MENDING = re.compile("[\u0378\u03a3\U0002b820-\U0002b91f]")
_MISSED_CJK = re.compile("([\U0002b820-\U0002b91f])")

# A character that no version of Unicode has assigned. For the library it is a word
# of its own, with the id after the last.
_UNASSIGNED = "\u0378"
_SEPARATOR = " %s " % _UNASSIGNED


class WordPiece(tokenization.Tokenizer):
    """WordPiece tokenizer; see `tokenization.Tokenizer`."""

    def __init__(self, tokenizer_settings: tokenization.TokenizerSettings):
        path = str(tokenizer_settings.vocab_file)
        self.settings = tokenizer_settings
        self.vocabulary = vocabulary.load(path, tokenizer_settings.allow_damaged_vocab)
        self.digest = vocabulary.digest(path)
        self.vocab_size = len(self.vocabulary.tokens)
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = (
            self.vocabulary.ids[token] for token in vocabulary.SPECIAL_TOKENS
        )
        self._cleaner = normalizer(lower=False, strip_accents=False)
        self._rust = _rust_tokenizer(
            self.vocabulary.ids, self.vocab_size, tokenizer_settings
        )
        self._memo: Dict[str, bytes] = {}

    def encode_arrays(self, texts: Sequence[str]) -> List["array.array[int]"]:
        """Returns the token ids of each text.

        Under BERT's rules the words between spaces do not see each other, so most
        of a text is looked up; the library is asked for what is new, in one go.
        """
        words = [_split(text) for text in texts]
        distinct: Set[str] = set().union(*words)
        fresh = list(distinct.difference(self._memo))
        self._learn(fresh)
        lookup = self._memo.__getitem__
        ids = [array.array("i", b"".join(map(lookup, parts))) for parts in words]
        self._forget(fresh)
        return ids

    def tokens(self, ids: Sequence[int]) -> List[str]:
        return [self.vocabulary.tokens[token_id] for token_id in ids]

    def _learn(self, texts: List[str]) -> None:
        """Enters texts in the memo, with their ids as the bytes of an array.

        They are given to the library as one text with separators, because it takes
        longer to call it than to cut a word.
        """
        mended = [self._mend(text) for text in texts]
        encoding = self._rust.encode(_SEPARATOR.join(mended), add_special_tokens=False)
        ids = np.array(encoding.ids, np.int32)
        ends = np.flatnonzero(ids == self.vocab_size).tolist() + [len(ids)]
        start = 0
        for text, end in zip(texts, ends):
            self._memo[text] = ids[start:end].tobytes()
            start = end + 1

    def _forget(self, fresh: Iterable[str]) -> None:
        """Keeps the memo small: no long texts, and a new start when it is full."""
        if len(self._memo) > _MEMO_SIZE:
            self._memo.clear()
        for text in fresh:
            if len(text) > _MEMO_WORD_LENGTH:
                self._memo.pop(text, None)

    def _mend(self, text: str) -> str:
        """Changes what the library would otherwise take differently from BERT."""
        if not _NEEDS_MENDING.search(text):
            return text
        text = text.replace(_UNASSIGNED, "")  # As BERT does with all such.
        text = self._cleaner.normalize_str(_MISSED_CJK.sub(r" \1 ", text))
        return text.lower() if self.settings.do_lower_case else text


def _split(text: str) -> List[str]:
    """Returns the words of a text, or the text itself where that does not pay.

    Chinese, for example, hardly has spaces: its "words" are sentences.
    """
    words = text.split()
    if len(text) > _MEMO_WORD_LENGTH * len(words) or _UNLIKE_BERT.search(text):
        return [text]
    return words


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
        dict(ids, **{_UNASSIGNED: num_tokens}),
        unk_token=vocabulary.UNK,
        max_input_chars_per_word=MAX_WORD_LENGTH,
    )
    result = tokenizers.Tokenizer(model)
    result.normalizer = normalizer(
        tokenizer_settings.do_lower_case, tokenizer_settings.strips_accents
    )
    result.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return result

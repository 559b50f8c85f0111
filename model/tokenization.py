"""Text to token ids: WordPiece as BERT has it, sentencepiece, characters or words.

A `Tokenizer` adds no special tokens, and text that spells one out ("[MASK]") is
text. Whoever builds an example puts `cls_id` and `sep_id` where they belong.

A new kind of tokenizer is a class in a module of its own and a line in `KINDS`.
"""

import abc
import array
import dataclasses
import importlib
from typing import Dict, List, Optional, Sequence, Tuple
import unicodedata

from model import vocabulary
from util import settings

# Name -> (module, class). A module is imported when its tokenizer is built: each
# library is needed only by those who use its tokenizer.
KINDS: Dict[str, Tuple[str, str]] = {
    "wordpiece": ("model.wordpiece", "WordPiece"),
    "sentencepiece": ("model.sentencepiece_tokenizer", "SentencePiece"),
    "char": ("model.lookup_tokenizers", "Characters"),
    "space": ("model.lookup_tokenizers", "Words"),
}


@dataclasses.dataclass(frozen=True)
class TokenizerSettings(settings.Section):
    """Which tokenizer, and what it does to the text first."""

    tokenizer: str = settings.setting(
        "wordpiece",
        "How text becomes token ids: in pieces of words as BERT does it or as a "
        "sentencepiece model says, by single characters, or by words between spaces.",
        choices=list(KINDS),
    )
    vocab_file: Optional[str] = settings.setting(
        None, "Vocabulary: a text file with one token a line, or a .model file."
    )
    do_lower_case: bool = settings.setting(True, "Lower-case the text.")
    strip_accents: Optional[bool] = settings.setting(
        None,
        "Remove accents; null means as do_lower_case. Like BERT, this never touches "
        "text that is not lower-cased.",
    )
    allow_damaged_vocab: bool = settings.setting(
        False, "Accept a vocabulary with repeated or mis-converted tokens."
    )

    @property
    def strips_accents(self) -> bool:
        return self.do_lower_case and self.strip_accents is not False


class Tokenizer(abc.ABC):
    """What every kind of tokenizer offers.

    Attributes:
      settings: The `TokenizerSettings` it was built from.
      digest: SHA-256 of the vocabulary file.
      vocab_size: Number of ids.
      pad_id, unk_id, cls_id, sep_id, mask_id: Ids of the special tokens.
    """

    settings: TokenizerSettings
    digest: str
    vocab_size: int
    pad_id: int
    unk_id: int
    cls_id: int
    sep_id: int
    mask_id: int

    @abc.abstractmethod
    def encode_arrays(self, texts: Sequence[str]) -> List["array.array[int]"]:
        """Returns the token ids of each text as 32-bit arrays, for many texts."""

    @abc.abstractmethod
    def tokens(self, ids: Sequence[int]) -> List[str]:
        """Returns the tokens that ids stand for."""

    def encode_batch(self, texts: Sequence[str]) -> List[List[int]]:
        """Returns the token ids of each text."""
        return [ids.tolist() for ids in self.encode_arrays(texts)]

    def encode(self, text: str) -> List[int]:
        """Returns the token ids of one text."""
        return self.encode_batch([text])[0]

    @property
    def special_ids(self) -> Dict[str, int]:
        return {
            vocabulary.PAD: self.pad_id,
            vocabulary.UNK: self.unk_id,
            vocabulary.CLS: self.cls_id,
            vocabulary.SEP: self.sep_id,
            vocabulary.MASK: self.mask_id,
        }


class ListedTokenizer(Tokenizer):
    """A tokenizer whose vocabulary is a text file with one token a line.

    Attributes:
      vocabulary: `vocabulary.Vocabulary`.
    """

    def __init__(self, tokenizer_settings: TokenizerSettings):
        path = str(tokenizer_settings.vocab_file)
        self.settings = tokenizer_settings
        self.vocabulary = vocabulary.load(path, tokenizer_settings.allow_damaged_vocab)
        self.digest = vocabulary.digest(path)
        self.vocab_size = len(self.vocabulary.tokens)
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = (
            self.vocabulary.ids[token] for token in vocabulary.SPECIAL_TOKENS
        )

    def tokens(self, ids: Sequence[int]) -> List[str]:
        return [self.vocabulary.tokens[token_id] for token_id in ids]


def build(tokenizer_settings: TokenizerSettings) -> Tokenizer:
    """Loads the vocabulary and returns the tokenizer.

    Raises:
      FileNotFoundError: The vocabulary does not exist.
      ValueError: No vocabulary is named, or it cannot be used; see
        `vocabulary.load` and `sentencepiece_tokenizer.SentencePiece`.
    """
    if not tokenizer_settings.vocab_file:
        raise ValueError("Set vocab_file: the tokenizer needs a vocabulary.")
    module, name = KINDS[tokenizer_settings.tokenizer]
    tokenizer: Tokenizer = getattr(importlib.import_module(module), name)(
        tokenizer_settings
    )
    return tokenizer


def prepare(text: str, tokenizer_settings: TokenizerSettings) -> str:
    """Lower-cases and strips accents for models that do not do it themselves."""
    if tokenizer_settings.do_lower_case:
        text = text.lower()
    if tokenizer_settings.strips_accents and not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return text

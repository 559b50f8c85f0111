"""Texts as the encoder reads them: [CLS] A [SEP] or [CLS] A [SEP] B [SEP]."""

import itertools
from typing import Iterable, Iterator, List, NamedTuple

from finetune.classification import features
from infer import texts as texts_lib
from model import tokenization

CHUNK = 1024  # Texts handed to the tokenizer at a time.


class Sequence(NamedTuple):
    """What the encoder reads of a text or a pair of texts.

    Attributes:
      ids: T tokens, special ones included.
      segments: T times 0 for the first text, 1 for the second.
      num_cut: Tokens that were cut off.
    """

    ids: List[int]
    segments: List[int]
    num_cut: int


def encode(
    texts: Iterable[texts_lib.Text],
    tokenizer: tokenization.Tokenizer,
    max_seq_length: int,
) -> Iterator[Sequence]:
    """Yields the sequence of each text, cut to fit as in fine-tuning.

    Args:
      texts: Texts, and pairs of texts.
      tokenizer: The model's.
      max_seq_length: Longest sequence, special tokens included.
    """
    remaining = iter(texts)
    while True:
        chunk = list(itertools.islice(remaining, CHUNK))
        if not chunk:
            return
        pairs = [(text, None) if isinstance(text, str) else text for text in chunk]
        first = tokenizer.encode_batch([text for text, _ in pairs])
        others = [text for _, text in pairs if text is not None]
        second = iter(tokenizer.encode_batch(others))
        for (_, other), text_a in zip(pairs, first):
            text_b = None if other is None else next(second)
            ids, segments = features.join(text_a, text_b, tokenizer, max_seq_length)
            num_special = 2 if text_b is None else 3
            num_tokens = len(text_a) + len(text_b or []) + num_special
            yield Sequence(ids, segments, num_tokens - len(ids))

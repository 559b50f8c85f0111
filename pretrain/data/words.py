"""Words of several tokens, in text that is written with spaces between words.

In Chinese a token is a character and nothing tells where words end, unless the corpus
was segmented: "我 喜欢 猫". To mask whole words, a model must know that 欢 goes on with
the word of 喜. That knowledge travels in the token itself, as a bit above those of its
id, so that whoever cuts and joins sentences cannot lose it.
"""

import array
import re
from typing import Callable, List, Sequence

import numpy as np

from model import tokenization

FEATURE = "continues_word"  # Of a record, shape [T]: 1 or 0 for each token.

_CONTINUES = 1 << 24  # Larger than any vocabulary.

# Python splits at more characters than BERT, which removes these and joins the rest.
_SPACES = re.compile("[^\\S\x0b\x0c\x1c-\x1f\x85]+")

Encode = Callable[[Sequence[str]], List["array.array[int]"]]


def encoder(tokenizer: tokenization.Tokenizer, word_segmentation: str) -> Encode:
    """Returns the function that turns lines of text into tokens.

    Args:
      tokenizer: Makes the token ids.
      word_segmentation: "none", or "spaces" for tokens that know whether they go on
        with the word of the token before.
    """
    if word_segmentation == "none":
        return tokenizer.encode_arrays

    def encode(texts: Sequence[str]) -> List["array.array[int]"]:
        return _marked(tokenizer, texts)

    return encode


def ids(tokens: np.ndarray) -> np.ndarray:
    """Returns the ids of tokens, int32 of the same shape."""
    return tokens & (_CONTINUES - 1)


def continues(tokens: np.ndarray) -> np.ndarray:
    """Returns which tokens go on with a word, booleans of the same shape."""
    return tokens >= _CONTINUES


def _marked(
    tokenizer: tokenization.Tokenizer, texts: Sequence[str]
) -> List["array.array[int]"]:
    """Encodes texts word by word, in one call for all of them."""
    words_of_texts = [_SPACES.split(text) for text in texts]
    encoded = iter(
        tokenizer.encode_arrays([word for words in words_of_texts for word in words])
    )
    result = []
    for words in words_of_texts:
        sentence = array.array("i")
        for _ in words:
            tokens = next(encoded)
            sentence += tokens[:1]
            sentence.extend(token | _CONTINUES for token in tokens[1:])
        result.append(sentence)
    return result

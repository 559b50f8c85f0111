"""Texts that are too long, cut so that some parts of them stay.

What lies before, between and after the parts is cut, the longest first and of equals
the last; and only if nothing else is left, the parts.
"""

from typing import Any, List, Sequence, Tuple

from finetune.classification import marks

START, BOTH, END = "start", "both", "end"  # Which ends of a piece are kept.


def around(
    text: str, spans: Sequence[marks.Span], tokenizer: Any, max_tokens: int
) -> List[int]:
    """Returns the tokens of a text, at most `max_tokens`.

    Args:
      text: The text.
      spans: Which characters are to stay; in order, none overlap.
      tokenizer: A tokenizer of `model.tokenization`.
      max_tokens: How many may stay.
    """
    borders = [0] + [border for span in spans for border in span] + [len(text)]
    texts = [text[begin:end] for begin, end in zip(borders, borders[1:])]
    pieces = [list(ids) for ids in tokenizer.encode_batch(texts)]
    lengths = _shortened([len(ids) for ids in pieces], max_tokens)
    last = len(pieces) - 1
    result: List[int] = []
    for number, (ids, length) in enumerate(zip(pieces, lengths)):
        keep = END if number == 0 else START if number == last else BOTH
        result += _cut(ids, length, START if number % 2 else keep)
    return result


def _shortened(lengths: Sequence[int], most: int) -> List[int]:
    """Returns how much stays of each piece; those with odd numbers are to stay."""
    left = list(lengths)
    surplus = sum(lengths) - most
    for parity in (0, 1):
        numbers = range(parity, len(left), 2)[::-1]
        while surplus > 0 and any(left[number] for number in numbers):
            left[max(numbers, key=left.__getitem__)] -= 1
            surplus -= 1
    return left


def _cut(ids: List[int], length: int, keep: str) -> List[int]:
    """Returns `length` of the tokens, from the ends that are kept."""
    first, last = _ends(length, keep)
    return ids[:first] + ids[len(ids) - last :]


def _ends(length: int, keep: str) -> Tuple[int, int]:
    if keep == BOTH:
        return length - length // 2, length // 2
    return (length, 0) if keep == START else (0, length)

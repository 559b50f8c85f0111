"""CMRC 2018's scores of answers, for Chinese with English words in it.

A text is cut into Chinese characters and English words. F1 is that of the longest
common run of these, not of a bag of words; exact match ignores punctuation. Each is
taken against the reference that fits best; https://arxiv.org/abs/1810.07366.
"""

import re
from typing import List, Sequence

from finetune.qa import squad_metrics

# What the official scorer drops, no more: a comma or full stop of ASCII counts.
_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_CHINESE = "\u4e00-\u9fa5"
_RUNS = re.compile("([%s])" % (_CHINESE + re.escape("".join(sorted(_PUNCTUATION)))))


# How the official scorer cuts what is not Chinese, the rules of the Penn Treebank:
# two words that are written as one, and (pattern, what replaces it).
_CONTRACTIONS = "can not, d 'ye, gim me, gon na, got ta, lem me, more 'n, wan na"
_TREEBANK = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r'^ "', " `` "),  # An opening quotation mark,
        (r"(?<=[ (\[{<«“‘„])(?:\"|(?<!^ )'')", r" `` "),
        (r'"', " '' "),  # and a closing one.
        (r"(?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)", r"' "),
        (r"[«“‘„»”’–—]|\.{2,}|[;@#$%&?!*\[\](){}<>]|--|''", r" \g<0> "),
        (r"(?<=[^.])\.(?=[\])}>\"'»”’ ]*$)", r" . "),
        (r"[:,](?!\d)", r" \g<0> "),
        (r"(?<=[^' ])('(?:s|m|d|ll|re|ve)?|n't)(?= )", r" \1"),
    )
) + tuple(
    (re.compile(r"\b(%s)(%s)\b" % tuple(two_words.split())), r" \1 \2 ")
    for two_words in _CONTRACTIONS.split(", ")
)


def segments(text: str) -> List[str]:
    """Returns the Chinese characters and the words of a text, without punctuation."""
    result: List[str] = []
    pending = ""
    for part in _RUNS.split(text.lower().strip()):
        if part in _PUNCTUATION:
            continue
        if _RUNS.fullmatch(part):
            result += words(pending) + [part]
            pending = ""
        else:
            pending += part  # What punctuation divides is joined.
    return result + words(pending)


def score(golds: Sequence[str], predicted: str) -> squad_metrics.Score:
    """Scores one answer.

    Args:
      golds: Right answers, at least one.
      predicted: The answer.
    """
    predicted_segments = segments(predicted)
    bare = _without_punctuation(predicted)
    return squad_metrics.Score(
        exact=float(any(_without_punctuation(gold) == bare for gold in golds)),
        f1=max(_f1(segments(gold), predicted_segments) for gold in golds),
    )


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Returns the length of the longest run of items that both have in a row."""
    longest = 0
    ending_here = [0] * (len(second) + 1)
    for item in first:
        ending_before, ending_here = ending_here, [0] * (len(second) + 1)
        for place, other in enumerate(second, start=1):
            if item == other:
                ending_here[place] = ending_before[place - 1] + 1
        longest = max(longest, *ending_here)
    return longest


def _f1(gold: List[str], predicted: List[str]) -> float:
    common = longest_common_run(gold, predicted)
    if not common:
        return 0.0
    precision, recall = common / len(predicted), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def _without_punctuation(text: str) -> str:
    return "".join(char for char in text.lower().strip() if char not in _PUNCTUATION)


def words(text: str) -> List[str]:
    """Cuts text that is not Chinese into words and signs."""
    text = " %s " % " ".join(text.split())
    for pattern, replacement in _TREEBANK:
        text = pattern.sub(replacement, text)
    return text.split()

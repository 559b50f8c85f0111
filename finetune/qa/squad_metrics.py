"""SQuAD's scores of answers; MRQA's are the same.

Exact match and F1 over words, of texts without case, punctuation and articles, each
against the reference that fits best; https://arxiv.org/abs/1606.05250, section 6.1.
SQuAD 2.0 adds questions whose right answer is none, and a threshold of the odds
above which none is said; https://arxiv.org/abs/1806.03822.
"""

import collections
import re
import string
from typing import Collection, Dict, List, Mapping, NamedTuple, Sequence, Tuple

import numpy as np

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)

Golds = Mapping[str, Sequence[str]]  # Question -> right answers; none if impossible.


class Score(NamedTuple):
    """How good an answer is, from 0 to 1.

    Attributes:
      exact: 1 if it is one of the right ones.
      f1: Of its words.
    """

    exact: float
    f1: float


class Threshold(NamedTuple):
    """The threshold of the odds that makes a score best.

    Attributes:
      score: The score, times 100.
      threshold: Odds above which no answer is said.
    """

    score: float
    threshold: float


def normalize(text: str) -> str:
    """Returns a text without case, ASCII punctuation, articles, spare white space."""
    bare = text.lower().translate(_NO_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def score(golds: Sequence[str], predicted: str, has_unanswerable: bool) -> Score:
    """Scores one answer.

    Args:
      golds: Right answers; none if the question has no answer.
      predicted: The answer; "" says that there is none.
      has_unanswerable: Whether the rules of version 2.0 hold: references of which
        nothing is left do not count, and nothing equals nothing.
    """
    if has_unanswerable:
        golds = [gold for gold in golds if normalize(gold)] or [""]
    words = normalize(predicted).split()
    gold_words = [normalize(gold).split() for gold in golds]
    return Score(
        exact=float(words in gold_words),
        f1=max(_f1(gold, words, has_unanswerable) for gold in gold_words),
    )


def _f1(gold: List[str], predicted: List[str], empty_may_match: bool) -> float:
    if empty_may_match and not (gold and predicted):
        return float(gold == predicted)
    common = collections.Counter(gold) & collections.Counter(predicted)
    num_common = sum(common.values())
    if not num_common:
        return 0.0
    precision, recall = num_common / len(predicted), num_common / len(gold)
    return 2 * precision * recall / (precision + recall)


def exact_name(has_unanswerable: bool) -> str:
    """Returns what the official scorer of version 2.0, or of 1.1, calls exact match."""
    return "exact" if has_unanswerable else "exact_match"


def means(scores: Collection[Score], has_unanswerable: bool) -> Dict[str, float]:
    """Returns the mean scores, times 100, as version 2.0 or 1.1 names them."""
    count = max(len(scores), 1)
    return {
        exact_name(has_unanswerable): 100.0 * sum(one.exact for one in scores) / count,
        "f1": 100.0 * sum(one.f1 for one in scores) / count,
    }


def with_threshold(
    golds: Golds,
    scores: Mapping[str, Score],
    null_odds: Mapping[str, float],
    threshold: float,
) -> Dict[str, Score]:
    """Returns the scores when no answer is said above a threshold of the odds."""
    result = dict(scores)
    for name in scores:
        if null_odds[name] > threshold:
            is_right = float(not golds[name])
            result[name] = Score(is_right, is_right)
    return result


def parts(golds: Golds, scores: Mapping[str, Score]) -> Dict[str, float]:
    """Returns the scores of questions with and without answer, as 2.0 names them."""
    result: Dict[str, float] = {}
    for prefix, has_answer in (("HasAns", True), ("NoAns", False)):
        part = [scores[name] for name in scores if bool(golds[name]) == has_answer]
        if part:
            for name, mean in means(part, has_unanswerable=True).items():
                result["%s_%s" % (prefix, name)] = mean
            result["%s_total" % prefix] = len(part)
    return result


def best_threshold(
    golds: Golds,
    predictions: Mapping[str, str],
    scores: Mapping[str, float],
    null_odds: Mapping[str, float],
) -> Threshold:
    """Returns the threshold that would have been best, as the official scorer does.

    It starts with no answer for every question and lets them be answered one by one,
    the surest first. The threshold is the odds of the last of them at the best point,
    or 0 if it is best to answer none.

    Args:
      golds: Right answers.
      predictions: The answers without a threshold.
      scores: Their scores, 0 to 1.
      null_odds: Odds that there is no answer.
    """
    total = float(sum(not golds[name] for name in scores))
    best: Tuple[float, float] = (total, 0.0)
    in_order = sorted(null_odds, key=null_odds.__getitem__)
    for name in (name for name in in_order if name in scores):
        if golds[name]:
            total += scores[name]
        elif predictions.get(name):
            total -= 1.0
        if total > best[0]:
            best = (total, null_odds[name])
    return Threshold(100.0 * best[0] / max(len(scores), 1), best[1])


def useful_threshold(
    golds: Golds, null_odds: Mapping[str, float], best: Threshold
) -> float:
    """Returns the threshold to use on other questions, given the best here by F1.

    That is the official scorer's, unless it is best to answer none: its 0 answers some
    then, so that one below all odds is returned.
    """
    without_answer = sum(not answers for answers in golds.values())
    if best.score > 100.0 * without_answer / len(golds):
        return best.threshold
    return float(np.nextafter(min(null_odds.values()), -np.inf))

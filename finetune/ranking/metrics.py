"""Scores of rankings: where the right candidates stand among those of their question.

A candidate's score is the log-odds of class 1. Where scores are equal, the wrong
candidates stand before the right ones, so that a model that tells nothing apart gains
nothing. Questions without a right candidate have no rank and are left out of the
means; `questions_without_answer` counts them.
"""

from typing import Dict, List, Optional, Sequence

import numpy as np

from finetune import task as task_lib
from finetune.classification import metrics
from finetune.ranking import reader

_classified = metrics.Scorer(("accuracy",))


def scores(predictions: task_lib.Predictions) -> np.ndarray:
    """Returns the score of every candidate, float64 [n].

    The log-odds order candidates as probabilities do, and stay apart where those
    round to 1.
    """
    logits = predictions.outputs["logits"].astype(np.float64)  # [n, 2]
    return logits[:, 1] - logits[:, 0]


def by_question(examples: Sequence[reader.Example]) -> Dict[str, np.ndarray]:
    """Returns the positions of each question's candidates, in file order."""
    positions: Dict[str, List[int]] = {}
    for position, example in enumerate(examples):
        positions.setdefault(example.qid, []).append(position)
    return {qid: np.array(positions[qid]) for qid in positions}


def relevance(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns the labels of one question's candidates, best score first.

    Args:
      values: Scores, [n].
      labels: 1 for a right candidate, [n]; among equal scores they come last.
    """
    return labels[np.lexsort((labels, -values))]


def reciprocal_rank(ranked: np.ndarray) -> float:
    """Returns 1 / rank of the first 1 in labels ordered by `relevance`."""
    return 1.0 / (1 + int(np.argmax(ranked)))


def average_precision(ranked: np.ndarray) -> float:
    """Returns the mean, over all right candidates, of the precision down to each."""
    ranks = 1 + np.flatnonzero(ranked)
    return float(np.mean(np.arange(1, len(ranks) + 1) / ranks))


def precision_at_1(ranked: np.ndarray) -> float:
    """Returns whether the first candidate is right."""
    return float(ranked[0])


MEASURES = {
    "mrr": reciprocal_rank,
    "map": average_precision,
    "precision_at_1": precision_at_1,
}
NAMES = (*MEASURES, "accuracy", "loss", "questions_without_answer")


def means(rankings: Sequence[np.ndarray]) -> Dict[str, float]:
    """Returns the mean of every measure, times 100; 0 if there is no ranking."""
    return {
        name: 100.0 * float(np.mean([measure(ranked) for ranked in rankings] or [0.0]))
        for name, measure in MEASURES.items()
    }


def score(predictions: task_lib.Predictions) -> Dict[str, float]:
    """Returns the scores of a labeled split.

    `accuracy` is that of the two classes; `loss` is per candidate.

    Raises:
      ValueError: The split is not labeled.
    """
    result = _classified(predictions)
    labels, values = predictions.labels, scores(predictions)
    rankings = [
        relevance(values[positions], labels[positions])
        for positions in by_question(predictions.examples).values()
    ]
    answered = [ranked for ranked in rankings if ranked.any()]
    is_finite = bool(np.all(np.isfinite(values)))
    result.update(means(answered if is_finite else []))
    result["questions_without_answer"] = float(len(rankings) - len(answered))
    return result


def degenerate(predictions: task_lib.Predictions) -> Optional[str]:
    """Says why a model learned nothing, or returns None.

    One class for all candidates is no sign of it: most candidates are wrong.
    """
    values = scores(predictions)
    if not np.all(np.isfinite(values)):
        return "the scores are not finite"
    if len(values) > 1 and np.ptp(values) == 0:
        return "every candidate gets the same score"
    return None

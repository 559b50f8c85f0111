"""Scores the answers to a whole file of questions, as the official scorers do.

A question without a prediction counts as wrong, and `missing` says how many there
are. (The official scorer of SQuAD 2.0 leaves them out of the mean.)
"""

from typing import Dict, Mapping, Optional

from finetune.qa import cmrc_metrics, squad_metrics
from finetune.qa import files as qa_files

SQUAD = "squad"
CMRC = "cmrc"
METRICS = (SQUAD, CMRC)
OFFICIAL_THRESHOLD = 1.0  # Of SQuAD 2.0's scorer, where none is given.


def score_file(
    path: str,
    predictions: Mapping[str, str],
    metric: str = SQUAD,
    null_odds: Optional[Mapping[str, float]] = None,
    threshold: float = OFFICIAL_THRESHOLD,
) -> Dict[str, float]:
    """Scores predictions against a data file.

    The rules of SQuAD 2.0 hold where a question of the file has no answer, or odds
    are given.

    Args:
      path: A file of SQuAD's format or, if it is named .jsonl or .jsonl.gz, of MRQA's.
      predictions: Question id -> answer.
      metric: SQUAD or CMRC.
      null_odds: Question id -> odds, or their logarithm, that there is no answer.
      threshold: Odds above which no answer is said.

    Returns:
      What `score` returns.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is malformed or has no answers, the ids of predictions or odds do
        not fit it, or the metric knows no odds.
    """
    questions = qa_files.read(path, qa_files.FORMATS[qa_files.format_of(path)])
    qa_files.check_answers(questions, path)
    golds = {question.id: question.answers for question in questions}
    _check_ids(predictions, golds, path)
    if null_odds is None:
        is_version_2 = metric == SQUAD and not all(golds.values())
        return score(golds, predictions, metric, is_version_2)
    _check_odds(null_odds, golds, metric, path)
    result = score(golds, predictions, metric, has_unanswerable=True)
    result.update(score_with_odds(golds, predictions, null_odds, threshold))
    return result


def score(
    golds: squad_metrics.Golds,
    predictions: Mapping[str, str],
    metric: str,
    has_unanswerable: bool = False,
) -> Dict[str, float]:
    """Returns the mean scores of all questions, times 100.

    Args:
      golds: Question id -> right answers; none where there is no answer.
      predictions: Question id -> answer.
      metric: SQUAD or CMRC.
      has_unanswerable: Whether the rules of SQuAD 2.0 hold.

    Returns:
      `exact_match`, which is `exact` for SQuAD 2.0, and `f1`; for CMRC their `average`
      too; for SQuAD 2.0 also those of questions with (HasAns_) and without answer
      (NoAns_). Beside them the counts `total` and `missing`.
    """
    scores = by_question(golds, predictions, metric, has_unanswerable)
    result = squad_metrics.means(scores.values(), has_unanswerable)
    if metric == CMRC:
        result["average"] = (result["exact_match"] + result["f1"]) / 2
    if has_unanswerable:
        result.update(squad_metrics.parts(golds, scores))
    result["total"] = len(golds)
    result["missing"] = sum(name not in predictions for name in golds)
    return result


def score_with_odds(
    golds: squad_metrics.Golds,
    predictions: Mapping[str, str],
    null_odds: Mapping[str, float],
    threshold: float,
) -> Dict[str, float]:
    """Returns the scores that a threshold of the odds changes, and those of the best.

    Args:
      golds: Question id -> right answers; none where there is no answer.
      predictions: Question id -> the answer, whatever the odds.
      null_odds: Question id -> odds that there is no answer.
      threshold: Odds above which no answer is said.

    Returns:
      The means and parts under the threshold; `best_exact` and `best_f1` with the
      thresholds that they need, `best_exact_thresh` and `best_f1_thresh`.
    """
    scores = by_question(golds, predictions, SQUAD, has_unanswerable=True)
    kept = squad_metrics.with_threshold(golds, scores, null_odds, threshold)
    result = squad_metrics.means(kept.values(), has_unanswerable=True)
    result.update(squad_metrics.parts(golds, kept))
    for name in ("exact", "f1"):
        values = {question: getattr(score, name) for question, score in scores.items()}
        best = squad_metrics.best_threshold(golds, predictions, values, null_odds)
        result["best_%s" % name] = best.score
        result["best_%s_thresh" % name] = best.threshold
    return result


def by_question(
    golds: squad_metrics.Golds,
    predictions: Mapping[str, str],
    metric: str,
    has_unanswerable: bool = False,
) -> Dict[str, squad_metrics.Score]:
    """Returns the scores of every question, 0 to 1; see `score`."""
    result = {}
    for name, answers in golds.items():
        if name not in predictions:
            result[name] = squad_metrics.Score(0.0, 0.0)
        elif metric == CMRC:
            result[name] = cmrc_metrics.score(answers or [""], predictions[name])
        else:
            result[name] = squad_metrics.score(
                answers, predictions[name], has_unanswerable
            )
    return result


def _check_odds(
    null_odds: Mapping[str, float], golds: squad_metrics.Golds, metric: str, path: str
) -> None:
    """Refuses odds that the metric knows nothing of, or that are not all there."""
    if metric != SQUAD:
        raise ValueError(
            "Metric %s knows no odds of no answer; leave them out." % metric
        )
    missing = [name for name in golds if name not in null_odds]
    if missing:
        raise ValueError(
            "%d of %d questions of %s have no odds, for example %r."
            % (len(missing), len(golds), path, missing[0])
        )


def _check_ids(
    predictions: Mapping[str, str], golds: squad_metrics.Golds, path: str
) -> None:
    """Refuses predictions for another file, which would all count as missing."""
    if predictions and not any(name in golds for name in predictions):
        raise ValueError(
            "None of the %d predictions is for a question of %s: it has ids like %r, "
            "they have ids like %r."
            % (len(predictions), path, next(iter(golds)), next(iter(predictions)))
        )

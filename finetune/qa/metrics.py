"""What a model's answers to a split are worth."""

import dataclasses
from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from finetune import task as task_lib
from finetune.qa import decode, scoring, squad_metrics

USEFUL_THRESHOLD = "null_threshold"  # What files without labels are predicted with.


class Judged(NamedTuple):
    """A model's answer and its scores.

    Attributes:
      decoded: What the model says.
      score: 0 to 1, of its prediction.
    """

    decoded: decode.Decoded
    score: squad_metrics.Score


@dataclasses.dataclass(frozen=True)
class Judge:
    """Knows a task's rules.

    Attributes:
      decoder: Reads the head's outputs; its threshold, if any, makes the task one
        with questions that have no answer.
      metric: `scoring.SQUAD` or `scoring.CMRC`.
    """

    decoder: decode.Decoder
    metric: str = scoring.SQUAD

    @property
    def has_unanswerable(self) -> bool:
        return self.decoder.null_threshold is not None

    @property
    def names(self) -> Tuple[str, ...]:
        """Every score that a split may have."""
        exact = squad_metrics.exact_name(self.has_unanswerable)
        names: Tuple[str, ...] = (exact, "f1", "loss")
        if self.metric == scoring.CMRC:
            names += ("average",)
        if self.has_unanswerable:
            names += ("HasAns_exact", "HasAns_f1", "NoAns_exact", "NoAns_f1")
            names += ("best_exact", "best_exact_thresh", "best_f1", "best_f1_thresh")
            names += (USEFUL_THRESHOLD,)
        return names

    def scores(self, predictions: task_lib.Predictions) -> Dict[str, float]:
        """Returns the scores of a labeled split, times 100, and the mean loss.

        Raises:
          ValueError: The split is not labeled.
        """
        if predictions.losses is None:
            raise ValueError("A split without labels cannot be scored.")
        if _not_finite(predictions):
            return squad_metrics.means([], self.has_unanswerable)
        golds = _golds(predictions)
        decoded = dict(zip(predictions.ids, self.decoder(predictions)))
        answers = {name: said.prediction for name, said in decoded.items()}
        result = scoring.score(golds, answers, self.metric, self.has_unanswerable)
        if self.decoder.null_threshold is not None:
            best = {name: said.best for name, said in decoded.items()}
            odds = {name: said.null_odds for name, said in decoded.items()}
            result.update(
                scoring.score_with_odds(golds, best, odds, self.decoder.null_threshold)
            )
            result[USEFUL_THRESHOLD] = squad_metrics.useful_threshold(
                golds,
                odds,
                squad_metrics.Threshold(result["best_f1"], result["best_f1_thresh"]),
            )
        result = {name: result[name] for name in result if not _is_count(name)}
        result["loss"] = float(np.mean(predictions.losses))
        return result

    def judged(self, predictions: task_lib.Predictions) -> List[Judged]:
        """Returns the answers to a labeled split, each with its scores."""
        decoded = self.decoder(predictions)
        scores = scoring.by_question(
            _golds(predictions),
            dict(zip(predictions.ids, (said.prediction for said in decoded))),
            self.metric,
            self.has_unanswerable,
        )
        return [Judged(*pair) for pair in zip(decoded, scores.values())]

    def degenerate(self, predictions: task_lib.Predictions) -> Optional[str]:
        """Returns why these predictions show a failed run, or None."""
        broken = _not_finite(predictions)
        if broken:
            return "the %s are not finite" % broken
        if any(said.prediction for said in self.decoder(predictions)):
            return None
        if self.has_unanswerable:
            has_answers = any(_golds(predictions).values())
            scores = self.scores(predictions)
            if not has_answers or scores["best_f1"] > scores["f1"]:
                return None  # None is right, or answers wait for a higher threshold.
        return "no question gets an answer"


def _golds(predictions: task_lib.Predictions) -> squad_metrics.Golds:
    return {example.id: example.answers for example in predictions.examples}


def _not_finite(predictions: task_lib.Predictions) -> Optional[str]:
    """Returns the name of an output that is not finite, None if all are."""
    for name, values in sorted(predictions.outputs.items()):
        if not np.all(np.isfinite(values)):
            return name.replace("_", " ")
    return None


def _is_count(name: str) -> bool:
    return name.endswith(("total", "missing"))

"""What a model's answers to a split are worth."""

import dataclasses
from typing import Dict, List, NamedTuple, Optional

import numpy as np

from finetune import task as task_lib
from finetune.qa import decode, scoring, squad_metrics


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

    def scores(self, predictions: task_lib.Predictions) -> Dict[str, float]:
        """Returns the scores of a labeled split, times 100, and the mean loss.

        Raises:
          ValueError: The split is not labeled.
        """
        if predictions.losses is None:
            raise ValueError("A split without labels cannot be scored.")
        if _not_finite(predictions):
            return {"exact_match": 0.0, "f1": 0.0}
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
        answers = {said.prediction for said in self.decoder(predictions)}
        may_be_empty = self.has_unanswerable and not any(_golds(predictions).values())
        if answers == {""} and not may_be_empty:
            return "no question gets an answer"
        return None


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

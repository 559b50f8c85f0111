"""From the best spans of windows to the answers of questions."""

import dataclasses
from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from finetune import task as task_lib
from finetune.qa import nbest


class Answer(NamedTuple):
    """One of the answers that a model ranks.

    Attributes:
      text: As it stands in the passage.
      score: Of its span.
      probability: Among the answers that are ranked.
    """

    text: str
    score: float
    probability: float


class Decoded(NamedTuple):
    """What a model says to one question.

    Attributes:
      answers: Different texts, best first; () if no window has a possible one.
      null_odds: How much more likely no answer is than one: log-odds of the
        classifier or, without one, the difference of the scores.
      prediction: The best answer, or "" where no answer is likelier.
    """

    answers: Tuple[Answer, ...]
    null_odds: float
    prediction: str

    @property
    def best(self) -> str:
        """The best answer, whatever the odds that there is none."""
        return self.answers[0].text if self.answers else ""


@dataclasses.dataclass(frozen=True)
class Decoder:
    """Reads a head's outputs.

    Attributes:
      n_best_size: Answers ranked per question.
      has_classifier: Whether the null scores are log-odds, else scores of spans.
      null_threshold: Null odds above which a question counts as unanswerable; None
        where every question has an answer.
    """

    n_best_size: int
    has_classifier: bool
    null_threshold: Optional[float] = None

    def __call__(self, predictions: task_lib.Predictions) -> List[Decoded]:
        """Returns what the model says to each example."""
        outputs = predictions.outputs
        count = len(predictions.examples)
        bounds = np.searchsorted(outputs["example"], np.arange(count + 1))
        return [
            self._decode(
                example.context,
                {name: values[start:end] for name, values in outputs.items()},
            )
            for example, start, end in zip(predictions.examples, bounds, bounds[1:])
        ]

    def _decode(self, context: str, outputs: Dict[str, np.ndarray]) -> Decoded:
        """Joins the windows over one passage; outputs are [windows, ...]."""
        best: Dict[str, float] = {}
        scores = outputs["span_scores"].ravel()
        starts, ends = outputs["span_starts"].ravel(), outputs["span_ends"].ravel()
        for place in np.argsort(-scores, kind="stable"):
            if ends[place] > 0 and len(best) < self.n_best_size:
                text = context[starts[place] : ends[place]]
                best.setdefault(text, float(scores[place]))
        null_odds = float(np.min(outputs["null_scores"]))
        if not self.has_classifier:
            null_odds -= max(best.values(), default=nbest.NOTHING)
        answers = _ranked(best)
        is_null = self.null_threshold is not None and null_odds > self.null_threshold
        text = "" if is_null or not answers else answers[0].text
        return Decoded(answers, null_odds, text)


def _ranked(scores: Dict[str, float]) -> Tuple[Answer, ...]:
    """Returns texts, given best first, with probabilities that sum to 1."""
    if not scores:
        return ()
    values = np.array(list(scores.values()))
    exponentials = np.exp(values - values.max())
    probabilities = exponentials / exponentials.sum()
    return tuple(
        Answer(text, score, float(probability))
        for (text, score), probability in zip(scores.items(), probabilities)
    )

"""Which kinds of questions are answered well, and which answers are wrong."""

import re
from typing import Dict, List

import numpy as np

from finetune import task as task_lib
from finetune.qa import metrics, squad_metrics

OTHER = "other"
NO_ANSWER = "(no answer)"

# What questions ask for, and by which words. The first word in a question counts; of
# two that begin at one place, that which comes first here.
_KINDS = (
    ("when", r"\bwhen\b|何时|什么时候|什么时间|哪一?[年天日]"),
    ("where", r"\bwhere\b|哪里|哪儿|何[处地]|什么地方"),
    ("who", r"\bwh(?:o|om|ose)\b|谁|何人|什么人"),
    ("why", r"\bwhy\b|为什么|为何|什么原因"),
    ("how many", r"\bhow (?:many|much)\b|多少|几"),
    ("which", r"\bwhich\b|哪"),
    ("how", r"\bhow\b|如何|怎|多(?=[大长高远久快深重])"),
    ("what", r"\bwhat\b|什么|何"),
)
_WORDS = re.compile("|".join("(%s)" % words for _, words in _KINDS))


def kind(question: str) -> str:
    """Returns what a question asks for: "when", "how many", ..., or OTHER."""
    found = _WORDS.search(question.lower())
    return _KINDS[int(found.lastindex or 0) - 1][0] if found else OTHER


def analyze(
    judge: metrics.Judge, predictions: task_lib.Predictions
) -> task_lib.Analysis:
    """Returns scores by kind of question, and the wrong answers, worst first."""
    judged = judge.judged(predictions)
    groups: Dict[str, List[squad_metrics.Score]] = {}
    for example, said in zip(predictions.examples, judged):
        groups.setdefault(kind(example.question), []).append(said.score)
        if judge.has_unanswerable:
            has_answer = "answerable" if example.answers else "unanswerable"
            groups.setdefault(has_answer, []).append(said.score)
    return task_lib.Analysis(
        groups={
            name: dict(
                squad_metrics.means(groups[name], judge.has_unanswerable),
                support=float(len(groups[name])),
            )
            for name in _ordered(groups)
        },
        mistakes=_mistakes(predictions, judged),
    )


def _ordered(groups: Dict[str, List[squad_metrics.Score]]) -> List[str]:
    """Returns the names of groups as they are listed above, those of answers last."""
    names = [name for name, _ in _KINDS] + [OTHER, "answerable", "unanswerable"]
    return [name for name in names if name in groups]


def _mistakes(
    predictions: task_lib.Predictions, judged: List[metrics.Judged]
) -> List[task_lib.Mistake]:
    """Returns the answers that are not exact.

    Badness is a thousand times what F1 lacks, as a whole number, and of the same F1
    the loss decides, squeezed below 1.
    """
    losses = _losses(predictions)
    mistakes = []
    for example, said, loss in zip(predictions.examples, judged, losses):
        if not said.score.exact:
            lacking = round(1000 * (1.0 - said.score.f1))
            expected = dict.fromkeys(example.answers or (NO_ANSWER,))
            mistakes.append(
                task_lib.Mistake(
                    id=example.id,
                    text=example.question,
                    expected=" | ".join(expected),
                    predicted=said.decoded.prediction or NO_ANSWER,
                    badness=lacking + float(loss / (1.0 + loss)),
                )
            )
    return sorted(mistakes, key=lambda mistake: -mistake.badness)


def _losses(predictions: task_lib.Predictions) -> np.ndarray:
    """Returns the mean loss over the windows of each example, [n]."""
    if predictions.losses is None:
        raise ValueError("A split without labels cannot be analyzed.")
    numbers = predictions.outputs["example"]
    count = len(predictions.examples)
    sums = np.bincount(numbers, weights=predictions.losses, minlength=count)
    return sums / np.maximum(np.bincount(numbers, minlength=count), 1)

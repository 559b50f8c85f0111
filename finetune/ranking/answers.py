"""What a model ranked: rows, run files, and the questions that it got wrong."""

import functools
from typing import Any, Dict, Iterator, List

import numpy as np

from finetune import task as task_lib
from finetune.classification import metrics as class_metrics
from finetune.classification import writers
from finetune.ranking import metrics, reader

# Questions are grouped by their number of candidates, up to these.
GROUP_LIMITS = (5, 20)
_CLASS_WRITER = writers.for_labels(reader.LABELS)


def writer(task_name: str) -> task_lib.Writer:
    """Returns the writer of a ranking task; its name marks the lines of run files."""
    return task_lib.Writer(rows=rows, files=functools.partial(files, task_name))


def ranks(predictions: task_lib.Predictions) -> np.ndarray:
    """Returns the rank of every candidate in its question, from 1, int [n].

    Candidates with equal scores are ranked as the file has them.
    """
    values = metrics.scores(predictions)
    result = np.zeros([len(values)], np.int64)
    for positions in metrics.by_question(predictions.examples).values():
        order = np.argsort(-values[positions], kind="stable")
        result[positions[order]] = 1 + np.arange(len(positions))
    return result


def rows(predictions: task_lib.Predictions) -> Iterator[Dict[str, Any]]:
    """Yields a dict per candidate: what classification says, and its place."""
    values, places = metrics.scores(predictions), ranks(predictions)
    for position, row in enumerate(_CLASS_WRITER.rows(predictions)):
        row["qid"] = predictions.examples[position].qid
        row["score"] = float(values[position])  # As it is: ties would cost ranks.
        row["rank"] = int(places[position])
        yield row


def files(task_name: str, predictions: task_lib.Predictions) -> Dict[str, str]:
    """Returns a run file for trec_eval: qid Q0 id rank score tag, best first."""
    values, places = metrics.scores(predictions), ranks(predictions)
    lines = []
    for qid, positions in metrics.by_question(predictions.examples).items():
        for position in positions[np.argsort(places[positions])]:
            name = predictions.examples[position].id
            score = values[position]
            lines.append(
                "%s Q0 %s %d %.17g %s\n"
                % (qid, name, places[position], score, task_name)
            )
    return {"run.trec": "".join(lines)}


def analyze(predictions: task_lib.Predictions) -> task_lib.Analysis:
    """Returns scores by number of candidates, and questions answered wrongly.

    A mistake's `badness` is the rank of the first right candidate.
    """
    labels, values = predictions.labels, metrics.scores(predictions)
    rankings: Dict[str, List[np.ndarray]] = {}
    mistakes = []
    for positions in metrics.by_question(predictions.examples).values():
        ranked = metrics.relevance(values[positions], labels[positions])
        if not ranked.any():
            continue
        rankings.setdefault(_group(len(positions)), []).append(ranked)
        if not ranked[0]:
            examples = [predictions.examples[position] for position in positions]
            mistakes.append(_mistake(examples, values[positions], ranked))
    groups = {
        name: dict(metrics.means(rankings[name]), support=float(len(rankings[name])))
        for name in map(_group, (1,) + tuple(limit + 1 for limit in GROUP_LIMITS))
        if name in rankings
    }
    mistakes.sort(key=lambda mistake: -mistake.badness)
    return task_lib.Analysis(groups, mistakes, _confusion(predictions))


def _group(count: int) -> str:
    low = 1
    for limit in GROUP_LIMITS:
        if count <= limit:
            return "%d to %d candidates" % (low, limit)
        low = limit + 1
    return "%d or more candidates" % low


def _mistake(
    examples: List[reader.Example], values: np.ndarray, ranked: np.ndarray
) -> task_lib.Mistake:
    """Returns what was wrong in one question; its best candidate is a wrong one."""
    by_score = [examples[place] for place in np.argsort(-values, kind="stable")]
    right = next(example for example in by_score if example.label)
    wrong = next(example for example in by_score if not example.label)
    return task_lib.Mistake(
        id=right.id,
        text=right.text_a,
        expected=right.text_b,
        predicted=wrong.text_b,
        badness=float(1 + int(np.argmax(ranked))),
    )


def _confusion(predictions: task_lib.Predictions) -> task_lib.Confusion:
    counts = np.zeros([2, 2], np.int64)
    np.add.at(
        counts, (predictions.labels, class_metrics.predicted_values(predictions)), 1
    )
    return task_lib.Confusion(reader.LABELS.names, counts)

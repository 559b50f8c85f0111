"""Scores a file of ranked candidates against the labels of a data file.

python3 -m finetune.ranking.score dev.tsv dbqa_dev_1_run.trec
"""

import argparse
import json
import math
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from finetune import fields, formats
from finetune import task as task_lib
from finetune.ranking import metrics, tasks
from util import cli, files

_LABELED = task_lib.Split("labeled", task_lib.DEV)


def run(argv: List[str]) -> int:
    """Prints the scores as JSON."""
    arguments = _parser().parse_args(argv)
    scores = score_file(
        _reader(arguments.definition), arguments.dataset, arguments.ranking
    )
    print(json.dumps(scores, indent=2))
    return 0


def score_file(
    ranking_reader: task_lib.Reader, path: str, ranking: str
) -> Dict[str, float]:
    """Scores rankings against a data file.

    Args:
      ranking_reader: Reads the data file.
      path: The data file, with labels.
      ranking: A run file for trec_eval or, if it is named .jsonl, the predictions
        that fine-tuning writes.

    Returns:
      `metrics.MEASURES`, times 100, and how many `questions` have a right candidate,
      how many have none and how many candidates are `missing`; they are put last.

    Raises:
      FileNotFoundError: A file is missing.
      ValueError: One is malformed, or they do not belong together.
    """
    examples = ranking_reader.read(path, _LABELED).examples
    scores = _scores(ranking, {each.id: each.qid for each in examples}, path)
    values = np.array([scores.get(example.id, -np.inf) for example in examples])
    labels = np.array([example.label for example in examples])
    rankings = [
        metrics.relevance(values[positions], labels[positions])
        for positions in metrics.by_question(examples).values()
    ]
    answered = [ranked for ranked in rankings if ranked.any()]
    result = metrics.means(answered)
    result["questions"] = len(answered)
    result["questions_without_answer"] = len(rankings) - len(answered)
    result["missing"] = len(examples) - len(scores)
    return result


def _scores(ranking: str, qids: Dict[str, str], path: str) -> Dict[str, float]:
    """Returns the scores of candidates by id; `qids` are those of the data file."""
    scores: Dict[str, float] = {}
    for line, qid, name, score in _ranked(ranking):
        problem = ""
        if qids.get(name) != qid:
            problem = "%s has no candidate %r of question %r." % (path, name, qid)
        elif name in scores:
            problem = "the candidate %r is there twice." % name
        elif not math.isfinite(score):
            problem = "the score of %r is %r." % (name, score)
        if problem:
            raise files.error_at(ranking, line, problem)
        scores[name] = score
    return scores


def _ranked(path: str) -> Iterator[Tuple[int, str, str, float]]:
    """Yields (line, question, candidate, score).

    Raises:
      ValueError: A line is malformed; the message starts with path:line.
    """
    if formats.ending(path) == ".jsonl":
        for line, row in formats.keyed_rows(path):
            try:
                score = fields.value(row, "score", (int, float), "a number")
                qid, name = fields.text(row, "qid"), fields.text(row, "id")
            except ValueError as error:
                raise files.error_at(path, line, str(error)) from error
            yield line, qid, name, float(score)
        return
    for line, text in formats.lines(path):
        parts = text.split()
        try:
            qid, _, name, _, number, _ = parts
            yield line, qid, name, float(number)
        except ValueError as error:
            message = "expected question Q0 candidate rank score tag, found %.60r."
            raise files.error_at(path, line, message % text) from error


def _reader(definition: str) -> task_lib.Reader:
    """Returns the reader of a task of the user's own, or of DBQA's columns.

    Raises:
      ValueError: The definition is none of a ranking task.
    """
    nowhere = task_lib.Surroundings("")
    if not definition:
        return tasks.dbqa(nowhere).reader
    values: Any = files.read_json(definition)
    if not isinstance(values, dict) or values.get("type") != "ranking":
        raise ValueError("%s: expected the definition of a ranking task." % definition)
    return tasks.from_definition("scored", values, nowhere).reader


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Scores rankings by MRR, MAP and precision at 1; prints JSON. "
        "Among equal scores the wrong candidates count as ranked first; questions "
        "without a right candidate are left out and counted."
    )
    parser.add_argument("dataset", help="Data file with qid, label, text_a and text_b.")
    parser.add_argument(
        "ranking",
        help="Run file (question Q0 candidate rank score tag) or predictions.jsonl.",
    )
    parser.add_argument(
        "--definition",
        default="",
        metavar="FILE",
        help="JSON of a task of type ranking, if the data file is laid out otherwise.",
    )
    return parser


if __name__ == "__main__":
    cli.main(run)

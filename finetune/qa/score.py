"""Scores a file of predictions as the official scorers of SQuAD and CMRC 2018 do.

python3 -m finetune.qa.score dev-v1.1.json predictions.json
"""

import argparse
import json
from typing import Any, Dict, List, Optional

from finetune.qa import scoring
from util import cli, files


def run(argv: List[str]) -> int:
    """Prints the scores as JSON."""
    arguments = _parser().parse_args(argv)
    predictions = _read(arguments.predictions, str, "answer")
    threshold = arguments.na_prob_thresh
    null_odds: Optional[Dict[str, float]] = None
    if arguments.na_prob is not None:
        null_odds = _read(arguments.na_prob, (int, float), "number")
    elif threshold is not None:
        raise ValueError("--na-prob-thresh has no effect without --na-prob FILE.")
    scores = scoring.score_file(
        arguments.dataset,
        predictions,
        arguments.metric,
        null_odds,
        scoring.OFFICIAL_THRESHOLD if threshold is None else threshold,
    )
    print(json.dumps(scores, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Scores answers to questions as SQuAD 1.1, SQuAD 2.0, MRQA and "
        "CMRC 2018 do; prints JSON. The rules of SQuAD 2.0 hold where a question of "
        "the data has no answer, or --na-prob is given."
    )
    parser.add_argument(
        "dataset", help="Data file of SQuAD's format, or MRQA's if named .jsonl[.gz]."
    )
    parser.add_argument("predictions", help='JSON: {"question id": "answer", ...}.')
    parser.add_argument(
        "--na-prob",
        metavar="FILE",
        help="JSON: question id -> odds that there is no answer; for SQuAD 2.0.",
    )
    parser.add_argument(
        "--na-prob-thresh",
        type=float,
        metavar="ODDS",
        help="Odds above which no answer is said (default: %s)."
        % scoring.OFFICIAL_THRESHOLD,
    )
    parser.add_argument("--metric", choices=scoring.METRICS, default=scoring.SQUAD)
    return parser


def _read(path: str, kind: Any, what: str) -> Dict[str, Any]:
    """Returns a JSON object whose values are of one kind.

    Raises:
      ValueError: It is something else.
    """
    values = files.read_json(path)
    if not isinstance(values, dict):
        raise ValueError(
            '%s: expected a JSON object {"question id": %s, ...}.' % (path, what)
        )
    for name, value in values.items():
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(
                "%s: the value of %r is no %s: %r." % (path, name, what, value)
            )
    return values


if __name__ == "__main__":
    cli.main(run)

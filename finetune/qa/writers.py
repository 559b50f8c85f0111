"""Answers as rows and as the files that the official scorers read."""

import functools
import json
from typing import Any, Dict, Iterator, List

from finetune import task as task_lib
from finetune.qa import decode


def for_decoder(decoder: decode.Decoder) -> task_lib.Writer:
    """Returns the writer of a task."""
    return task_lib.Writer(
        rows=functools.partial(_rows, decoder), files=functools.partial(_files, decoder)
    )


def _rows(
    decoder: decode.Decoder, predictions: task_lib.Predictions
) -> Iterator[Dict[str, Any]]:
    for example, said in zip(predictions.examples, decoder(predictions)):
        row = {
            "id": example.id,
            "question": example.question,
            "prediction": said.prediction,
            "n_best": _ranked(said),
        }
        if decoder.null_threshold is not None:
            row["null_odds"] = round(said.null_odds, 6)
        if predictions.is_labeled:
            row["answers"] = list(example.answers)
        yield row


def _files(
    decoder: decode.Decoder, predictions: task_lib.Predictions
) -> Dict[str, str]:
    decoded = dict(zip(predictions.ids, decoder(predictions)))
    contents: Dict[str, Dict[str, Any]] = {
        "predictions.json": {name: said.prediction for name, said in decoded.items()},
        "nbest_predictions.json": {
            name: _ranked(said) for name, said in decoded.items()
        },
    }
    if decoder.null_threshold is not None:
        contents["best_answers.json"] = {
            name: said.best for name, said in decoded.items()
        }
        contents["null_odds.json"] = {
            name: said.null_odds for name, said in decoded.items()
        }
    return {
        name: json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        for name, content in contents.items()
    }


def _ranked(said: decode.Decoded) -> List[Dict[str, Any]]:
    return [
        {
            "text": answer.text,
            "probability": round(answer.probability, 6),
            "score": round(answer.score, 6),
        }
        for answer in said.answers
    ]

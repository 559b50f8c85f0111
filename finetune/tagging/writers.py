"""Predicted tags as files: JSON rows, columns for scorers, one line per sentence."""

import json
from typing import Any, Dict, Iterator, List

from finetune import task as task_lib
from finetune.classification import writers
from finetune.tagging import answers, reader, schemes, tag_set, texts

HEADER = "pred_label"


def rows(
    tags: tag_set.TagSet, predictions: task_lib.Predictions
) -> Iterator[Dict[str, Any]]:
    """Yields one dict per sentence; words are counted from 0, `last` included."""
    said = answers.collect(predictions, tags)
    for example, answer in zip(predictions.examples, said):
        row: Dict[str, Any] = {
            "id": example.id,
            "words": list(example.words),
            "prediction": list(answer.tags),
            "probabilities": [round(float(p), 6) for p in answer.probabilities],
            "entities": [_entity(each, example) for each in answer.entities],
        }
        if predictions.is_labeled:
            row["label"] = list(example.tags)
        yield row


def _entity(entity: schemes.Entity, example: reader.Example) -> Dict[str, Any]:
    kind, first, last = entity
    row: Dict[str, Any] = {
        "type": kind,
        "first": first,
        "last": last,
        "text": example.part(first, last),
    }
    if example.text is not None:
        row["start"], row["end"] = example.places[first][0], example.places[last][1]
    return row


def files(tags: tag_set.TagSet, predictions: task_lib.Predictions) -> Dict[str, str]:
    """Returns the files that scorers read, by the end of their names.

    - predictions.txt: a line per word with the word, its true tag if there is one,
      and the predicted one; a blank line after each sentence. conlleval and seqeval
      read it. Columns are divided by spaces or, if a word has one, by tabs.
    - predictions.tsv: a line of predicted tags per sentence, under a header.
    - predict.json: what CLUE's server takes; only of texts.
    """
    said = answers.collect(predictions, tags)
    written = {
        "predictions.txt": _columns(predictions, said),
        "predictions.tsv": _values(said),
    }
    if all(example.text is not None for example in predictions.examples):
        written["predict.json"] = _json_lines(predictions, said)
    return written


def _columns(predictions: task_lib.Predictions, said: List[answers.Answer]) -> str:
    shown = [list(map(_shown, example.words)) for example in predictions.examples]
    has_spaces = any(not word or " " in word for words in shown for word in words)
    separator = "\t" if has_spaces else " "
    lines = []
    for example, words, answer in zip(predictions.examples, shown, said):
        columns = [words, answer.tags]
        if predictions.is_labeled:
            columns.insert(1, example.tags)
        lines += [separator.join(fields) for fields in zip(*columns)]
        lines.append("")
    return "\n".join(lines) + "\n"


def _values(said: List[answers.Answer]) -> str:
    lines = [HEADER] + [" ".join(answer.tags) for answer in said]
    return "\n".join(lines) + "\n"


def _shown(word: str) -> str:
    """Returns a word that ends neither column nor line."""
    return word.translate({ord(blank): " " for blank in "\t\r\n"})


def _json_lines(predictions: task_lib.Predictions, said: List[answers.Answer]) -> str:
    """Returns the entities of each text as CLUENER has them."""
    lines = []
    for example, answer in zip(predictions.examples, said):
        found = [
            texts.Entity(kind, example.places[first][0], example.places[last][1])
            for kind, first, last in answer.entities
        ]
        row = {
            "id": writers.as_number(example.id),
            "text": example.text,
            "label": texts.by_type(found, example.text),
        }
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)

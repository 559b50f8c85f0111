"""Predicted tags as files: JSON rows, columns for scorers, one line per sentence."""

from typing import Any, Dict, Iterator, List

from finetune import task as task_lib
from finetune.tagging import answers, tag_set

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
            "entities": [
                {
                    "type": kind,
                    "first": first,
                    "last": last,
                    "text": " ".join(example.words[first : last + 1]),
                }
                for kind, first, last in answer.entities
            ],
        }
        if predictions.is_labeled:
            row["label"] = list(example.tags)
        yield row


def files(tags: tag_set.TagSet, predictions: task_lib.Predictions) -> Dict[str, str]:
    """Returns the files that scorers read, by the end of their names.

    - predictions.txt: a line per word with the word, its true tag if there is one,
      and the predicted one; a blank line after each sentence. conlleval and seqeval
      read it. Columns are divided by spaces or, if a word has one, by tabs.
    - predictions.tsv: a line of predicted tags per sentence, under a header.
    """
    said = answers.collect(predictions, tags)
    return {
        "predictions.txt": _columns(predictions, said),
        "predictions.tsv": _values(said),
    }


def _columns(predictions: task_lib.Predictions, said: List[answers.Answer]) -> str:
    has_spaces = any(
        " " in word for example in predictions.examples for word in example.words
    )
    separator = "\t" if has_spaces else " "
    lines = []
    for example, answer in zip(predictions.examples, said):
        columns = [example.words, answer.tags]
        if predictions.is_labeled:
            columns.insert(1, example.tags)
        lines += [separator.join(fields) for fields in zip(*columns)]
        lines.append("")
    return "\n".join(lines) + "\n"


def _values(said: List[answers.Answer]) -> str:
    lines = [HEADER] + [" ".join(answer.tags) for answer in said]
    return "\n".join(lines) + "\n"

"""Questions, files and predictions to test reading comprehension with."""

import gzip
import json
import os

import numpy as np

from finetune import task as task_lib
from finetune.qa import reader

NEWTON = "Isaac Newton was born in 1642 in Woolsthorpe. He died in 1727."
BEIJING = "北京大学创办于1898年，位于北京。"

TRAIN = task_lib.Split("train", task_lib.TRAIN)
DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.TEST)


def answer(text, start):
    return {"text": text, "answer_start": start}


def question(name, text="When?", *answers, **more):
    return dict({"id": name, "question": text, "answers": list(answers)}, **more)


def squad(*paragraphs):
    """Returns a document of SQuAD's format; each paragraph is (context, questions)."""
    return {
        "version": "1.1",
        "data": [
            {
                "title": "Title",
                "paragraphs": [
                    {"context": context, "qas": list(questions)}
                    for context, questions in paragraphs
                ],
            }
        ],
    }


def write(folder, name, content):
    """Writes text, bytes, lines or a JSON document; returns the path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False)
    elif isinstance(content, list):
        lines = [json.dumps(line, ensure_ascii=False) for line in content]
        content = "\n".join(lines) + "\n"
    if isinstance(content, str):
        content = content.encode("utf-8")
    if name.endswith(".gz"):
        content = gzip.compress(content)
    with open(path, "wb") as stream:
        stream.write(content)
    return path


def example(name="q", text="When was Newton born ?", answers=("1642",), **values):
    """Returns an example about Newton with an answer that stands in the text."""
    context = values.pop("context", NEWTON)
    spans = tuple(
        (context.index(gold), context.index(gold) + len(gold)) for gold in answers
    )
    values = dict({"spans": spans, "is_impossible": not answers}, **values)
    return reader.Example(name, context, text, tuple(answers), **values)


def outputs(*records):
    """Returns a head's outputs.

    Args:
      *records: (number of the example, {"text": score} or {(start, end): score} of
        spans in NEWTON, null score); at most three spans.
    """
    result = {
        "example": np.array([number for number, _, _ in records]),
        "null_scores": np.array([null for _, _, null in records], np.float32),
        "span_scores": np.full([len(records), 3], -1e9, np.float32),
        "span_starts": np.zeros([len(records), 3], np.int32),
        "span_ends": np.zeros([len(records), 3], np.int32),
    }
    for row, (_, spans, _) in enumerate(records):
        for column, (span, score) in enumerate(spans.items()):
            start = NEWTON.index(span) if isinstance(span, str) else span[0]
            end = start + len(span) if isinstance(span, str) else span[1]
            result["span_scores"][row, column] = score
            result["span_starts"][row, column] = start
            result["span_ends"][row, column] = end
    return result


def predictions(examples, *records, **values):
    """Returns predictions of labeled examples; see `outputs`."""
    values.setdefault("losses", np.zeros([len(records)], np.float32))
    return task_lib.Predictions(list(examples), outputs(*records), **values)

"""Stand-ins for the tests of ranking."""

import numpy as np

from finetune import task as task_lib
from finetune.ranking import reader


def candidates(*rows):
    """Returns examples of (qid, label) pairs, named by their places."""
    return [
        reader.Example(str(n), qid, "question " + qid, "candidate %d" % n, label)
        for n, (qid, label) in enumerate(rows)
    ]


def said(examples, scores, is_labeled=True):
    """Returns predictions in which class 1 has these log-odds."""
    scores = np.array(scores, np.float32)
    logits = np.stack([-scores / 2, scores / 2], axis=1)
    probability = 1.0 / (1.0 + np.exp(-scores))
    probabilities = np.stack([1.0 - probability, probability], axis=1)
    losses = np.full([len(scores)], 0.5, np.float32) if is_labeled else None
    return task_lib.Predictions(
        examples, {"logits": logits, "probabilities": probabilities}, losses
    )

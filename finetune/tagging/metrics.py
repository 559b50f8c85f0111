"""Scores of tagging: whole entities, counted by seqeval, and single words.

Scores are times 100; `loss` is the mean per word and is not.
"""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from seqeval import scheme as seqeval_schemes
from seqeval.metrics import v1 as seqeval

from finetune import task as task_lib
from finetune.tagging import answers, schemes, tag_set

Entities = Sequence[schemes.Entity]
NAMES = ("precision", "recall", "f1", "accuracy", "loss")


class Scored(NamedTuple):
    """Precision, recall and F1, times 100, and the number of true entities."""

    precision: float
    recall: float
    f1: float
    support: int


def entity_scores(true: List[Entities], found: List[Entities]) -> Scored:
    """Returns the scores over all entities of some sentences."""
    scores = _seqeval(true, found, _all_types(true, found), "micro")
    return Scored(float(scores[0]), float(scores[1]), float(scores[2]), int(scores[3]))


def scores_by_type(true: List[Entities], found: List[Entities]) -> Dict[str, Scored]:
    """Returns the scores of each type of entity, in alphabetical order."""
    types = _all_types(true, found)
    columns = [column.tolist() for column in _seqeval(true, found, types, None)]
    return {kind: Scored(*row) for kind, row in zip(types, zip(*columns))}


def score(tags: tag_set.TagSet, predictions: task_lib.Predictions) -> Dict[str, float]:
    """Returns all scores of a labeled split; zeros if the model is broken.

    Args:
      tags: What the model has learned.
      predictions: Of the split.

    Raises:
      ValueError: The split has no tags.
    """
    if predictions.losses is None:
        raise ValueError("A split without tags cannot be scored.")
    if not _is_finite(predictions):
        return dict.fromkeys(NAMES[:-1], 0.0)
    said = answers.collect(predictions, tags)
    true = true_entities(tags, predictions)
    scored = entity_scores(true, [answer.entities for answer in said])
    examples = predictions.examples
    true_tags = np.array([tag for each in examples for tag in each.tags], object)
    said_tags = np.array([tag for each in said for tag in each.tags], object)
    num_learned = sum(
        int(np.count_nonzero(tags.numbers(example.tags))) for example in examples
    )
    return {
        "precision": scored.precision,
        "recall": scored.recall,
        "f1": scored.f1,
        "accuracy": 100.0 * float(np.mean(true_tags == said_tags)),
        "loss": float(np.sum(predictions.losses)) / max(1, num_learned),
    }


def degenerate(
    tags: tag_set.TagSet, predictions: task_lib.Predictions
) -> Optional[str]:
    """Returns why these predictions show a failed run, or None."""
    if not _is_finite(predictions):
        return "the probabilities are not finite"
    if any(answer.entities for answer in answers.collect(predictions, tags)):
        return None
    if predictions.is_labeled and not any(true_entities(tags, predictions)):
        return None
    return "no entity is found in any sentence"


def true_entities(
    tags: tag_set.TagSet, predictions: task_lib.Predictions
) -> List[Entities]:
    return [tags.entities(example.tags) for example in predictions.examples]


def _is_finite(predictions: task_lib.Predictions) -> bool:
    return bool(np.all(np.isfinite(predictions.outputs["probability"])))


def _all_types(*sides: Iterable[Entities]) -> List[str]:
    return sorted({each.type for side in sides for row in side for each in row})


def _seqeval(
    true: List[Entities],
    found: List[Entities],
    types: List[str],
    average: Optional[str],
) -> Tuple[Any, ...]:
    """Asks seqeval, in its strict mode, with numbers for the names of types.

    It would cut hyphens off the ends of names. Numbers of one width stand in the
    order of the names.
    """
    name_of = {kind: "%06d" % number for number, kind in enumerate(types)}

    def tagged(row: Entities, length: int) -> List[str]:
        renamed = [each._replace(type=name_of[each.type]) for each in row]
        return schemes.BIO.write(renamed, length)

    lengths = [
        1 + max([each.last for each in list(left) + list(right)] + [0])
        for left, right in zip(true, found)
    ]
    precision, recall, f1, support = seqeval.precision_recall_fscore_support(
        list(map(tagged, true, lengths)),
        list(map(tagged, found, lengths)),
        average=average,
        zero_division=0,
        scheme=seqeval_schemes.IOB2,
    )
    return 100.0 * precision, 100.0 * recall, 100.0 * f1, support

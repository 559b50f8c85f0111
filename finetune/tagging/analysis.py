"""What the predicted tags of a split show beyond their scores."""

from typing import Dict, List, Optional, Sequence

import numpy as np

from finetune import task as task_lib
from finetune.tagging import answers, metrics, reader, schemes, tag_set

NO_TYPE = "_"  # How pages show the type of tags that have none.


def analyze(
    tags: tag_set.TagSet, predictions: task_lib.Predictions
) -> task_lib.Analysis:
    """Returns scores by type, which type was taken for which, and wrong sentences.

    Args:
      tags: What the model has learned.
      predictions: Of a labeled split.
    """
    said = answers.collect(predictions, tags)
    true = metrics.true_entities(tags, predictions)
    by_type = metrics.scores_by_type(true, [answer.entities for answer in said])
    groups: Dict[str, Dict[str, float]] = {
        kind or NO_TYPE: dict(scored._asdict()) for kind, scored in by_type.items()
    }
    return task_lib.Analysis(
        groups=groups,
        mistakes=_mistakes(predictions, true, said),
        confusion=_confusion(predictions, true, said, tags),
    )


def _confusion(
    predictions: task_lib.Predictions,
    true: List[metrics.Entities],
    said: List[answers.Answer],
    tags: tag_set.TagSet,
) -> task_lib.Confusion:
    """Counts words by the types of the entities that they are in."""
    found = {each.type for row in true for each in row}
    types: List[Optional[str]] = list(sorted(found.union(tags.types)))
    if tags.plain != schemes.WORDS:
        types.insert(0, None)  # Outside of entities.
    numbers = {kind: number for number, kind in enumerate(types)}
    counts = np.zeros([len(numbers), len(numbers)], np.int64)
    for example, expected, answer in zip(predictions.examples, true, said):
        length = len(example.words)
        rows = [numbers[kind] for kind in _types_of_words(expected, length)]
        columns = [numbers[kind] for kind in _types_of_words(answer.entities, length)]
        np.add.at(counts, (rows, columns), 1)
    names = [schemes.OUTSIDE if kind is None else kind or NO_TYPE for kind in types]
    return task_lib.Confusion(tuple(names), counts)


def _types_of_words(
    entities: Sequence[schemes.Entity], length: int
) -> List[Optional[str]]:
    types: List[Optional[str]] = [None] * length
    for kind, first, last in entities:
        types[first : last + 1] = [kind] * (last + 1 - first)
    return types


def _mistakes(
    predictions: task_lib.Predictions,
    true: List[metrics.Entities],
    said: List[answers.Answer],
) -> List[task_lib.Mistake]:
    """Returns the sentences whose entities are not those of the file."""
    losses = np.zeros(len(said))
    np.add.at(losses, predictions.outputs["example"], np.asarray(predictions.losses))
    mistakes = [
        task_lib.Mistake(
            id=example.id,
            text=example.part(0, len(example.words) - 1),
            expected=describe(expected, example),
            predicted=describe(answer.entities, example),
            badness=float(loss),
        )
        for example, expected, answer, loss in zip(
            predictions.examples, true, said, losses
        )
        if list(expected) != list(answer.entities)
    ]
    return sorted(mistakes, key=lambda mistake: -mistake.badness)


def describe(entities: Sequence[schemes.Entity], example: reader.Example) -> str:
    """Returns entities for people: "Ada B. (PER), Rome (LOC)"."""
    shown = [
        "%s (%s)" % (example.part(first, last), kind or NO_TYPE)
        for kind, first, last in entities
    ]
    return ", ".join(shown) if shown else "no entity"

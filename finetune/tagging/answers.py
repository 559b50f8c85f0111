"""What a model said of each sentence, put together from its windows."""

from typing import List, NamedTuple, Tuple

import numpy as np

from finetune import task as task_lib
from finetune.tagging import schemes, tag_set


class Answer(NamedTuple):
    """What a model said of one sentence.

    Attributes:
      entities: Those found.
      tags: One per word, in the plain scheme of the task.
      probabilities: That of each word's class.
    """

    entities: List[schemes.Entity]
    tags: Tuple[str, ...]
    probabilities: np.ndarray


def collect(predictions: task_lib.Predictions, tags: tag_set.TagSet) -> List[Answer]:
    """Returns an answer for every example.

    Raises:
      RuntimeError: Words came back lost or doubled.
    """
    lengths = [len(example.words) for example in predictions.examples]
    starts = np.cumsum([0] + lengths)
    words = predictions.outputs["word"]
    records, tokens = np.nonzero(words)
    places = starts[predictions.outputs["example"][records]]
    places = places + words[records, tokens] - 1
    if not np.array_equal(np.sort(places), np.arange(starts[-1])):
        raise RuntimeError(
            "%d words were to be tagged, but they came back lost or doubled; please "
            "report this." % starts[-1]
        )
    order = np.argsort(places)
    records, tokens = records[order], tokens[order]
    classes = np.array(tags.classes, dtype=object)
    said = classes[predictions.outputs["tag"][records, tokens]]
    probabilities = predictions.outputs["probability"][records, tokens]
    answers = []
    for start, length in zip(starts, lengths):
        entities = tags.scheme.read(said[start : start + length]).entities
        plain = tuple(tags.plain.write(entities, length))
        answers.append(Answer(entities, plain, probabilities[start : start + length]))
    return answers

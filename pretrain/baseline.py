"""What a model would reach that knows only how frequent each answer is.

A metric means little alone: a language model that names the most frequent token is
right in one case of twenty. These guesses, from counts in the training records scored
on the held-out ones, are what a run must beat to have learned anything of context.
"""

import itertools
from typing import Any, Dict, List, NamedTuple

import numpy as np

from util import parsing, records

NUM_RECORDS = 2000  # That are counted, and that are scored.
NUM_FILES = 8  # Among which they are.
TOKENS = "input_ids"
SMOOTHING = 1.0  # Added to every count.


class Guess(NamedTuple):
    """A model of frequencies alone."""

    loss: float  # Mean cross-entropy, in nats.
    accuracy: float  # Share of the most frequent answer.


def guesses(objectives: Any, prepared: Any) -> Dict[str, float]:
    """Returns the metrics of guessing, under the names of the real ones.

    Args:
      objectives: `objective.WeightedSum`.
      prepared: `run.Prepared`; its split and the tokens of its tokenizer.

    Returns:
      `<name>_loss` and `<name>_accuracy` of whatever the objectives name, of tokens
      `<name>_perplexity` too; {} without held-out records.
    """
    if not prepared.split.held_out:
        return {}
    train, held_out = (
        _sample(shards) for shards in (prepared.split.train, prepared.split.held_out)
    )
    special = set(prepared.tokenizer.special_ids.values())
    result = {}
    for name, answers in objectives.answers.items():
        guess = score(
            _values(train, answers.feature, special),
            _values(held_out, answers.feature, special),
            answers.num_answers or prepared.config.encoder.vocab_size,
        )
        result[name + "_loss"], result[name + "_accuracy"] = guess
        if answers.feature == TOKENS:
            result[name + "_perplexity"] = float(np.exp(guess.loss))
    return result


def score(train: np.ndarray, held_out: np.ndarray, num_answers: int) -> Guess:
    """Counts answers, and scores the counts on others.

    Args:
      train: int [N], in [0, num_answers).
      held_out: int [M], likewise.
      num_answers: V.
    """
    counts = np.bincount(train, minlength=num_answers) + SMOOTHING
    probabilities = counts / counts.sum()
    if not held_out.size:
        return Guess(0.0, 0.0)
    loss = -np.log(probabilities[held_out]).mean()
    accuracy = np.mean(held_out == np.argmax(counts))
    return Guess(float(loss), float(accuracy))


def _sample(shards: List[Any]) -> List[Dict[str, List]]:
    """Returns the first records of some files, decoded."""
    chosen = shards[:: max(1, len(shards) // NUM_FILES)][:NUM_FILES]
    per_file = -(-NUM_RECORDS // len(chosen))
    found = []
    for shard in chosen:
        for serialized in itertools.islice(records.read(shard.path), per_file):
            found.append(parsing.decode(serialized))
    return found


def _values(sample: List[Dict[str, List]], feature: str, special: set) -> np.ndarray:
    """Returns all values of a feature; of the tokens, the words."""
    values = [np.asarray(each[feature], np.int64) for each in sample]
    flat = np.concatenate(values) if values else np.zeros([0], np.int64)
    if feature == TOKENS:
        flat = flat[~np.isin(flat, list(special))]
    return flat

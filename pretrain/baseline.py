"""What a model would reach that knows only how frequent each answer is.

A metric means little alone: a language model that names the most frequent token is
right in one case of twenty. These guesses, from counts in the training records scored
on the records of an evaluation, are what a run must beat to have learned anything of
context. Enough records are counted that more would hardly make the guess better: from
few, it knows too little of rare words, and a run of no merit has a lower loss.
"""

import itertools
from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

import numpy as np

from model import vocabulary
from pretrain import objective
from util import parsing, records

MOST_RECORDS = 20000  # That are counted, and that are scored.
NUM_FILES = 8  # Among which those that are counted lie.
TOKENS, MASK = "input_ids", "input_mask"
SMOOTHING = 1.0  # Added to every count.

Sample = List[Dict[str, np.ndarray]]  # Of each record, features without padding.


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
    features = {answers.feature for answers in objectives.answers.values()}
    train, held_out = _samples(prepared, features)
    special = {
        number
        for name, number in prepared.tokenizer.special_ids.items()
        if name != vocabulary.UNK  # A word like others.
    }
    result = {}
    for name, answers in objectives.answers.items():
        guess = score(
            _values(train, answers, special),
            _values(held_out, answers, special),
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


def _samples(prepared: Any, features: Set[str]) -> Tuple[Sample, Sample]:
    """Returns what is counted, and what an evaluation reads."""
    config, split = prepared.config, prepared.split
    step = max(1, len(split.train) // NUM_FILES)
    chosen = split.train[::step][:NUM_FILES]
    per_file = -(-MOST_RECORDS // len(chosen))
    train: Sample = []
    for shard in chosen:
        train += _sample([shard], features, per_file)
    num_evaluated = config.pretrain.num_eval_steps * config.input.eval_batch_size
    return train, _sample(split.held_out, features, min(num_evaluated, MOST_RECORDS))


def _sample(shards: Sequence[Any], features: Set[str], count: int) -> Sample:
    """Returns the first records of files that are read one after the other."""
    serialized = itertools.chain.from_iterable(
        records.read(shard.path) for shard in shards
    )
    sample = []
    for example in map(parsing.decode, itertools.islice(serialized, count)):
        kept = {name: np.array(example[name], np.int32) for name in features}
        if TOKENS in features:
            kept[TOKENS] = kept[TOKENS][: int(sum(example[MASK]))]
        sample.append(kept)
    return sample


def _values(
    sample: Sample, answers: objective.Answers, special: Set[int]
) -> np.ndarray:
    """Returns all right answers in a sample, int32 [N]."""
    values = [example[answers.feature] for example in sample]
    if answers.offset > 0:
        values = [tokens[answers.offset :] for tokens in values]
    elif answers.offset < 0:
        values = [tokens[: answers.offset] for tokens in values]
    flat = np.concatenate(values) if values else np.zeros([0], np.int32)
    if answers.feature == TOKENS and not answers.offset:
        flat = flat[~np.isin(flat, list(special))]
    return flat

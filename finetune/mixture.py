"""Several tasks in one training: which task every example of a batch comes from."""

import dataclasses
from typing import List, Sequence

import numpy as np

from util import settings

PROPORTIONAL, TEMPERATURE, EQUAL = "proportional", "temperature", "equal"


@dataclasses.dataclass(frozen=True)
class MixtureSettings(settings.Section):
    """Whether and how tasks are trained together."""

    multi_task: bool = settings.setting(
        False, "Train all tasks of task_names in one model, not one after another."
    )
    mixing: str = settings.setting(
        PROPORTIONAL,
        "Share of each task in the batches: by its number of examples, by a root of "
        "it, or the same for all.",
        choices=[PROPORTIONAL, TEMPERATURE, EQUAL],
    )
    mixing_temperature: float = settings.setting(
        2.0, "Root taken of the numbers of examples; 1 is proportional.", low=1.0
    )


def shares(counts: Sequence[int], mixture: MixtureSettings) -> List[float]:
    """Returns the share of every task in the training, 1 in sum.

    Args:
      counts: Training records of each task.
      mixture: How they are mixed.
    """
    root = {
        PROPORTIONAL: 1.0,
        TEMPERATURE: 1.0 / mixture.mixing_temperature,
        EQUAL: 0.0,
    }[mixture.mixing]
    weights = np.asarray(counts, np.float64) ** root
    return [float(share) for share in weights / weights.sum()]


def order(
    counts: Sequence[int], task_shares: Sequence[float], num_examples: int, seed: int
) -> np.ndarray:
    """Returns the task of every example of a training, int8 [num_examples].

    An epoch has as many examples as all tasks together, and each task its share of
    them: with proportional shares every example once. The order within an epoch is
    drawn from the seed and the epoch's number.

    Args:
      counts: Training records of each task.
      task_shares: From `shares`.
      num_examples: Length of the training.
      seed: Of the order.
    """
    size = sum(counts)
    tasks = np.repeat(
        np.arange(len(counts), dtype=np.int8), _apportioned(size, task_shares)
    )
    epochs = [
        np.random.RandomState([seed % 2**32, epoch]).permutation(tasks)
        for epoch in range(-(-num_examples // size))
    ]
    return np.concatenate(epochs)[:num_examples]


def _apportioned(total: int, task_shares: Sequence[float]) -> np.ndarray:
    """Divides a number by shares into whole parts: largest remainders first."""
    exact = total * np.asarray(task_shares)
    parts = np.floor(exact).astype(np.int64)
    by_remainder = np.argsort(parts - exact, kind="stable")
    parts[by_remainder[: total - parts.sum()]] += 1
    return parts

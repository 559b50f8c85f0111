"""Generators of random numbers, one for each purpose, all from one seed.

What is drawn in the graph of a model is in `randomness`.
"""

import hashlib
import random
from typing import Any

import numpy as np


def python_random(seed: int, *names: Any) -> random.Random:
    """Returns a generator for one purpose, such as `(seed, "shard", 7)`."""
    return random.Random(int.from_bytes(_digest(seed, names), "little"))


def numpy_random(seed: int, *names: Any) -> np.random.RandomState:
    """Returns a NumPy generator for one purpose; see `python_random`."""
    return np.random.RandomState(
        np.frombuffer(_digest(seed, ("numpy",) + names), np.uint32)
    )


def _digest(seed: int, names: Any) -> bytes:
    return hashlib.sha256(repr((seed,) + names).encode("utf-8")).digest()

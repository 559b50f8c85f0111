"""The numbers of the original ConvBERT, and how its weights and inputs are made.

README.md beside this file says where they come from.
"""

import json
import os
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

FOLDER = os.path.dirname(os.path.abspath(__file__))
NAMES = ("medium_small_2layers", "small_2layers")


class Golden(NamedTuple):
    """One golden model.

    Attributes:
      model_size: A name in `model.config.SIZES`.
      num_hidden_layers: Of discriminator and generator.
      vocab_size: Of the golden inputs.
      shapes: Name to shape of every trainable variable, sorted by name.
      inputs: Name to array, without the prefix `input_`.
      expected: Name to array: what the original computes from them.
      gradient_norms: Name of a variable to the norm of its gradient.
      losses_of_4_adam_steps: `total_loss` before each of four updates.
      sums_after_4_steps: Name to (sum, absolute sum) of a variable after them.
    """

    model_size: str
    num_hidden_layers: int
    vocab_size: int
    shapes: Dict[str, Tuple[int, ...]]
    inputs: Dict[str, np.ndarray]
    expected: Dict[str, np.ndarray]
    gradient_norms: Dict[str, float]
    losses_of_4_adam_steps: List[float]
    sums_after_4_steps: Dict[str, List[float]]

    @property
    def discriminator_ids(self) -> np.ndarray:
        """The input with the sampled tokens put in; int32 [B, T]."""
        ids = self.inputs["input_ids"].copy()
        chosen = self.inputs["weights"] > 0
        rows = np.nonzero(chosen)[0]
        ids[rows, self.inputs["positions"][chosen]] = self.inputs["sampled"][chosen]
        return ids


def load(name: str) -> Golden:
    """Reads one of `NAMES`."""
    path = os.path.join(FOLDER, name)
    with open(path + ".json", encoding="utf-8") as stream:
        facts: Dict[str, Any] = json.load(stream)
    arrays = dict(np.load(path + ".npz"))
    prefix = "input_"
    return Golden(
        model_size=facts["size"],
        num_hidden_layers=facts["overrides"]["num_hidden_layers"],
        vocab_size=facts["vocab_size"],
        shapes={key: tuple(shape) for key, shape in sorted(facts["variables"].items())},
        inputs={
            key[len(prefix) :]: array
            for key, array in arrays.items()
            if key.startswith(prefix)
        },
        expected={
            key: array for key, array in arrays.items() if not key.startswith(prefix)
        },
        gradient_norms=facts["gradient_norms"],
        losses_of_4_adam_steps=facts["losses_of_4_adam_steps"],
        sums_after_4_steps=facts["sums_after_4_steps"],
    )


def weights(shapes: Dict[str, Tuple[int, ...]]) -> Dict[str, np.ndarray]:
    """Returns the golden weights: a sine over the number of variable and element."""
    result = {}
    for number, name in enumerate(sorted(shapes)):
        size = int(np.prod(shapes[name]))
        wave = np.sin(0.37 * np.arange(size) + 1.7 * number + 0.1)
        values = 1 + 0.1 * wave if name.endswith("gamma") else 0.04 * wave
        result[name] = values.reshape(shapes[name]).astype(np.float32)
    return result


def assign(session: tf.Session, shapes: Dict[str, Tuple[int, ...]]) -> None:
    """Puts the golden weights in the trainable variables of the session's graph."""
    values = weights(shapes)
    variables = tf.trainable_variables()
    session.run(
        [variable.initializer for variable in variables],
        {variable.initial_value: values[variable.op.name] for variable in variables},
    )

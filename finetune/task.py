"""A task: what labeled data teaches, put together from five parts.

A reader finds and parses the files, a feature builder turns examples into arrays,
a head turns the encoder's vectors into predictions and losses, metrics score them,
and a writer puts test predictions into the form that a benchmark expects. None of
the parts knows the others, and the training loop knows none of them.
"""

import abc
import dataclasses
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from finetune import heads
from util import records

TRAIN = "train"
DEV = "dev"
TEST = "test"

ANY_LENGTH = (-1,)  # Shape of a feature that is a sequence of any length.


@dataclasses.dataclass(frozen=True)
class Split:
    """One file of a task.

    Attributes:
      name: As users see it: "dev_matched".
      role: TRAIN, DEV (labeled, scored) or TEST (not labeled, predicted).
      official: File name of its predictions in the benchmark's submission.
    """

    name: str
    role: str
    official: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Dataset:
    """The examples of one split, in file order.

    Attributes:
      path: The file.
      examples: What the task's feature builder understands.
      skipped: (line number, reason) of each row left out; a reader stops at the
        first bad row unless its format is published with some.
    """

    path: str
    examples: List[Any]
    skipped: Tuple[Tuple[int, str], ...] = ()


class Reader(abc.ABC):
    """Finds and parses the files of a task."""

    @abc.abstractmethod
    def find(self, data_dir: str, split: Split) -> str:
        """Returns the path of a split's file.

        Args:
          data_dir: Folder that holds one folder per task.
          split: Which of the files.

        Raises:
          FileNotFoundError: It is not there; the message lists where it could be.
        """

    @abc.abstractmethod
    def read(self, path: str, split: Split) -> Dataset:
        """Parses a file that `find` returned.

        Raises:
          ValueError: A row is malformed; the message starts with path:line.
        """


@dataclasses.dataclass(frozen=True)
class FeatureContext:
    """What shapes the features besides the examples.

    Attributes:
      tokenizer: A tokenizer of `model.tokenization`.
      max_seq_length: Longest sequence, [CLS] and [SEP] included.
      is_training: Whether the features are trained on.
      double_unordered: Whether pairs without an order are trained on both ways.
    """

    tokenizer: Any
    max_seq_length: int
    is_training: bool
    double_unordered: bool = True


class FeatureBuilder(abc.ABC):
    """Turns examples into arrays, and says what the arrays look like."""

    @abc.abstractmethod
    def specs(self) -> List[records.FeatureSpec]:
        """Returns the features; a shape of ANY_LENGTH marks a sequence."""

    @abc.abstractmethod
    def build(
        self, examples: List[Any], context: FeatureContext
    ) -> Iterator[Dict[str, Any]]:
        """Yields feature dicts; one or more per example, in order."""

    @abc.abstractmethod
    def fingerprint(self, context: FeatureContext) -> Dict[str, Any]:
        """Returns everything but the examples and tokenizer that shapes features."""


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a model said about the examples of one split, in file order.

    Attributes:
      ids: Name of each example, [n].
      outputs: The head's outputs by name, [n, ...] each.
      labels: True values, [n], or None for a test split.
      losses: Loss of each example, [n], or None for a test split.
    """

    ids: List[str]
    outputs: Dict[str, np.ndarray]
    labels: Optional[np.ndarray] = None
    losses: Optional[np.ndarray] = None


@dataclasses.dataclass(frozen=True)
class Writer:
    """How predictions leave the house.

    Attributes:
      values: One readable value per example, for the benchmark's file.
      rows: One JSON-ready dict per example, with all that the model said.
    """

    values: Callable[[Predictions], List[str]]
    rows: Callable[[Predictions], Iterator[Dict[str, Any]]]


@dataclasses.dataclass(frozen=True)
class Task:
    """One labeled problem. Derive variants with `dataclasses.replace`.

    Attributes:
      name: Lower-case; names files and the scope of the head's variables.
      splits: The files, training first.
      reader: Files -> examples.
      features: Examples -> arrays.
      head: Encoder output and features -> losses and outputs.
      metrics: Predictions of a labeled split -> scores.
      score: Names of the metrics whose mean ranks trials.
      writer: Predictions -> files.
      is_degenerate: Says why a model learned nothing, or None.
      labels: Class names, as stored in the model folder; empty for regression.
      defaults: Settings that this task changes: {"num_train_epochs": 10.0}.
    """

    name: str
    splits: Tuple[Split, ...]
    reader: Reader
    features: FeatureBuilder
    head: heads.Head
    metrics: Callable[[Predictions], Dict[str, float]]
    score: Tuple[str, ...]
    writer: Writer
    is_degenerate: Callable[[Predictions], Optional[str]]
    labels: Tuple[str, ...] = ()
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def with_role(self, role: str) -> List[Split]:
        return [split for split in self.splits if split.role == role]

    @property
    def scope(self) -> str:
        """Variable scope of the head."""
        return "task_specific/%s" % self.name

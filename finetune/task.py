"""A task: what labeled data teaches, put together from five parts.

A reader finds and parses the files, a feature builder turns examples into arrays,
a head turns the encoder's vectors into predictions and losses, metrics score them,
and a writer puts test predictions into the form that a benchmark expects. None of
the parts knows the others, and the training loop knows none of them.
"""

import abc
import dataclasses
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import heads
from finetune import settings as settings_lib
from model import modeling
from util import records

TRAIN = "train"
DEV = "dev"  # Labeled; its scores choose checkpoints and rank trials.
FINAL = "final"  # Labeled, scored at the end; chooses nothing.
TEST = "test"  # Not labeled; predicted.

ANY_LENGTH = (-1,)  # Shape of a feature that is a sequence of any length.

# What every encoder reads; tasks that are trained together share these features.
SHARED_FEATURES = ("input_ids", "segment_ids", "length")
INDEX = "index"  # Number of a record in its file.


def is_sequence(spec: records.FeatureSpec) -> bool:
    """Whether a feature has one entry per token."""
    return spec.shape[:1] == ANY_LENGTH


@dataclasses.dataclass(frozen=True)
class Split:
    """One file of a task.

    Attributes:
      name: As users see it: "dev_matched".
      role: TRAIN, DEV, FINAL or TEST.
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
      notes: What else a user should know of the file, a sentence each: "200 of 9657
        answers do not stand where the file says; they were looked up in the text."
    """

    path: str
    examples: List[Any]
    skipped: Tuple[Tuple[int, str], ...] = ()
    notes: Tuple[str, ...] = ()


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
        """Returns the features, `SHARED_FEATURES` among them.

        A first dimension of -1 marks a sequence with one entry per token, padded per
        batch; (-1, K) has rows of K numbers. `index` is added to every record.
        """

    @abc.abstractmethod
    def build(
        self, examples: List[Any], context: FeatureContext
    ) -> Iterator[Dict[str, Any]]:
        """Yields feature dicts; one or more per example, in order."""

    @abc.abstractmethod
    def fingerprint(self, context: FeatureContext) -> Dict[str, Any]:
        """Returns everything but the examples and tokenizer that shapes features."""

    def inputs(self, features: Dict[str, tf.Tensor]) -> modeling.Inputs:
        """Returns what the encoder reads of a batch.

        Args:
          features: Tensors by name, [B, T] for sequences; `length` is [B].
        """
        ids = features["input_ids"]
        mask = tf.sequence_mask(features["length"], tf.shape(ids)[1], tf.int32)
        return modeling.Inputs(ids, mask, features["segment_ids"])


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a model said about the examples of one split.

    Attributes:
      examples: In file order; each has an `id`, unique in its file.
      outputs: The head's outputs by name, [records, ...] each, in the order in which
        the feature builder gave the records. Outputs as long as their batch are
        filled up with zeros.
      losses: Loss of each record, [records], or None if the split is not labeled.
    """

    examples: List[Any]
    outputs: Dict[str, np.ndarray]
    losses: Optional[np.ndarray] = None

    @property
    def ids(self) -> List[str]:
        return [example.id for example in self.examples]

    @property
    def is_labeled(self) -> bool:
        return self.losses is not None

    @property
    def labels(self) -> np.ndarray:
        """The true values of examples that have one `label` each, [n]."""
        return np.array([example.label for example in self.examples])


@dataclasses.dataclass(frozen=True)
class Writer:
    """How predictions leave the house.

    Attributes:
      rows: One JSON-ready dict per example, with its `id` and `prediction` and all
        else that the model said.
      values: One readable value per example, for a benchmark's own file; None where
        no benchmark has one.
      files: The forms that the family's own scorers read: text by the end of a file
        name ("predictions.json").
    """

    rows: Callable[[Predictions], Iterator[Dict[str, Any]]]
    values: Optional[Callable[[Predictions], List[str]]] = None
    files: Optional[Callable[[Predictions], Dict[str, str]]] = None


class Confusion(NamedTuple):
    """Which class was taken for which.

    Attributes:
      names: C class names.
      counts: [C, C]; rows are the true classes, columns the predicted.
    """

    names: Tuple[str, ...]
    counts: np.ndarray


class Mistake(NamedTuple):
    """An example that was not answered well.

    Attributes:
      id: The example's.
      text: What was asked, as a reader would want to see it.
      expected: What the file says.
      predicted: What the model said.
      badness: Orders mistakes, worst first: usually the loss.
    """

    id: str
    text: str
    expected: str
    predicted: str
    badness: float


@dataclasses.dataclass(frozen=True)
class Analysis:
    """What the predictions of a labeled split show beyond their scores.

    Attributes:
      groups: Scores by class, entity type or kind of question, times 100; `support`
        is the number of examples.
      mistakes: Worst first; all of them.
      confusion: Where there are classes.
    """

    groups: Dict[str, Dict[str, float]]
    mistakes: List[Mistake]
    confusion: Optional[Confusion] = None


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
      metric_names: Every score that these may be; some splits lack some.
      score: Names of the metrics whose mean ranks trials.
      writer: Predictions -> files.
      is_degenerate: Says why a model learned nothing, or None.
      analyze: Predictions of a labeled split -> what a report shows.
      labels: Class names, as stored in the model folder; empty for regression.
      defaults: Settings that this task changes: {"num_train_epochs": 10.0}.
      renewal: Makes the examples of every epoch but the first anew, asking the model
        what it has learned; None where all epochs have the same.
      settle: This task and its scores on a development file -> the task as it then
        looks at predictions of other files; None where they change nothing.
    """

    name: str
    splits: Tuple[Split, ...]
    reader: Reader
    features: FeatureBuilder
    head: heads.Head
    metrics: Callable[[Predictions], Dict[str, float]]
    metric_names: Tuple[str, ...]
    score: Tuple[str, ...]
    writer: Writer
    is_degenerate: Callable[[Predictions], Optional[str]]
    analyze: Callable[[Predictions], Analysis]
    labels: Tuple[str, ...] = ()
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    renewal: Optional["Renewal"] = None
    settle: Optional[Callable[["Task", Dict[str, float]], "Task"]] = None

    def with_role(self, role: str) -> List[Split]:
        return [split for split in self.splits if split.role == role]

    @property
    def scope(self) -> str:
        """Variable scope of the head."""
        return "task_specific/%s" % self.name

    @property
    def mark(self) -> str:
        """Name of the feature that is 1 in this task's records and 0 in others'."""
        return "%s/is_mine" % self.name

    def stored_name(self, feature: str) -> str:
        """Returns what a feature is called in records: no two tasks share theirs."""
        is_shared = feature in SHARED_FEATURES or feature == INDEX
        return feature if is_shared else "%s/%s" % (self.name, feature)

    def stored_specs(self) -> List[records.FeatureSpec]:
        """Returns the features of this task's records."""
        specs = [
            spec._replace(name=self.stored_name(spec.name))
            for spec in self.features.specs()
        ]
        return specs + [records.FeatureSpec(INDEX), records.FeatureSpec(self.mark)]

    def own(self, features: Dict[str, Any]) -> Dict[str, Any]:
        """Returns the features that the head reads, under their own names."""
        return {
            spec.name: features[self.stored_name(spec.name)]
            for spec in self.features.specs()
        }


@dataclasses.dataclass(frozen=True)
class Renewal(abc.ABC):
    """Makes a training's examples anew from what the model has learned so far.

    Subclasses are dataclasses of what shapes them.
    """

    @abc.abstractmethod
    def num_examples(self, count: int) -> int:
        """Returns how many an epoch has, made from `count` examples."""

    @abc.abstractmethod
    def examples(
        self,
        epoch: int,
        originals: List[Any],
        ask: Callable[[List[Any]], Predictions],
        seed: int,
    ) -> Tuple[List[Any], Dict[str, Any]]:
        """Returns the examples of an epoch and what there is to say of them.

        Args:
          epoch: Number of the epoch, from 1; the first, 0, has the originals.
          originals: The training examples.
          ask: Predicts any examples of the task.
          seed: Of everything that is drawn.

        Returns:
          (`num_examples` examples, JSON-ready report).
        """


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What a task may depend on besides its name.

    Attributes:
      raw_data_dir: Folder of the tasks' folders.
      finetune: Settings of the run.
      question_answering: Settings of reading comprehension.
      tagging: Settings of tagging.
      stored_labels: Labels that a trained model's folder knows, where it is not
        trained anew; else they are collected from the training file.
    """

    raw_data_dir: str
    finetune: settings_lib.FinetuneSettings = settings_lib.FinetuneSettings()
    question_answering: settings_lib.QuestionAnsweringSettings = (
        settings_lib.QuestionAnsweringSettings()
    )
    tagging: settings_lib.TaggingSettings = settings_lib.TaggingSettings()
    stored_labels: Optional[Tuple[str, ...]] = None


Factory = Callable[[Surroundings], Task]  # What the catalog keeps by name.

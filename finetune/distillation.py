"""Distillation: learn from what a larger model says, besides the labels.

The teacher predicts the training file; its logits become soft targets. See
https://arxiv.org/abs/1503.02531. As a command, this puts the logits of a prediction
file beside the examples of a TSV file that has the columns label and text_a, as UER-py
has them:

  python3 -m finetune.distillation PREDICTIONS.jsonl DATA.tsv OUT.tsv

Glossary: B sequences in the batch, C classes.
"""

import argparse
import dataclasses
from typing import Any, List, Optional, Tuple

import tensorflow.compat.v1 as tf

from finetune import heads, teacher
from finetune import task as task_lib
from util import cli, records, settings

IN_DATA = "data"
MSE, CROSS_ENTROPY = "mse", "cross_entropy"


@dataclasses.dataclass(frozen=True)
class DistillationSettings(settings.Section):
    """A teacher, and how much it counts."""

    distill_from: Optional[str] = settings.setting(
        None,
        "A teacher's predictions of the training file: a .jsonl file that prediction "
        "wrote, or a .tsv with a column logits; 'data' takes the column logits of the "
        "training file itself. By default there is no teacher.",
    )
    distill_alpha: float = settings.setting(
        0.5, "Share of the teacher in the loss.", low=0.0, high=1.0
    )
    distill_loss: str = settings.setting(
        MSE,
        "Compares student and teacher by the squared difference of their logits or by "
        "the cross-entropy of their probabilities.",
        choices=[MSE, CROSS_ENTROPY],
    )
    distill_temperature: float = settings.setting(
        1.0,
        "Divides logits before cross_entropy takes their softmax; its loss is "
        "multiplied by the square.",
        low=0.01,
    )

    def check(self):
        if self.changed() and self.distill_from is None:
            raise ValueError(
                "%s is set, but there is no teacher; name its file in distill_from."
                % ", ".join(self.changed())
            )
        if self.distill_temperature != 1.0 and self.distill_loss == MSE:
            raise ValueError(
                "distill_temperature is %g, but the distill_loss mse compares the "
                "logits as they are; set distill_loss to cross_entropy."
                % self.distill_temperature
            )


def wrap(task: task_lib.Task, distillation: DistillationSettings) -> task_lib.Task:
    """Returns the task with a teacher beside its labels.

    Args:
      task: Its examples have `id`, `text_a`, `label`, `soft_targets` and `_replace`.
      distillation: Without `distill_from` the task stays as it is.

    Raises:
      ValueError: The task is of another kind, or the loss does not fit it.
    """
    if distillation.distill_from is None:
        return task
    is_class = isinstance(task.head, heads.Classification)
    if not (is_class or isinstance(task.head, heads.Regression)):
        raise ValueError(
            "distill_from is for classification and regression, and %s is neither: its "
            "head is %s. Leave it out of task_names or unset distill_from."
            % (task.name, type(task.head).__name__)
        )
    if distillation.distill_loss == CROSS_ENTROPY and not is_class:
        raise ValueError(
            "distill_loss cross_entropy is for classes, but %s is a regression; use "
            "mse." % task.name
        )
    labels = task.labels if is_class else ()
    return dataclasses.replace(
        task,
        reader=TaughtReader(task.reader, distillation.distill_from, labels),
        features=SoftTargetFeatures(task.features, len(labels) or 1),
        head=Distilled(task.head, distillation),
    )


@dataclasses.dataclass(frozen=True)
class TaughtReader(task_lib.Reader):
    """Reads a task's files, and what a teacher said of the training examples.

    Attributes:
      inner: Of the task.
      teacher: Path of the teacher's file, or IN_DATA.
      labels: Class names; empty for regression.
    """

    inner: task_lib.Reader
    teacher: str
    labels: Tuple[str, ...]

    def find(self, data_dir, split):
        return self.inner.find(data_dir, split)

    def read(self, path, split):
        dataset = self.inner.read(path, split)
        if split.role != task_lib.TRAIN:
            return dataset
        if self.teacher == IN_DATA:
            _check_soft_targets(dataset, len(self.labels) or 1)
            return dataset
        rows = teacher.read(self.teacher, self.labels)
        values = teacher.join(self.teacher, rows, dataset.examples, self.labels)
        examples = [
            example._replace(soft_targets=soft_targets)
            for example, soft_targets in zip(dataset.examples, values)
        ]
        return dataclasses.replace(dataset, examples=examples)


def _check_soft_targets(dataset: task_lib.Dataset, size: int) -> None:
    for example in dataset.examples:
        found = example.soft_targets
        if found is None or len(found) != size:
            raise ValueError(
                "%s: example %s has %s, expected %d in its column logits, one per "
                "class. distill_from may also name a file of a teacher's logits."
                % (
                    dataset.path,
                    example.id,
                    "no logits" if found is None else "%d logits" % len(found),
                    size,
                )
            )


@dataclasses.dataclass(frozen=True)
class SoftTargetFeatures(task_lib.FeatureBuilder):
    """Features of a task and, in training, a teacher's logits.

    Attributes:
      inner: Of the task; it passes labels through.
      size: C; 1 for regression.
    """

    inner: task_lib.FeatureBuilder
    size: int

    def specs(self):
        return self.inner.specs() + [
            records.FeatureSpec("soft_targets", (self.size,), "float", None),
            records.FeatureSpec("has_soft_targets", (), "int", None),
        ]

    def build(self, examples, context):
        if not context.is_training:
            for features in self.inner.build(examples, context):
                yield dict(features, **self._soft_targets(None))
            return
        # There may be several records of an example. Numbers instead of labels come
        # back in each of them.
        numbered = [
            example._replace(label=number) for number, example in enumerate(examples)
        ]
        for features in self.inner.build(numbered, context):
            example = examples[features["label"]]
            soft_targets = self._soft_targets(example.soft_targets)
            yield dict(features, label=example.label, **soft_targets)

    def fingerprint(self, context):
        return {
            "format": 1,
            "inner": self.inner.fingerprint(context),
            "size": self.size,
        }

    def inputs(self, features):
        return self.inner.inputs(features)

    def _soft_targets(self, values: Optional[Tuple[float, ...]]) -> Any:
        return {
            "soft_targets": [0.0] * self.size if values is None else list(values),
            "has_soft_targets": int(values is not None),
        }


@dataclasses.dataclass(frozen=True)
class Distilled(heads.Head):
    """Gives a head a loss that a teacher has a part in.

    alpha * teacher's loss + (1 - alpha) * its own loss, and its own alone for examples
    that the teacher has not seen: those that are evaluated.

    Attributes:
      inner: `heads.Classification` or `heads.Regression`.
      settings: The teacher's part.
    """

    inner: heads.Head
    settings: DistillationSettings

    def compute(self, encoded, features, is_training, scope):
        said = self.inner.compute(encoded, features, is_training, scope)
        soft_targets = features["soft_targets"]  # [B, C]
        if isinstance(self.inner, heads.Regression):
            span = self.inner.high - self.inner.low  # Its own loss is of [0, 1] too.
            logits, soft_targets = said.outputs["value"] / span, soft_targets / span
            soft_losses = squared(logits[:, tf.newaxis], soft_targets)
        elif self.settings.distill_loss == MSE:
            soft_losses = squared(said.outputs["logits"], soft_targets)
        else:
            soft_losses = cross_entropy(
                said.outputs["logits"], soft_targets, self.settings.distill_temperature
            )
        has_teacher = tf.cast(features["has_soft_targets"], tf.float32)  # [B]
        alpha = self.settings.distill_alpha * has_teacher
        losses = (1.0 - alpha) * said.losses + alpha * soft_losses
        return heads.HeadOutput(losses, said.outputs)


def squared(logits: tf.Tensor, soft_targets: tf.Tensor) -> tf.Tensor:
    """Returns the mean squared difference over the classes; [B, C] -> [B]."""
    return tf.reduce_mean(tf.math.squared_difference(logits, soft_targets), axis=1)


def cross_entropy(
    logits: tf.Tensor, soft_targets: tf.Tensor, temperature: float
) -> tf.Tensor:
    """Returns the cross-entropy of the teacher's and the student's probabilities.

    Multiplied by the square of the temperature, which leaves the size of the gradient
    as it is (https://arxiv.org/abs/1503.02531, section 2); [B, C] -> [B].
    """
    losses = tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=tf.nn.softmax(soft_targets / temperature), logits=logits / temperature
    )
    return temperature**2 * losses


def main(argv: List[str]) -> None:
    """Writes a TSV file with logits."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("predictions", help="Prediction file, .jsonl.")
    parser.add_argument("data", help="The file that was predicted, .tsv.")
    parser.add_argument("output", help="The file to write, .tsv.")
    arguments = parser.parse_args(argv)
    count = teacher.write_tsv(arguments.predictions, arguments.data, arguments.output)
    print("Wrote the logits of %d examples to %s" % (count, arguments.output))


if __name__ == "__main__":
    cli.main(main)

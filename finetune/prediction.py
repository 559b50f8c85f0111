"""Asks a model about every example of some splits: none lost, none twice."""

import functools
from typing import Dict, List, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import data, inputs
from finetune import job as job_lib
from finetune import task as task_lib
from util import estimator as estimator_lib

CARRIED = ("losses", "index", "label")  # Not the head's, but carried through.


def predict(
    job: job_lib.Job,
    estimator: estimator_lib.AnyEstimator,
    splits: Sequence[data.Prepared],
) -> List[task_lib.Predictions]:
    """Returns a model's predictions of each split, in file order.

    One graph and one session serve all of them.

    Args:
      job: Gives batch sizes and padding.
      estimator: Whose latest checkpoint is asked.
      splits: What is asked about.

    Raises:
      RuntimeError: Examples came back lost or doubled.
    """
    if not splits:
        return []

    def input_fn(params):
        del params
        datasets = [_dataset(job, prepared) for prepared in splits]
        return functools.reduce(tf.data.Dataset.concatenate, datasets)

    batches: Dict[str, List[np.ndarray]] = {}
    for batch in estimator.predict(input_fn, yield_single_examples=False):
        for name, values in batch.items():
            batches.setdefault(name, []).append(values)
    outputs = {name: np.concatenate(values) for name, values in batches.items()}
    rows = [_num_rows(job, prepared) for prepared in splits]
    ends = np.cumsum(rows)
    return [
        collect({name: outputs[name][start:end] for name in outputs}, prepared)
        for prepared, start, end in zip(splits, ends - rows, ends)
    ]


def _dataset(job: job_lib.Job, prepared: data.Prepared) -> tf.data.Dataset:
    return inputs.predict_dataset(
        prepared.records,
        job.task.features.specs(),
        _batch_size(job, prepared),
        pad_to=job.pad_to,
        fill_last=job.run.use_tpu,
        has_buckets=job.has_buckets,
    )


def _batch_size(job: job_lib.Job, prepared: data.Prepared) -> int:
    """A TPU predicts with the batch size that it was set up with."""
    is_dev = prepared.split.role == task_lib.DEV
    if is_dev and not job.run.use_tpu:
        return job.finetune.eval_batch_size
    return job.finetune.predict_batch_size


def _num_rows(job: job_lib.Job, prepared: data.Prepared) -> int:
    """Returns how many predictions a split gives; TPUs fill the last batch."""
    count = prepared.records.count
    if not job.run.use_tpu:
        return count
    batch_size = _batch_size(job, prepared)
    return -(-count // batch_size) * batch_size


def collect(
    outputs: Dict[str, np.ndarray], prepared: data.Prepared
) -> task_lib.Predictions:
    """Checks predictions against the examples that were asked about.

    Args:
      outputs: What the model function predicted, all batches joined; may go on
        after the last example (TPUs fill their last batch). In any order.
      prepared: The split.

    Raises:
      RuntimeError: Examples came back lost or doubled.
    """
    count = prepared.records.count
    order = np.argsort(outputs["index"][:count])
    outputs = {name: values[:count][order] for name, values in outputs.items()}
    if not np.array_equal(outputs["index"], np.arange(count)):
        raise RuntimeError(
            "%s: %d examples were to be predicted, but they came back lost or doubled; "
            "please report this." % (prepared.dataset.path, count)
        )
    is_labeled = prepared.split.role != task_lib.TEST
    return task_lib.Predictions(
        ids=[example.id for example in prepared.dataset.examples],
        outputs={name: outputs[name] for name in outputs if name not in CARRIED},
        labels=outputs["label"] if is_labeled else None,
        losses=outputs["losses"] if is_labeled else None,
    )

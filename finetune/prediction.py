"""Asks a model about every example of a split: none lost, none twice."""

from typing import Dict, List

import numpy as np

from finetune import data, inputs
from finetune import job as job_lib
from finetune import task as task_lib
from util import estimator as estimator_lib

CARRIED = ("losses", "index", "label")  # Not the head's, but carried through.


def predict(
    job: job_lib.Job, estimator: estimator_lib.AnyEstimator, prepared: data.Prepared
) -> task_lib.Predictions:
    """Returns a model's predictions of a split, in file order.

    Args:
      job: Gives batch sizes and padding.
      estimator: Whose latest checkpoint is asked.
      prepared: The split.

    Raises:
      RuntimeError: Examples came back lost or doubled.
    """
    is_dev = prepared.split.role == task_lib.DEV
    finetune = job.finetune
    # A TPU predicts with the batch size that it was set up with.
    use_eval_size = is_dev and not job.run.use_tpu
    batch_size = (
        finetune.eval_batch_size if use_eval_size else finetune.predict_batch_size
    )

    def input_fn(params):
        del params
        return inputs.predict_dataset(
            prepared.records,
            job.task.features.specs(),
            batch_size,
            pad_to=job.pad_to,
            fill_last=job.run.use_tpu,
            has_buckets=job.has_buckets,
        )

    batches: Dict[str, List[np.ndarray]] = {}
    for batch in estimator.predict(input_fn, yield_single_examples=False):
        for name, values in batch.items():
            batches.setdefault(name, []).append(values)
    outputs = {name: np.concatenate(values) for name, values in batches.items()}
    return collect(outputs, prepared)


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

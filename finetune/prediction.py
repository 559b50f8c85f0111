"""Asks a model about every example of some splits: none lost, none twice.

One graph and one session answer for all splits and for every checkpoint of a model,
during its training and after. On a TPU the estimator is asked.
"""

import dataclasses
import os
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import cache, data, inputs, model_fn
from finetune import job as job_lib
from finetune import task as task_lib
from util import estimator as estimator_lib
from util import gfile, progress

Batch = Dict[str, np.ndarray]


class Predictor:
    """The model of a job, asked in its present state or an earlier one."""

    def __init__(self, job: job_lib.Job):
        """Keeps the job; the graph is built when something is asked.

        Args:
          job: Gives tasks, encoder, batch sizes and padding.
        """
        self._job = job
        self._specs = inputs.specs_of(job.tasks)
        self._session: Optional[_Session] = None

    def predict(
        self, checkpoint: str, splits: Sequence[data.Prepared]
    ) -> List[task_lib.Predictions]:
        """Returns the predictions of each split, examples in file order.

        Args:
          checkpoint: Prefix of the weights.
          splits: What is asked about.

        Raises:
          RuntimeError: Examples came back lost or doubled.
        """
        return [
            collect(self._batches(checkpoint, prepared), prepared)
            for prepared in splits
        ]

    def ask(
        self, checkpoint: str, task: task_lib.Task, examples: List[Any], tokenizer: Any
    ) -> task_lib.Predictions:
        """Returns what a checkpoint says of examples that are in no file."""
        split = task_lib.Split("asked", task_lib.DEV)
        context = data.feature_context(tokenizer, self._job.finetune, split.role)
        with tempfile.TemporaryDirectory() as folder:
            # Without a cache: nobody will ask the same again.
            path = os.path.join(self._scratch(folder), "asked.tfrecord")
            found = cache.write(path, task, examples, context)
            records = cache.RecordFile(path, found["records"], found["tokens"], "")
            dataset = task_lib.Dataset(path, examples)
            prepared = data.Prepared(task, split, dataset, records)
            return self.predict(checkpoint, [prepared])[0]

    def close(self) -> None:
        """Frees the memory of the graph."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def _scratch(self, folder: str) -> str:
        """Returns where records that are asked about can be read by the devices."""
        model_dir = self._job.model_dir
        return model_dir if gfile.is_remote(model_dir) else folder

    def _batches(self, checkpoint: str, prepared: data.Prepared) -> Iterator[Batch]:
        if self._job.run.use_tpu:
            return self._by_estimator(checkpoint, prepared)
        if self._session is None:
            self._session = _Session(self._job, self._specs)
        batch_size = self._batch_size(prepared)
        return self._session.batches(checkpoint, prepared.records, batch_size)

    def _batch_size(self, prepared: data.Prepared) -> int:
        """A TPU predicts with the batch size that it was set up with."""
        is_labeled = prepared.split.role != task_lib.TEST
        if is_labeled and not self._job.run.use_tpu:
            return self._job.finetune.eval_batch_size
        return self._job.finetune.predict_batch_size

    def _by_estimator(
        self, checkpoint: str, prepared: data.Prepared
    ) -> Iterator[Batch]:
        finetune = self._job.finetune
        sizes = estimator_lib.BatchSizes(
            finetune.train_batch_size,
            finetune.eval_batch_size,
            finetune.predict_batch_size,
        )
        run = dataclasses.replace(self._job.run, model_dir=os.path.dirname(checkpoint))
        plan = self._job.plan(run)
        estimator = estimator_lib.build(model_fn.build(plan), run, {}, sizes)
        predict_plan = inputs.PredictPlan(
            finetune.predict_batch_size, self._job.pad_to, fill_last=True
        )

        def input_fn(params: Any) -> tf.data.Dataset:
            del params
            records = prepared.records
            return inputs.predict_dataset(
                records.path, records.count, self._specs, predict_plan
            )

        return estimator.predict(
            input_fn, checkpoint_path=checkpoint, yield_single_examples=False
        )


class _Session:
    """A graph that predicts, and the session in which it runs."""

    def __init__(self, job: job_lib.Job, specs: List[Any]):
        with tf.Graph().as_default() as graph:
            self._path = tf.placeholder(tf.string, [])
            self._count = tf.placeholder(tf.int64, [])
            self._batch_size = tf.placeholder(tf.int64, [])
            plan = inputs.PredictPlan(self._batch_size, job.pad_to, job.has_buckets)
            dataset = inputs.predict_dataset(self._path, self._count, specs, plan)
            iterator = tf.data.make_initializable_iterator(dataset)
            self._start = iterator.initializer
            function = model_fn.build(job.plan(job.run))
            spec = function(
                iterator.get_next(), None, tf.estimator.ModeKeys.PREDICT, {}
            )
            self._predictions = spec.predictions
            self._saver = tf.train.Saver(tf.trainable_variables())
        config = estimator_lib.session_config(job.run)
        self._session = tf.Session(graph=graph, config=config)
        self._checkpoint: Optional[str] = None

    def batches(
        self, checkpoint: str, records: cache.RecordFile, batch_size: int
    ) -> Iterator[Batch]:
        """Yields a checkpoint's predictions of all records."""
        if checkpoint != self._checkpoint:
            self._saver.restore(self._session, checkpoint)
            self._checkpoint = checkpoint
        feeds = {
            self._path: records.path,
            self._count: records.count,
            self._batch_size: batch_size,
        }
        self._session.run(self._start, feeds)
        while True:
            try:
                yield self._session.run(self._predictions)
            except tf.errors.OutOfRangeError:
                return

    def close(self) -> None:
        self._session.close()


def collect(batches: Iterator[Batch], prepared: data.Prepared) -> task_lib.Predictions:
    """Joins predictions and checks them against the records that were asked about.

    Args:
      batches: What the model function predicted, in any order; may go on after the
        last record (TPUs fill their last batch).
      prepared: The split.

    Raises:
      RuntimeError: Records came back lost or doubled.
    """
    count = prepared.records.count
    names = {task_lib.INDEX: task_lib.INDEX}
    columns: Dict[str, List[np.ndarray]] = {}
    counter = progress.Counter(
        "Predicting %s %s" % (prepared.task.name, prepared.split.name), count
    )
    for batch in batches:
        counter.add(len(batch[task_lib.INDEX]))
        names = names if len(names) > 1 else _names(prepared.task, batch)
        for full_name, name in names.items():
            columns.setdefault(name, []).append(batch[full_name])
    counter.close()
    outputs = {name: _joined(values)[:count] for name, values in columns.items()}
    index = outputs.pop(task_lib.INDEX)
    order = np.argsort(index)
    if not np.array_equal(index[order], np.arange(count)):
        raise RuntimeError(
            "%s: %d records were to be predicted, but they came back lost or doubled; "
            "please report this." % (prepared.dataset.path, count)
        )
    outputs = {name: values[order] for name, values in outputs.items()}
    losses = outputs.pop("losses")
    is_labeled = prepared.split.role != task_lib.TEST
    return task_lib.Predictions(
        prepared.dataset.examples, outputs, losses if is_labeled else None
    )


def _names(task: task_lib.Task, batch: Batch) -> Dict[str, str]:
    """Returns name in predictions -> name in the head, of one task's outputs."""
    prefix = model_fn.output_name(task, "")
    names = {name: name[len(prefix) :] for name in batch if name.startswith(prefix)}
    return dict(names, **{task_lib.INDEX: task_lib.INDEX})


def _joined(batches: List[np.ndarray]) -> np.ndarray:
    """Joins batches; those that are shorter than others are filled up with zeros."""
    sizes = np.max([batch.shape[1:] for batch in batches], axis=0).astype(int)
    filled = [
        np.pad(
            batch,
            [(0, 0)] + [(0, size - own) for size, own in zip(sizes, batch.shape[1:])],
        )
        for batch in batches
    ]
    return np.concatenate(filled)

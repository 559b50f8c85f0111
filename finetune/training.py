"""One trial's training: epochs, evaluations on the way, resumed where it stopped.

A training is made of stages, which follow each other in one model folder. There is one
only, unless something changes from epoch to epoch: which layers rest, or the examples.
"""

import dataclasses
import itertools
import os
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

import tensorflow.compat.v1 as tf

from finetune import (
    cache,
    data,
    freezing,
    inputs,
    model_fn,
    prediction,
    results,
    submission,
)
from finetune import job as job_lib
from finetune import selection as selection_lib
from finetune import task as task_lib
from util import estimator as estimator_lib
from util import files, gfile, hooks, progress, run_settings, training, training_log

RENEWED_SEED_STEP = 7919  # Keeps the orders of renewed epochs apart.


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of a training in which nothing changes but the weights.

    Attributes:
      epoch: Number of its epoch, from 0.
      first_step: Steps before it.
      last_step: Step that ends it.
      num_frozen_layers: Lowest layers that rest.
    """

    epoch: int
    first_step: int
    last_step: int
    num_frozen_layers: int


def stages(ready: job_lib.Ready) -> List[Stage]:
    """Returns the stages of a training, which cover all of its steps."""
    job = ready.job
    layers = job.pretrained.encoder.num_hidden_layers
    if not (job.freezing.gradual_unfreezing or job.tasks[0].renewal):
        frozen = freezing.num_frozen(job.freezing, layers, 0)
        return [Stage(0, 0, ready.num_train_steps, frozen)]
    result: List[Stage] = []
    while not result or result[-1].last_step < ready.num_train_steps:
        epoch, first = len(result), result[-1].last_step if result else 0
        # A tiny bit more, because 2.3 * 10 is less than 23 to a computer.
        end = int(ready.steps_per_epoch * (epoch + 1) + 1e-6)
        last = min(end, ready.num_train_steps)
        frozen = freezing.num_frozen(job.freezing, layers, epoch)
        result.append(Stage(epoch, first, max(last, first + 1), frozen))
    return result


class Training:
    """The training of one trial."""

    def __init__(
        self,
        ready: job_lib.Ready,
        run: run_settings.RunSettings,
        predictor: prediction.Predictor,
    ):
        """Reads how far an earlier, interrupted training has come.

        Args:
          ready: What is trained on.
          run: Of the trial: its folder, seed and number of steps.
          predictor: Answers evaluations, and what renewed examples are made from.
        """
        self._ready = ready
        self._job = ready.job
        self._predictor = predictor
        selection = self._job.selection
        self._schedule: Optional[selection_lib.Schedule] = None
        if selection.per_epoch() and ready.with_role(task_lib.DEV):
            self._schedule = selection_lib.schedule(
                ready.steps_per_epoch, selection.per_epoch(), run.save_checkpoints_steps
            )
            run = dataclasses.replace(
                run, save_checkpoints_steps=self._schedule.save_every
            )
        self._run = run
        self._said: Optional[_Said] = None  # By the checkpoint that may be the last.
        self.selector = selection_lib.Selector(
            str(run.model_dir), selection, self._job.score_names
        )

    def run(self) -> Optional[str]:
        """Trains to the last step; returns why that failed, or None."""
        left = [] if self.selector.is_finished else stages(self._ready)
        try:
            for stage in left:
                self._run_stage(stage)
                if self._is_over():
                    break
        except _TrialFailedError as error:
            return str(error)
        self.selector.finish()  # If that was interrupted, once more.
        return None

    def estimator(self, stage: Stage) -> estimator_lib.AnyEstimator:
        finetune = self._job.finetune
        sizes = estimator_lib.BatchSizes(
            finetune.train_batch_size,
            finetune.eval_batch_size,
            finetune.predict_batch_size,
        )
        plan = self._job.plan(self._run, stage.num_frozen_layers)
        return estimator_lib.build(model_fn.build(plan), self._run, {}, sizes)

    def input_fn(self, stage: Stage, start_step: int) -> Any:
        """Returns the input of a stage from a step on.

        Where the examples stay the same, it is the input of the whole training: its
        parts that are sorted by length may reach over the end of an epoch.
        """
        job, ready = self._job, self._ready
        records, first_step, seed = ready.train_records, 0, self._run.seed
        is_renewed = job.tasks[0].renewal is not None
        last_step = stage.last_step if is_renewed else ready.num_train_steps
        renewed = self._renewed(stage)
        if renewed is not None:
            records, first_step = [renewed], stage.first_step
            seed += RENEWED_SEED_STEP * stage.epoch
        plan = inputs.TrainPlan(
            batch_size=job.finetune.train_batch_size,
            num_steps=last_step - first_step,
            seed=seed,
            start_step=start_step - first_step,
            pad_to=job.pad_to,
            has_buckets=job.has_buckets,
            shares=ready.shares,
        )
        specs = inputs.specs_of(job.tasks)
        return estimator_lib.input_fn(
            lambda shard: inputs.train_dataset(records, specs, plan, shard),
            self._run,
            plan.batch_size,
        )

    def _is_over(self) -> bool:
        """Whether no further stage is wanted."""
        return bool(self.selector.evaluations) and self.selector.should_stop

    def _run_stage(self, stage: Stage) -> None:
        estimator = self.estimator(stage)
        step = training.last_step(estimator)
        if step > stage.last_step:
            return
        evaluation = self._evaluation(stage, step)
        for end in self._ends(stage, step):
            if self._is_over():
                return
            training.train_and_evaluate(
                estimator,
                self.input_fn(stage, step),
                end,
                evaluation,
                hooks=[_FailureHook(), self._reporter()],
            )
            step = end

    def _ends(self, stage: Stage, step: int) -> List[int]:
        """Returns the steps to train to, one after the other.

        Evaluations are counted from where training begins; one that was interrupted
        between two of them first goes on to the next.
        """
        if step == stage.last_step:
            return []
        if self._schedule is None:
            return [stage.last_step]
        every = self._schedule.evaluate_every
        passed = (step - stage.first_step) % every
        due = step - passed + every
        is_between = passed and due < stage.last_step
        return [due, stage.last_step] if is_between else [stage.last_step]

    def _reporter(self) -> progress.ProgressHook:
        records = self._ready.train_records
        tokens = sum(each.tokens for each in records)
        per_example = self._job.pad_to or tokens / sum(each.count for each in records)
        return progress.ProgressHook(
            str(self._run.model_dir),
            self._ready.num_train_steps,
            int(self._job.finetune.train_batch_size * per_example),
            self._run.log_steps,
        )

    def _evaluation(self, stage: Stage, step: int) -> Optional[training.Evaluation]:
        """Returns how to evaluate; makes up for an evaluation that was interrupted."""
        if self._schedule is None:
            return None
        self.selector.forget_after(step)
        passed = step - stage.first_step
        is_end = step == stage.last_step or passed % self._schedule.evaluate_every == 0
        if passed and is_end and not self.selector.has(step):
            path = training_log.path_in(str(self._run.model_dir))
            training_log.start(path, step)  # The last line may be half.
            training_log.append_evaluation(path, step, self._measure(step))
            self.selector.keep(self._checkpoint(step))
        return training.Evaluation(
            every=self._schedule.evaluate_every,
            measure=self._measure,
            on_result=self._on_result,
        )

    def _measure(self, step: int) -> training.Metrics:
        """Returns the scores of a step's checkpoint; the selector remembers them."""
        splits = self._ready.with_role(task_lib.DEV)
        said = self._predictor.predict(self._checkpoint(step), splits)
        metrics = {}
        for prepared, predictions in zip(splits, said):
            name = self._ready.name_of(prepared)
            if not submission.is_finite(predictions):
                raise _TrialFailedError("its predictions of %s are not finite" % name)
            metrics[name] = prepared.task.metrics(predictions)
        if not self.selector.has(step):
            self.selector.add(step, metrics)
        if not self._job.selection.keep_best or self.selector.best_step == step:
            self._said = _Said(step, dict(zip(metrics, said)))
        flat = results.flat_metrics({"metrics": metrics})
        # What training calls the loss is the sum over a batch.
        return {
            name + "_per_example" if name.endswith("loss") else name: value
            for name, value in flat.items()
        }

    def _on_result(self, step: int, metrics: training.Metrics) -> bool:
        del metrics  # The selector has them.
        self.selector.keep(self._checkpoint(step))
        return self.selector.should_stop

    def _checkpoint(self, step: int) -> str:
        return os.path.join(str(self._run.model_dir), "model.ckpt-%d" % step)

    def _renewed(self, stage: Stage) -> Optional[cache.RecordFile]:
        """Returns the records of an epoch whose examples are made anew, if they are.

        They are kept in the trial's folder until the next epoch's, so that a training
        that is resumed within the epoch has the same.
        """
        (task, *_) = self._job.tasks
        if task.renewal is None or stage.epoch == 0:
            return None
        stem = self._renewed_stem(stage.epoch)
        if not (gfile.exists(stem + ".json") and gfile.exists(stem + ".tfrecord")):
            self._renew(task, stage, stem)
        found = files.read_json(stem + ".json")
        return cache.RecordFile(
            stem + ".tfrecord", found["records"], found["tokens"], ""
        )

    def _renew(self, task: task_lib.Task, stage: Stage, stem: str) -> None:
        ready, checkpoint = self._ready, self._checkpoint(stage.first_step)
        (prepared,) = ready.with_role(task_lib.TRAIN)

        def ask(examples: List[Any]) -> task_lib.Predictions:
            return self._predictor.ask(checkpoint, task, examples, ready.tokenizer)

        assert task.renewal is not None  # The caller looked.
        examples, report = task.renewal.examples(
            stage.epoch, prepared.dataset.examples, ask, self._run.seed
        )
        context = data.feature_context(
            ready.tokenizer, self._job.finetune, task_lib.TRAIN
        )
        found = cache.write(stem + ".tfrecord", task, examples, context)
        files.write_json(stem + ".json", dict(found, report=report))
        print("Examples of epoch %d: %s" % (stage.epoch, report), file=sys.stderr)
        earlier = self._renewed_stem(stage.epoch - 1) + ".tfrecord"
        if gfile.exists(earlier):
            gfile.remove(earlier)

    def _renewed_stem(self, epoch: int) -> str:
        return os.path.join(str(self._run.model_dir), "epoch_%d" % epoch)

    def predict(self, splits: List[data.Prepared]) -> Iterator[task_lib.Predictions]:
        """Yields what the weights that the trial ends with say of each split.

        What an evaluation has asked them is not asked again.

        Raises:
          FileNotFoundError: Nothing was trained.
        """
        checkpoint = tf.train.latest_checkpoint(str(self._run.model_dir))
        if checkpoint is None:
            raise FileNotFoundError("%s has no checkpoint." % self._run.model_dir)
        known: Dict[str, task_lib.Predictions] = {}
        if self._said and checkpoint.endswith("-%d" % self._said.step):
            known = self._said.by_split
        for prepared in splits:
            name = self._ready.name_of(prepared)
            if name in known:
                yield known[name]
            else:
                yield from self._predictor.predict(checkpoint, [prepared])

    def describe(self) -> Dict[str, Any]:
        """Returns what a result file says of the training; empty if nothing."""
        result: Dict[str, Any] = {}
        if self.selector.evaluations:
            result["selection"] = self.selector.to_dict()
        renewals = list(self._renewals())
        if renewals:
            result["renewals"] = renewals
        return result

    def _renewals(self) -> Iterator[Dict[str, Any]]:
        """Yields what is to be said of each epoch whose examples were made anew."""
        for epoch in itertools.count(1):
            path = self._renewed_stem(epoch) + ".json"
            if not gfile.exists(path):
                return
            yield dict(files.read_json(path)["report"], epoch=epoch)


class _Said(NamedTuple):
    """Predictions of the development files by the checkpoint of a step."""

    step: int
    by_split: Dict[str, task_lib.Predictions]


class _TrialFailedError(ValueError):
    """A loss or a prediction was not finite."""


class _FailureHook(hooks.NonFiniteGuardHook):
    """Ends a trial, not the program, at the first loss that is not finite."""

    def after_run(self, run_context: Any, run_values: Any) -> None:
        try:
            super().after_run(run_context, run_values)
        except ValueError as error:
            raise _TrialFailedError(str(error)) from error

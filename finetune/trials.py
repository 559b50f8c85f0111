"""Runs the trials of one task: train, evaluate, predict, remember.

A finished trial leaves a result file and is never repeated; an interrupted one goes
on from its last checkpoint. Both are recognised by the settings that they were made
with, and other settings are refused, not mixed in.
"""

import dataclasses
import os
import sys
import tempfile
import time
from typing import Any, Dict, List, Optional

import tensorflow.compat.v1 as tf

from finetune import data, inputs, model_fn, prediction, results, submission
from finetune import job as job_lib
from finetune import task as task_lib
from model import folder as folder_lib
from util import estimator as estimator_lib
from util import files, gfile, hooks, profiling, progress, run_settings, training

TRIAL_FILE = "trial.json"


def run(ready: job_lib.Ready) -> Dict[str, Any]:
    """Runs every trial of a job and writes the summary.

    Args:
      ready: From `job.prepare`.

    Returns:
      The summary; see `results.summarize`.

    Raises:
      FileNotFoundError: There is no trained model, and none is to be trained.
      ValueError: Trials made with other settings are in the way.
    """
    job = ready.job
    _say(job_lib.describe(ready))
    numbers = _trials(job)
    for trial in numbers:
        _check_not_in_the_way(ready, trial)
    outcomes = [_run_trial(ready, trial) for trial in numbers]
    summary = results.summarize(job.task.name, job.finetune.variant, outcomes)
    written = results.write(job.paths, summary)
    _say("Results: %s" % ", ".join(written))
    _write_submission(job, summary)
    return summary


def _trials(job: job_lib.Job) -> List[int]:
    """Returns the numbers of the trials to run, from 1.

    Raises:
      FileNotFoundError: Nothing is to be trained and no trained model is there.
    """
    numbers = list(range(1, job.finetune.num_trials + 1))
    if job.finetune.do_train:
        return numbers
    trained = [
        trial
        for trial in numbers
        if tf.train.latest_checkpoint(job.paths.trial_model(trial))
    ]
    if not trained:
        raise FileNotFoundError(
            "do_train is false, but there is no fine-tuned model in %s. Train first, "
            "or check model_name, run_name and num_trials."
            % job.paths.trial_model(numbers[-1])
        )
    return trained


def _run_trial(ready: job_lib.Ready, trial: int) -> results.Result:
    """Runs a trial, or returns the stored result of a finished one."""
    paths = ready.job.paths
    stored = results.read(paths.trial_result(trial))
    if stored is not None and _is_finished(ready, trial, stored):
        _say(
            "Trial %d is finished; its result is taken from %s."
            % (trial, paths.trial_result(trial))
        )
        _forget_model(ready, trial)
        return stored
    started = time.time()
    run = dataclasses.replace(
        ready.job.run,
        model_dir=paths.trial_model(trial),
        seed=ready.seed(trial),
        num_train_steps=max(ready.num_train_steps, 1),
    )
    estimator = _estimator(ready, run)
    failure = None
    if ready.job.finetune.do_train:
        _start_model_folder(ready, trial)
        failure = _train(ready, estimator, run)
    result = _describe_trial(ready, trial)
    result.update(_assess(ready, trial, estimator, failure))
    result["seconds"] = round(time.time() - started, 1)
    files.write_json(paths.trial_result(trial), result)
    _forget_model(ready, trial)
    return result


def _estimator(ready: job_lib.Ready, run: run_settings.RunSettings):
    job = ready.job
    plan = model_fn.Plan(
        task=job.task,
        encoder=job.pretrained.encoder,
        optimizer=job.optimizer,
        run=run,
        checkpoint=job.pretrained.checkpoint,
    )
    sizes = estimator_lib.BatchSizes(
        job.finetune.train_batch_size,
        job.finetune.eval_batch_size,
        job.finetune.predict_batch_size,
    )
    return estimator_lib.build(model_fn.build(plan), run, {}, sizes)


def _train(
    ready: job_lib.Ready,
    estimator: estimator_lib.AnyEstimator,
    run: run_settings.RunSettings,
) -> Optional[str]:
    """Trains to the last step; returns why that failed, or None."""
    job = ready.job
    records = ready.train_records
    tokens_per_example = job.pad_to or records.tokens / records.count
    reporter = progress.ProgressHook(
        str(run.model_dir),
        ready.num_train_steps,
        int(job.finetune.train_batch_size * tokens_per_example),
        run.log_steps,
    )
    input_fn = _train_input_fn(ready, run, training.last_step(estimator))
    try:
        training.train_and_evaluate(
            estimator, input_fn, ready.num_train_steps, hooks=[_FailureHook(), reporter]
        )
    except _TrialFailedError as error:
        return str(error)
    return None


def _train_input_fn(
    ready: job_lib.Ready, run: run_settings.RunSettings, start_step: int
):
    job = ready.job
    plan = inputs.TrainPlan(
        batch_size=job.finetune.train_batch_size,
        num_steps=ready.num_train_steps,
        seed=run.seed,
        start_step=start_step,
        pad_to=job.pad_to,
        has_buckets=job.has_buckets,
    )
    records, specs = ready.train_records, job.task.features.specs()
    return estimator_lib.input_fn(
        lambda shard: inputs.train_dataset(records, specs, plan, shard),
        run,
        plan.batch_size,
    )


def profile(ready: job_lib.Ready) -> str:
    """Trains a few steps elsewhere and returns, as Markdown, where their time goes.

    Raises:
      ValueError: The task has too few examples for them.
    """
    if ready.num_train_steps < profiling.NUM_STEPS:
        raise ValueError(
            "A profile needs %d steps, but %s has %d; raise num_train_epochs."
            % (profiling.NUM_STEPS, ready.job.task.name, ready.num_train_steps)
        )
    with tempfile.TemporaryDirectory() as folder:
        run = dataclasses.replace(
            ready.job.run, model_dir=folder, num_train_steps=ready.num_train_steps
        )
        input_fn = _train_input_fn(ready, run, start_step=0)
        return profiling.table(profiling.measure(_estimator(ready, run), input_fn))


class _TrialFailedError(ValueError):
    """A loss was not finite."""


class _FailureHook(hooks.NonFiniteGuardHook):
    """Ends a trial, not the program, at the first loss that is not finite."""

    def after_run(self, run_context: Any, run_values: Any) -> None:
        try:
            super().after_run(run_context, run_values)
        except ValueError as error:
            raise _TrialFailedError(str(error)) from error


def _assess(
    ready: job_lib.Ready,
    trial: int,
    estimator: estimator_lib.AnyEstimator,
    failure: Optional[str],
) -> Dict[str, Any]:
    """Evaluates a trained model and writes its predictions."""
    job = ready.job
    metrics: Dict[str, Dict[str, float]] = {}
    for split in job.task.splits:  # An earlier training may have left some.
        _remove(job.paths.predictions(split.name, trial))
    splits = _assessed_splits(ready, trial) if failure is None else []
    for prepared, said in zip(splits, prediction.predict(job, estimator, splits)):
        if not submission.is_finite(said):
            failure = "its predictions of %s are not finite" % prepared.split.name
            break
        if prepared.split.role == task_lib.DEV:
            metrics[prepared.split.name] = job.task.metrics(said)
            failure = failure or job.task.is_degenerate(said)
        path = job.paths.predictions(prepared.split.name, trial)
        submission.write_predictions(path, job.task.writer, said)
    return {
        "metrics": metrics,
        "score": results.score(metrics, job.task.score),
        "failed": failure,
    }


def _assessed_splits(ready: job_lib.Ready, trial: int) -> List[data.Prepared]:
    """Returns the files that a trial is evaluated on or predicts."""
    splits = ready.with_role(task_lib.DEV)
    if trial <= ready.job.finetune.n_writes_test:
        splits = splits + ready.with_role(task_lib.TEST)
    return splits


def _describe_trial(ready: job_lib.Ready, trial: int) -> Dict[str, Any]:
    """Returns what a result file says besides the scores."""
    return {
        "format_version": 1,
        "task": ready.job.task.name,
        "trial": trial,
        "seed": ready.seed(trial),
        "num_train_steps": ready.num_train_steps,
        "settings": _settings_of(ready, trial),
        "assessed_data": _assessed_data(ready, trial),
        "data": {name: split.to_dict() for name, split in ready.splits.items()},
    }


def _settings_of(ready: job_lib.Ready, trial: int) -> Dict[str, Any]:
    """Returns what decided a trial's weights; its folder knows if not trained now."""
    if ready.job.finetune.do_train:
        return ready.trial_settings(trial)
    path = os.path.join(ready.job.paths.trial_model(trial), TRIAL_FILE)
    return files.read_json(path)["settings"]


def _assessed_data(ready: job_lib.Ready, trial: int) -> Dict[str, str]:
    return {
        prepared.split.name: prepared.records.fingerprint
        for prepared in _assessed_splits(ready, trial)
    }


def _is_finished(ready: job_lib.Ready, trial: int, stored: results.Result) -> bool:
    """Whether a stored result is what this run would compute again."""
    if not ready.job.finetune.do_train:
        return False
    wanted = _assessed_data(ready, trial)
    known = stored["assessed_data"]
    return stored["settings"] == ready.trial_settings(trial) and all(
        known.get(name) == wanted[name] for name in wanted
    )


def _check_not_in_the_way(ready: job_lib.Ready, trial: int) -> None:
    """Discards or refuses what other settings have left of a trial.

    Raises:
      ValueError: `overwrite_trials` is false and there is something.
    """
    job = ready.job
    if not job.finetune.do_train:
        return
    model_dir, result = job.paths.trial_model(trial), job.paths.trial_result(trial)
    for path in (os.path.join(model_dir, TRIAL_FILE), result):
        stored = results.read(path)
        wanted = ready.trial_settings(trial)
        if stored is not None and stored["settings"] != wanted:
            if not job.finetune.overwrite_trials:
                raise _other_settings(path, stored["settings"], wanted)
            _say("Discarding trial %d, made with other settings." % trial)
            for old in (model_dir, result):
                _remove(old)
    if _has_foreign_content(model_dir):
        raise ValueError(
            "%s is not empty, but has no %s: it is not known what is in it. Move it "
            "away or set run_name." % (model_dir, TRIAL_FILE)
        )


def _other_settings(
    path: str, found: Dict[str, Any], wanted: Dict[str, Any]
) -> ValueError:
    return ValueError(
        "%s was made with other settings:\n  %s\nGive this run a name of its own "
        "(run_name), set overwrite_trials to discard the old trials, or go back to "
        "the old settings." % (path, "\n  ".join(results.differences(found, wanted)))
    )


def _has_foreign_content(model_dir: str) -> bool:
    if not gfile.isdir(model_dir):
        return False
    names = gfile.listdir(model_dir)
    return TRIAL_FILE not in names and any(
        name.startswith("model.ckpt") or name == "checkpoint" for name in names
    )


def _start_model_folder(ready: job_lib.Ready, trial: int) -> None:
    """Makes the trial's folder a model folder that anything can read."""
    job = ready.job
    model_dir = job.paths.trial_model(trial)
    settings = ready.trial_settings(trial)
    folder_lib.write(
        model_dir,
        job.pretrained.encoder,
        job.pretrained.tokenizer,
        settings,
        kind="finetuned",
        seed=ready.seed(trial),
    )
    files.write_json(os.path.join(model_dir, TRIAL_FILE), {"settings": settings})


def _forget_model(ready: job_lib.Ready, trial: int) -> None:
    """Removes a finished trial's weights, unless they are to be kept."""
    finetune = ready.job.finetune
    is_last = trial == finetune.num_trials
    if finetune.do_train and not (finetune.keep_all_models or is_last):
        _remove(ready.job.paths.trial_model(trial))


def _remove(path: str) -> None:
    if gfile.isdir(path):
        gfile.rmtree(path)
    elif gfile.exists(path):
        gfile.remove(path)


def _write_submission(job: job_lib.Job, summary: Dict[str, Any]) -> None:
    """Writes the official files, from the best trial that has test predictions.

    A sound trial is better than a failed one; where all have failed, as on WNLI they
    do, the best of them is taken.
    """
    official = [
        split
        for split in data.wanted_splits(job.task, job.finetune)
        if split.role == task_lib.TEST and split.official
    ]
    able = [
        result
        for result in summary["trials"]
        if result["trial"] <= job.finetune.n_writes_test
        and all(
            gfile.exists(job.paths.predictions(split.name, result["trial"]))
            for split in official
        )
    ]
    if not (able and official):
        return
    able.sort(key=lambda result: (bool(result["failed"]), -result["score"]))
    name = "_".join(part for part in ("submission", job.finetune.variant) if part)
    target = os.path.join(job.model_dir, name)
    trial = able[0]["trial"]
    for split in official:
        submission.write_official(
            job.paths.predictions(split.name, trial),
            os.path.join(target, str(split.official)),
        )
    packed = submission.write_zip(target)
    _say("Test predictions of trial %d: %s" % (trial, packed.path))
    if packed.missing:
        _say("The GLUE server wants these too: %s" % ", ".join(packed.missing))


def _say(text: str) -> None:
    print(text, file=sys.stderr)

"""Runs the trials of a job: train, evaluate, predict, remember.

A finished trial leaves a result file and is never repeated; an interrupted one goes
on from its last checkpoint. Both are recognised by the settings that they were made
with, and other settings are refused, not mixed in.
"""

import dataclasses
import os
import sys
import tempfile
import time
from typing import Any, Dict, List, Optional, Tuple

import tensorflow.compat.v1 as tf

from finetune import (
    data,
    prediction,
    report,
    report_pictures,
    results,
    submission,
    trial_folders,
)
from finetune import job as job_lib
from finetune import task as task_lib
from finetune import training as training_lib
from util import files, gfile, profiling, run_settings


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
    numbers = check(ready)
    for trial in numbers:
        if job.finetune.do_train and trial_folders.is_in_the_way(ready, trial):
            trial_folders.discard(job, trial)
    predictor = prediction.Predictor(job)
    try:
        outcomes = [_run_trial(ready, trial, predictor) for trial in numbers]
    finally:
        predictor.close()
    outcomes += _not_asked(ready, numbers)
    outcomes.sort(key=lambda outcome: outcome["trial"])
    summary = results.summarize(job.name, job.finetune.variant, outcomes)
    written = results.write(job.paths, summary)
    _say("Results: %s" % ", ".join(written))
    _write_submission(job, summary)
    return summary


def check(ready: job_lib.Ready) -> List[int]:
    """Returns the numbers of the trials to run: all there are if none is trained.

    Raises:
      FileNotFoundError: Nothing is to be trained and no trained model is there.
      ValueError: One that is there was trained in another form, or is in the way.
    """
    job = ready.job
    if job.finetune.do_train:
        numbers = list(range(1, job.finetune.num_trials + 1))
        for trial in numbers:
            trial_folders.is_in_the_way(ready, trial)
        return numbers
    trained = [
        trial
        for trial in job.paths.trained_trials()
        if tf.train.latest_checkpoint(job.paths.trial_model(trial))
    ]
    if not trained:
        raise FileNotFoundError(
            "do_train is false, but there is no fine-tuned model %s. Train first, or "
            "check task_names, multi_task, model_name, init_checkpoint and run_name."
            % job.paths.trial_model(1)
        )
    for trial in trained:
        trial_folders.check_same_model(job, trial)
    return trained


def _not_asked(ready: job_lib.Ready, numbers: List[int]) -> List[results.Result]:
    """Returns what is known of trials whose weights are gone, on the same files."""
    if ready.job.finetune.do_train:
        return []
    wanted = _assessed_data(ready.with_role(task_lib.DEV), ready)
    summary = results.read(ready.job.paths.summary("json")) or {"trials": []}
    return [
        result
        for result in summary["trials"]
        if result["trial"] not in numbers and _is_assessed(result, wanted)
    ]


def _run_trial(
    ready: job_lib.Ready, trial: int, predictor: prediction.Predictor
) -> results.Result:
    """Runs a trial, or returns the stored result of a finished one."""
    paths = ready.job.paths
    stored = results.read(paths.trial_result(trial))
    if stored is not None and _is_finished(ready, trial, stored):
        _say(
            "Trial %d is finished; its result is taken from %s."
            % (trial, paths.trial_result(trial))
        )
        trial_folders.forget(ready, trial)
        return stored
    with trial_folders.locked(paths.trial_model(trial)):
        try:
            result = _result(ready, trial, predictor)
        except (tf.errors.DataLossError, tf.errors.OutOfRangeError) as error:
            raise ValueError(
                "A checkpoint is damaged: %s\nIf it is one of %s, remove that folder, "
                "and the same command trains it anew."
                % (error.message.splitlines()[0], paths.trial_model(trial))
            ) from error
        files.write_json(paths.trial_result(trial), result)
        _say(results.line(result))
        trial_folders.forget(ready, trial)
    return result


def _result(
    ready: job_lib.Ready, trial: int, predictor: prediction.Predictor
) -> results.Result:
    """Trains a model, if that is wanted, and returns all that is known of it."""
    started = time.time()
    training = training_lib.Training(ready, _run_settings(ready, trial), predictor)
    if ready.job.finetune.do_train:
        _say(
            "Trial %d of %d, seed %d"
            % (trial, ready.job.finetune.num_trials, ready.seed(trial))
        )
        trial_folders.start(ready, trial)
        known = {"failed": training.run()}
    else:
        known = _known_of_training(ready, trial)
    result = dict(_describe_trial(ready, trial), **training.describe())
    result.update(known)
    result.update(_assess(ready, trial, training, known["failed"]))
    _draw_learning_curve(ready.job.paths, trial)
    result["seconds"] = round(time.time() - started, 1)
    return result


def _known_of_training(ready: job_lib.Ready, trial: int) -> Dict[str, Any]:
    """Returns the result's part that is known since a trial was trained."""
    stored = results.read(ready.job.paths.trial_result(trial))
    settings = trial_folders.settings_of(ready, trial)
    if (
        stored is None
        or stored["settings"] != settings
        or not stored["num_train_steps"]
    ):
        _say("Trial %d was not trained to its end; its last step is asked." % trial)
        return {"failed": None}
    _say("Trial %d, trained with seed %d" % (trial, settings["seed"]))
    has_diverged = stored["failed"] and not stored["metrics"]
    return {
        "num_train_steps": stored["num_train_steps"],
        "failed": stored["failed"] if has_diverged else None,
    }


def _draw_learning_curve(paths: results.Paths, trial: int) -> None:
    path = os.path.join(paths.reports, "trial_%d_learning_curve.png" % trial)
    try:
        report_pictures.learning_curve(paths.trial_model(trial), path)
    except ValueError as error:  # matplotlib is missing.
        _say(str(error))


def _run_settings(ready: job_lib.Ready, trial: int) -> run_settings.RunSettings:
    return dataclasses.replace(
        ready.job.run,
        model_dir=ready.job.paths.trial_model(trial),
        seed=ready.seed(trial),
        num_train_steps=max(ready.num_train_steps, 1),
    )


def profile(ready: job_lib.Ready) -> str:
    """Trains a few steps elsewhere and returns, as Markdown, where their time goes.

    Raises:
      ValueError: The tasks have too few examples for them.
    """
    if ready.num_train_steps < profiling.NUM_STEPS:
        raise ValueError(
            "A profile needs %d steps, but %s has %d; raise num_train_epochs."
            % (profiling.NUM_STEPS, ready.job.name, ready.num_train_steps)
        )
    with tempfile.TemporaryDirectory() as folder:
        run = dataclasses.replace(_run_settings(ready, 1), model_dir=folder)
        predictor = prediction.Predictor(ready.job)
        training = training_lib.Training(ready, run, predictor)
        stage = training_lib.stages(ready)[0]
        estimator = training.estimator(stage)
        return profiling.table(
            profiling.measure(estimator, training.input_fn(stage, 0))
        )


def _assess(
    ready: job_lib.Ready,
    trial: int,
    training: training_lib.Training,
    failure: Optional[str],
) -> Dict[str, Any]:
    """Evaluates a trained model and writes its predictions."""
    job = ready.job
    metrics: Dict[str, Dict[str, float]] = {}
    if job.finetune.do_train:
        _forget_assessment(ready, trial)
    splits = _assessed_splits(ready, trial) if failure is None else []
    for prepared, predictions in zip(splits, training.predict(splits)):
        name, task = ready.name_of(prepared), prepared.task
        if prepared.split.role != task_lib.DEV:
            task = job.settled(task, metrics)
        if not submission.is_finite(predictions):
            failure = "its predictions of %s are not finite" % name
            break
        if predictions.is_labeled:
            metrics[name] = task.metrics(predictions)
            failure = failure or _degeneration(name, task, predictions)
            notes = ("FAILED: %s." % failure,) if failure else ()
            report.write(
                job.paths.reports,
                report.Report(
                    task=job.paths.stem,
                    trial=trial,
                    split=name.replace("/", "_"),
                    num_examples=len(predictions.examples),
                    scores=metrics[name],
                    analysis=task.analyze(predictions),
                    notes=notes + prepared.dataset.notes,
                ),
            )
        path = job.paths.predictions(name, trial)
        submission.write_predictions(path, task.writer, predictions)
    return {
        "metrics": metrics,
        "score": results.score(_ranking(ready, metrics), job.score_names),
        "failed": failure,
    }


def _degeneration(
    name: str, task: task_lib.Task, predictions: task_lib.Predictions
) -> Optional[str]:
    """Says why a model learned nothing of a split, and of which, or None."""
    reason = task.is_degenerate(predictions)
    return reason and "%s: %s" % (name, reason)


def _ranking(
    ready: job_lib.Ready, metrics: Dict[str, Dict[str, float]]
) -> Dict[str, Dict[str, float]]:
    """Returns the scores that rank trials: of development files, if there are any."""
    names = [ready.name_of(each) for each in ready.with_role(task_lib.DEV)]
    chosen = {name: metrics[name] for name in names if name in metrics}
    return chosen or metrics


def _forget_assessment(ready: job_lib.Ready, trial: int) -> None:
    """Removes what an earlier training has left."""
    job = ready.job
    for task in job.tasks:
        for split in task.splits:
            stem = job.paths.predictions_stem(job.split_name(task, split), trial)
            for path in gfile.glob(stem + "*"):
                gfile.remove(path)
    for path in gfile.glob(os.path.join(job.paths.reports, "trial_%d_*" % trial)):
        gfile.remove(path)


def _assessed_splits(ready: job_lib.Ready, trial: int) -> List[data.Prepared]:
    """Returns the files that a trial is evaluated on or predicts."""
    splits = ready.with_role(task_lib.DEV) + ready.with_role(task_lib.FINAL)
    if trial <= ready.job.finetune.n_writes_test:
        splits = splits + ready.with_role(task_lib.TEST)
    return splits


def _describe_trial(ready: job_lib.Ready, trial: int) -> Dict[str, Any]:
    """Returns what a result file says besides the scores."""
    settings = trial_folders.settings_of(ready, trial)
    return {
        "format_version": 1,
        "task": ready.job.name,
        "trial": trial,
        "seed": settings["seed"],
        "num_train_steps": ready.num_train_steps,  # 0 where none is known of.
        "settings": settings,
        "assessed_data": _assessed_data(_assessed_splits(ready, trial), ready),
        "data": {name: split.to_dict() for name, split in ready.splits.items()},
    }


def _assessed_data(splits: List[data.Prepared], ready: job_lib.Ready) -> Dict[str, str]:
    """Returns the fingerprints of files by the names of their splits."""
    return {
        ready.name_of(prepared): prepared.records.fingerprint for prepared in splits
    }


def _is_assessed(result: results.Result, wanted: Dict[str, str]) -> bool:
    known = result["assessed_data"]
    return all(known.get(name) == wanted[name] for name in wanted)


def _is_finished(ready: job_lib.Ready, trial: int, stored: results.Result) -> bool:
    """Whether a stored result is what this run would compute again."""
    if not ready.job.finetune.do_train:
        return False
    wanted = _assessed_data(_assessed_splits(ready, trial), ready)
    return (
        stored["settings"] == ready.trial_settings(trial)
        and stored["num_train_steps"] == ready.num_train_steps
        and _is_assessed(stored, wanted)
    )


def _write_submission(job: job_lib.Job, summary: Dict[str, Any]) -> None:
    """Writes the official files, from the best trial that has test predictions.

    A sound trial is better than a failed one; where all have failed, as on WNLI they
    do, the best of them is taken.
    """
    official: List[Tuple[str, str]] = [  # (name of the split, file)
        (job.split_name(task, split), split.official)
        for task in job.tasks
        for split in data.wanted_splits(task, job.finetune)
        if split.role == task_lib.TEST and split.official
    ]
    able = [
        result
        for result in summary["trials"]
        if result["trial"] <= job.finetune.n_writes_test
        and all(
            gfile.exists(job.paths.predictions(name, result["trial"]))
            for name, _ in official
        )
    ]
    if not (able and official):
        return
    able.sort(key=lambda result: (bool(result["failed"]), -result["score"]))
    name = "_".join(part for part in ("submission", job.finetune.variant) if part)
    target = os.path.join(job.model_dir, name)
    trial = able[0]["trial"]
    for split_name, file_name in official:
        submission.write_official(
            job.paths.predictions(split_name, trial), os.path.join(target, file_name)
        )
    _say("Test predictions of trial %d: %s" % (trial, target))
    packed = submission.write_zip(target)
    if packed and packed.missing:
        _say("The GLUE server wants these too: %s" % ", ".join(packed.missing))


def _say(text: str) -> None:
    print(text, file=sys.stderr)

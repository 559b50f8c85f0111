"""Asks a fine-tuned model about any file in its task's format."""

import json
import os
import sys
from typing import Any, Dict, List, Tuple

import tensorflow.compat.v1 as tf

from finetune import cache, data, prediction, results, submission, trial_folders
from finetune import job as job_lib
from finetune import task as task_lib
from model import tokenization
from util import files, gfile, registry


def run(
    job: job_lib.Job, path: str, output: str = "", task_name: str = ""
) -> Dict[str, Any]:
    """Writes a model's predictions of a file, and its scores if it is labeled.

    The best of the trials whose weights are there is asked.

    Args:
      job: Whose model is asked.
      path: A file like the task's development file or, without labels, its test file.
      output: The .jsonl file to write; by default the path with `.predictions.jsonl`.
      task_name: Task that says how the file is read; needed if the job has several.

    Returns:
      {"predictions": path of what was written, "examples", "metrics"}.

    Raises:
      FileNotFoundError: There is no such file or no trained model.
      ValueError: The file can be read in neither way or is of no task, or the output
        would take the place of something else.
    """
    path = path.rstrip("/")
    if not gfile.isdir(path):  # Which a few formats are.
        files.require_file(path, "file to predict")
    target = output or "%s.%s" % (path, submission.PREDICTIONS)
    if os.path.abspath(target) == os.path.abspath(path):
        raise ValueError("--output %s is the file to predict; name another." % output)
    if gfile.isdir(target):
        raise ValueError("--output %s is a folder; name a file." % output)
    task = _task(job, task_name)
    checkpoint, metrics = _best_trial(job)
    task = job.settled(task, metrics)
    split, dataset = _read(task, path)
    for notice in data.notices(dataset):
        print("%s: %s" % (path, notice), file=sys.stderr)
    tokenizer = tokenization.build(job.pretrained.tokenizer)
    context = data.feature_context(tokenizer, job.finetune, split.role)
    dirs = data.default_dirs(job.data_dir, job.finetune.raw_data_dir)
    records = cache.prepare(task, split, dataset, context, dirs["cache"])
    prepared = data.Prepared(task, split, dataset, records)
    (said,) = prediction.Predictor(job).predict(checkpoint, [prepared])
    submission.write_predictions(target, task.writer, said)
    summary = {
        "predictions": target,
        "model": checkpoint,
        "examples": len(dataset.examples),
        "metrics": task.metrics(said) if said.is_labeled else {},
    }
    print(json.dumps(summary, indent=2))
    return summary


def _task(job: job_lib.Job, name: str) -> task_lib.Task:
    tasks = {task.name: task for task in job.tasks}
    if not name and len(tasks) > 1:
        raise ValueError(
            "The model has the tasks %s; say with --predict-task of which one the file "
            "is." % ", ".join(tasks)
        )
    name = name or job.tasks[0].name
    if name not in tasks:
        raise registry.unknown_name("task of this model", name, tasks)
    return tasks[name]


def _best_trial(job: job_lib.Job) -> Tuple[str, Dict[str, Any]]:
    """Returns the weights of the best trial that has some, and its scores by split.

    Raises:
      FileNotFoundError: There are none.
      ValueError: A trial's model has another form than the job's.
    """
    found = []
    for trial in job.paths.trained_trials():
        checkpoint = tf.train.latest_checkpoint(job.paths.trial_model(trial))
        if checkpoint:
            trial_folders.check_same_model(job, trial)
            result = results.read(job.paths.trial_result(trial))
            found.append((results.rank(result), checkpoint, result or {}))
    if not found:
        raise FileNotFoundError(
            "There is no fine-tuned model %s. Train first, or check task_names, "
            "multi_task, model_name, init_checkpoint and run_name."
            % job.paths.trial_model(1)
        )
    _, checkpoint, best = max(found, key=lambda each: each[0])
    print("Asking %s" % checkpoint, file=sys.stderr)
    if best.get("failed"):
        print(
            "This trial FAILED in training (%s), and the weights of a better one are "
            "not there." % best["failed"],
            file=sys.stderr,
        )
    return checkpoint, best.get("metrics", {})


def _read(task: task_lib.Task, path: str) -> Tuple[task_lib.Split, task_lib.Dataset]:
    """Reads a file as a labeled one, or else as one to predict.

    Raises:
      ValueError: It is neither; the message has the reasons.
    """
    labeled = (task.with_role(task_lib.DEV) + task.with_role(task_lib.FINAL))[:1]
    bare = task.with_role(task_lib.TEST)[:1]
    reasons: List[str] = []
    for split in labeled + (bare or [task_lib.Split("unlabeled", task_lib.TEST)]):
        try:
            dataset = task.reader.read(path, split)
        except (ValueError, FileNotFoundError) as error:  # Labels may stand elsewhere.
            reasons.append("as %s: %s" % (split.name, error))
            continue
        if reasons:
            print("Read without labels; not %s" % reasons[0], file=sys.stderr)
        return split, dataset
    raise ValueError(
        "%s is not a file of task %s.\n%s" % (path, task.name, "\n".join(reasons))
    )

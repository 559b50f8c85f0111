"""Puts a job together from settings: tasks by name, wrapped as the settings ask."""

import dataclasses
import os
from typing import Any, Dict, List, Optional, Tuple

from finetune import catalog, data, distillation, results, selection, top
from finetune import job as job_lib
from finetune import settings as settings_lib
from finetune import task as task_lib
from finetune.self_attention import wrapping
from model import folder as folder_lib
from util import files, gfile


def job(names: List[str], config: Any, pretrained: job_lib.Pretrained) -> job_lib.Job:
    """Returns the job of one task, or of several that are trained together.

    Args:
      names: Of the tasks.
      config: `FinetuningConfig`; several tasks keep its defaults, one may change them.
      pretrained: What is started from.

    Raises:
      FileNotFoundError: A file that a task is described by is missing.
      ValueError: A task is unknown, or does not go with the settings.
    """
    tasks = [_task(name, names, config) for name in names]
    defaults = tasks[0].defaults if len(tasks) == 1 else {}
    general, config = config, config.for_task(pretrained.encoder, defaults)
    families = ("question_answering", "tagging")
    if any(getattr(general, name) != getattr(config, name) for name in families):
        tasks = [_task(name, names, config) for name in names]  # It changes itself.
    top.check(config.top, tasks)
    result = job_lib.Job(
        tasks=tuple(_wrapped(task, config) for task in tasks),
        pretrained=pretrained,
        data_dir=config.data_dir,
        model_dir=config.model_dir,
        optimizer=config.optimizer,
        run=config.run,
        finetune=config.finetune,
        top=config.top,
        mixture=config.mixture,
        freezing=config.freezing,
        selection=config.selection,
    )
    if config.do_train:
        selection.check(config.selection, _development_scores(result))
    return result


def _development_scores(job: job_lib.Job) -> Dict[str, Tuple[str, ...]]:
    """Returns the names of the scores of each development file."""
    return {
        job.split_name(task, split): task.metric_names
        for task in job.tasks
        for split in data.wanted_splits(task, job.finetune)
        if split.role == task_lib.DEV
    }


def _task(name: str, names: List[str], config: Any) -> task_lib.Task:
    dirs = data.default_dirs(config.data_dir, config.raw_data_dir)
    surroundings = task_lib.Surroundings(
        raw_data_dir=dirs["raw"],
        finetune=config.finetune,
        question_answering=config.question_answering,
        tagging=config.tagging,
        stored_labels=_stored_labels(name, names, config),
    )
    return catalog.build(name, config.task_definitions, surroundings)


def _stored_labels(
    name: str, names: List[str], config: Any
) -> Optional[Tuple[str, ...]]:
    """Returns the labels that a trained model knows; None if one is to be trained."""
    if config.do_train:
        return None
    stem = "_".join(part for part in ("_".join(names), config.finetune.variant) if part)
    paths = results.Paths(config.model_dir, stem)
    for trial in paths.trained_trials():
        path = os.path.join(paths.trial_model(trial), folder_lib.CONFIG_FILE)
        if gfile.exists(path):
            labels = files.read_json(path)["settings"]["tasks"][name]["labels"]
            return tuple(labels) or None
    return None


def _wrapped(task: task_lib.Task, config: Any) -> task_lib.Task:
    """Returns the task with what the settings change of it.

    Raises:
      ValueError: The task cannot be changed so.
    """
    task = _with_dropout(task, config.finetune)
    task = distillation.wrap(task, config.distillation)
    if config.ssa and config.do_train and config.num_train_epochs <= 1:
        raise ValueError(
            "ssa learns from the second epoch on, but num_train_epochs is %g; raise it "
            "or set ssa to false." % config.num_train_epochs
        )
    return wrapping.wrap(task, config.self_attention, config.max_seq_length)


def _with_dropout(
    task: task_lib.Task, finetune: settings_lib.FinetuneSettings
) -> task_lib.Task:
    rate = finetune.classifier_dropout
    if rate is None:
        return task
    if not hasattr(task.head, "dropout_rate"):
        raise ValueError(
            "The head of task %s has no dropout; set classifier_dropout to null."
            % task.name
        )
    head = dataclasses.replace(task.head, dropout_rate=rate)
    return dataclasses.replace(task, head=head)

"""What trials leave on disk: recognised by the settings that made it, or refused."""

import contextlib
import dataclasses
import fcntl
import os
import sys
from typing import Any, Dict, Iterator

from finetune import job as job_lib
from finetune import results
from model import folder as folder_lib
from util import files, gfile

TRIAL_FILE = "trial.json"
# Settings of self-supervised attention that predictions depend on.
SSA_FORM = (
    "ssa",
    "ssa_mode",
    "ssa_cls_weight",
    "ssa_attention_threshold",
    "ssa_share_weight",
)


def is_in_the_way(ready: job_lib.Ready, trial: int) -> bool:
    """Whether a trial to be trained finds one made with other settings.

    Raises:
      ValueError: `overwrite_trials` is false and there is one, or it is not known what
        there is.
    """
    job, wanted = ready.job, ready.trial_settings(trial)
    model_dir = job.paths.trial_model(trial)
    for path in (os.path.join(model_dir, TRIAL_FILE), job.paths.trial_result(trial)):
        stored = results.read(path)
        if stored is not None and stored["settings"] != wanted:
            if not job.finetune.overwrite_trials:
                raise _other_settings(path, stored["settings"], wanted)
            return True
    if _has_foreign_content(model_dir):
        raise ValueError(
            "%s is not empty, but has no %s: it is not known what is in it. Move it "
            "away or set run_name." % (model_dir, TRIAL_FILE)
        )
    return False


def discard(job: job_lib.Job, trial: int) -> None:
    """Removes a trial's weights and its result."""
    print("Discarding trial %d, made with other settings." % trial, file=sys.stderr)
    model_dir = job.paths.trial_model(trial)
    with locked(model_dir):
        remove(model_dir)
        remove(job.paths.trial_result(trial))


@contextlib.contextmanager
def locked(model_dir: str) -> Iterator[None]:
    """Keeps other commands from working on a trial; a process that dies lets go.

    Args:
      model_dir: The trial's folder; made if missing. Remote ones cannot be locked.

    Raises:
      RuntimeError: Another command is at work on it.
    """
    gfile.makedirs(model_dir)
    if gfile.is_remote(model_dir):
        yield
        return
    descriptor = os.open(model_dir, os.O_RDONLY)
    try:
        _lock(descriptor, model_dir)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, model_dir: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RuntimeError(
            "Another command is at work on %s. Wait for it, or give this one a name of "
            "its own (run_name)." % model_dir
        ) from error
    except OSError as error:
        print("%s cannot be locked: %s" % (model_dir, error), file=sys.stderr)


def start(ready: job_lib.Ready, trial: int) -> None:
    """Makes the trial's folder, which is locked, a model folder for anything."""
    job = ready.job
    model_dir = job.paths.trial_model(trial)
    for unfinished in gfile.glob(os.path.join(model_dir, "*.tmp")):
        gfile.remove(unfinished)  # A killed training has left it.
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


def check_same_model(job: job_lib.Job, trial: int) -> None:
    """Refuses to ask a trial's model in another form than it was trained in.

    Weights are found by their names, so that some that are not asked for, or vectors
    that are put together otherwise, would only show in worse predictions.

    Raises:
      ValueError: Settings differ that the forward pass depends on.
    """
    path = os.path.join(job.paths.trial_model(trial), TRIAL_FILE)
    stored = results.read(path)
    if stored is None:
        return
    trained = stored["settings"]
    heads = {task.name: dataclasses.asdict(task.head) for task in job.tasks}
    wanted = _form(job.top.to_dict(), heads)
    found = _form(
        trained.get("top", {}),
        {name: task["head"] for name, task in trained["tasks"].items()},
    )
    if found != wanted:
        raise ValueError(
            "%s was trained with other settings; repeat them here:\n  %s"
            % (path, "\n  ".join(results.differences(found, wanted)))
        )


def _form(top: Dict[str, Any], heads: Dict[str, Any]) -> Dict[str, Any]:
    """Returns what decides how vectors are put together, and no part of training.

    Args:
      top: Settings of what lies below the heads.
      heads: Of each task, as JSON; self-supervised attention is the outermost.
    """
    ssa = {
        name: {
            key: value
            for key, value in head.get("settings", {}).items()
            if key in SSA_FORM
        }
        for name, head in heads.items()
    }
    return {"top": top, "self_attention": ssa}


def forget(ready: job_lib.Ready, trial: int) -> None:
    """Removes the weights of trials but the best so far, unless all are to be kept.

    Args:
      ready: The job.
      trial: The last trial that is finished; those before it are too.
    """
    finetune, paths = ready.job.finetune, ready.job.paths
    if finetune.keep_all_models or not finetune.do_train:
        return
    finished = [each for each in paths.trained_trials() if each <= trial]
    found = {each: results.read(paths.trial_result(each)) for each in finished}
    for each in finished:
        if each != max(finished, key=lambda one: results.rank(found[one])):
            remove(paths.trial_model(each))


def settings_of(ready: job_lib.Ready, trial: int) -> Dict[str, Any]:
    """Returns what decided a trial's weights; its folder knows if not trained now."""
    if ready.job.finetune.do_train:
        return ready.trial_settings(trial)
    path = os.path.join(ready.job.paths.trial_model(trial), TRIAL_FILE)
    return files.read_json(path)["settings"]


def remove(path: str) -> None:
    """Removes a file or folder, if it is there."""
    if gfile.isdir(path):
        gfile.rmtree(path)
    elif gfile.exists(path):
        gfile.remove(path)


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

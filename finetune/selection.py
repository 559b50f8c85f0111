"""Which step of a training is kept: evaluated on the way, the best one, or the last."""

import dataclasses
import math
import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from finetune import results
from util import files, gfile, registry, settings

STATE_FILE = "best.json"
BEST_PREFIX = "best.ckpt"


@dataclasses.dataclass(frozen=True)
class SelectionSettings(settings.Section):
    """When a model is evaluated while it trains, and what follows from it."""

    evaluations_per_epoch: int = settings.setting(
        0,
        "Evaluations on the development files in each epoch of training; 0: only at "
        "the end, or one if keep_best or early_stopping needs them.",
        low=0,
    )
    keep_best: bool = settings.setting(
        False, "End with the weights of the best evaluation, not of the last step."
    )
    best_metric: str = settings.setting(
        "",
        "Score that says which evaluation is best, as results name it, such as mcc or "
        "dev_matched/accuracy; by default the mean that ranks trials. Of loss and mse "
        "the smallest is best.",
    )
    early_stopping: int = settings.setting(
        0,
        "Evaluations without a better score that end the training; 0 goes on.",
        low=0,
    )

    def check(self):
        if self.best_metric and not self.per_epoch():
            raise ValueError(
                "best_metric is %r, but only the last step is evaluated; set "
                "keep_best, early_stopping or evaluations_per_epoch too."
                % self.best_metric
            )

    def per_epoch(self) -> int:
        """Returns how often each epoch is evaluated, at the most."""
        is_needed = self.keep_best or self.early_stopping > 0
        return self.evaluations_per_epoch or int(is_needed)


def check(selection: SelectionSettings, scores: Mapping[str, Iterable[str]]) -> None:
    """Refuses to choose a step by what nobody measures.

    Args:
      selection: What is wanted.
      scores: Names of the scores of each development file.

    Raises:
      ValueError: Evaluations are wanted, but there are no development files, or they
        have no score of the name that was set.
    """
    if selection.per_epoch() and not scores:
        raise ValueError(
            "evaluations_per_epoch, keep_best and early_stopping evaluate on the "
            "development files, but there are none; set do_eval to true and look into "
            "skip_splits, or set them to 0 and false."
        )
    if selection.best_metric:
        _place(selection.best_metric, scores)


def _place(metric: str, scores: Mapping[str, Iterable[str]]) -> Tuple[str, str]:
    """Returns the file and the score that a name stands for.

    Args:
      metric: A score, with its file or, where there is one file only, without.
      scores: Names of the scores of each file.

    Raises:
      ValueError: There is no such score.
    """
    places = {
        "%s/%s" % (file, name): (file, name) for file in scores for name in scores[file]
    }
    if len(scores) == 1:
        places.update({name: (file, name) for file, name in list(places.values())})
    if metric not in places:
        raise registry.unknown_name("score (best_metric)", metric, places)
    return places[metric]


def schedule(steps_per_epoch: float, per_epoch: int, save_every: int) -> "Schedule":
    """Returns when checkpoints are saved so that every evaluation has one.

    The end of a training or epoch is evaluated anyway. Where it is no multiple,
    rounding up keeps the evaluation before it from coming a few steps earlier.

    Args:
      steps_per_epoch: Of training; epochs need not end at a whole step.
      per_epoch: Evaluations in each epoch, at least 1.
      save_every: Steps between checkpoints that the user wants at most.
    """
    every = math.ceil(steps_per_epoch / per_epoch)
    parts = math.ceil(every / save_every)
    save = math.ceil(every / parts)
    return Schedule(save, save * parts)


@dataclasses.dataclass(frozen=True)
class Schedule:
    """Steps between checkpoints, and between evaluations: a multiple of them."""

    save_every: int
    evaluate_every: int


class Selector:
    """Remembers the evaluations of a training, over interruptions too.

    Attributes:
      evaluations: {"step", "score"} of each, in order.
      is_finished: Whether training has ended.
    """

    def __init__(self, model_dir: str, selection: SelectionSettings, names: List[str]):
        """Reads what earlier parts of the training have left.

        Args:
          model_dir: Of the training.
          selection: What is wanted.
          names: Scores whose mean is compared where no metric is named.
        """
        self._dir = model_dir
        self._selection = selection
        self._names = names
        path = os.path.join(model_dir, STATE_FILE)
        stored = files.read_json(path) if gfile.exists(path) else {}
        self.evaluations: List[Dict[str, float]] = stored.get("evaluations", [])
        self.is_finished = bool(stored.get("is_finished"))

    def forget_after(self, step: int) -> None:
        """Drops evaluations of steps that are taken again."""
        self.evaluations = [each for each in self.evaluations if each["step"] <= step]

    def has(self, step: int) -> bool:
        """Whether a step was evaluated."""
        return any(each["step"] == step for each in self.evaluations)

    def add(self, step: int, metrics: Dict[str, Dict[str, float]]) -> None:
        """Takes in an evaluation.

        Args:
          step: Of the checkpoint.
          metrics: Scores by split.

        Raises:
          ValueError: There is no score of the name that was set.
        """
        self.evaluations.append({"step": step, "score": self._score(metrics)})

    def keep(self, checkpoint: str) -> None:
        """Takes the last evaluation on record and keeps its checkpoint if it is best.

        Killed at any point, this leaves the former state or the new one.

        Args:
          checkpoint: Prefix of the checkpoint that was evaluated last.
        """
        step = int(self.evaluations[-1]["step"])
        if self._selection.keep_best and self.best_step == step:
            for path in gfile.glob(checkpoint + ".*"):
                gfile.copy(path, self._best() + path[len(checkpoint) :])
        self._save()
        if self._selection.keep_best:
            for path in gfile.glob(os.path.join(self._dir, BEST_PREFIX + "-*")):
                if not path.startswith(self._best() + "."):
                    gfile.remove(path)

    def finish(self) -> None:
        """Makes the best checkpoint the folder's own, where it was kept.

        The folder may be moved: TensorFlow takes the name as one in it.
        """
        self.is_finished = True
        self._save()
        if self._selection.keep_best and self.evaluations:
            state = 'model_checkpoint_path: "%s"\n' % os.path.basename(self._best())
            files.write_text(os.path.join(self._dir, "checkpoint"), state)

    def to_dict(self) -> Dict[str, Any]:
        return {
            "best_step": self.best_step,
            "evaluations": self.evaluations,
            "is_finished": self.is_finished,
        }

    def _save(self) -> None:
        files.write_json(os.path.join(self._dir, STATE_FILE), self.to_dict())

    def _best(self) -> str:
        return os.path.join(self._dir, "%s-%d" % (BEST_PREFIX, self.best_step or 0))

    @property
    def best_step(self) -> Optional[int]:
        """Step of the best evaluation, the first of equals; None if there is none."""
        if not self.evaluations:
            return None
        return int(max(self.evaluations, key=lambda each: each["score"])["step"])

    @property
    def should_stop(self) -> bool:
        """Whether so many evaluations were no better that training is to end."""
        patience = self._selection.early_stopping
        steps = [int(each["step"]) for each in self.evaluations]
        since = steps.index(self.best_step or 0)
        return 0 < patience <= len(self.evaluations) - 1 - since

    def _score(self, metrics: Dict[str, Dict[str, float]]) -> float:
        if not self._selection.best_metric:
            return results.score(metrics, self._names)
        file, name = _place(self._selection.best_metric, metrics)
        value = metrics[file][name]
        return -value if results.is_smaller_better(name) else value

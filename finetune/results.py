"""Results of trials: kept one JSON file each, summed up in a table."""

import math
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from util import files, gfile

Result = Dict[str, Any]  # What `trials` writes for one trial; plain JSON.
STATISTICS = ("median", "mean", "std", "best")
SCALE = (
    "scores are times 100, but not losses (means per example), errors and thresholds"
)
MAX_COLUMNS = 8  # Scores that fit beside each other.
_SUMMARY_KEYS = {"task", "variant", "scale", "trials", "num_failed", "statistics"}


class Paths(NamedTuple):
    """Where the results of one task and run are kept.

    Attributes:
      model_dir: The pre-trained model's folder.
      stem: Task name, with the run's suffix where it has one.
    """

    model_dir: str
    stem: str

    def trial_model(self, trial: int) -> str:
        name = "%s_model_%d" % (self.stem, trial)
        return os.path.join(self.model_dir, "finetuning_models", name)

    def trained_trials(self) -> List[int]:
        """Returns the trials whose folders are there, however many are wanted now."""
        folder, start = os.path.split(self.trial_model(0)[:-1])
        names = gfile.listdir(folder) if gfile.isdir(folder) else []
        numbers = [
            name[len(start) :].strip("/") for name in names if name.startswith(start)
        ]
        return sorted(int(number) for number in numbers if number.isdigit())

    def trial_result(self, trial: int) -> str:
        return os.path.join(self.reports, "trial_%d.json" % trial)

    def predictions(self, split: str, trial: int) -> str:
        return self.predictions_stem(split, trial) + "predictions.jsonl"

    def predictions_stem(self, split: str, trial: int) -> str:
        name = "%s_%s_%d_" % (self.stem, split.replace("/", "_"), trial)
        return os.path.join(self.model_dir, "test_predictions", name)

    @property
    def reports(self) -> str:
        """The folder with what each trial shows."""
        return os.path.join(self.model_dir, "results", "%s_trials" % self.stem)

    def summary(self, extension: str) -> str:
        name = "%s_results.%s" % (self.stem, extension)
        return os.path.join(self.model_dir, "results", name)


def read(path: str) -> Optional[Result]:
    """Returns a stored result, None if there is none."""
    return files.read_json(path) if gfile.exists(path) else None


def differences(found: Dict[str, Any], wanted: Dict[str, Any]) -> List[str]:
    """Returns one line per setting that differs between two nested dicts."""
    before, now = _flat(found), _flat(wanted)
    return [
        "%s: %s there, %s now" % (name, before.get(name), now.get(name))
        for name in sorted(set(before) | set(now))
        if before.get(name) != now.get(name)
    ]


def _flat(values: Dict[str, Any], prefix: str = "") -> Dict[str, Any]:
    result = {}
    for name, value in values.items():
        if isinstance(value, dict):
            result.update(_flat(value, prefix + name + "."))
        else:
            result[prefix + name] = value
    return result


def flat_metrics(result: Result) -> Dict[str, float]:
    """Returns a result's scores; the split's name is added where there are several."""
    metrics = result["metrics"]
    prefix = "%s/%s" if len(metrics) > 1 else "%.0s%s"
    return {
        prefix % (split, name): scores[name]
        for split, scores in sorted(metrics.items())
        for name in sorted(scores, key=lambda name: (name == "loss", name))
    }


def is_smaller_better(name: str) -> bool:
    """Whether a score, which may be named with its split, is a loss or an error."""
    return name.rsplit("/", maxsplit=1)[-1] in ("loss", "mse")


def score(metrics: Dict[str, Dict[str, float]], names: Sequence[str]) -> float:
    """Returns the mean of the named scores over all splits; it ranks trials.

    Tasks that were trained together count the same, however many scores they have.
    """
    means = [
        np.mean([scores[name] for name in names if name in scores])
        for scores in metrics.values()
    ]
    return float(np.mean(means)) if means else 0.0


def statistics(results: List[Result]) -> Dict[str, Dict[str, float]]:
    """Returns median, mean, std and best of every score over some results.

    The standard deviation is that of a sample (n - 1), 0 for one result. The best
    loss is the smallest, any other best score the largest.
    """
    rows = [flat_metrics(result) for result in results]
    summary = {}
    # A trial kept from an earlier command may have been scored on other files.
    for name in dict.fromkeys(name for row in rows for name in row):
        values = np.array([row[name] for row in rows if name in row])
        best = np.min if is_smaller_better(name) else np.max
        summary[name] = {
            "median": float(np.median(values)),
            "mean": float(np.mean(values)),
            "std": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
            "best": float(best(values)),
        }
    return summary


def rank(result: Optional[Result]) -> Tuple[bool, float]:
    """Returns what is larger the better a trial is: sound ones before failed ones."""
    if not result:
        return False, -math.inf
    return not result["failed"], result.get("score", -math.inf)


def summarize(task_name: str, variant: str, results: List[Result]) -> Dict[str, Any]:
    """Sums up the trials of one task.

    Failed trials stay in the list and in `statistics_all`, but not in `statistics`,
    unless all have failed.
    """
    sound = [result for result in results if not result["failed"]]
    return {
        "format_version": 1,
        "task": task_name,
        "variant": variant,
        "scale": SCALE,
        "trials": results,
        "num_failed": len(results) - len(sound),
        "best_trial": max(results, key=rank)["trial"],
        "statistics": statistics(sound or results),
        "statistics_all": statistics(results),
    }


def table(summary: Dict[str, Any]) -> str:
    """Returns a summary as a Markdown table: a row per trial.

    Where there are more than MAX_COLUMNS scores, they have a row each.
    """
    results = summary["trials"]
    names: List[str] = []
    for result in results:
        names += [name for name in flat_metrics(result) if name not in names]
    rows = [_trial_row(result, names) for result in results]
    values = summary["statistics"]
    if values:
        rows += [_statistic_row(values, name, names) for name in STATISTICS]
    rows.insert(0, ["trial", "seed"] + names + ["note"])
    title = " ".join(part for part in (summary["task"], summary["variant"]) if part)
    lines = ["### %s" % title, ""]
    if len(names) > MAX_COLUMNS:
        rows = [list(column) for column in zip(*rows)][:-1]
        lines += markdown(rows[0], rows[1:])
        lines += [""] + [line(each) for each in results if each["failed"]]
    else:
        lines += markdown(rows[0], rows[1:])
    if summary["num_failed"]:
        lines += ["", _failure_note(summary)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _trial_row(result: Result, names: List[str]) -> List[str]:
    metrics = flat_metrics(result)
    cells = ["%.2f" % metrics[name] if name in metrics else "-" for name in names]
    note = _failure(result) if result["failed"] else ""
    return [str(result["trial"]), str(result["seed"])] + cells + [note]


def _statistic_row(
    values: Dict[str, Dict[str, float]], statistic: str, names: List[str]
) -> List[str]:
    cells = [
        "%.2f" % values[name][statistic] if name in values else "-" for name in names
    ]
    return [statistic, ""] + cells + [""]


def line(result: Result) -> str:
    """Returns what came of a trial, in a line."""
    told = shortened(flat_metrics(result)) or "no scores"
    if result["failed"]:
        told = _failure(result)
    return "Trial %d, seed %d: %s" % (result["trial"], result["seed"], told)


def _failure(result: Result) -> str:
    """Returns why a trial failed: the first sentence; its file has the others."""
    return "FAILED: %s" % result["failed"].partition(". ")[0]


def shortened(scores: Dict[str, float]) -> str:
    """Returns the first scores, and how many more there are."""
    shown = ["%s %.2f" % item for item in list(scores.items())[:MAX_COLUMNS]]
    if len(scores) > MAX_COLUMNS:
        shown.append("%d more" % (len(scores) - MAX_COLUMNS))
    return ", ".join(shown)


def _failure_note(summary: Dict[str, Any]) -> str:
    num_failed, num_trials = summary["num_failed"], len(summary["trials"])
    if num_failed == num_trials:
        return "All %d trials failed; there is no sound result." % num_trials
    every = summary["statistics_all"]
    medians = ", ".join("%s %.2f" % (name, every[name]["median"]) for name in every)
    return (
        "%d of %d trials failed and are left out of the statistics; with them the "
        "medians are %s." % (num_failed, num_trials, medians)
    )


def markdown(header: List[str], body: List[List[str]]) -> List[str]:
    """Returns the lines of a Markdown table with aligned columns."""
    rows = [header] + body
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [
        "| %s |" % " | ".join(cell.ljust(width) for cell, width in zip(row, widths))
        for row in rows
    ]
    rule = "|%s|" % "|".join("-" * (width + 2) for width in widths)
    return [lines[0], rule] + lines[1:]


def original_lines(summary: Dict[str, Any]) -> str:
    """Returns a line per trial in the form of the original's results file."""
    lines = []
    for result in summary["trials"]:
        scores = [
            "%s: %.2f" % (name, value) for name, value in flat_metrics(result).items()
        ]
        lines.append("%s: %s" % (summary["task"], " - ".join(scores)))
    return "\n".join(lines) + "\n"


def write(paths: Paths, summary: Dict[str, Any]) -> Tuple[str, str]:
    """Writes the summary as JSON, Markdown and text; returns the first two paths."""
    files.write_json(paths.summary("json"), summary)
    files.write_text(paths.summary("md"), table(summary))
    files.write_text(paths.summary("txt"), original_lines(summary))
    return paths.summary("json"), paths.summary("md")


def stored_summaries(model_dir: str) -> Tuple[List[Dict[str, Any]], List[str]]:
    """Returns what all runs of a model have left: every task, every variant.

    Args:
      model_dir: The pre-trained model's folder.

    Returns:
      (summaries as `write` wrote them, by task and variant; paths of files that are
      named like one but are none).
    """
    folder = os.path.join(model_dir, "results")
    names = gfile.listdir(folder) if gfile.isdir(folder) else []
    summaries, strangers = [], []
    for name in sorted(name for name in names if name.endswith("_results.json")):
        path = os.path.join(folder, name)
        try:
            found = files.read_json(path)
        except ValueError:
            found = None
        if isinstance(found, dict) and _SUMMARY_KEYS <= set(found):
            summaries.append(found)
        else:
            strangers.append(path)
    summaries.sort(key=lambda found: (found["task"], found["variant"]))
    return summaries, strangers


def overview(summaries: List[Dict[str, Any]]) -> str:
    """Returns one table of all tasks: the medians over the sound trials."""
    body = []
    for summary in summaries:
        values = summary["statistics"]
        medians = shortened({name: values[name]["median"] for name in values})
        trials = "%d" % len(summary["trials"])
        if summary["num_failed"]:
            trials += " (%d failed)" % summary["num_failed"]
        body.append([summary["task"], summary["variant"] or "-", trials, medians])
    header = ["task", "variant", "trials", "median"]
    return "\n".join(markdown(header, body))

"""Sums up the quick start: what was made of what, and whether pre-training helped."""

import argparse
import os
import shutil
from typing import Any, Dict, List, NamedTuple

from util import cli, files

RANDOM = "random"  # How fine-tuning names results of a network with random weights.
QUESTIONS = {
    "cola": "Is the order of the words intact?",
    "sst": "Do all words belong to the sentence?",
}
REPORT_FILE = "report.md"
CURVE_FILE = "learning_curve.png"


class Row(NamedTuple):
    """One score of a task: medians over trials, multiplied by 100."""

    task: str
    metric: str
    random: float
    pretrained: float
    num_trials: int


def rows(results_dir: str, tasks: List[str]) -> List[Row]:
    """Reads the scores of both networks.

    Args:
      results_dir: Of the model's folder.
      tasks: Names of the tasks.

    Raises:
      FileNotFoundError: A task was not fine-tuned from both starting points.
    """
    found = []
    for task in tasks:
        pretrained = _results(results_dir, task)
        random = _results(results_dir, "%s_%s" % (task, RANDOM))
        # Over all trials, those that learned nothing included.
        scores, chance = pretrained["statistics_all"], random["statistics_all"]
        num_trials = min(len(pretrained["trials"]), len(random["trials"]))
        for metric in sorted(set(scores) - {"loss"}):
            medians = chance[metric]["median"], scores[metric]["median"]
            found.append(Row(task, metric, *medians, num_trials))
    return found


def _results(results_dir: str, stem: str) -> Dict[str, Any]:
    return files.read_json(os.path.join(results_dir, "%s_results.json" % stem))


def table(found: List[Row]) -> str:
    """Returns the scores as a Markdown table."""
    lines = [
        "| task | question | score | random weights | pre-trained | gain |",
        "|---|---|---|---:|---:|---:|",
    ]
    for row in found:
        lines.append(
            "| %s | %s | %s | %.1f | %.1f | %+.1f |"
            % (
                row.task,
                QUESTIONS.get(row.task, ""),
                row.metric,
                row.random,
                row.pretrained,
                row.pretrained - row.random,
            )
        )
    return "\n".join(lines)


def page(found: List[Row], corpus: Dict[str, Any], pretraining: Dict[str, Any]) -> str:
    """Returns the report as Markdown.

    Args:
      found: The scores.
      corpus: corpus_report.json.
      pretraining: results.json of the model's folder.
    """
    lines = [
        "# Quick start",
        "",
        "Corpus: {documents:,} documents, {sentences:,} sentences, {words:,} words, "
        "{megabytes} MB.".format(**corpus),
        "Pre-training: {step:,} steps, {tokens:,} token positions.".format(
            **pretraining
        ),
        "Scores on development data, times 100, medians of %d trials (0 is chance for "
        "mcc, 50 for accuracy):" % min(row.num_trials for row in found),
        "",
        table(found),
    ]
    return "\n".join(lines) + "\n"


def run(argv: List[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", required=True, help="Folder of the quick start.")
    parser.add_argument("--model-name", required=True, help="Folder in models/.")
    parser.add_argument("--tasks", required=True, help="Names, commas between them.")
    arguments = parser.parse_args(argv)
    model_dir = os.path.join(arguments.data_dir, "models", arguments.model_name)
    text = page(
        rows(os.path.join(model_dir, "results"), arguments.tasks.split(",")),
        files.read_json(os.path.join(arguments.data_dir, "corpus_report.json")),
        files.read_json(os.path.join(model_dir, "results.json")),
    )
    curve = files.require_file(os.path.join(model_dir, CURVE_FILE), "learning curve")
    shutil.copyfile(curve, os.path.join(arguments.data_dir, CURVE_FILE))
    files.write_text(os.path.join(arguments.data_dir, REPORT_FILE), text)
    print(text)
    print("Learning curve: %s" % os.path.join(arguments.data_dir, CURVE_FILE))
    print("Everything:     %s" % arguments.data_dir)


if __name__ == "__main__":
    cli.main(run)

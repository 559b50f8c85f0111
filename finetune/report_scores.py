"""How the scores of trials spread: one page over all tasks of a model."""

import os
import sys
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from finetune import report_page, report_pictures, results
from util import files

FORMAT_VERSION = 1
_COLUMNS = ("median", "mean", "std", "min", "q1", "q3", "max")

Summary = Dict[str, Any]  # From `results.summarize`.


def spread(summary: Summary) -> Dict[str, Any]:
    """Returns where the scores of a task's trials lie.

    Trials that failed count if all have failed, as in `results.statistics`; those
    that have no score never do.

    Args:
      summary: From `results.summarize`.

    Returns:
      Plain JSON: the task, its variant, the score of each trial with its seed (null
      where there is none), how many count, and `statistics` over those: null if none
      does.
    """
    scores = group(summary)
    counted = scores.sound or scores.failed
    return {
        "task": summary["task"],
        "variant": summary["variant"],
        "num_trials": len(summary["trials"]),
        "num_failed": summary["num_failed"],
        "num_counted": len(counted),
        "statistics": _statistics(counted),
        "trials": [
            {
                "trial": trial["trial"],
                "seed": trial["seed"],
                "score": trial["score"] if trial["metrics"] else None,
                "failed": trial["failed"],
            }
            for trial in summary["trials"]
        ],
    }


def group(summary: Summary) -> report_pictures.Scores:
    """Returns the scores of a task's trials as the box plot wants them."""
    scored = [trial for trial in summary["trials"] if trial["metrics"]]
    return report_pictures.Scores(
        summary["task"],
        summary["variant"],
        [trial["score"] for trial in scored if not trial["failed"]],
        [trial["score"] for trial in scored if trial["failed"]],
    )


def _statistics(scores: List[float]) -> Optional[Dict[str, float]]:
    if not scores:
        return None
    box = report_pictures.quartiles(scores)
    return {
        "median": box.median,
        "mean": float(np.mean(scores)),
        "std": float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0,
        "min": box.low,
        "q1": box.q1,
        "q3": box.q3,
        "max": box.high,
    }


def write_overview(model_dir: str) -> report_page.Paths:
    """Writes the page over all that was ever fine-tuned from a model.

    Results of earlier commands are on it too, so that tasks may be trained one by one.

    Args:
      model_dir: The pre-trained model's folder.

    Returns:
      Where the page is.

    Raises:
      ValueError: There are no results.
    """
    summaries, strangers = results.stored_summaries(model_dir)
    for path in strangers:
        print("%s is no summary of trials; left out." % path, file=sys.stderr)
    paths = report_page.Paths(os.path.join(model_dir, "results"), "overview")
    write(paths.folder, paths.stem, summaries)
    return paths


def write(folder: str, stem: str, summaries: Sequence[Summary]) -> List[str]:
    """Writes a page of several tasks as JSON, Markdown and HTML, with a box plot.

    Where matplotlib is missing, the page says so in place of the picture.

    Args:
      folder: Where.
      stem: What the names of the files start with: "overview".
      summaries: One or more; tasks that were run in several variants may be among
        them more than once.

    Returns:
      The paths of the files.

    Raises:
      ValueError: There are no summaries.
    """
    if not summaries:
        raise ValueError("There are no results to sum up.")
    paths = report_page.Paths(folder, stem)
    content = [
        dict(spread(summary), metrics=summary["statistics"]) for summary in summaries
    ]
    files.write_json(
        paths.file("json"),
        {
            "format_version": FORMAT_VERSION,
            "scale": summaries[0]["scale"],
            "tasks": content,
        },
    )
    page = report_page.Page(
        "Results",
        [
            report_page.Section("Scores that rank trials", _score_blocks(content)),
            report_page.Section("Box plot", [_picture(summaries)]),
            report_page.Section("All metrics", [_metrics_table(content)]),
        ],
    )
    return [paths.file("json")] + report_page.write(paths, page)


def _score_blocks(content: List[Dict[str, Any]]) -> List[report_page.Block]:
    rows = []
    for task in content:
        found = task["statistics"] or {}
        cells = ["%.2f" % found[name] if found else "-" for name in _COLUMNS]
        counts = [str(task["num_trials"]), str(task["num_failed"])]
        rows.append([task["task"], task["variant"] or "-"] + counts + cells)
    header = ["task", "variant", "trials", "failed"] + list(_COLUMNS)
    remark = (
        "The score of a trial is the mean of the metrics that rank it, over the "
        "development files (over all labeled ones where there are none), times 100. "
        "Failed trials count only where all have failed."
    )
    return [report_page.Table(header, rows, tuple(range(2, len(header)))), remark]


def _picture(summaries: Sequence[Summary]) -> report_page.Block:
    try:
        drawn = report_pictures.png(
            report_pictures.box_plot([group(summary) for summary in summaries])
        )
    except report_pictures.MissingLibraryError as error:
        return "No picture: %s" % error
    return report_page.Picture("scores", "Scores of the trials, by task", drawn)


def _metrics_table(content: List[Dict[str, Any]]) -> report_page.Table:
    columns = ["median", "mean", "std", "best"]
    rows = [
        [task["task"], task["variant"] or "-", metric]
        + ["%.2f" % values[name] for name in columns]
        for task in content
        for metric, values in task["metrics"].items()
    ]
    header = ["task", "variant", "metric"] + columns
    return report_page.Table(header, rows, tuple(range(3, len(header))))

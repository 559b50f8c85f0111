"""What one trial got right and wrong: as JSON, as Markdown and as HTML.

The JSON holds everything, every mistake included; from it the other two are made again:

    python3 -m finetune.report results/rte_trials/trial_1_dev.json --num-mistakes 200
"""

import argparse
import math
from typing import List, Optional, Tuple

from util import logs

if __name__ == "__main__":
    logs.quiet()  # Before TensorFlow is imported.

from finetune import report_data, report_page, report_pictures
from finetune import task as task_lib
from util import cli, files

NUM_MISTAKES = 50  # On a page.
SUPPORT = "support"  # Number of examples of a group.
_FIRST_SCORES = ("precision", "recall", "f1")

Paths = report_page.Paths
Report = report_data.Report


def write(folder: str, report: Report, num_mistakes: int = NUM_MISTAKES) -> List[str]:
    """Writes a report's files; where matplotlib is missing, without the picture.

    Args:
      folder: Where; the names start with `report.stem`.
      report: What.
      num_mistakes: How many of the worst mistakes the pages show.

    Returns:
      The paths: JSON, Markdown, HTML, and the picture if there is one.

    Raises:
      ValueError: The counts of the confusion matrix do not fit its names.
    """
    paths = Paths(folder, report.stem)
    files.write_json(paths.file("json"), report_data.to_dict(report))
    # From what was written, so that pages made again are the same.
    return [paths.file("json")] + render(paths, num_mistakes)


def render(paths: Paths, num_mistakes: int = NUM_MISTAKES) -> List[str]:
    """Makes the pages of a report from its JSON; returns what was written.

    Raises:
      FileNotFoundError: There is no such JSON.
      ValueError: It is not that of a report.
    """
    report = report_data.read(paths.file("json"))
    return report_page.write(paths, page(report, num_mistakes))


def page(report: Report, num_mistakes: int = NUM_MISTAKES) -> report_page.Page:
    """Returns what Markdown and HTML show of a report."""
    title = "%s, trial %d, %s" % (report.task, report.trial, report.split)
    analysis = report.analysis
    return report_page.Page(
        title,
        [
            report_page.Section("Scores", _score_blocks(report)),
            report_page.Section(_groups_title(analysis), _group_blocks(analysis)),
            report_page.Section("Confusion", _confusion_blocks(analysis.confusion)),
            report_page.Section("Mistakes", _mistake_blocks(report, num_mistakes)),
        ],
    )


def _score_blocks(report: Report) -> List[report_page.Block]:
    names = sorted(report.scores, key=_score_rank)
    cells = ["%d" % report.num_examples]
    cells += [_cell(report.scores[name]) for name in names]
    blocks: List[report_page.Block] = [
        report_page.Table(["examples"] + names, [cells], tuple(range(len(cells)))),
        "Scores are times 100, but not losses, thresholds, and errors, which are in "
        "the unit of the labels. A loss is the mean per example, in tagging per word.",
    ]
    blocks.extend(report.notes)
    return blocks


def _score_rank(name: str) -> Tuple[bool, int, str]:
    """Orders scores: precision, recall, f1, then by name, the loss last."""
    known = name in _FIRST_SCORES
    place = _FIRST_SCORES.index(name) if known else len(_FIRST_SCORES)
    return name == "loss", place, name


def _cell(value: float) -> str:
    return "%.2f" % value if math.isfinite(value) else "-"


def _groups_title(analysis: task_lib.Analysis) -> str:
    confusion = analysis.confusion
    is_by_class = confusion and set(confusion.names) >= set(analysis.groups)
    return "Classes" if is_by_class else "Groups"


def _group_blocks(analysis: task_lib.Analysis) -> List[report_page.Block]:
    if not analysis.groups:
        return []
    found = {name for scores in analysis.groups.values() for name in scores}
    names = sorted(found - {SUPPORT}, key=_score_rank)
    rows = []
    for group, scores in analysis.groups.items():
        cells = [_cell(scores.get(name, math.nan)) for name in names]
        support = scores.get(SUPPORT, math.nan)
        cells.append("%d" % support if math.isfinite(support) else "-")
        rows.append([group] + cells)
    header = ["name"] + names + [SUPPORT]
    return [report_page.Table(header, rows, tuple(range(1, len(header))))]


def _confusion_blocks(
    confusion: Optional[task_lib.Confusion],
) -> List[report_page.Block]:
    if confusion is None:
        return []
    blocks: List[report_page.Block] = []
    try:
        drawn = report_pictures.png(report_pictures.confusion_matrix(confusion))
    except report_pictures.MissingLibraryError as error:
        blocks.append("No picture: %s" % error)
    else:
        blocks.append(report_page.Picture("confusion", "Confusion matrix", drawn))
        reason = report_pictures.why_numbered(confusion.names)
        if reason:
            blocks.append(_legend(confusion.names, reason))
    pairs = report_data.most_confused(confusion)
    if pairs:
        rows = [
            [
                pair.expected,
                pair.predicted,
                str(pair.times),
                "%.1f" % (100 * pair.share),
            ]
            for pair in pairs
        ]
        header = ["true class", "taken for", "times", "% of the true class"]
        blocks.append(report_page.Table(header, rows, (2, 3)))
    return blocks


def _legend(names: Tuple[str, ...], reason: str) -> str:
    numbered = ["%d = %s" % (number, name) for number, name in enumerate(names)]
    return "The picture numbers the classes, for %s: %s." % (
        reason,
        ", ".join(numbered),
    )


def _mistake_blocks(report: Report, num_mistakes: int) -> List[report_page.Block]:
    mistakes = report.analysis.mistakes
    if not mistakes:
        return ["There are none."]
    shown = mistakes[:num_mistakes]
    summary: report_page.Block = (
        "The %d worst of %d answers that are not exactly right, of %d in all; badness "
        "is usually the example's loss, in reading first what the answer lacks of F1, "
        "times 1000." % (len(shown), len(mistakes), report.num_examples)
    )
    rows = [
        [
            mistake.id,
            mistake.text,
            mistake.expected,
            mistake.predicted,
            _cell(mistake.badness),
        ]
        for mistake in shown
    ]
    header = ["id", "text", "expected", "predicted", "badness"]
    return [summary, report_page.Table(header, rows, (4,))]


def run(argv: List[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reports", nargs="+", help="JSON files of reports.")
    parser.add_argument(
        "--num-mistakes",
        type=int,
        default=NUM_MISTAKES,
        help="How many of the worst mistakes to show (%(default)s).",
    )
    arguments = parser.parse_args(argv)
    if arguments.num_mistakes < 0:
        raise ValueError("--num-mistakes is %d; at least 0." % arguments.num_mistakes)
    for path in arguments.reports:
        for written in render(report_page.paths_of(path), arguments.num_mistakes):
            print(written)


if __name__ == "__main__":
    cli.main(run)

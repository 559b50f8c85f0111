"""Pictures of a fine-tuning run, drawn without a screen."""

import io
import math
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from finetune import report_data
from finetune import task as task_lib
from util import curves, files, gfile, training_log

MAX_COUNTED = 20  # Classes up to which each cell shows its count,
MAX_NAMED = 50  # and up to which each row has a label.
LONGEST_NAME = 30  # Characters of a class name that fit beside a matrix.
BOXED_TRIALS = 3  # From as many on, quartiles say more than the points.
WIDTH = 12.0  # Of all panels beside each other, in inches.
PER_EXAMPLE = "loss_per_example"
LABEL_SIZE = 8  # Of the names of variants, in points.
PANEL, LEAST_COLUMN = 3.0, 0.5  # Widths of a panel and of a variant in it, at least.
POINT_COLOR, FAILED_COLOR, BOX_COLOR = "#d1581c", "#9a9a9a", "#4878a8"
_DOTS_PER_INCH = 110
_POINTS_PER_INCH = 72
_DIGIT_WIDTH = 0.64  # Of a digit, as a share of the font's size.


class MissingLibraryError(ValueError):
    """Nothing can be drawn here."""


def canvas(width: float, height: float) -> Any:
    """Returns an empty matplotlib figure.

    Args:
      width: In inches.
      height: In inches.

    Raises:
      MissingLibraryError: matplotlib is not installed.
    """
    try:
        from matplotlib import figure
        from matplotlib.backends import backend_agg
    except ImportError as error:
        raise MissingLibraryError(
            "Pictures need matplotlib: pip install matplotlib."
        ) from error
    page = figure.Figure(figsize=(width, height), dpi=_DOTS_PER_INCH)
    backend_agg.FigureCanvasAgg(page)
    return page


def png(page: Any) -> bytes:
    """Returns the file of a figure, as large as what is drawn."""
    picture = io.BytesIO()
    page.savefig(picture, format="png", bbox_inches="tight", pad_inches=0.15)
    return picture.getvalue()


def why_numbered(names: Sequence[str]) -> Optional[str]:
    """Says why a matrix shows numbers instead of class names, or None if not."""
    if list(names) == list(map(str, range(len(names)))):
        return None  # They are the numbers.
    if len(names) > MAX_NAMED:
        return "there are %d of them" % len(names)
    if not all(map(_is_drawable, names)):
        return "the picture's font may lack characters of their names"
    if any(len(name) > LONGEST_NAME for name in names):
        return "their names are long"
    return None


def _is_drawable(text: str) -> bool:
    """Whether every font has the characters of a text."""
    return text.isascii() and text.isprintable()


def confusion_matrix(confusion: task_lib.Confusion) -> Any:
    """Draws which class was taken for which.

    Shades are shares of the true class. Beyond MAX_COUNTED classes the cells have no
    counts, and small shares are shaded more strongly.

    Args:
      confusion: C names and [C, C] counts.

    Returns:
      A figure.

    Raises:
      ValueError: The counts are not [C, C], or there are no classes.
      MissingLibraryError: matplotlib is not installed.
    """
    counts = report_data.checked_counts(confusion)
    size, cell = len(counts), _cell_size(len(counts))
    # The axes are all of the figure; labels lie outside of it, and `png` adds them.
    page = canvas(cell * size, cell * size)
    from matplotlib import colors

    axes = page.add_axes((0, 0, 1, 1))
    has_counts = size <= MAX_COUNTED
    norm = colors.PowerNorm(1.0 if has_counts else 0.5, vmin=0.0, vmax=1.0)
    shares = report_data.row_shares(counts)
    image = axes.imshow(shares, cmap="Blues", norm=norm, aspect="auto")
    if has_counts:
        _write_counts(axes, counts, shares, cell)
    _label_classes(axes, confusion.names, cell)
    inch = 1.0 / (cell * size)
    bar = page.colorbar(image, cax=page.add_axes((1 + 0.2 * inch, 0, 0.15 * inch, 1)))
    bar.set_label("share of the true class")
    return page


def _cell_size(num_classes: int) -> float:
    """Returns the side of a matrix cell in inches."""
    if num_classes <= 5:
        return 0.9
    if num_classes <= MAX_COUNTED:
        return 0.55
    return 0.2 if num_classes <= MAX_NAMED else max(10.0 / num_classes, 0.02)


def _write_counts(
    axes: Any, counts: np.ndarray, shares: np.ndarray, cell: float
) -> None:
    digits = len("%d" % counts.max())
    fitting = 0.85 * cell * _POINTS_PER_INCH / (_DIGIT_WIDTH * digits)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(
            column,
            row,
            "%d" % count,
            ha="center",
            va="center",
            fontsize=min(fitting, 11),
            color="white" if shares[row, column] > 0.5 else "black",
        )


def _label_classes(axes: Any, names: Sequence[str], cell: float) -> None:
    labels = [str(number) for number in range(len(names))]
    if why_numbered(names) is None:
        labels = [name.replace("$", r"\$") for name in names]  # No formulas.
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if step * cell >= 0.2)
    places = list(range(0, len(names), step))
    shown = [labels[place] for place in places]
    size = 10 if cell > 0.5 else 8
    widest = max(map(len, shown)) * size * _DIGIT_WIDTH / _POINTS_PER_INCH
    is_flat = widest < 0.95 * cell * step
    axes.set_xticks(places)
    axes.set_xticklabels(shown, rotation=0 if is_flat else 90, fontsize=size)
    axes.set_yticks(places)
    axes.set_yticklabels(shown, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")


class Quartiles(NamedTuple):
    """Where some scores lie; quartiles are interpolated."""

    low: float
    q1: float
    median: float
    q3: float
    high: float


def quartiles(scores: Sequence[float]) -> Quartiles:
    """Returns the least, the quartiles and the largest of one score or more."""
    return Quartiles(*map(float, np.percentile(scores, [0, 25, 50, 75, 100])))


class Scores(NamedTuple):
    """The scores of one task's trials.

    Attributes:
      task: Its name.
      variant: What tells these trials from others of the task; may be empty.
      sound: Scores of the trials that count, in their order.
      failed: Scores of those that do not.
    """

    task: str
    variant: str
    sound: List[float]
    failed: List[float]


def box_plot(groups: Sequence[Scores]) -> Any:
    """Draws the scores of trials: a panel per task, a column per variant.

    Every trial is a point. From three sound ones on there is a box from the first to
    the third quartile, with the median in it and whiskers to the extremes. Variants
    whose names a font may lack are called after their place: "row 2".

    Args:
      groups: At least one; those without a score only get their place.

    Returns:
      A figure.

    Raises:
      ValueError: There are no groups.
      MissingLibraryError: matplotlib is not installed.
    """
    tasks = list(dict.fromkeys(group.task for group in groups))
    if not tasks:
        raise ValueError("There are no trials to draw.")
    columns = [
        [
            (row, group)
            for row, group in enumerate(groups, start=1)
            if group.task == task
        ]
        for task in tasks
    ]
    labels = [[_label(*column, len(own) == 1) for column in own] for own in columns]
    panel = _panel_width(labels)
    num_columns = min(len(tasks), max(1, int(WIDTH / panel)))
    num_rows = math.ceil(len(tasks) / num_columns)
    standing = [_width(own) for own in labels if _flat_width(own) > panel]
    page = canvas(panel * num_columns, (3.0 + max(standing, default=0.0)) * num_rows)
    for number, task in enumerate(tasks):
        axes = page.add_subplot(num_rows, num_columns, number + 1)
        _draw_scores(axes, [group for _, group in columns[number]])
        _label_columns(axes, labels[number], panel)
        size = min(10.0, 0.9 * panel * _POINTS_PER_INCH / (_DIGIT_WIDTH * len(task)))
        axes.set_title(task.replace("$", r"\$"), fontsize=size, loc="left")
        if number % num_columns == 0:
            axes.set_ylabel("score of a trial")
    page.tight_layout()
    return page


def _panel_width(labels: Sequence[Sequence[str]]) -> float:
    """Returns the width of the panels in inches, if it can be for flat labels."""
    least = max(PANEL, LEAST_COLUMN * (max(map(len, labels)) + 1))
    flat = max(map(_flat_width, labels))
    return max(least, flat) if flat <= WIDTH / min(len(labels), 2) else least


def _flat_width(labels: Sequence[str]) -> float:
    """Returns the width of a panel whose labels lie beside each other, in inches."""
    return _width(labels) * len(labels) / 0.7


def _width(labels: Sequence[str]) -> float:
    """Returns the width of the longest line, in inches."""
    longest = max(len(line) for label in labels for line in label.split("\n"))
    return longest * LABEL_SIZE * _DIGIT_WIDTH / _POINTS_PER_INCH


def _draw_scores(axes: Any, groups: Sequence[Scores]) -> None:
    for place, group in enumerate(groups):
        if len(group.sound) >= BOXED_TRIALS:
            _draw_box(axes, place, quartiles(group.sound))
        for scores, color, marker in (
            (group.sound, POINT_COLOR, "o"),
            (group.failed, FAILED_COLOR, "x"),
        ):
            axes.plot(
                place + _shifts(len(scores)),
                scores,
                color=color,
                marker=marker,
                linestyle="none",
                markersize=4.5,
                alpha=0.8,
                zorder=3,
            )
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.grid(True, axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", labelsize=LABEL_SIZE)
    if not any(group.sound or group.failed for group in groups):
        axes.set_yticks([])


def _label_columns(axes: Any, labels: Sequence[str], panel: float) -> None:
    axes.set_xticks(range(len(labels)))
    rotation = 0 if _flat_width(labels) <= panel else 90
    axes.set_xticklabels(labels, fontsize=LABEL_SIZE, rotation=rotation)


def _shifts(count: int) -> np.ndarray:
    """Returns places side by side, so that no point hides another; [count]."""
    return np.linspace(-0.12, 0.12, count) if count > 1 else np.zeros(count)


def _draw_box(axes: Any, place: int, box: Quartiles) -> None:
    axes.bxp(
        [
            {
                "whislo": box.low,
                "q1": box.q1,
                "med": box.median,
                "q3": box.q3,
                "whishi": box.high,
            }
        ],
        positions=[place],
        widths=0.5,
        showfliers=False,
        manage_ticks=False,
        boxprops={"color": BOX_COLOR},
        medianprops={"color": BOX_COLOR, "linewidth": 2.0},
        whiskerprops={"color": BOX_COLOR},
        capprops={"color": BOX_COLOR},
    )


def _label(row: int, group: Scores, is_only: bool) -> str:
    """Returns what stands under the column of a group, the only of its task or not."""
    lines = ["n = %d" % len(group.sound)]
    if group.failed:
        lines.append("%d failed (x)" % len(group.failed))
    if not _is_drawable(group.variant):
        lines.insert(0, "row %d" % row)
    elif group.variant or not is_only:
        lines.insert(0, group.variant.replace("$", r"\$") or "no run name")
    return "\n".join(lines)


def learning_curve(model_dir: str, path: str) -> bool:
    """Draws what a trial logged while it was trained, and keeps the numbers.

    The trial's folder is removed sooner than its results; the numbers stay beside the
    picture, as JSON of the same name.

    Args:
      model_dir: The trial's folder, which holds its training log.
      path: Picture to write; ends in .png.

    Returns:
      Whether there was anything to draw: False without a log or with an empty one.

    Raises:
      ValueError: The log is damaged, or matplotlib is not installed.
    """
    log_path = training_log.path_in(model_dir)
    if not gfile.exists(log_path):
        return False
    log = training_log.read(log_path)
    if not curves.panels(log):
        return False
    numbers = {
        "format_version": 1,
        "kind": "learning_curve",
        "train": _points(log.train),
        "evaluation": _points(log.evaluation),
    }
    files.write_json(os.path.splitext(path)[0] + ".json", numbers)
    if PER_EXAMPLE in log.train:  # The loss is that, times the size of the batches.
        log.train.pop("loss", None)
    curves.plot(log, path)
    return True


def _points(found: training_log.Curves) -> Dict[str, List[Tuple[int, Any]]]:
    """Returns (step, value) by name; null stands for numbers that are not finite."""
    return {
        name: [
            (step, value if math.isfinite(value) else None) for step, value in points
        ]
        for name, points in found.items()
    }

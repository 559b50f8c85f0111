"""The picture of a training run: its values against steps."""

import io
import math
import os
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from util import files, training_log

read_log = training_log.read

NOT_DRAWN = ("steps_per_second", "tokens_per_second")
OF_OPTIMIZER = ("learning_rate", "grad_norm")
NUM_COLUMNS = 2
TRAIN_COLOR, EVALUATION_COLOR, GUESS_COLOR = "#4878a8", "#d1581c", "#555555"


def plot(
    log: training_log.Log, path: str, guesses: Optional[Mapping[str, float]] = None
) -> None:
    """Writes the picture of a run; see `draw`.

    Args:
      log: From `read_log`.
      path: Picture to write; its ending names the format.
      guesses: What guessing by frequency reaches on held-out data, by the names of
        the values; those that are not in the log are not drawn.

    Raises:
      ValueError: There is nothing to draw, or matplotlib is not installed.
    """
    page = draw(log, guesses or {})
    picture = io.BytesIO()
    page.savefig(picture, format=os.path.splitext(path)[1][1:])
    files.write_bytes(path, picture.getvalue())


def draw(log: training_log.Log, guesses: Mapping[str, float]) -> Any:
    """Draws a panel per value: while training, on held-out data, and its guess.

    Returns:
      A `matplotlib.figure.Figure`.

    Raises:
      ValueError: There is nothing to draw, or matplotlib is not installed.
    """
    names = panels(log)
    if not names:
        raise ValueError("The training log has no values yet; nothing to draw.")
    try:
        from matplotlib import figure
        from matplotlib.backends import backend_agg
    except ImportError as error:
        raise ValueError(
            "The learning curve needs matplotlib: pip install matplotlib."
        ) from error
    num_rows = math.ceil(len(names) / NUM_COLUMNS)
    page = figure.Figure(figsize=(5.2 * NUM_COLUMNS, 0.6 + 2.6 * num_rows), dpi=110)
    backend_agg.FigureCanvasAgg(page)
    for number, name in enumerate(names, start=1):
        axes = page.add_subplot(num_rows, NUM_COLUMNS, number)
        _draw_values(axes, name, log)
        if name in guesses:
            axes.axhline(
                guesses[name],
                color=GUESS_COLOR,
                linestyle="--",
                linewidth=1.0,
                label="guessing by frequency",
            )
        _dress(axes, name)
        if number > len(names) - NUM_COLUMNS:
            axes.set_xlabel("step")
    page.tight_layout()
    return page


def panels(log: training_log.Log) -> List[str]:
    """Returns the names to draw: losses first, the optimizer's values last."""
    names = [name for name in log.train if name not in NOT_DRAWN]
    names += [name for name in log.evaluation if name not in log.train]

    def rank(name: str) -> Tuple[bool, bool, bool]:
        return name in OF_OPTIMIZER, name != "loss", not name.endswith("loss")

    return sorted(names, key=rank)


def smoothed(values: Sequence[float], reach: int) -> List[float]:
    """Returns the mean of each value and up to `reach` on either side of it."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    means = []
    for index in range(len(values)):
        start, end = max(index - reach, 0), min(index + reach + 1, len(values))
        means.append((sums[end] - sums[start]) / (end - start))
    return means


def _draw_values(axes: Any, name: str, log: training_log.Log) -> None:
    train = log.train.get(name, [])
    if train:
        steps, values = _columns(train)
        mean = smoothed(values, 0 if name in OF_OPTIMIZER else len(values) // 30)
        axes.plot(steps, values, color=TRAIN_COLOR, alpha=0.3, linewidth=0.8)
        axes.plot(steps, mean, color=TRAIN_COLOR, label="training batches")
    held_out = log.evaluation.get(name, [])
    if held_out:
        steps, values = _columns(held_out)
        axes.plot(
            steps,
            values,
            color=EVALUATION_COLOR,
            marker="o",
            markersize=3.5,
            label="held-out data",
        )


def _dress(axes: Any, name: str) -> None:
    """Adds what makes lines readable: title, limits, grid and legend."""
    axes.set_title(name.replace("_", " "), fontsize=10, loc="left")
    axes.set_xlim(left=0)
    axes.grid(True, color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=8)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(fontsize=8, framealpha=0.8, edgecolor="none")


def _columns(points: Sequence[Tuple[int, float]]) -> Tuple[List[int], List[float]]:
    return [step for step, _ in points], [value for _, value in points]

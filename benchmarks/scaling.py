r"""Measures how time and memory of a pre-training step grow with its size.

    python -m benchmarks.scaling
    python -m benchmarks.scaling --model-size base --sizes 16x128 128x128:8

A size is BATCHxLENGTH, and after a colon the parts that a batch is computed in
(gradient_accumulation_steps). Each is measured alone, one after the other; the share
of the limit takes into account that long sequences need more multiplications a token.
"""

import argparse
import os
import tempfile
from typing import Any, Dict, List, NamedTuple

from benchmarks import commands, interleave, pretraining_data, run

SIZES = "32x64 16x128 8x256 4x512 8x128 32x128 64x128 64x128:4".split()


class Size(NamedTuple):
    """The size of a step."""

    batch_size: int
    length: int
    num_parts: int


def parse(text: str) -> Size:
    """Returns the size that BATCHxLENGTH or BATCHxLENGTH:PARTS means.

    Raises:
      ValueError: It is neither.
    """
    shape, _, parts = text.partition(":")
    try:
        batch_size, length = map(int, shape.split("x"))
        return Size(batch_size, length, int(parts or 1))
    except ValueError as error:
        raise ValueError(
            "A size is BATCHxLENGTH or BATCHxLENGTH:PARTS, such as 16x128; got %r."
            % text
        ) from error


def measure(arguments: argparse.Namespace) -> List[Dict[str, Any]]:
    """Returns a row of the table per size."""
    gflops = run.measured(run.PYTHON)["gflops"]
    rows = []
    for size in map(parse, arguments.sizes):
        with tempfile.TemporaryDirectory() as folder:
            pretraining_data.write(os.path.join(folder, "data"), size.length)
            name = "%dx%d-%d" % size
            parts = {"gradient_accumulation_steps": size.num_parts}
            task = run.Task(arguments.model_size, size.batch_size, size.length)
            entry = run.Entry(name, run.PYTHON, run.ROOT, parts)
            (result,) = interleave.measure(
                [run.contestant(entry, folder, task)],
                rounds=1,
                slice_seconds=arguments.seconds,
                log_dir=arguments.output,
            )
        tokens = size.batch_size * size.length
        per_token = run.flops_per_token(arguments.model_size, size.length)
        limit = tokens * per_token / (gflops * 1e9)
        rows.append(
            dict(
                size._asdict(),
                seconds_per_step=result.median,
                microseconds_per_token=1e6 * result.median / tokens,
                share_of_limit=limit / result.median,
                peak_megabytes=result.peak_megabytes,
            )
        )
        print(table(rows).splitlines()[-1], flush=True)
    return rows


def table(rows: List[Dict[str, Any]]) -> str:
    """Returns rows as a Markdown table."""
    lines = [
        "| batch | length | parts | s/step | us/token | of the limit | MB |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            "| %(batch_size)d | %(length)d | %(num_parts)d | %(seconds_per_step).3f | "
            "%(microseconds_per_token).0f | %(percent).0f %% | %(peak_megabytes).0f |"
            % dict(row, percent=100 * row["share_of_limit"])
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the command."""
    parser = commands.parser(__doc__)
    add = parser.add_argument
    add("--model-size", default="medium-small", help="Default: %(default)s.")
    add("--sizes", nargs="+", default=SIZES, help="Default: %(default)s.")
    add("--seconds", type=float, default=12.0, help="Of each. Default: %(default)s.")
    commands.run(parser, measure, table, "scaling_%(model_size)s.md")


if __name__ == "__main__":
    main()

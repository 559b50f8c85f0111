r"""Compares pre-training steps in one run and prints a table of ratios.

    python -m benchmarks.run
    python -m benchmarks.run --other-python .venv-3.7/bin/python \
        --original-checkout ~/ConvBert --original-python .venv-3.7/bin/python \
        --huggingface-python ~/venv-with-torch-and-transformers/bin/python

The contestants are this repository, the same with its plain forms instead of its fast
ones, the same on another TensorFlow, the original, and Hugging Face's ConvBERT. The
first ones train through their `run_pretraining.py`, the last as in
benchmarks/huggingface.py. They take turns; see benchmarks/interleave.py. The limit is
measured just before, in each environment.
"""

import argparse
import datetime
import functools
import json
import os
import platform
import subprocess
import sys
import tempfile
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from benchmarks import commands, interleave, pretraining_data
from model import config as config_lib
from model import flops

PYTHON = sys.executable
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLAIN = {
    "fuse_elementwise": False,
    "model_hparam_overrides": {"span_convolution": "plain"},
}
MASKED_SHARE = 0.15
HISTORY = "history.jsonl"


class Entry(NamedTuple):
    """One line of the comparison: who trains, where, with what settings.

    Attributes:
      name: Of the contestant.
      python: The interpreter.
      checkout: Whose `run_pretraining.py` trains; None for Hugging Face's model.
      hparams: Beside the common ones; of Hugging Face's model, the precision only.
    """

    name: str
    python: str
    checkout: Optional[str]
    hparams: Dict[str, Any]


class Task(NamedTuple):
    """What all of them do."""

    model_size: str
    batch_size: int
    length: int


def entries(
    arguments: argparse.Namespace, has_bfloat16: Callable[[str], bool]
) -> List[Entry]:
    """Returns the contestants that the arguments ask for, the baseline first.

    Args:
      arguments: Of the command line.
      has_bfloat16: Whether a Python's TensorFlow multiplies bfloat16.
    """
    python = PYTHON
    bfloat16 = {"precision": "bfloat16"}
    listed = []
    if arguments.original_checkout:
        original_python = arguments.original_python or python
        checkout = os.path.abspath(arguments.original_checkout)
        listed.append(Entry("original", original_python, checkout, {}))
    listed.append(Entry("plain", python, ROOT, PLAIN))
    names = {"fast": python}
    for number, other in enumerate(arguments.other_python):
        names["fast-other-%d" % (number + 1)] = other
    for name, python in names.items():
        listed.append(Entry(name, python, ROOT, {}))
        if has_bfloat16(python):
            listed.append(Entry(name + "-bfloat16", python, ROOT, bfloat16))
    if arguments.huggingface_python:
        python = arguments.huggingface_python
        listed.append(Entry("huggingface", python, None, {}))
        listed.append(Entry("huggingface-bfloat16", python, None, bfloat16))
    return listed


def measure(arguments: argparse.Namespace) -> Dict[str, Any]:
    """Runs the comparison and returns what the history keeps of it."""
    chosen = entries(arguments, lambda python: "TensorFlow 2" in _library(python))
    environments = {entry.python: _environment(entry) for entry in chosen}
    task = Task(arguments.model_size, arguments.batch_size, arguments.length)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = os.path.join(folder, "data")
        pretraining_data.write(data_dir, arguments.length)
        results = interleave.measure(
            [contestant(entry, folder, task) for entry in chosen],
            arguments.rounds,
            arguments.slice_seconds,
            log_dir=arguments.output,
        )
    per_token = flops_per_token(arguments.model_size, arguments.length)
    tokens = arguments.batch_size * arguments.length
    ratios = interleave.ratios(results)
    rows = []
    for entry, result in zip(chosen, results):
        environment = environments[entry.python]
        speed = tokens / result.median
        rows.append(
            {
                "name": entry.name,
                "library": environment["library"],
                "seconds_per_step": result.median,
                "steps": len(result.seconds),
                "tokens_per_second": speed,
                "ratio": ratios[entry.name],
                "share_of_limit": speed * per_token / (environment["gflops"] * 1e9),
                "peak_megabytes": result.peak_megabytes,
                "first_step_seconds": result.first_step,
            }
        )
    return {
        "date": datetime.datetime.now().isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": "%s, %d cores" % (_processor(), os.cpu_count() or 1),
        "model_size": arguments.model_size,
        "batch_size": arguments.batch_size,
        "length": arguments.length,
        "flops_per_token": per_token,
        "environments": list(environments.values()),
        "rows": rows,
    }


def flops_per_token(model_size: str, length: int) -> float:
    """Returns the FLOPs per token of a training step of objective electra."""
    config = config_lib.encoder_config(model_size, pretraining_data.VOCAB_SIZE)
    share = config_lib.size(model_size).generator_hidden_size
    generator = config_lib.generator_config(config, share)
    predictions = int(length * MASKED_SHARE)
    return flops.electra_training_step(config, generator, length, predictions)


def table(run: Dict[str, Any]) -> str:
    """Returns a run as a Markdown table."""
    lines = [
        "%s, batch %d x %d; %s; %s"
        % (
            run["model_size"],
            run["batch_size"],
            run["length"],
            run["machine"],
            ", ".join(
                "%(library)s multiplies at %(gflops).0f GFLOP/s" % each
                for each in run["environments"]
            ),
        ),
        "",
        "| trainer | library | s/step | tokens/s | ratio | of the limit | MB | "
        "first step s |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in run["rows"]:
        lines.append(
            "| %(name)s | %(library)s | %(seconds_per_step).3f | "
            "%(tokens_per_second).0f | %(ratio).2f | %(percent).0f %% | "
            "%(peak_megabytes).0f | %(first_step_seconds).0f |"
            % dict(row, percent=100 * row["share_of_limit"])
        )
    return "\n".join(lines)


def draw(run: Dict[str, Any], path: str) -> None:
    """Writes a picture of the speeds and of each environment's limit."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = run["rows"][::-1]
    labels = ["%(name)s\n%(library)s" % row for row in rows]
    figure, axes = pyplot.subplots(figsize=(8, 1 + 0.8 * len(rows)))
    axes.barh(labels, [row["tokens_per_second"] for row in rows], color="tab:blue")
    limits = [row["tokens_per_second"] / row["share_of_limit"] for row in rows]
    axes.plot(limits, labels, "k|", markersize=24)
    axes.set_xlabel("tokens per second; | is the limit of matrix products")
    axes.set_title("%(model_size)s, batch %(batch_size)d x %(length)d" % run)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def contestant(entry: Entry, folder: str, task: Task) -> interleave.Contestant:
    """Returns how an entry trains, on the records in a folder's `data`."""
    hparams = {
        "model_size": task.model_size,
        "train_batch_size": task.batch_size,
        "max_seq_length": task.length,
        "num_train_steps": 1000000,
        "save_checkpoints_steps": 1000000,
    }
    hparams.update(entry.hparams)
    stamps = os.path.join(folder, "%s.stamps" % entry.name)
    if entry.checkout is None:
        command = [entry.python, "-m", "benchmarks.huggingface", stamps]
        command += ["--model-size", task.model_size]
        command += ["--batch-size", str(task.batch_size)]
        command += ["--length", str(task.length)]
        command += ["--precision", entry.hparams.get("precision", "float32")]
        return interleave.Contestant(entry.name, command, ROOT, stamps)
    program = os.path.join(entry.checkout, "run_pretraining.py")
    command = [entry.python, os.path.join(ROOT, "benchmarks", "stamps.py")]
    command += [program, stamps]
    command += ["--data-dir", os.path.join(folder, "data"), "--model-name", entry.name]
    command += ["--hparams", json.dumps(hparams)]
    return interleave.Contestant(entry.name, command, ROOT, stamps)


@functools.lru_cache(maxsize=None)
def measured(python: str, *arguments: str) -> Dict[str, Any]:
    """Returns an interpreter's library and its rate of matrix products."""
    version = _output(python, "-c", "import sys; print(sys.version.split()[0])")
    line = _output(python, "-m", "benchmarks.gemm", *arguments).splitlines()[-1]
    library, gflops = line.split(": ")
    return {"python": version.strip(), "library": library, "gflops": float(gflops)}


def _library(python: str) -> str:
    return measured(python)["library"]


def _environment(entry: Entry) -> Dict[str, Any]:
    return measured(entry.python, *([] if entry.checkout else ["torch"]))


def _output(*command: str) -> str:
    quiet = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=quiet,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return done.stdout.decode("utf-8")


def _commit() -> str:
    try:
        return _output("git", "rev-parse", "--short", "HEAD").strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            for line in stream:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def add_contest_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of every comparison: who takes part, and for how long."""
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="Turns of each. Default: %(default)s.")
    add(
        "--slice-seconds",
        type=float,
        default=9.0,
        help="Length of a turn; several steps. Default: %(default)s.",
    )
    add("--original-checkout", metavar="DIR", help="The original's repository.")
    add("--original-python", metavar="PATH", help="Its Python, with TensorFlow 1.15.")
    add(
        "--other-python",
        metavar="PATH",
        action="append",
        default=[],
        help="A Python with another TensorFlow, to compare with.",
    )


def main() -> None:
    """Runs the command."""
    parser = commands.parser(__doc__)
    add = parser.add_argument
    add("--model-size", default="medium-small", help="Default: %(default)s.")
    add("--batch-size", type=int, default=16, help="Default: %(default)s.")
    add("--length", type=int, default=128, help="Tokens. Default: %(default)s.")
    add_contest_flags(parser)
    add(
        "--huggingface-python",
        metavar="PATH",
        help="A Python with torch and transformers, to compare with.",
    )
    commands.run(parser, _measure_and_keep, table, "steps.md")


def _measure_and_keep(arguments: argparse.Namespace) -> Dict[str, Any]:
    """Runs the comparison, adds it to the history and draws it."""
    run = measure(arguments)
    with open(os.path.join(arguments.output, HISTORY), "a", encoding="utf-8") as stream:
        stream.write(json.dumps(run) + "\n")
    draw(run, os.path.join(arguments.output, "steps.png"))
    return run


if __name__ == "__main__":
    main()

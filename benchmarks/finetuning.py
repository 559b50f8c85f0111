r"""Compares fine-tuning on short sentences, such as CoLA's, in one run.

    python -m benchmarks.finetuning
    python -m benchmarks.finetuning --other-python .venv-3.7/bin/python \
        --original-checkout ~/ConvBert --original-python .venv-3.7/bin/python

The contestants fine-tune one model through their `run_finetuning.py`, in batches of 32,
at most 128 tokens long, and take turns; see benchmarks/interleave.py. Sentences are
random words, about as many as CoLA's have: 12 on average.
"""

import argparse
import json
import os
import subprocess
import tempfile
from typing import Any, Dict, List

import numpy as np

from benchmarks import commands, interleave, pretraining_data, run
from util import files

BATCH_SIZE = 32
NUM_SENTENCES = 20000
MEAN_WORDS, MOST_WORDS = 12, 45
PADDED = {"bucket_by_length": False}


def entries(arguments: argparse.Namespace) -> List[run.Entry]:
    """Returns the contestants that the arguments ask for, the baseline first."""
    listed = []
    if arguments.original_checkout:
        python = arguments.original_python or run.PYTHON
        checkout = os.path.abspath(arguments.original_checkout)
        listed.append(run.Entry("original", python, checkout, {}))
    listed.append(run.Entry("unsorted", run.PYTHON, run.ROOT, PADDED))
    listed.append(run.Entry("by length", run.PYTHON, run.ROOT, {}))
    for number, other in enumerate(arguments.other_python):
        name = "by length-other-%d" % (number + 1)
        listed.append(run.Entry(name, other, run.ROOT, {}))
    return listed


def write_task(data_dir: str) -> None:
    """Writes CoLA's files with random sentences, where all contestants look."""
    random = np.random.RandomState(0)
    lengths = 3 + random.gamma(4.0, (MEAN_WORDS - 3) / 4.0, size=NUM_SENTENCES)
    rows = []
    for length in np.minimum(lengths, MOST_WORDS).astype(int):
        words = " ".join("word%d" % i for i in random.randint(30000, size=length))
        rows.append("x\t%d\t\t%s\n" % (random.randint(2), words))
    folder = os.path.join(data_dir, "finetuning_data", "cola")
    files.write_text(os.path.join(folder, "train.tsv"), "".join(rows))
    files.write_text(os.path.join(folder, "dev.tsv"), "".join(rows[:100]))


def write_model(data_dir: str, model_size: str) -> None:
    """Pre-trains for a step, so that there is something to fine-tune."""
    pretraining_data.write(data_dir, 128)
    hparams = {
        "model_size": model_size,
        "num_train_steps": 1,
        "train_batch_size": 2,
        "held_out_shards": 0,
    }
    command = [run.PYTHON, os.path.join(run.ROOT, "run_pretraining.py")]
    command += ["--data-dir", data_dir, "--model-name", "model"]
    subprocess.run(command + ["--hparams", json.dumps(hparams)], check=True)


def measure(arguments: argparse.Namespace) -> List[Dict[str, Any]]:
    """Returns a row of the table per contestant."""
    chosen = entries(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = os.path.join(folder, "data")
        write_task(data_dir)
        write_model(data_dir, arguments.model_size)
        results = interleave.measure(
            [_contestant(entry, folder, arguments) for entry in chosen],
            arguments.rounds,
            arguments.slice_seconds,
            log_dir=arguments.output,
        )
    return [
        {
            "name": entry.name,
            "library": run.measured(entry.python)["library"],
            "examples_per_second": BATCH_SIZE / result.mean,
            "ratio": results[0].mean / result.mean,
            "peak_megabytes": result.peak_megabytes,
            "first_step_seconds": result.first_step,
        }
        for entry, result in zip(chosen, results)
    ]


def _contestant(
    entry: run.Entry, folder: str, arguments: argparse.Namespace
) -> interleave.Contestant:
    """Every contestant has a folder of its own, with links to what they share."""
    own = os.path.join(folder, entry.name.replace(" ", "_"))
    shared = os.path.join(folder, "data")
    os.makedirs(os.path.join(own, "models", "model"))
    for name in ("vocab.txt", "finetuning_data"):
        os.symlink(os.path.join(shared, name), os.path.join(own, name))
    model = os.path.join(shared, "models", "model")
    for name in os.listdir(model):
        if name.startswith(("model.ckpt", "checkpoint", "config.json", "vocab")):
            os.symlink(
                os.path.join(model, name), os.path.join(own, "models", "model", name)
            )
    hparams = {
        "model_size": arguments.model_size,
        "task_names": ["cola"],
        "train_batch_size": BATCH_SIZE,
        "num_train_epochs": 1000,
        "num_trials": 1,
        "write_test_outputs": False,
    }
    hparams.update(entry.hparams)
    stamps = os.path.join(folder, os.path.basename(own) + ".stamps")
    command = [entry.python, os.path.join(run.ROOT, "benchmarks", "stamps.py")]
    command += [os.path.join(str(entry.checkout), "run_finetuning.py"), stamps]
    command += ["--data-dir", own, "--model-name", "model"]
    command += ["--hparams", json.dumps(hparams)]
    return interleave.Contestant(os.path.basename(own), command, run.ROOT, stamps)


def table(rows: List[Dict[str, Any]]) -> str:
    """Returns rows as a Markdown table."""
    lines = [
        "| trainer | library | examples/s | ratio | MB | first step s |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            "| %(name)s | %(library)s | %(examples_per_second).1f | %(ratio).2f | "
            "%(peak_megabytes).0f | %(first_step_seconds).0f |" % row
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the command."""
    parser = commands.parser(__doc__)
    parser.add_argument("--model-size", default="small", help="Default: %(default)s.")
    run.add_contest_flags(parser)
    commands.run(parser, measure, table, "finetuning.md")


if __name__ == "__main__":
    main()

r"""Compares the building of pre-training records from text, in turns.

    python -m benchmarks.builder --corpus-dir corpus --vocab-file vocab.txt
    python -m benchmarks.builder --corpus-dir corpus --vocab-file vocab.txt \
        --original-checkout ~/ConvBert --original-python .venv-3.7/bin/python

The text is cut to two files, a small and a large one. The original builds the small one
(it takes minutes for the large one), this repository both: in one process, and the
large one also in as many as there are cores. Commands run whole, their start included.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from typing import Any, Dict, List, NamedTuple, Optional

from benchmarks import commands, run
from pretrain.data import corpora
from util import files

MEGABYTE = 10**6
PROGRAM = "build_pretraining_dataset.py"


class Entry(NamedTuple):
    """A way to build.

    Attributes:
      name: Of the way.
      python: The interpreter.
      checkout: Whose program builds.
      text: "small" or "large".
      num_processes: That share the work.
    """

    name: str
    python: str
    checkout: str
    text: str
    num_processes: int


class Measured(NamedTuple):
    """What one run of a program took."""

    seconds: float
    megabytes: float  # Largest resident memory of one process.


def entries(arguments: argparse.Namespace) -> List[Entry]:
    """Returns the ways that the arguments ask for, the baseline first."""
    num_cores = arguments.num_processes
    listed = []
    if arguments.original_checkout:
        python = arguments.original_python or run.PYTHON
        checkout = os.path.abspath(arguments.original_checkout)
        listed.append(Entry("original", python, checkout, "small", 1))
    ours = Entry("small text", run.PYTHON, run.ROOT, "small", 1)
    listed.append(ours)
    listed.append(ours._replace(name="large text", text="large"))
    listed.append(
        ours._replace(
            name="%d processes" % num_cores, text="large", num_processes=num_cores
        )
    )
    return listed


def write_texts(corpus: str, folder: str, sizes: Dict[str, int]) -> None:
    """Writes the beginning of a corpus as one file per size.

    Args:
      corpus: As --corpus-dir of the builder; text files.
      folder: Where a folder of each size's name is made.
      sizes: Bytes by name.

    Raises:
      ValueError: The corpus is too small.
    """
    text = bytearray()
    for source in corpora.find(corpus):
        with open(source.path, "rb") as stream:
            text += stream.read(max(sizes.values()) - len(text))
    for name, size in sizes.items():
        if len(text) < size:
            raise ValueError(
                "%s has %.1f MB, fewer than the %.1f MB to be measured; set "
                "--small-megabytes and --large-megabytes."
                % (corpus, len(text) / MEGABYTE, size / MEGABYTE)
            )
        whole_lines = text[:size].rpartition(b"\n")[0] + b"\n"
        files.write_text(
            os.path.join(folder, name, "text.txt"), whole_lines.decode("utf-8")
        )


def command_of(entry: Entry, folder: str, vocab_file: str, out: str) -> List[str]:
    """Returns the command line of a way to build."""
    command = [entry.python, PROGRAM, "--corpus-dir", os.path.join(folder, entry.text)]
    command += ["--vocab-file", os.path.abspath(vocab_file), "--output-dir", out]
    return command + ["--num-processes", str(entry.num_processes)]


def time_command(command: List[str], directory: str) -> Measured:
    """Runs a command to its end, silently.

    Raises:
      RuntimeError: It failed.
    """
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise RuntimeError("This command failed: %s" % " ".join(command))
    return Measured(time.monotonic() - start, usage.ru_maxrss / 1024)


def measure(arguments: argparse.Namespace) -> List[Dict[str, Any]]:
    """Returns a row of the table per way to build."""
    chosen = entries(arguments)
    sizes = {
        "small": int(arguments.small_megabytes * MEGABYTE),
        "large": int(arguments.large_megabytes * MEGABYTE),
    }
    taken: Dict[str, List[Measured]] = {entry.name: [] for entry in chosen}
    with tempfile.TemporaryDirectory() as folder:
        write_texts(arguments.corpus_dir, folder, sizes)
        for turn in range(arguments.rounds):
            for entry in chosen:
                out = os.path.join(folder, "%s-%d" % (entry.name, turn))
                command = command_of(entry, folder, arguments.vocab_file, out)
                taken[entry.name].append(time_command(command, entry.checkout))
    rows: List[Dict[str, Any]] = []
    baseline: Optional[float] = None
    for entry in chosen:
        seconds = statistics.median(each.seconds for each in taken[entry.name])
        speed = sizes[entry.text] / MEGABYTE / seconds
        baseline = baseline or speed
        rows.append(
            {
                "name": entry.name,
                "text_megabytes": sizes[entry.text] / MEGABYTE,
                "seconds": seconds,
                "speed": speed,
                "ratio": speed / baseline,
                "peak_megabytes": max(each.megabytes for each in taken[entry.name]),
            }
        )
    return rows


def table(rows: List[Dict[str, Any]]) -> str:
    """Returns rows as a Markdown table."""
    lines = [
        "| builder | text MB | seconds | MB/s | ratio | MB of a process |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            "| %(name)s | %(text_megabytes).1f | %(seconds).1f | %(speed).2f | "
            "%(ratio).2f | %(peak_megabytes).0f |" % row
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the command."""
    parser = commands.parser(__doc__)
    add = parser.add_argument
    add("--corpus-dir", required=True, help="Folder, file or 'pattern' of text files.")
    add("--vocab-file", required=True, help="WordPiece vocabulary.")
    add("--small-megabytes", type=float, default=10.0, help="Default: %(default)s.")
    add("--large-megabytes", type=float, default=50.0, help="Default: %(default)s.")
    add(
        "--num-processes",
        type=int,
        default=os.cpu_count() or 1,
        help="Default: the number of cores, %(default)s.",
    )
    add("--rounds", type=int, default=2, help="Turns of each. Default: %(default)s.")
    add("--original-checkout", metavar="DIR", help="The original's repository.")
    add("--original-python", metavar="PATH", help="Its Python, with TensorFlow 1.15.")
    commands.run(parser, measure, table, "builder.md")


if __name__ == "__main__":
    main()

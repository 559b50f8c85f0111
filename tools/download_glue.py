"""Gets the GLUE files: from the network, or from a folder that has them already.

    python -m tools.download_glue --data-dir DATA
    python -m tools.download_glue --data-dir DATA --tasks cola,mrpc --from-dir FOLDER

The files end up as DATA/finetuning_data/<task>/<split>.tsv. Archives are compared
with their published SHA-256, files with their published numbers of rows. A task is
put in place whole or not at all; what is missing is listed and the exit code is 1.
"""

import argparse
import os
import shutil
import sys
import tempfile
from typing import Dict, List, Optional

from tools import glue_files, glue_sources
from util import cli, files


def main(argv: List[str]) -> int:
    """Installs the tasks asked for; returns the exit code."""
    arguments = _parser().parse_args(argv)
    names = _task_names(arguments.tasks)
    target = os.path.join(arguments.data_dir, "finetuning_data")
    problems: Dict[str, List[str]] = {}
    for name in names:
        source = _source(arguments, name)
        try:
            found = install(glue_files.TASKS[name], source, target, arguments.partial)
        except (ValueError, OSError) as error:
            found = [str(error)]
        if found:
            problems[name] = found
    _report(names, problems, target, arguments.partial)
    return 1 if problems and not arguments.partial else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", required=True, help="The data directory.")
    parser.add_argument(
        "--tasks",
        default="all",
        help="Comma-separated: %s; all by default." % ", ".join(glue_files.TASKS),
    )
    parser.add_argument(
        "--from-dir",
        help="Take the files from this folder (folders named as distributed or as "
        "here, archives, MRPC's msr_paraphrase_*.txt) instead of the network.",
    )
    parser.add_argument(
        "--mirror",
        help="Base address with the archives under their official names; tried first.",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="Also install tasks with missing files or other numbers of rows; they "
        "are listed, and the exit code is 0.",
    )
    return parser


def _task_names(text: str) -> List[str]:
    """Returns the tasks asked for, whichever way they are spelt."""
    if text == "all":
        return list(glue_files.TASKS)
    return [glue_files.canonical_name(name) for name in text.split(",") if name]


def _source(arguments: argparse.Namespace, name: str) -> glue_sources.Source:
    task = glue_files.TASKS[name]
    if arguments.from_dir:
        files.require_dir(arguments.from_dir, "folder of --from-dir")
        return glue_sources.FolderSource(arguments.from_dir, task)
    return glue_sources.NetworkSource(task, arguments.mirror)


def install(
    task: glue_files.GlueTask,
    source: glue_sources.Source,
    target_dir: str,
    partial: bool = False,
) -> List[str]:
    """Puts one task's files in place.

    Args:
      task: Which.
      source: Where the bytes come from.
      target_dir: Folder of the tasks' folders.
      partial: Whether an incomplete task is installed too.

    Returns:
      What is missing or not as published, one line each.
    """
    contents: Dict[str, bytes] = {}
    problems: List[str] = []
    for file in task.files:
        content = source.get(file.name)
        if content is None:
            problems.append("%s is missing%s" % (file.name, source.why(file.name)))
            continue
        contents[file.name] = content
        problem = glue_files.check_rows(file, content)
        if problem:
            problems.append(problem)
    if contents and (partial or not problems):
        _put_in_place(task.name, contents, source.digests(), target_dir)
    return problems


def _put_in_place(
    name: str,
    contents: Dict[str, bytes],
    digests: Dict[str, str],
    target_dir: str,
) -> None:
    """Writes a task's folder beside its place, then swaps it in."""
    os.makedirs(target_dir, exist_ok=True)
    building = tempfile.mkdtemp(prefix=".%s." % name, dir=target_dir)
    try:
        for file_name, content in contents.items():
            files.write_bytes(os.path.join(building, file_name), content)
        manifest = {
            "files": {
                file_name: {
                    "sha256": glue_files.sha256(content),
                    "rows": glue_files.count_rows(name, file_name, content),
                }
                for file_name, content in contents.items()
            },
            "sources_sha256": digests,
        }
        files.write_json(os.path.join(building, "manifest.json"), manifest)
        os.chmod(building, 0o755)
        place = os.path.join(target_dir, name)
        former: Optional[str] = None
        if os.path.exists(place):
            former = tempfile.mkdtemp(prefix=".%s.old." % name, dir=target_dir)
            os.rename(place, os.path.join(former, name))
        os.rename(building, place)
        if former:
            shutil.rmtree(former)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _report(
    names: List[str], problems: Dict[str, List[str]], target: str, partial: bool
) -> None:
    for name in names:
        place = os.path.join(target, name)
        if name not in problems:
            print("%-5s complete: %s" % (name, place))
            continue
        state = "INCOMPLETE" if partial and os.path.isdir(place) else "NOT INSTALLED"
        print("%-5s %s" % (name, state), file=sys.stderr)
        for problem in problems[name]:
            print("      %s" % problem, file=sys.stderr)


if __name__ == "__main__":
    cli.main(main)

"""Text to TFRecord shards: checks everything, divides the work, keeps the books."""

import os
import re
from typing import Any, Dict, List, NamedTuple

from model import tokenization
from pretrain.data import (
    corpora,
    progress,
    report,
    settings,
    shard,
    units,
    workers,
)
from pretrain.data import manifest as manifest_lib
from util import gfile

_OURS = re.compile(r"(pretrain_data\.tfrecord-\d+-of-\d+|manifest\.json)$")
_TEMPORARY = re.compile(
    r"(pretrain_data\.tfrecord-\d+-of-\d+|manifest\.json\.\w+)\.tmp$"
)


class Request(NamedTuple):
    """What to build, from what, and where.

    Attributes:
      corpus: File, folder, pattern or several with commas between them.
      output_dir: Folder of the records.
      data: How text becomes examples.
      tokenizer: How text becomes tokens.
      num_processes: Processes at work; they do not change the result.
      overwrite: Whether another build in the folder may be replaced.
      dry_run: Whether to stop when everything is checked.
    """

    corpus: str
    output_dir: str
    data: settings.DataSettings
    tokenizer: tokenization.TokenizerSettings
    num_processes: int = 1
    overwrite: bool = False
    dry_run: bool = False


def build(request: Request) -> manifest_lib.Manifest:
    """Builds the records of a corpus, or continues to.

    Returns:
      The manifest, complete except after a dry run.

    Raises:
      FileNotFoundError: Corpus or vocabulary is missing.
      ValueError: An input cannot be used, or the folder holds another build.
      OSError: The disk is full or not writable.
      RuntimeError: A worker process died.
    """
    if request.num_processes < 1:
        raise ValueError("--num-processes is %d, not positive." % request.num_processes)
    tokenizer = tokenization.build(request.tokenizer)
    sources = corpora.find(request.corpus)
    corpora.check(sources, request.data)
    plan = units.plan(sources, request.data)
    wanted = manifest_lib.new(request.data, len(plan), tokenizer, sources)
    existing = _existing(request, wanted)
    tasks = _tasks(request.output_dir, plan, existing)
    print(_describe(request, wanted, len(tasks)), flush=True)
    if request.dry_run:
        return existing
    if not tasks and existing.complete:
        print("The records are complete; nothing to do.")
        return existing
    _prepare_folder(request.output_dir, existing)
    return _run(request, plan, existing, tasks)


def _existing(request: Request, wanted: manifest_lib.Manifest) -> manifest_lib.Manifest:
    """Returns the build in the folder if it is the one wanted, else the wanted."""
    present = [name for name in _list(request.output_dir) if _OURS.match(name)]
    if not present:
        return wanted
    found = None if request.overwrite else manifest_lib.read(request.output_dir)
    differences = found.differences(wanted) if found else []
    if found and not differences:
        return found._replace(shards=_intact(request.output_dir, found.shards))
    if not request.overwrite:
        reason = "; ".join(differences) or "it has no manifest.json to compare with"
        raise ValueError(
            "%s holds the records of another build: %s. Choose another folder, or "
            "replace them with --overwrite." % (request.output_dir, reason)
        )
    return wanted


def _intact(folder: str, shards: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Returns the entries of the shards that are there with their full size."""
    kept = []
    for entry in shards:
        path = os.path.join(folder, entry["name"])
        if gfile.exists(path) and gfile.size(path) == entry["bytes"]:
            kept.append(entry)
    return kept


def _tasks(
    folder: str, plan: units.Division, existing: manifest_lib.Manifest
) -> List[shard.Task]:
    done = {entry["name"] for entry in existing.shards}
    tasks = []
    for number, shard_units in enumerate(plan):
        name = shard.name(number, len(plan))
        if name not in done:
            tasks.append(shard.Task(number, os.path.join(folder, name), shard_units))
    return tasks


def _prepare_folder(folder: str, existing: manifest_lib.Manifest) -> None:
    """Clears away what killed builds left behind, and what is overwritten."""
    gfile.makedirs(folder)
    keep = {entry["name"] for entry in existing.shards}
    for name in sorted(_list(folder)):  # The manifest goes before the shards.
        if _TEMPORARY.match(name) or (_OURS.match(name) and name not in keep):
            gfile.remove(os.path.join(folder, name))
    manifest_lib.write(folder, existing._replace(complete=False, report=None))


def _run(
    request: Request,
    plan: units.Division,
    existing: manifest_lib.Manifest,
    tasks: List[shard.Task],
) -> manifest_lib.Manifest:
    done = list(existing.shards)
    total = sum(unit.size for shard_units in plan for unit in shard_units)
    left = sum(unit.size for task in tasks for unit in task.units)
    recipe = workers.Recipe(request.data, request.tokenizer)
    manifest = existing
    with progress.Progress(total, total - left) as shown:
        entries = workers.build(tasks, recipe, request.num_processes, shown.update)
        for entry in entries:
            done.append(entry)
            ordered = sorted(done, key=lambda item: _number(item["name"]))
            manifest = existing._replace(shards=ordered, complete=False, report=None)
            manifest_lib.write(request.output_dir, manifest)
        seconds = None if existing.shards else shown.seconds
    summary = report.totals(manifest.shards, request.data.max_seq_length, seconds)
    manifest = manifest._replace(complete=True, report=summary)
    manifest_lib.write(request.output_dir, manifest)
    print(report.text(summary))
    return manifest


def _number(name: str) -> int:
    return int(name.split("-")[1])


def _list(folder: str) -> List[str]:
    return gfile.listdir(folder) if gfile.isdir(folder) else []


def _describe(request: Request, manifest: manifest_lib.Manifest, num_tasks: int) -> str:
    num_shards = manifest.settings["num_out_files"]
    return (
        "corpus      %s: %d files, %.1f MB\n"
        "vocabulary  %s: %d tokens (%s)\n"
        "records     %s: %d files of %d tokens per example, %d of them to be built"
        % (
            request.corpus,
            manifest.corpus["files"],
            manifest.corpus["bytes"] / 1e6,
            request.tokenizer.vocab_file,
            manifest.tokenizer["vocab_size"],
            manifest.tokenizer["tokenizer"],
            request.output_dir,
            num_shards,
            manifest.settings["max_seq_length"],
            num_tasks,
        )
    )

"""Builds shards in several processes, and ends them whatever happens."""

from concurrent import futures
from concurrent.futures import process
import multiprocessing
import os
import signal
import threading
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple

from model import tokenization
from pretrain.data import settings, shard

Progress = Callable[[int, int], None]
_POLL_SECONDS = 0.25


class Recipe(NamedTuple):
    """What a process needs to build any shard."""

    data: settings.DataSettings
    tokenizer: tokenization.TokenizerSettings


class StoppedError(Exception):
    """Raised inside a worker when the build is given up."""


def build(
    tasks: List[shard.Task], recipe: Recipe, num_processes: int, progress: Progress
) -> Iterator[Dict[str, Any]]:
    """Builds shards and yields their manifest entries as they are finished.

    Args:
      tasks: The shards.
      recipe: How.
      num_processes: How many processes; with one, everything happens in this.
      progress: Called often with the (bytes, tokens) done so far.

    Raises:
      ValueError: A shard cannot be built; see `shard.build`.
      OSError: A shard cannot be written.
      RuntimeError: A process died.
    """
    if num_processes == 1:
        return _build_here(tasks, recipe, progress)
    return _build_in_pool(tasks, recipe, num_processes, progress)


def _build_here(
    tasks: List[shard.Task], recipe: Recipe, progress: Progress
) -> Iterator[Dict[str, Any]]:
    done = [0, 0]

    def advance(num_bytes: int, num_tokens: int) -> None:
        done[0] += num_bytes
        done[1] += num_tokens
        progress(done[0], done[1])

    tokenizer = tokenization.build(recipe.tokenizer)
    for task in tasks:
        yield shard.build(task, recipe.data, tokenizer, advance)


def _build_in_pool(
    tasks: List[shard.Task], recipe: Recipe, num_processes: int, progress: Progress
) -> Iterator[Dict[str, Any]]:
    context = multiprocessing.get_context(_start_method())
    done = context.Array("q", 2)
    stop = context.Event()
    pool = futures.ProcessPoolExecutor(
        min(num_processes, len(tasks)),
        mp_context=context,
        initializer=_start_worker,
        initargs=(recipe, done, stop, os.getpid()),
    )
    try:
        pending = {pool.submit(_build_in_worker, task) for task in tasks}
        while pending:
            finished, pending = futures.wait(
                pending, _POLL_SECONDS, futures.FIRST_COMPLETED
            )
            progress(done[0], done[1])
            for future in finished:
                yield future.result()
    except process.BrokenProcessPool as error:
        raise RuntimeError(
            "A worker process died: it was killed, or the machine is out of memory. "
            "Run the same command again, perhaps with fewer --num-processes; it "
            "continues where it stopped."
        ) from error
    finally:
        stop.set()
        pool.shutdown()


def _start_method() -> str:
    """Forked processes share TensorFlow, which takes seconds to import, with us.

    That is safe here: no session has run, and the workers only write files.
    """
    methods = multiprocessing.get_all_start_methods()
    return "fork" if "fork" in methods else "spawn"


class _Worker:
    """What a worker process keeps between shards."""

    def __init__(self, recipe: Recipe, done: Any, stop: Any):
        self.recipe = recipe
        self.tokenizer = tokenization.build(recipe.tokenizer)
        self._done = done
        self._stop = stop

    def advance(self, num_bytes: int, num_tokens: int) -> None:
        if self._stop.is_set():
            raise StoppedError
        with self._done.get_lock():
            self._done[0] += num_bytes
            self._done[1] += num_tokens


_workers: List[_Worker] = []


def _start_worker(recipe: Recipe, done: Any, stop: Any, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent tells us to stop.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _workers[:] = [_Worker(recipe, done, stop)]


def _die_with(parent: int) -> None:
    """Ends this process when its parent was killed and could not tell it to."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _build_in_worker(task: shard.Task) -> Dict[str, Any]:
    worker = _workers[0]
    worker.advance(0, 0)  # Tasks that wait when the build is given up end here.
    return shard.build(task, worker.recipe.data, worker.tokenizer, worker.advance)

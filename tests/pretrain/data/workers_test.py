"""Tests for pretrain.data.workers."""

import os
import time

import tensorflow.compat.v1 as tf

from pretrain.data import corpora, settings, shard, workers
from tests.pretrain.data import fixtures

RECIPE = workers.Recipe(settings.DataSettings(max_seq_length=32), fixtures.TOKENIZER)


class WorkersTest(fixtures.TestCase):
    def tasks(self, count):
        (source,) = corpora.find(os.path.join(fixtures.CORPUS, "garden.txt"))
        units = [corpora.Unit(source, 0, source.size)]
        return [shard.Task(n, self.path("shard%d" % n), units) for n in range(count)]

    def test_every_shard_is_built_and_progress_shown(self):
        steps = []

        def progress(*step):
            steps.append(step)

        for num_processes in (1, 2):
            tasks = self.tasks(3)
            entries = list(workers.build(tasks, RECIPE, num_processes, progress))
            self.assertCountEqual(
                [entry["name"] for entry in entries], ["shard0", "shard1", "shard2"]
            )
        self.assertIn(tuple(map(sum, zip(*map(_amounts, entries)))), steps)

    def test_worker_stops_when_told(self):
        context = workers.multiprocessing.get_context()
        stop = context.Event()
        worker = workers._Worker(RECIPE, context.Array("q", 2), stop)
        worker.advance(1, 1)
        stop.set()
        with self.assertRaises(workers.StoppedError):
            worker.advance(1, 1)

    def test_orphan_ends_itself(self):
        parent = os.fork()
        if parent == 0:
            orphan = os.fork()
            if orphan == 0:
                workers._die_with(os.getppid())
            with open(self.path("pid"), "w") as stream:
                stream.write(str(orphan))
            os._exit(0)
        os.waitpid(parent, 0)
        with open(self.path("pid")) as stream:
            orphan = int(stream.read())
        deadline = time.time() + 20
        while time.time() < deadline and _is_alive(orphan):
            time.sleep(0.1)
        self.assertFalse(_is_alive(orphan))


def _amounts(entry):
    return entry["text_bytes"], entry["text_tokens"]


def _is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as stream:
            return stream.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    tf.test.main()

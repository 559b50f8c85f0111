"""Tests for benchmarks.interleave."""

import os
import sys
import textwrap
import time

import tensorflow.compat.v1 as tf

from benchmarks import interleave

STEPS = """
    import sys, time
    stamps = open(sys.argv[1], "w", buffering=1)
    while True:
        time.sleep(float(sys.argv[2]))
        stamps.write("%f 7.5\\n" % time.monotonic())
"""


class MeasureTest(tf.test.TestCase):
    def contestant(self, name, seconds_per_step, program=STEPS):
        folder = self.get_temp_dir()
        stamps = os.path.join(folder, name + ".stamps")
        command = [sys.executable, "-c", textwrap.dedent(program), stamps]
        command.append(str(seconds_per_step))
        return interleave.Contestant(name, command, folder, stamps)

    def measure(self, contestants, rounds=2, slice_seconds=0.8):
        return interleave.measure(
            contestants, rounds, slice_seconds, self.get_temp_dir()
        )

    def test_contestants_take_turns(self):
        slow, fast = self.contestant("slow", 0.2), self.contestant("fast", 0.02)
        results = self.measure([slow, fast])
        self.assertEqual([result.name for result in results], ["slow", "fast"])
        ratios = interleave.ratios(results)
        self.assertEqual(ratios["slow"], 1.0)
        self.assertGreater(ratios["fast"], 1.5)
        for result in results:
            # What passed while another one ran is in none of the steps.
            self.assertLess(max(result.seconds), 0.6)
            self.assertGreater(result.first_step, 0.02)
            self.assertEqual(result.peak_megabytes, 7.5)

    def test_baseline_by_name(self):
        results = [
            interleave.Result("a", [4.0, 5.0, 9.0], 1.0, 1.0),
            interleave.Result("b", [2.5], 1.0, 1.0),
        ]
        self.assertEqual(interleave.ratios(results), {"a": 1.0, "b": 2.0})
        self.assertEqual(interleave.ratios(results, "b"), {"a": 0.5, "b": 1.0})

    def test_contestant_that_ends_is_named(self):
        broken = self.contestant("broken", 0, "raise SystemExit(3)")
        with self.assertRaisesRegex(RuntimeError, "broken ended; see .*broken.log"):
            self.measure([broken])

    def test_slices_that_are_too_short_are_refused(self):
        with self.assertRaisesRegex(RuntimeError, "No slice held two steps of a"):
            self.measure([self.contestant("a", 0.2)], rounds=1, slice_seconds=0.1)

    def test_nobody_is_left_running(self):
        self.measure([self.contestant("a", 0.02)])
        path = os.path.join(self.get_temp_dir(), "a.stamps")
        size = os.path.getsize(path)
        time.sleep(0.2)
        self.assertEqual(os.path.getsize(path), size)


if __name__ == "__main__":
    tf.test.main()

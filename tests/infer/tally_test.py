"""Tests for infer.tally."""

import io
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from infer import feature_files, tally


def features(length, num_cut=0):
    return feature_files.Features([7] * length, ["x"] * length, np.zeros(1), num_cut)


class TallyTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.now = 0.0
        clock = mock.patch("time.monotonic", lambda: self.now)
        self.stream = io.StringIO()
        for patch in (clock, mock.patch("sys.stderr", self.stream)):
            patch.start()
            self.addCleanup(patch.stop)

    def tally(self, total=None, lengths=(), seconds=1.0):
        result = tally.Tally(total)
        for length in lengths:
            self.now += seconds
            result.add(features(length))
        return result

    def test_line_has_speed_and_time_left(self):
        line = self.tally(1000, [10, 20]).line()
        self.assertEqual(line, "2/1,000 texts | 1 texts/s | 15 tokens/s | ETA 16m 38s")

    def test_line_of_an_unknown_number(self):
        line = self.tally(None, [10, 20]).line()
        self.assertEqual(line, "2 texts | 1 texts/s | 15 tokens/s")

    def test_a_log_gets_a_line_now_and_then(self):
        self.tally(100, [10] * 25)
        shown = [line.split("/")[0] for line in self.stream.getvalue().splitlines()]
        self.assertEqual(shown, ["11", "22"])

    def test_a_terminal_gets_one_line(self):
        with mock.patch.object(self.stream, "isatty", lambda: True):
            self.tally(100, [10] * 3).summary("out", 8)
        painted = self.stream.getvalue()
        self.assertEqual(painted.count("\r"), 3)
        self.assertTrue(painted.endswith("\n"))

    def test_summary_says_what_was_left_out(self):
        counted = self.tally(None, [10, 2, 3], seconds=30.0)
        counted.add(features(8, num_cut=5))
        self.assertEqual(
            counted.summary("out.npz", 8),
            "Wrote the vectors of 4 texts, 23 tokens, to out.npz in 1m 30s. Cut to 8 "
            "tokens: 1. Without tokens: 1.",
        )

    def test_summary_says_no_more_than_there_is(self):
        said = self.tally(None, [10]).summary("out.npz", 8)
        self.assertTrue(said.endswith(" in 1s."), said)


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.data.progress."""

import contextlib
import io

import tensorflow.compat.v1 as tf

from pretrain.data import progress


class ProgressTest(tf.test.TestCase):
    def test_line_tells_share_speed_and_time_left(self):
        clock = iter([0.0, 10.0, 10.0])
        with tf.test.mock.patch.object(progress.time, "monotonic", clock.__next__):
            line = progress.Progress(100 * 10**6).line(20 * 10**6, 5 * 10**6)
        self.assertEqual(line, " 20 %  2.0 MB/s  500000 tokens/s  00:40 left")

    def test_continued_build_starts_where_it_stopped(self):
        shown = progress.Progress(100, done_bytes=50)
        self.assertStartsWith(shown.line(25, 1), " 75 %")

    def test_nothing_done_has_no_time_left(self):
        self.assertIn("? left", progress.Progress(100).line(0, 0))

    def test_lines_are_rare_where_there_is_no_terminal(self):
        with contextlib.redirect_stderr(io.StringIO()) as stream:
            with progress.Progress(100) as shown:
                for number in range(50):
                    shown.update(number, number)
        self.assertEqual(stream.getvalue(), "")

    def test_terminal_gets_a_bar(self):
        stream = io.StringIO()
        stream.isatty = lambda: True
        with contextlib.redirect_stderr(stream):
            with progress.Progress(100) as shown:
                shown.update(40, 1000)
                shown.update(100, 2000)
        self.assertIn("100%", stream.getvalue())
        self.assertIn("tokens/s", stream.getvalue())


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.progress."""

import glob
import io
import os
from typing import List
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import progress, telemetry, training_log


class Terminal(io.StringIO):
    def isatty(self):
        return True


class CountingSession:
    """Counts how often each of a session's fetches asks for a tensor."""

    def __init__(self, hook):
        self.hook = hook
        self.num_fetches: List[int] = []
        before_run = hook.before_run

        def counted(context):
            arguments = before_run(context)
            self.num_fetches.append(len(arguments.fetches))
            return arguments

        hook.before_run = counted


class ProgressHookTest(tf.test.TestCase):
    def train(self, stream, num_steps=6, log_steps=2, do_publish=True, **arguments):
        """Returns the folder and the log; `num_planned` of the steps may be more."""
        num_planned = arguments.pop("num_planned", num_steps)
        folder = self.get_temp_dir()
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            train_op = step.assign_add(1)
            if do_publish:
                loss = tf.cast(step, tf.float32) * 0 + 3.0
                telemetry.publish({"loss": loss}, train_op)
            hook = progress.ProgressHook(
                folder, num_planned, 100, log_steps, stream, **arguments
            )
            self.counter = CountingSession(hook)
            with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
                for _ in range(num_steps):
                    session.run(train_op)
        return folder, training_log.read(training_log.path_in(folder))

    def test_every_second_step_has_a_line(self):
        stream = io.StringIO()
        self.train(stream)
        lines = stream.getvalue().split("\n")
        self.assertRegex(lines[0], r"^First step after \d+\.\d s\.$")
        self.assertRegex(
            lines[1],
            r"^step 2/6 \| loss 3 \| [\d.e+]+ steps/s \| [\d,]+ tokens/s \| ETA \d+s$",
        )
        self.assertLen(lines, 5)  # With the empty end.

    def test_arrival_is_when_the_time_is_up_if_the_steps_take_longer(self):
        stream = io.StringIO()
        left = iter([65.0, 60.0, 55.0])
        self.train(stream, num_planned=10**12, seconds_left=lambda: next(left))
        ends = [line.split(" | ")[-1] for line in stream.getvalue().splitlines()[1:]]
        self.assertEqual(ends, ["ETA 1m 05s", "ETA 1m 00s", "ETA 55s"])

    def test_log_file_has_values_and_speed(self):
        _, log = self.train(io.StringIO())
        self.assertEqual(log.train["loss"], [(2, 3.0), (4, 3.0), (6, 3.0)])
        speeds = dict(log.train["steps_per_second"])
        tokens = dict(log.train["tokens_per_second"])
        self.assertAlmostEqual(tokens[4], speeds[4] * 100)

    def test_last_step_is_reported_whatever_its_number(self):
        _, log = self.train(io.StringIO(), num_steps=5)
        self.assertEqual([step for step, _ in log.train["loss"]], [2, 4, 5])

    def test_losses_are_fetched_for_reports_only(self):
        self.train(io.StringIO())
        self.assertEqual(self.counter.num_fetches, [1, 2, 1, 2, 1, 2])

    def test_tensorboard_gets_the_same_values(self):
        folder, _ = self.train(io.StringIO())
        points = [
            (event.step, value.simple_value)
            for path in glob.glob(os.path.join(folder, "events*"))
            for event in tf.train.summary_iterator(path)
            for value in event.summary.value
            if value.tag == "loss"
        ]
        self.assertEqual(points, [(2, 3.0), (4, 3.0), (6, 3.0)])

    def test_terminal_gets_one_line_that_is_painted_over(self):
        stream = Terminal()
        self.train(stream)
        text = stream.getvalue()
        self.assertEqual(text.count("\n"), 1)
        self.assertTrue(text.endswith("\n"))
        self.assertIn("\r\x1b[Kstep 4/6", text)

    def test_speed_is_told_where_nothing_is_published(self):
        _, log = self.train(io.StringIO(), do_publish=False)
        self.assertIn("steps_per_second", log.train)
        self.assertNotIn("loss", log.train)


class LineTest(tf.test.TestCase, parameterized.TestCase):
    def test_line_without_speed(self):
        self.assertEqual(
            progress.progress_line(1200, 10000, {"loss": 12.34567}),
            "step 1,200/10,000 | loss 12.35",
        )

    def test_line_with_speed(self):
        values = {"steps_per_second": 2.0, "tokens_per_second": 4096.0}
        self.assertEqual(
            progress.progress_line(10, 250, values),
            "step 10/250 | 2 steps/s | 4,096 tokens/s | ETA 2m 00s",
        )

    # 240 steps at two per second.
    @parameterized.parameters((3600.0, "2m 00s"), (100.0, "1m 40s"), (0.0, "0s"))
    def test_arrival_is_the_sooner_of_the_two_ends(self, seconds_left, expected):
        line = progress.progress_line(10, 250, {"steps_per_second": 2.0}, seconds_left)
        self.assertEndsWith(line, "| ETA " + expected)

    @parameterized.parameters(
        (0, "0s"),
        (59.6, "1m 00s"),
        (130, "2m 10s"),
        (3 * 3600 + 300, "3h 05m"),
        (90000, "1d 01h"),
    )
    def test_duration(self, seconds, expected):
        self.assertEqual(progress.duration(seconds), expected)


class ClockTest(tf.test.TestCase):
    def test_excluded_time_does_not_slow_down(self):
        with mock.patch.object(progress.time, "monotonic") as now:
            now.return_value = 100.0
            clock = progress.Clock()
            clock.restart(10)
            now.return_value = 130.0
            clock.exclude(20.0)
            self.assertEqual(clock.steps_per_second(30), 2.0)

    def test_no_steps_have_no_speed(self):
        clock = progress.Clock()
        clock.restart(4)
        self.assertIsNone(clock.steps_per_second(4))


class CounterTest(parameterized.TestCase, tf.test.TestCase):
    @parameterized.parameters(
        (500, 2000, 100.0, "Work: 500/2,000 | 100/s | ETA 15s"),
        (500, 2000, 1500.0, "Work: 500/2,000 | 1,500/s | ETA 1s"),
        (500, 2000, None, "Work: 500/2,000"),
        (2500, 2000, 10.0, "Work: 2,500 | 10/s"),
    )
    def test_line(self, done, total, rate, expected):
        self.assertEqual(progress.count_line("Work", done, total, rate), expected)

    def test_line_every_ten_seconds_without_the_time_before_the_first(self):
        stream = io.StringIO()
        with mock.patch.object(progress.time, "monotonic") as now:
            counter = progress.Counter("Work", 100, stream)
            for second, count in [(50, 10), (55, 10), (60, 10), (61, 10), (70, 10)]:
                now.return_value = float(second)
                counter.add(count)
        self.assertEqual(
            stream.getvalue(),
            "Work: 30/100 | 2/s | ETA 35s\nWork: 50/100 | 2/s | ETA 25s\n",
        )

    def test_short_work_is_passed_over(self):
        stream = io.StringIO()
        counter = progress.Counter("Work", 2, stream)
        counter.add(2)
        counter.close()
        self.assertEqual(stream.getvalue(), "")


class ScreenTest(tf.test.TestCase):
    def test_terminal_is_not_repainted_too_often(self):
        stream = Terminal()
        screen = progress.Screen(stream)
        screen.line("first")
        screen.repaint(lambda: "second")
        self.assertNotIn("second", stream.getvalue())

    def test_files_are_not_repainted(self):
        stream = io.StringIO()
        progress.Screen(stream).repaint(lambda: "line")
        self.assertEqual(stream.getvalue(), "")


if __name__ == "__main__":
    tf.test.main()

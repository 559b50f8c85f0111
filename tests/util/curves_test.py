"""Tests for util.curves."""

import os
import sys
from unittest import mock

import tensorflow.compat.v1 as tf

from util import curves, training_log


def some_log():
    train = {
        "learning_rate": [(1, 0.1), (2, 0.2)],
        "accuracy": [(1, 0.1), (2, 0.2)],
        "generator_loss": [(1, 9.0), (2, 8.0)],
        "loss": [(1, 30.0), (2, 25.0)],
        "tokens_per_second": [(2, 1000.0)],
    }
    return training_log.Log(train, {"loss": [(2, 26.0)], "auc": [(2, 0.6)]})


class CurvesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.get_temp_dir(), "learning_curve.png")

    def test_losses_come_first_the_rate_last_and_speed_is_left_out(self):
        self.assertEqual(
            curves.panels(some_log()),
            ["loss", "generator_loss", "accuracy", "auc", "learning_rate"],
        )

    def test_draws_a_picture(self):
        curves.plot(some_log(), self.path)
        with open(self.path, "rb") as stream:
            self.assertEqual(stream.read(8), b"\x89PNG\r\n\x1a\n")

    def test_picture_that_cannot_be_written_whole_is_not_there(self):
        with mock.patch.object(curves.files, "write_bytes", side_effect=OSError):
            with self.assertRaises(OSError):
                curves.plot(some_log(), self.path)
        self.assertFalse(os.path.exists(self.path))

    def test_empty_log_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no values yet"):
            curves.plot(training_log.Log({}, {}), self.path)

    def test_missing_library_is_named(self):
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            with self.assertRaisesRegex(ValueError, "pip install matplotlib"):
                curves.plot(some_log(), self.path)

    def test_smoothing_averages_over_both_sides(self):
        self.assertAllClose(curves.smoothed([4.0, 2.0, 0.0, 0.0], 1), [3, 2, 2 / 3, 0])

    def test_no_reach_leaves_values_alone(self):
        self.assertAllClose(curves.smoothed([4.0, 2.0], 0), [4.0, 2.0])


if __name__ == "__main__":
    tf.test.main()

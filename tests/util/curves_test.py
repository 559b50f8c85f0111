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

    def lines(self, guesses):
        """Returns {title of a panel: {label of a line: its values}}."""
        return {
            axes.get_title(loc="left"): {
                line.get_label(): list(line.get_ydata())
                for line in axes.get_lines()
                if not line.get_label().startswith("_")
            }
            for axes in curves.draw(some_log(), guesses).axes
        }

    def test_panel_shows_training_and_held_out_data(self):
        self.assertEqual(
            self.lines({})["loss"],
            {"training batches": [30.0, 25.0], "held-out data": [26.0]},
        )

    def test_guess_is_a_level_line_in_its_panel_alone(self):
        lines = self.lines({"generator_loss": 6.5, "perplexity": 665.0})
        guess = "guessing by frequency"
        self.assertEqual(lines["generator loss"][guess], [6.5, 6.5])
        self.assertNotIn(guess, lines["loss"])
        self.assertNotIn("perplexity", lines)

    def test_guess_is_dashed_and_in_view(self):
        page = curves.draw(some_log(), {"accuracy": 0.9})
        (axes,) = [each for each in page.axes if each.get_title("left") == "accuracy"]
        line = axes.get_lines()[-1]
        self.assertEqual(line.get_linestyle(), "--")
        low, high = axes.get_ylim()
        self.assertBetween(0.9, low, high)
        self.assertBetween(0.1, low, high)

    def test_legend_names_lines_where_there_are_several(self):
        page = curves.draw(some_log(), {"auc": 0.5})
        legends = {
            axes.get_title("left"): [
                text.get_text()
                for text in (axes.get_legend().get_texts() if axes.get_legend() else ())
            ]
            for axes in page.axes
        }
        self.assertEqual(legends["auc"], ["held-out data", "guessing by frequency"])
        self.assertEqual(legends["accuracy"], [])

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

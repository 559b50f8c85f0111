"""Tests for finetune.report_pictures."""

import io
import os
import sys
import tempfile
from unittest import mock
import warnings

from absl.testing import parameterized
from matplotlib import image as image_lib
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import report_pictures
from finetune import task as task_lib
from util import files, training_log


def confusion(names, counts):
    return task_lib.Confusion(tuple(names), np.array(counts))


def numbered(size):
    """Returns a matrix in which class n was recognised, or taken for n + 1."""
    counts = 3 * np.eye(size, dtype=int) + np.roll(np.eye(size, dtype=int), 1, axis=1)
    return confusion(["c%d" % number for number in range(size)], counts)


def texts(labels):
    return [label.get_text() for label in labels]


def pixels(page):
    """Returns what a reader sees, [height, width, 4] from 0 to 1."""
    return image_lib.imread(io.BytesIO(report_pictures.png(page)))


class ConfusionMatrixTest(tf.test.TestCase, parameterized.TestCase):
    def axes(self, matrix):
        return report_pictures.confusion_matrix(matrix).axes[0]

    def test_shades_are_shares_of_the_true_class(self):
        axes = self.axes(confusion(["no", "yes"], [[30, 10], [1, 1]]))
        (image,) = axes.images
        self.assertAllClose(image.get_array(), [[0.75, 0.25], [0.5, 0.5]])
        self.assertEqual(image.get_clim(), (0.0, 1.0))

    def test_counts_stand_in_their_cells(self):
        axes = self.axes(confusion(["no", "yes"], [[30, 10], [2, 1]]))
        found = {text.get_position(): text.get_text() for text in axes.texts}
        # Columns are the predictions, rows the true classes.
        self.assertEqual(found, {(0, 0): "30", (1, 0): "10", (0, 1): "2", (1, 1): "1"})

    def test_counts_can_be_read_on_dark_cells(self):
        axes = self.axes(confusion(["no", "yes"], [[9, 1], [0, 0]]))
        colors = {text.get_text(): text.get_color() for text in axes.texts}
        self.assertEqual(colors, {"9": "white", "1": "black", "0": "black"})

    def test_rows_and_columns_have_the_names(self):
        axes = self.axes(confusion(["no", "yes"], [[1, 0], [0, 1]]))
        self.assertEqual(texts(axes.get_xticklabels()), ["no", "yes"])
        self.assertEqual(texts(axes.get_yticklabels()), ["no", "yes"])
        self.assertEqual(axes.get_xlabel(), "predicted")
        self.assertEqual(axes.get_ylabel(), "true")

    def test_first_class_is_at_the_top(self):
        bottom, top = self.axes(numbered(3)).get_ylim()
        self.assertGreater(bottom, top)

    def test_short_names_lie_and_long_ones_stand(self):
        short = self.axes(confusion(["no", "yes"], [[1, 0], [0, 1]]))
        self.assertEqual(short.get_xticklabels()[0].get_rotation(), 0)
        names = ["entailment", "not_entailment"]
        long = self.axes(confusion(names, [[1, 0], [0, 1]]))
        self.assertEqual(long.get_xticklabels()[0].get_rotation(), 90)

    def test_larger_counts_are_written_smaller(self):
        def font_size(count):
            counts = np.full([9, 9], 1)
            counts[0, 0] = count
            return self.axes(confusion("abcdefghi", counts)).texts[0].get_fontsize()

        self.assertLess(font_size(1234567), font_size(12345))
        self.assertLess(font_size(12345), font_size(1))

    def test_largest_count_stays_in_its_cell(self):
        counts = np.full([9, 9], 88888888)
        page = report_pictures.confusion_matrix(confusion("abcdefghi", counts))
        page.canvas.draw()
        axes = page.axes[0]
        cell = axes.get_window_extent().width / 9
        for text in axes.texts:
            self.assertLess(text.get_window_extent().width, cell)

    def test_many_classes_have_names_but_no_counts(self):
        axes = self.axes(numbered(report_pictures.MAX_COUNTED + 1))
        self.assertEmpty(axes.texts)
        self.assertEqual(texts(axes.get_yticklabels())[-1], "c20")

    def test_small_shares_of_many_classes_are_visible(self):
        (image,) = self.axes(numbered(119)).images
        self.assertAllClose(image.norm(0.04), 0.2)

    def test_names_that_a_font_may_lack_become_numbers(self):
        axes = self.axes(confusion(["正面", "neg"], [[1, 0], [0, 1]]))
        self.assertEqual(texts(axes.get_yticklabels()), ["0", "1"])

    def test_chinese_names_draw_without_a_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            drawn = pixels(
                report_pictures.confusion_matrix(
                    confusion(["正面", "负面"], [[1, 0], [0, 1]])
                )
            )
        self.assertGreater(np.ptp(drawn), 0)

    def test_dollars_are_no_formulas(self):
        page = report_pictures.confusion_matrix(
            confusion(["US$_A$", "^"], [[1, 0], [0, 1]])
        )
        self.assertEqual(texts(page.axes[0].get_yticklabels())[0], r"US\$_A\$")

    @parameterized.parameters(
        (["a", "b"], None),
        (["a"] * 51, "there are 51 of them"),
        ([str(number) for number in range(119)], None),
        (["a", "é"], "the picture's font may lack characters of their names"),
        (["a", "\x07"], "the picture's font may lack characters of their names"),
        (["a", "b" * 31], "their names are long"),
    )
    def test_reason_for_numbers(self, names, reason):
        self.assertEqual(report_pictures.why_numbered(names), reason)

    def test_labels_of_a_large_matrix_do_not_overlap(self):
        page = report_pictures.confusion_matrix(numbered(119))
        page.canvas.draw()
        boxes = [label.get_window_extent() for label in page.axes[0].get_xticklabels()]
        self.assertLen(boxes, 24)
        for left, right in zip(boxes, boxes[1:]):
            self.assertLess(left.x1, right.x0)

    @parameterized.parameters(1, 2, 15, 20, 21, 50, 51, 119, 300)
    def test_picture_of_any_number_of_classes_fits_a_screen(self, size):
        found = pixels(report_pictures.confusion_matrix(numbered(size)))
        self.assertBetween(found.shape[0], 100, 1400)
        self.assertBetween(found.shape[1], 100, 1500)

    def test_drawn_cells_are_dark_where_the_shares_are_large(self):
        page = report_pictures.confusion_matrix(confusion("abc", np.eye(3)))
        page.canvas.draw()
        found = np.asarray(page.canvas.buffer_rgba())[..., :3].mean(axis=-1)
        height, width = found.shape

        def shade(row, column):  # Beside the count, in the corner of the cell.
            return found[int((row + 0.2) * height / 3), int((column + 0.2) * width / 3)]

        for row in range(3):
            for column in range(3):
                if row == column:
                    self.assertLess(shade(row, column), 100)
                else:
                    self.assertGreater(shade(row, column), 200)

    def test_labels_outside_the_matrix_are_in_the_file(self):
        page = report_pictures.confusion_matrix(
            confusion(["entailment", "not_entailment"], [[1, 0], [0, 1]])
        )
        matrix_width = page.get_size_inches()[0] * page.dpi
        self.assertGreater(pixels(page).shape[1], matrix_width + 150)

    def test_counts_of_another_shape_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"2 classes .* shape \(1, 2\)"):
            report_pictures.confusion_matrix(confusion("ab", [[1, 2]]))

    def test_missing_library_is_named(self):
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            with self.assertRaisesRegex(
                report_pictures.MissingLibraryError, "pip install matplotlib"
            ):
                report_pictures.confusion_matrix(numbered(2))


def scores(sound, failed=(), task="rte", variant=""):
    return report_pictures.Scores(task, variant, list(sound), list(failed))


class BoxPlotTest(tf.test.TestCase):
    def points(self, axes, marker):
        """Returns the (x, y) of the points with a marker, [n, 2]."""
        found = [
            line.get_xydata() for line in axes.lines if line.get_marker() == marker
        ]
        return np.concatenate(found)

    def box(self, axes):
        """Returns the corners, [n, 2], of each line that a box consists of."""
        return [
            line.get_xydata()
            for line in axes.lines
            if line.get_marker() not in ("o", "x")
        ]

    def axes(self, *groups):
        return report_pictures.box_plot(groups).axes

    def test_every_trial_is_a_point_in_order(self):
        (axes,) = self.axes(scores([60.0, 70.0, 64.0]))
        points = self.points(axes, "o")
        self.assertAllClose(points, [[-0.12, 60.0], [0.0, 70.0], [0.12, 64.0]])

    def test_box_lies_at_the_quartiles(self):
        (axes,) = self.axes(scores([1.0, 2.0, 3.0, 4.0, 9.0]))
        box = max(self.box(axes), key=len)
        self.assertAllClose([min(box[:, 1]), max(box[:, 1])], [2.0, 4.0])

    def test_whiskers_reach_the_extremes(self):
        (axes,) = self.axes(scores([1.0, 2.0, 3.0, 4.0, 9.0]))
        heights = np.concatenate(self.box(axes))[:, 1]
        self.assertAllClose([heights.min(), heights.max()], [1.0, 9.0])

    def test_median_is_drawn(self):
        (axes,) = self.axes(scores([1.0, 2.0, 3.0, 4.0, 9.0]))
        flat = [line for line in self.box(axes) if len(line) == 2]
        self.assertTrue(any(np.allclose(line[:, 1], 3.0) for line in flat))

    def test_two_trials_are_points_without_a_box(self):
        (axes,) = self.axes(scores([60.0, 70.0]))
        self.assertLen(self.points(axes, "o"), 2)
        self.assertEmpty(self.box(axes))

    def test_failed_trials_are_crosses_outside_the_box(self):
        (axes,) = self.axes(scores([70.0, 71.0, 72.0], failed=[52.0]))
        crosses = self.points(axes, "x")
        self.assertAllClose(crosses, [[0.0, 52.0]])
        heights = np.concatenate(self.box(axes))[:, 1]
        self.assertGreaterEqual(heights.min(), 70.0)

    def test_labels_count_the_trials(self):
        (axes,) = self.axes(scores([70.0, 71.0], [52.0]), scores([], variant="random"))
        self.assertEqual(
            texts(axes.get_xticklabels()),
            ["no run name\nn = 2\n1 failed (x)", "random\nn = 0"],
        )

    def test_the_only_column_of_a_task_needs_no_name(self):
        first, second = self.axes(scores([70.0]), scores([1.0], task="a", variant="b"))
        self.assertEqual(texts(first.get_xticklabels()), ["n = 1"])
        self.assertEqual(texts(second.get_xticklabels()), ["b\nn = 1"])

    def test_names_that_a_font_may_lack_become_rows_of_the_table(self):
        groups = [scores([70.0]), scores([71.0], variant="学习率")]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            (axes,) = self.axes(*groups)
        self.assertEqual(texts(axes.get_xticklabels())[1], "row 2\nn = 1")

    def test_without_a_score_there_is_no_scale(self):
        without, with_one = self.axes(scores([]), scores([70.0], task="sst"))
        self.assertEmpty(without.get_yticks())
        self.assertNotEmpty(with_one.get_yticks())

    def test_names_lie_where_there_is_room(self):
        variants = ("", "self_attention", "distilled_from_large")
        (axes,) = self.axes(*[scores([1.0], variant=name) for name in variants])
        self.assertEqual(axes.get_xticklabels()[0].get_rotation(), 0)
        self.check_labels_do_not_overlap(axes)

    def test_long_names_leave_room_for_the_scores(self):
        names = ["%d_%s" % (number, "a" * 40) for number in range(9)]
        (axes,) = self.axes(*[scores([1.0], variant=name) for name in names])
        axes.figure.canvas.draw()
        self.assertEqual(axes.get_xticklabels()[0].get_rotation(), 90)
        height = axes.get_window_extent().height / axes.figure.dpi
        self.assertGreater(height, 1.8)

    def test_a_panel_per_task_and_a_column_per_variant(self):
        first, second = self.axes(
            scores([70.0]), scores([90.0], task="sst"), scores([50.0], variant="random")
        )
        self.assertEqual(first.get_title(loc="left"), "rte")
        self.assertEqual(second.get_title(loc="left"), "sst")
        self.assertAllClose(self.points(first, "o"), [[0.0, 70.0], [1.0, 50.0]])

    def test_fifth_task_starts_a_new_row(self):
        panels = self.axes(*[scores([1.0], task=name) for name in "abcde"])
        self.assertAlmostEqual(
            panels[4].get_position().x0, panels[0].get_position().x0, places=1
        )
        self.assertLess(panels[4].get_position().y1, panels[0].get_position().y0)

    def test_labels_of_many_variants_do_not_overlap(self):
        (axes,) = self.axes(
            *[scores([1.0], variant="a_long_name_%d" % number) for number in range(9)]
        )
        self.check_labels_do_not_overlap(axes)

    def check_labels_do_not_overlap(self, axes):
        axes.figure.canvas.draw()
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        for left, right in zip(boxes, boxes[1:]):
            self.assertLess(left.x1, right.x0)

    def test_long_title_stays_above_its_panel(self):
        first, second = self.axes(
            scores([1.0], task="cola_sst_mrpc_qqp_mnli_qnli_rte_sts"), scores([1.0])
        )
        first.figure.canvas.draw()
        title = first.title if first.title.get_text() else first._left_title
        self.assertLess(title.get_window_extent().x1, second.get_window_extent().x0)

    def test_points_are_in_the_picture(self):
        found = pixels(report_pictures.box_plot([scores([60.0, 70.0])]))[..., :3]
        is_orange = (found[..., 0] > 0.7) & (found[..., 2] < 0.4)
        self.assertBetween(int(is_orange.sum()), 30, 300)

    def test_no_trials_are_refused(self):
        with self.assertRaisesRegex(ValueError, "no trials to draw"):
            report_pictures.box_plot([])

    def test_missing_library_is_named(self):
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            with self.assertRaisesRegex(ValueError, "pip install matplotlib"):
                report_pictures.box_plot([scores([1.0])])

    def test_quartiles_are_interpolated(self):
        self.assertEqual(
            report_pictures.quartiles([4.0, 1.0, 2.0, 3.0]), (1.0, 1.75, 2.5, 3.25, 4.0)
        )


class LearningCurveTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.log = training_log.path_in(self.folder)
        self.picture = os.path.join(self.folder, "curve.png")

    def test_log_is_drawn(self):
        training_log.append(self.log, 1, {"loss": 2.0})
        training_log.append(self.log, 2, {"loss": 1.0})
        self.assertTrue(report_pictures.learning_curve(self.folder, self.picture))
        self.assertEqual(image_lib.imread(self.picture).ndim, 3)

    def test_sum_of_the_losses_is_not_drawn_beside_their_mean(self):
        training_log.append(self.log, 1, {"loss": 8.0, "loss_per_example": 2.0})
        with mock.patch.object(report_pictures.curves, "plot") as plot:
            report_pictures.learning_curve(self.folder, self.picture)
        (drawn, _), _ = plot.call_args
        self.assertEqual(list(drawn.train), ["loss_per_example"])
        found = files.read_json(os.path.join(self.folder, "curve.json"))
        self.assertEqual(list(found["train"]), ["loss", "loss_per_example"])

    def test_numbers_are_kept_beside_the_picture(self):
        training_log.append(self.log, 1, {"loss": 2.0, "eval_mcc": 30.0})
        training_log.append(self.log, 2, {"loss": float("nan")})
        report_pictures.learning_curve(self.folder, self.picture)
        found = files.read_json(os.path.join(self.folder, "curve.json"))
        self.assertEqual(found["train"], {"loss": [[1, 2.0], [2, None]]})
        self.assertEqual(found["evaluation"], {"mcc": [[1, 30.0]]})

    def test_numbers_need_no_matplotlib(self):
        training_log.append(self.log, 1, {"loss": 2.0})
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            with self.assertRaisesRegex(ValueError, "pip install matplotlib"):
                report_pictures.learning_curve(self.folder, self.picture)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "curve.json")))

    def test_folder_without_a_log_has_no_curve(self):
        self.assertFalse(report_pictures.learning_curve(self.folder, self.picture))
        self.assertFalse(os.path.exists(self.picture))

    def test_log_without_values_has_no_curve(self):
        training_log.start(self.log, 0)
        self.assertFalse(report_pictures.learning_curve(self.folder, self.picture))

    def test_damaged_log_is_an_error(self):
        with open(self.log, "w") as stream:
            stream.write("nonsense\n")
        with self.assertRaisesRegex(ValueError, "training_log.jsonl:1: not JSON"):
            report_pictures.learning_curve(self.folder, self.picture)


if __name__ == "__main__":
    tf.test.main()

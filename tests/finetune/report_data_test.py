"""Tests for finetune.report_data."""

import json
import math
import os

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import report_data
from finetune import task as task_lib
from util import files


def confusion(names, counts):
    return task_lib.Confusion(tuple(names), np.array(counts))


def report(**changes):
    groups = {
        "no": {"precision": 50.0, "support": 3.0},
        "ja": {"precision": 75.0, "support": 1.0},
    }
    mistakes = [
        task_lib.Mistake("d-7", "很好\nGood", "ja", "no", 2.5),
        task_lib.Mistake("d-2", "Bad", "no", "ja", 0.75),
    ]
    values = dict(
        task="rte_random",
        trial=2,
        split="dev",
        num_examples=4,
        scores={"accuracy": 50.0, "loss": 0.8},
        analysis=task_lib.Analysis(
            groups, mistakes, confusion(["no", "ja"], [[2, 1], [1, 0]])
        ),
        notes=("3 rows were left out.",),
    )
    return report_data.Report(**dict(values, **changes))


class StoredTest(tf.test.TestCase):
    def stored(self, content):
        path = os.path.join(self.get_temp_dir(), "trial_2_dev.json")
        files.write_json(path, content)
        return path

    def read_back(self, original):
        return report_data.read(self.stored(report_data.to_dict(original)))

    def test_files_are_named_after_trial_and_split(self):
        self.assertEqual(
            report(trial=3, split="dev_matched").stem, "trial_3_dev_matched"
        )

    def test_split_of_a_mixture_is_no_folder(self):
        self.assertEqual(report(trial=1, split="rte/dev").stem, "trial_1_rte_dev")

    def test_everything_is_read_back(self):
        original = report()
        found = self.read_back(original)
        self.assertEqual(found.task, "rte_random")
        self.assertEqual((found.trial, found.split, found.num_examples), (2, "dev", 4))
        self.assertEqual(found.scores, original.scores)
        self.assertEqual(found.notes, original.notes)
        self.assertEqual(found.analysis.groups, original.analysis.groups)
        self.assertEqual(found.analysis.mistakes, original.analysis.mistakes)
        self.assertEqual(found.analysis.confusion.names, ("no", "ja"))
        self.assertAllEqual(found.analysis.confusion.counts, [[2, 1], [1, 0]])

    def test_groups_keep_their_order(self):
        self.assertEqual(list(self.read_back(report()).analysis.groups), ["no", "ja"])

    def test_no_confusion_stays_none(self):
        found = self.read_back(report(analysis=task_lib.Analysis({}, [])))
        self.assertIsNone(found.analysis.confusion)
        self.assertEqual(found.analysis.groups, {})
        self.assertEqual(found.analysis.mistakes, [])

    def test_numbers_of_numpy_are_written(self):
        scores = {"f1": np.float32(12.5)}
        mistakes = [task_lib.Mistake("1", "a", "b", "c", np.float32(1.5))]
        found = self.read_back(
            report(scores=scores, analysis=task_lib.Analysis({"x": scores}, mistakes))
        )
        self.assertEqual(found.scores, {"f1": 12.5})
        self.assertEqual(found.analysis.mistakes[0].badness, 1.5)

    def test_numbers_that_are_not_finite_are_null_and_read_as_nan(self):
        content = report_data.to_dict(
            report(scores={"f1": math.nan, "loss": math.inf, "mcc": 1.0})
        )
        self.assertEqual(content["scores"], {"f1": None, "loss": None, "mcc": 1.0})
        json.dumps(content, allow_nan=False)
        found = report_data.read(self.stored(content)).scores
        self.assertAllEqual(np.isnan([found["f1"], found["loss"]]), [True, True])

    def test_text_that_utf8_cannot_hold_is_replaced_everywhere(self):
        bad = "a\ud800b"
        analysis = task_lib.Analysis(
            {bad: {"f1": 1.0}},
            [task_lib.Mistake(bad, bad, bad, bad, 1.0)],
            confusion([bad, "c"], [[0, 1], [0, 0]]),
        )
        content = report_data.to_dict(report(analysis=analysis, notes=(bad,)))
        self.assertNotIn("\\ud800", json.dumps(content))
        self.assertEqual(content["groups"][0]["name"], "a?b")

    def test_json_lists_the_most_confused(self):
        self.assertEqual(
            report_data.to_dict(report())["confusion"]["most_confused"],
            [
                {"expected": "ja", "predicted": "no", "times": 1, "share": 1.0},
                {"expected": "no", "predicted": "ja", "times": 1, "share": 1 / 3},
            ],
        )

    def test_missing_file(self):
        with self.assertRaisesRegex(FileNotFoundError, "trial_9_dev.json"):
            report_data.read(os.path.join(self.get_temp_dir(), "trial_9_dev.json"))

    def test_result_of_a_trial_is_not_a_report(self):
        path = self.stored({"format_version": 1, "metrics": {}})
        with self.assertRaisesRegex(ValueError, "trial_2_dev.json is not the JSON of"):
            report_data.read(path)

    def test_list_is_not_a_report(self):
        with self.assertRaisesRegex(ValueError, "not the JSON of a report"):
            report_data.read(self.stored([]))

    def test_other_format_is_refused(self):
        content = dict(report_data.to_dict(report()), format_version=2)
        with self.assertRaisesRegex(ValueError, "format_version 2, but .* reads 1"):
            report_data.read(self.stored(content))

    def test_missing_parts_are_named(self):
        content = report_data.to_dict(report())
        del content["groups"], content["scores"]
        with self.assertRaisesRegex(ValueError, "lacks scores, groups"):
            report_data.read(self.stored(content))


class ConfusionTest(tf.test.TestCase):
    def test_shares_are_of_the_rows(self):
        self.assertAllClose(
            report_data.row_shares(np.array([[3, 1], [2, 2]])),
            [[0.75, 0.25], [0.5, 0.5]],
        )

    def test_class_without_examples_has_no_shares(self):
        self.assertAllEqual(
            report_data.row_shares(np.array([[0, 0], [0, 2]])), [[0, 0], [0, 1]]
        )

    def test_most_frequent_confusion_is_first_and_hits_are_left_out(self):
        found = report_data.most_confused(
            confusion("abc", [[90, 7, 0], [2, 1, 7], [0, 9, 9]])
        )
        self.assertEqual(
            [(pair.expected, pair.predicted, pair.times) for pair in found],
            [("c", "b", 9), ("b", "c", 7), ("a", "b", 7), ("b", "a", 2)],
        )
        self.assertAlmostEqual(found[1].share, 0.7)

    def test_perfect_answers_have_no_confusion(self):
        self.assertEqual(
            report_data.most_confused(confusion("ab", [[4, 0], [0, 2]])), []
        )

    def test_list_of_confusions_is_limited(self):
        found = report_data.most_confused(
            confusion([str(number) for number in range(9)], np.ones([9, 9], int))
        )
        self.assertLen(found, report_data.NUM_CONFUSED)

    def test_counts_of_another_shape_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"of 3 classes .* shape \(2, 2\)"):
            report_data.most_confused(confusion("abc", [[1, 0], [0, 1]]))

    def test_no_classes_are_refused(self):
        with self.assertRaisesRegex(ValueError, "of 0 classes"):
            report_data.checked_counts(confusion("", np.zeros([0, 0])))


if __name__ == "__main__":
    tf.test.main()

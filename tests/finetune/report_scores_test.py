"""Tests for finetune.report_scores."""

import contextlib
import io
import os
import sys
import tempfile
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import report_scores, results
from util import files


def trial(number, score, failed=None, **others):
    metrics = {"dev": {"accuracy": score, "loss": 0.5}}
    values = dict(
        trial=number, seed=number + 6, metrics=metrics, score=score, failed=failed
    )
    return dict(values, **others)


def summary(*trials, task="rte", variant=""):
    return results.summarize(task, variant, list(trials))


class SpreadTest(tf.test.TestCase):
    def test_statistics_of_the_scores(self):
        values = [60.0, 70.0, 64.0, 66.0]
        found = report_scores.spread(
            summary(*[trial(number, value) for number, value in enumerate(values, 1)])
        )
        self.assertAllClose(
            found["statistics"],
            {
                "median": 65.0,
                "mean": 65.0,
                "std": np.std(values, ddof=1),
                "min": 60.0,
                "q1": 63.0,
                "q3": 67.0,
                "max": 70.0,
            },
        )
        self.assertEqual(found["num_counted"], 4)

    def test_trials_are_listed_with_their_seeds(self):
        found = report_scores.spread(summary(trial(1, 60.0), trial(2, 50.0, "same")))
        self.assertEqual(
            found["trials"],
            [
                {"trial": 1, "seed": 7, "score": 60.0, "failed": None},
                {"trial": 2, "seed": 8, "score": 50.0, "failed": "same"},
            ],
        )

    def test_failed_trials_do_not_count(self):
        found = report_scores.spread(summary(trial(1, 60.0), trial(2, 50.0, "same")))
        self.assertEqual(found["statistics"]["min"], 60.0)
        self.assertEqual((found["num_trials"], found["num_failed"]), (2, 1))

    def test_failed_trials_count_where_all_failed(self):
        found = report_scores.spread(summary(trial(1, 52.0, "same")))
        self.assertEqual(found["statistics"]["median"], 52.0)
        self.assertEqual(found["statistics"]["std"], 0.0)

    def test_trial_without_metrics_has_no_score(self):
        broken = trial(2, 0.0, failed="not finite", metrics={})
        found = report_scores.spread(summary(trial(1, 60.0), broken))
        self.assertIsNone(found["trials"][1]["score"])
        self.assertEqual(report_scores.group(summary(broken)).failed, [])

    def test_no_score_at_all_has_no_statistics(self):
        broken = trial(1, 0.0, failed="not finite", metrics={})
        self.assertIsNone(report_scores.spread(summary(broken))["statistics"])

    def test_groups_for_the_picture_keep_the_order_of_trials(self):
        found = report_scores.group(
            summary(trial(1, 66.0), trial(2, 50.0, "same"), trial(3, 61.0))
        )
        self.assertEqual(found, ("rte", "", [66.0, 61.0], [50.0]))


class WriteTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()

    def write(self, *summaries):
        return report_scores.write(self.folder, "overview", summaries)

    def text(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as stream:
            return stream.read()

    def test_files(self):
        names = [os.path.basename(path) for path in self.write(summary(trial(1, 60.0)))]
        self.assertEqual(
            names, ["overview.json", "overview.md", "overview.html"] + names[3:]
        )
        self.assertEqual(names[3:], ["overview_scores.png"])
        self.assertCountEqual(os.listdir(self.folder), names)

    def test_markdown_has_a_row_per_task_and_variant(self):
        self.write(
            summary(trial(1, 60.0), trial(2, 64.0)),
            summary(trial(1, 51.0, "same"), variant="random"),
        )
        lines = self.text("overview.md").splitlines()
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in lines
            if line.startswith("| rte")
        ]
        self.assertEqual(rows[0][:7], ["rte", "-", "2", "0", "62.00", "62.00", "2.83"])
        self.assertEqual(rows[1][:5], ["rte", "random", "1", "1", "51.00"])
        self.assertEqual(rows[2], ["rte", "-", "accuracy"] + rows[2][3:])
        self.assertEqual(rows[2][3:], ["62.00", "62.00", "2.83", "64.00"])

    def test_task_without_any_score_has_dashes(self):
        self.write(summary(trial(1, 0.0, failed="not finite", metrics={})))
        self.assertRegex(
            self.text("overview.md"), r"\| rte +\| - +\| 1 +\| 1 +\| - +\| - "
        )

    def test_json_has_all_metrics_and_trials(self):
        self.write(summary(trial(1, 60.0)), summary(trial(1, 90.0), task="sst"))
        found = files.read_json(os.path.join(self.folder, "overview.json"))
        self.assertEqual([task["task"] for task in found["tasks"]], ["rte", "sst"])
        self.assertEqual(found["tasks"][1]["metrics"]["accuracy"]["best"], 90.0)
        self.assertEqual(found["tasks"][1]["trials"][0]["seed"], 7)

    def test_html_holds_the_picture(self):
        self.write(summary(trial(1, 60.0)))
        self.assertIn('src="data:image/png;base64,iVBOR', self.text("overview.html"))

    def test_without_matplotlib_the_page_says_so(self):
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            written = self.write(summary(trial(1, 60.0)))
        self.assertLen(written, 3)
        self.assertIn("No picture: Pictures need matplotlib", self.text("overview.md"))

    def test_score_is_said_to_be_that_of_the_development_files(self):
        self.write(summary(trial(1, 60.0)))
        self.assertIn("over the development files", self.text("overview.md"))

    def test_overview_has_the_results_of_earlier_commands(self):
        model_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        for task, variant in (("sst", ""), ("rte", "lr1"), ("rte", "")):
            stem = "_".join(part for part in (task, variant) if part)
            found = summary(trial(1, 60.0), task=task, variant=variant)
            results.write(results.Paths(model_dir, stem), found)
            page = report_scores.write_overview(model_dir)
        tasks = files.read_json(page.file("json"))["tasks"]
        self.assertEqual(
            [(task["task"], task["variant"]) for task in tasks],
            [("rte", ""), ("rte", "lr1"), ("sst", "")],
        )

    def test_overview_names_the_files_that_it_leaves_out(self):
        model_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        results.write(results.Paths(model_dir, "rte"), summary(trial(1, 60.0)))
        folder = os.path.join(model_dir, "results")
        files.write_text(os.path.join(folder, "my_results.json"), "[1]")
        files.write_text(os.path.join(folder, "half_results.json"), '{"task": "')
        with contextlib.redirect_stderr(io.StringIO()) as said:
            page = report_scores.write_overview(model_dir)
        self.assertLen(files.read_json(page.file("json"))["tasks"], 1)
        for name in ("my", "half"):
            self.assertIn("%s_results.json is no summary" % name, said.getvalue())

    def test_overview_of_nothing_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no results to sum up"):
            report_scores.write_overview(os.path.join(self.folder, "none"))

    def test_nothing_to_sum_up_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no results to sum up"):
            self.write()


if __name__ == "__main__":
    tf.test.main()

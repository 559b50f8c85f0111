"""Tests for finetune.report."""

import base64
import io
import math
import os
import re
import shutil
import sys
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import report, report_data
from finetune import task as task_lib

GROUPS = {
    "no": {"support": 3.0, "f1": 60.0, "recall": 66.667, "precision": 50.0},
    "yes": {"support": 2.0, "f1": 40.0, "recall": 50.0, "precision": math.nan},
}


def mistakes(count):
    return [
        task_lib.Mistake(
            "d-%d" % number, "text %d | 好" % number, "yes", "no", 9.0 - number / 10
        )
        for number in range(count)
    ]


def made(names=("no", "yes"), counts=((2, 1), (1, 1)), num_mistakes=2, **changes):
    confusion = task_lib.Confusion(names, np.array(counts)) if names else None
    values = dict(
        task="rte",
        trial=1,
        split="dev",
        num_examples=70,
        scores={"loss": 0.5, "mcc": 12.0, "accuracy": 60.0},
        analysis=task_lib.Analysis(GROUPS, mistakes(num_mistakes), confusion),
    )
    return report.Report(**dict(values, **changes))


class ReportTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()

    def text(self, name="trial_1_dev.md"):
        with open(os.path.join(self.folder, name), encoding="utf-8") as stream:
            return stream.read()

    def content(self):
        """Returns the bytes of every file by name."""
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as stream:
                found[name] = stream.read()
        return found

    def rows(self, section):
        """Returns the cells of the table of a section, header first."""
        (part,) = [
            part for part in self.text().split("\n## ") if part.startswith(section)
        ]
        lines = [line for line in part.splitlines() if line.startswith("|")]
        return [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in lines[:1] + lines[2:]
        ]


class WriteTest(ReportTest):
    def test_files(self):
        written = report.write(self.folder, made())
        names = [os.path.basename(path) for path in written]
        self.assertEqual(
            names,
            [
                "trial_1_dev.json",
                "trial_1_dev.md",
                "trial_1_dev.html",
                "trial_1_dev_confusion.png",
            ],
        )
        self.assertCountEqual(os.listdir(self.folder), names)

    def test_title_names_task_trial_and_split(self):
        report.write(self.folder, made())
        self.assertStartsWith(self.text(), "# rte, trial 1, dev\n")

    def test_scores_end_with_the_loss(self):
        report.write(self.folder, made())
        self.assertEqual(
            self.rows("Scores"),
            [["examples", "accuracy", "mcc", "loss"], ["70", "60.00", "12.00", "0.50"]],
        )

    def test_table_of_the_classes(self):
        report.write(self.folder, made())
        self.assertEqual(
            self.rows("Classes"),
            [
                ["name", "precision", "recall", "f1", "support"],
                ["no", "50.00", "66.67", "60.00", "3"],
                ["yes", "-", "50.00", "40.00", "2"],
            ],
        )

    def test_groups_that_are_not_classes_may_lack_scores(self):
        groups = {"who": {"f1": 50.0, "support": 2.0}, "why": {"exact_match": 10.0}}
        report.write(self.folder, made(analysis=task_lib.Analysis(groups, [])))
        self.assertEqual(
            self.rows("Groups"),
            [
                ["name", "f1", "exact_match", "support"],
                ["who", "50.00", "-", "2"],
                ["why", "-", "10.00", "-"],
            ],
        )

    def test_confusions_are_listed(self):
        report.write(self.folder, made())
        self.assertEqual(
            self.rows("Confusion"),
            [
                ["true class", "taken for", "times", "% of the true class"],
                ["yes", "no", "1", "50.0"],
                ["no", "yes", "1", "33.3"],
            ],
        )

    def test_picture_is_shown_by_markdown_and_held_by_html(self):
        report.write(self.folder, made())
        self.assertIn("![Confusion matrix](trial_1_dev_confusion.png)", self.text())
        (held,) = re.findall(r"base64,([^\"]+)", self.text("trial_1_dev.html"))
        beside = self.content()["trial_1_dev_confusion.png"]
        self.assertEqual(base64.b64decode(held), beside)

    def test_names_beside_the_picture_need_no_legend(self):
        report.write(self.folder, made())
        self.assertNotIn("numbers the classes", self.text())

    def test_chinese_names_get_a_legend(self):
        report.write(self.folder, made(names=("负面", "正面")))
        legend = (
            "The picture numbers the classes, for the picture's font may lack "
            "characters of their names: 0 = 负面, 1 = 正面."
        )
        self.assertIn(legend, self.text())
        self.assertIn(legend.replace("'", "&#x27;"), self.text("trial_1_dev.html"))

    def test_perfect_matrix_has_no_table_of_confusions(self):
        report.write(self.folder, made(counts=((3, 0), (0, 2))))
        self.assertNotIn("taken for", self.text())

    def test_task_without_classes_has_no_confusion(self):
        report.write(self.folder, made(names=None))
        self.assertNotIn("Confusion", self.text())
        self.assertNotIn("trial_1_dev_confusion.png", os.listdir(self.folder))

    def test_worst_mistakes_are_shown_in_their_order(self):
        report.write(self.folder, made(num_mistakes=60))
        rows = self.rows("Mistakes")
        self.assertEqual(rows[0], ["id", "text", "expected", "predicted", "badness"])
        self.assertEqual(rows[1], ["d-0", r"text 0 \| 好", "yes", "no", "9.00"])
        self.assertLen(rows, 1 + 50)
        self.assertIn(
            "The 50 worst of 60 answers that are not exactly right, of 70 in all;",
            self.text(),
        )

    def test_json_has_every_mistake(self):
        paths = report.write(self.folder, made(num_mistakes=60))
        self.assertEqual(report_data.read(paths[0]).analysis.mistakes, mistakes(60))

    def test_badness_that_is_not_finite_is_a_dash(self):
        worst = [task_lib.Mistake("d", "t", "yes", "no", math.inf)]
        report.write(self.folder, made(analysis=task_lib.Analysis({}, worst)))
        self.assertEqual(self.rows("Mistakes")[1], ["d", "t", "yes", "no", "-"])

    def test_no_mistakes_are_said(self):
        report.write(self.folder, made(num_mistakes=0))
        self.assertIn("## Mistakes\n\nThere are none.\n", self.text())

    def test_notes_are_shown(self):
        report.write(self.folder, made(notes=("FAILED: one class for all.",)))
        self.assertIn("\nFAILED: one class for all.\n", self.text())
        self.assertIn(
            "<p>FAILED: one class for all.</p>", self.text("trial_1_dev.html")
        )

    def test_html_has_the_same_tables(self):
        report.write(self.folder, made())
        content = self.text("trial_1_dev.html")
        self.assertEqual(content.count("<table>"), 4)
        self.assertIn("<td>text 0 | 好</td>", content)

    def test_without_matplotlib_everything_else_is_written(self):
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            written = report.write(self.folder, made())
        self.assertLen(written, 3)
        self.assertIn("No picture: Pictures need matplotlib", self.text())
        self.assertIn("taken for", self.text())

    def test_counts_that_do_not_fit_are_refused_before_anything_is_written(self):
        with self.assertRaisesRegex(ValueError, "3 classes"):
            report.write(self.folder, made(names=("a", "b", "c")))
        self.assertEmpty(os.listdir(self.folder))


class CommandTest(ReportTest):
    def run_command(self, *arguments):
        path = os.path.join(self.folder, "trial_1_dev.json")
        with mock.patch("sys.stdout", io.StringIO()) as screen:
            report.run([path] + list(arguments))
        return screen.getvalue().split()

    def test_pages_made_again_are_the_same(self):
        report.write(self.folder, made(names=("负面", "正面"), notes=("A note.",)))
        before = self.content()
        for name in before:
            if not name.endswith(".json"):
                os.remove(os.path.join(self.folder, name))
        self.run_command()
        self.assertEqual(self.content(), before)

    def test_written_files_are_printed(self):
        report.write(self.folder, made())
        names = [os.path.basename(path) for path in self.run_command()]
        self.assertEqual(
            names, ["trial_1_dev.md", "trial_1_dev.html", "trial_1_dev_confusion.png"]
        )

    def test_more_or_fewer_mistakes(self):
        report.write(self.folder, made(num_mistakes=60))
        self.run_command("--num-mistakes", "55")
        self.assertLen(self.rows("Mistakes"), 1 + 55)
        self.run_command("--num-mistakes", "0")
        self.assertIn("The 0 worst of 60 answers", self.text())

    def test_several_reports(self):
        report.write(self.folder, made())
        other = os.path.join(self.folder, "trial_2_dev.json")
        shutil.copyfile(os.path.join(self.folder, "trial_1_dev.json"), other)
        self.run_command(other)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "trial_2_dev.md")))

    def test_fewer_than_no_mistakes_are_refused(self):
        with self.assertRaisesRegex(ValueError, "--num-mistakes is -1; at least 0"):
            report.run(["a.json", "--num-mistakes", "-1"])

    def test_missing_report(self):
        with self.assertRaisesRegex(FileNotFoundError, "trial_1_dev.json"):
            self.run_command()


if __name__ == "__main__":
    tf.test.main()

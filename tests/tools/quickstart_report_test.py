"""Tests for tools.quickstart_report."""

import os

import tensorflow.compat.v1 as tf

from tools import quickstart_report
from util import files

CORPUS = {"documents": 1234, "sentences": 9, "words": 70000, "megabytes": 0.5}


class QuickstartReportTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = self.get_temp_dir()
        self.model_dir = os.path.join(self.data_dir, "models", "m")

    def write_result(self, stem, **scores):
        statistics = {name: {"median": value} for name, value in scores.items()}
        path = os.path.join(self.model_dir, "results", "%s_results.json" % stem)
        files.write_json(path, {"trials": [{}] * 3, "statistics_all": statistics})

    def run_tool(self, tasks="cola"):
        quickstart_report.run(
            ["--data-dir", self.data_dir, "--model-name", "m", "--tasks", tasks]
        )

    def write_everything(self):
        self.write_result("cola", mcc=61.25, loss=0.5)
        self.write_result("cola_random", mcc=1.5, loss=0.7)
        files.write_json(os.path.join(self.data_dir, "corpus_report.json"), CORPUS)
        pretraining = {"step": 500, "tokens": 1024000}
        files.write_json(os.path.join(self.model_dir, "results.json"), pretraining)
        files.write_text(os.path.join(self.model_dir, "learning_curve.png"), "picture")

    def test_rows_leave_out_the_loss(self):
        self.write_result("sst", accuracy=90.0, loss=0.2)
        self.write_result("sst_random", accuracy=80.0, loss=0.4)
        self.assertEqual(
            quickstart_report.rows(os.path.join(self.model_dir, "results"), ["sst"]),
            [quickstart_report.Row("sst", "accuracy", 80.0, 90.0, 3)],
        )

    def test_table_shows_the_gain(self):
        row = quickstart_report.Row("cola", "mcc", 1.5, 61.25, 3)
        self.assertEndsWith(
            quickstart_report.table([row]),
            "| cola | Is the order of the words intact? | mcc | 1.5 | 61.2 | +59.8 |",
        )

    def test_report_and_curve_are_written(self):
        self.write_everything()
        self.run_tool()
        path = os.path.join(self.data_dir, "report.md")
        with open(path, encoding="utf-8") as stream:
            report = stream.read()
        self.assertIn("1,234 documents", report)
        self.assertIn("medians of 3 trials", report)
        self.assertIn("500 steps, 1,024,000 token positions", report)
        self.assertTrue(
            os.path.exists(os.path.join(self.data_dir, "learning_curve.png"))
        )

    def test_missing_results_are_an_error(self):
        self.write_everything()
        with self.assertRaisesRegex(FileNotFoundError, "rte_results.json"):
            self.run_tool("cola,rte")


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.results."""

import os

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import results
from util import files


def result(trial, accuracy, failed=None, **others):
    metrics = {"dev": {"accuracy": accuracy, "loss": 1.0 - accuracy / 100}}
    return dict(
        dict(
            trial=trial,
            seed=trial + 6,
            metrics=metrics,
            score=accuracy,
            failed=failed,
        ),
        **others,
    )


def summary(*trials):
    return results.summarize("rte", "", list(trials))


class StatisticsTest(tf.test.TestCase):
    def test_median_mean_std_and_best(self):
        values = [60.0, 70.0, 65.0, 69.0]
        found = results.statistics([result(n, v) for n, v in enumerate(values)])
        self.assertAllClose(
            found["accuracy"],
            {
                "median": 67.0,
                "mean": 66.0,
                "std": np.std(values, ddof=1),
                "best": 70.0,
            },
        )

    def test_smaller_is_better_of_losses_and_errors(self):
        for name in ("loss", "mse", "dev_matched/loss", "sts/dev/mse"):
            self.assertTrue(results.is_smaller_better(name))
        for name in ("mcc", "dev/accuracy", "loss_of_sleep"):
            self.assertFalse(results.is_smaller_better(name))

    def test_best_loss_is_the_smallest(self):
        found = results.statistics([result(1, 60.0), result(2, 70.0)])
        self.assertAlmostEqual(found["loss"]["best"], 0.3)

    def test_one_trial_has_no_deviation(self):
        self.assertEqual(results.statistics([result(1, 60.0)])["accuracy"]["std"], 0.0)

    def test_failed_trials_are_left_out(self):
        found = summary(result(1, 70.0), result(2, 52.0, failed="same class"))
        self.assertEqual(found["statistics"]["accuracy"]["mean"], 70.0)
        self.assertEqual(found["statistics_all"]["accuracy"]["mean"], 61.0)
        self.assertEqual(found["num_failed"], 1)

    def test_a_failed_trial_is_not_the_best(self):
        found = summary(result(1, 50.0), result(2, 52.0, failed="same class"))
        self.assertEqual(found["best_trial"], 1)

    def test_all_failed_still_shows_what_they_scored(self):
        found = summary(result(1, 52.0, failed="same class"))
        self.assertEqual(found["statistics"]["accuracy"]["median"], 52.0)
        self.assertIn("All 1 trials failed", results.table(found))

    def test_trial_without_scores_is_survived(self):
        found = summary(result(1, 70.0), result(2, 0.0, failed="nan", metrics={}))
        self.assertEqual(found["statistics_all"]["accuracy"]["mean"], 70.0)
        self.assertIn("FAILED: nan", results.table(found))

    def test_score_is_the_mean_over_metrics_and_splits(self):
        metrics = {
            "a": {"f1": 80.0, "accuracy": 70.0},
            "b": {"f1": 60.0, "accuracy": 90.0},
        }
        self.assertEqual(results.score(metrics, ("f1", "accuracy")), 75.0)
        self.assertEqual(results.score({}, ("f1",)), 0.0)

    def test_scores_of_several_files_are_told_apart(self):
        two = result(1, 0, metrics={"m": {"accuracy": 1.0}, "mm": {"accuracy": 2.0}})
        self.assertEqual(
            results.flat_metrics(two), {"m/accuracy": 1.0, "mm/accuracy": 2.0}
        )


class TableTest(parameterized.TestCase, tf.test.TestCase):
    def test_markdown(self):
        self.assertEqual(
            results.table(summary(result(1, 70.0), result(2, 64.0))).splitlines(),
            [
                "### rte",
                "",
                "| trial  | seed | accuracy | loss | note |",
                "|--------|------|----------|------|------|",
                "| 1      | 7    | 70.00    | 0.30 |      |",
                "| 2      | 8    | 64.00    | 0.36 |      |",
                "| median |      | 67.00    | 0.33 |      |",
                "| mean   |      | 67.00    | 0.33 |      |",
                "| std    |      | 4.24     | 0.04 |      |",
                "| best   |      | 70.00    | 0.30 |      |",
            ],
        )

    def test_many_scores_have_a_row_each(self):
        metrics = {"dev": {"score_%d" % number: float(number) for number in range(9)}}
        lines = results.table(
            summary(
                result(1, 0.0, metrics=metrics),
                result(2, 0.0, metrics={}, failed="same class. More of it."),
            )
        ).splitlines()
        self.assertEqual(
            lines[2:6],
            [
                "| trial   | 1    | 2 | median | mean | std  | best |",
                "|---------|------|---|--------|------|------|------|",
                "| seed    | 7    | 8 |        |      |      |      |",
                "| score_0 | 0.00 | - | 0.00   | 0.00 | 0.00 | 0.00 |",
            ],
        )
        self.assertIn("Trial 2, seed 8: FAILED: same class", lines)

    def test_line_of_a_trial(self):
        self.assertEqual(
            results.line(result(1, 70.0)), "Trial 1, seed 7: accuracy 70.00, loss 0.30"
        )

    def test_line_of_a_failed_trial_is_its_first_sentence(self):
        self.assertEqual(
            results.line(result(1, 70.0, failed="loss = nan at 0.5. Do that.")),
            "Trial 1, seed 7: FAILED: loss = nan at 0.5",
        )

    def test_line_counts_the_scores_that_it_leaves_out(self):
        metrics = {"dev": dict.fromkeys("abcdefghijk", 1.0)}
        self.assertTrue(
            results.line(result(1, 0.0, metrics=metrics)).endswith("h 1.00, 3 more")
        )

    def test_trials_scored_on_other_files_keep_their_scores(self):
        two = {"m": {"accuracy": 50.0}, "mm": {"accuracy": 40.0}}
        found = summary(result(1, 45.0, metrics=two), result(2, 70.0))
        self.assertEqual(found["statistics"]["m/accuracy"]["median"], 50.0)
        self.assertEqual(found["statistics"]["accuracy"]["median"], 70.0)
        self.assertIn("| mm/accuracy |", results.table(found))

    def test_score_of_failed_trials_alone_has_no_statistic(self):
        two = {"m": {"accuracy": 50.0}, "mm": {"accuracy": 40.0}}
        found = summary(result(1, 45.0, metrics=two, failed="x"), result(2, 70.0))
        row = results.table(found).splitlines()[6]
        self.assertRegex(row, r"\| median \| +\| - +\| - +\| 70.00 +\| 0.30")

    def test_lines_of_the_original(self):
        self.assertEqual(
            results.original_lines(summary(result(1, 70.0), result(2, 64.0))),
            "rte: accuracy: 70.00 - loss: 0.30\nrte: accuracy: 64.00 - loss: 0.36\n",
        )

    def test_overview_has_a_line_per_task(self):
        lines = results.overview([summary(result(1, 70.0))]).splitlines()
        self.assertEqual(
            lines[2], "| rte  | -       | 1      | accuracy 70.00, loss 0.30 |"
        )

    def test_overview_counts_failed_trials(self):
        found = summary(result(1, 70.0), result(2, 50.0, failed="x"))
        self.assertIn("2 (1 failed)", results.overview([found]))


class FilesTest(tf.test.TestCase):
    def test_paths_of_the_original(self):
        paths = results.Paths("m", "cola")
        self.assertEqual(paths.trial_model(2), "m/finetuning_models/cola_model_2")
        self.assertEqual(paths.summary("txt"), "m/results/cola_results.txt")
        self.assertEqual(
            paths.predictions("test", 1),
            "m/test_predictions/cola_test_1_predictions.jsonl",
        )

    def test_written_as_json_markdown_and_text(self):
        paths = results.Paths(os.path.join(self.get_temp_dir(), "m"), "rte")
        found = summary(result(1, 70.0))
        json_path, markdown_path = results.write(paths, found)
        self.assertEqual(files.read_json(json_path)["best_trial"], 1)
        with open(markdown_path) as stream:
            self.assertEqual(stream.read(), results.table(found))
        self.assertTrue(os.path.exists(paths.summary("txt")))

    def test_trained_trials_are_those_whose_folders_are_there(self):
        model_dir = os.path.join(self.get_temp_dir(), "trained")
        for name in ("rte_model_2", "rte_model_10", "rte_x_model_3", "rte_model_old"):
            os.makedirs(os.path.join(model_dir, "finetuning_models", name))
        self.assertEqual(results.Paths(model_dir, "rte").trained_trials(), [2, 10])
        self.assertEqual(results.Paths("nowhere", "rte").trained_trials(), [])

    def test_missing_result_is_none(self):
        self.assertIsNone(results.read(os.path.join(self.get_temp_dir(), "no.json")))

    def test_differences_name_nested_settings(self):
        found = results.differences(
            {"optimizer": {"learning_rate": 1e-4}, "same": 1},
            {"optimizer": {"learning_rate": 3e-4}, "same": 1, "new": 2},
        )
        self.assertEqual(
            found,
            [
                "new: None there, 2 now",
                "optimizer.learning_rate: 0.0001 there, 0.0003 now",
            ],
        )


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.qa.scoring."""

import json
import os

import tensorflow.compat.v1 as tf

from finetune.qa import scoring
from tests.finetune.qa import fixtures

GOLDS = {"a": ["1642"], "b": ["Isaac Newton", "Newton"], "c": []}
SAID = {"a": "in 1642", "b": "newton", "c": "1727"}


class ScoreTest(tf.test.TestCase):
    def test_means_of_all_questions(self):
        golds = {"a": GOLDS["a"], "b": GOLDS["b"]}
        result = scoring.score(golds, SAID, scoring.SQUAD)
        self.assertAllClose(
            result,
            {
                "exact_match": 50.0,
                "f1": 100 * (2 / 3 + 1) / 2,
                "total": 2,
                "missing": 0,
            },
        )

    def test_a_missing_prediction_counts_as_wrong_and_is_told(self):
        result = scoring.score({"a": ["x"], "b": ["x"]}, {"a": "x"}, scoring.SQUAD)
        self.assertEqual((result["f1"], result["missing"]), (50.0, 1))

    def test_a_missing_prediction_is_not_the_answer_none(self):
        result = scoring.score({"c": []}, {}, scoring.SQUAD, has_unanswerable=True)
        self.assertEqual((result["f1"], result["missing"]), (0.0, 1))

    def test_parts_of_version_2(self):
        result = scoring.score(GOLDS, SAID, scoring.SQUAD, has_unanswerable=True)
        self.assertAllClose(
            result,
            {
                "exact": 100 / 3,
                "f1": 100 * (2 / 3 + 1) / 3,
                "total": 3,
                "missing": 0,
                "HasAns_exact": 50.0,
                "HasAns_f1": 100 * (2 / 3 + 1) / 2,
                "HasAns_total": 2,
                "NoAns_exact": 0.0,
                "NoAns_f1": 0.0,
                "NoAns_total": 1,
            },
        )

    def test_cmrc_has_an_average(self):
        result = scoring.score({"a": ["北京大学"]}, {"a": "北京大"}, scoring.CMRC)
        self.assertAllClose(
            result,
            {
                "exact_match": 0.0,
                "f1": 600 / 7,
                "average": 300 / 7,
                "total": 1,
                "missing": 0,
            },
        )

    def test_odds(self):
        odds = {"a": -3.0, "b": -1.0, "c": -2.0}
        result = scoring.score_with_odds(GOLDS, SAID, odds, -2.5)
        self.assertAllClose(result["exact"], 100 / 3)  # c; b is none, wrongly.
        self.assertAllClose(result["f1"], 100 * (2 / 3 + 0 + 1) / 3)
        self.assertAllClose(result["NoAns_f1"], 100.0)
        self.assertAllClose(result["best_f1"], 100 * (1 + 2 / 3) / 3)
        self.assertEqual(result["best_f1_thresh"], -3.0)
        self.assertAllClose(result["best_exact"], 100 / 3)
        self.assertEqual(result["best_exact_thresh"], 0.0)


class ScoreFileTest(tf.test.TestCase):
    def data(self, has_unanswerable=False):
        questions = [
            fixtures.question("a", "When?", fixtures.answer("1642", 25)),
            fixtures.question("b", "Who?", fixtures.answer("Newton", 6)),
        ]
        if has_unanswerable:
            questions.append(fixtures.question("c", is_impossible=True))
        document = fixtures.squad((fixtures.NEWTON, questions))
        return fixtures.write(self.get_temp_dir(), "dev.json", document)

    def test_squad(self):
        result = scoring.score_file(self.data(), SAID)
        self.assertEqual((result["exact_match"], result["total"]), (50.0, 2))
        self.assertNotIn("HasAns_f1", result)

    def test_squad_2(self):
        result = scoring.score_file(self.data(True), dict(SAID, c=""))
        self.assertEqual(result["NoAns_f1"], 100.0)
        self.assertNotIn("best_f1", result)

    def test_squad_2_with_odds(self):
        odds = {"a": 0.0, "b": 0.0, "c": 2.0}
        result = scoring.score_file(self.data(True), SAID, null_odds=odds)
        self.assertEqual(result["NoAns_f1"], 100.0)
        self.assertEqual(result["best_f1_thresh"], 0.0)
        self.assertEqual((result["total"], result["missing"]), (3, 0))

    def test_odds_are_looked_at_even_if_all_questions_have_answers(self):
        odds = {"a": 0.0, "b": 2.0}
        result = scoring.score_file(self.data(), SAID, null_odds=odds)
        self.assertEqual(result["exact"], 0.0)
        self.assertAllClose(result["HasAns_f1"], 100 / 3)
        self.assertEqual(result["best_exact_thresh"], 2.0)

    def test_cmrc_knows_no_odds(self):
        with self.assertRaisesRegex(ValueError, "Metric cmrc knows no odds"):
            scoring.score_file(self.data(), SAID, scoring.CMRC, {"a": 0.0, "b": 0.0})

    def test_a_file_without_answers(self):
        entry = {"id": "a", "question": "When?"}
        path = fixtures.write(
            self.get_temp_dir(), "test.json", fixtures.squad(("x", [entry]))
        )
        with self.assertRaisesRegex(ValueError, "test.json: no question has an answer"):
            scoring.score_file(path, {"a": "x"})

    def test_mrqa(self):
        entry = {"qid": "m", "question": "When?", "answers": ["1642"]}
        path = fixtures.write(
            self.get_temp_dir(), "dev.jsonl", [{"context": "x", "qas": [entry]}]
        )
        self.assertEqual(scoring.score_file(path, {"m": "1642"})["f1"], 100.0)

    def test_predictions_for_another_file(self):
        with self.assertRaisesRegex(
            ValueError, "None of the 1 predictions .*has ids like 'a', they .*'z'"
        ):
            scoring.score_file(self.data(), {"z": "1642"})

    def test_odds_for_a_part(self):
        with self.assertRaisesRegex(
            ValueError, "2 of 3 questions .* have no odds, for example 'b'"
        ):
            scoring.score_file(self.data(True), SAID, null_odds={"a": 1.0})

    def test_published_predictions(self):
        folder = os.environ.get("REAL_DATA_DIR")
        if not folder:
            self.skipTest("REAL_DATA_DIR is not set: no SQuAD to score.")
        folder = os.path.join(folder, "squad", "v1.1")
        with open(os.path.join(folder, "predictions_bert_ensemble.json")) as stream:
            predictions = json.load(stream)
        result = scoring.score_file(os.path.join(folder, "dev-v1.1.json"), predictions)
        self.assertAlmostEqual(result["exact_match"], 86.206, places=3)
        self.assertAlmostEqual(result["f1"], 92.196, places=3)
        self.assertEqual((result["total"], result["missing"]), (10570, 0))


if __name__ == "__main__":
    tf.test.main()

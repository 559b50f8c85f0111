"""Tests for finetune.qa.writers."""

import json

import tensorflow.compat.v1 as tf

from finetune.qa import decode, scoring, writers
from tests.finetune.qa import fixtures

RECORDS = ((0, {"1642": 2.0, "in 1642": 1.0}, -4.0), (1, {"1727": 1.0}, 3.5))


def writer(threshold=None):
    return writers.for_decoder(decode.Decoder(5, True, threshold))


def predictions(**values):
    examples = [fixtures.example("a"), fixtures.example("b", "Why?", answers=())]
    return fixtures.predictions(examples, *RECORDS, **values)


class RowsTest(tf.test.TestCase):
    def test_rows_say_all(self):
        first, second = writer(threshold=0.0).rows(predictions())
        self.assertEqual(first["id"], "a")
        self.assertEqual(first["question"], "When was Newton born ?")
        self.assertEqual(first["prediction"], "1642")
        self.assertEqual(first["answers"], ["1642"])
        self.assertEqual(first["null_odds"], -4.0)
        self.assertEqual(
            first["n_best"],
            [
                {"text": "1642", "probability": 0.731059, "score": 2.0},
                {"text": "in 1642", "probability": 0.268941, "score": 1.0},
            ],
        )
        self.assertEqual((second["prediction"], second["answers"]), ("", []))

    def test_no_odds_where_every_question_has_an_answer(self):
        self.assertNotIn("null_odds", next(writer().rows(predictions())))

    def test_no_answers_of_an_unlabeled_split(self):
        self.assertNotIn("answers", next(writer().rows(predictions(losses=None))))

    def test_rows_are_json(self):
        for row in writer(threshold=0.0).rows(predictions()):
            self.assertEqual(json.loads(json.dumps(row)), row)


class FilesTest(tf.test.TestCase):
    def files(self, threshold=None):
        contents = writer(threshold).files(predictions())
        return {name: json.loads(text) for name, text in contents.items()}

    def test_files_of_version_1(self):
        files = self.files()
        self.assertCountEqual(files, ["predictions.json", "nbest_predictions.json"])
        self.assertEqual(files["predictions.json"], {"a": "1642", "b": "1727"})
        self.assertEqual(files["nbest_predictions.json"]["b"][0]["text"], "1727")

    def test_files_of_version_2(self):
        files = self.files(threshold=0.0)
        self.assertEqual(files["predictions.json"], {"a": "1642", "b": ""})
        self.assertEqual(files["best_answers.json"], {"a": "1642", "b": "1727"})
        self.assertEqual(files["null_odds.json"], {"a": -4.0, "b": 3.5})

    def test_files_score_as_the_run_did(self):
        files = self.files(threshold=0.0)
        golds = {"a": ["1642"], "b": []}
        direct = scoring.score(
            golds, files["predictions.json"], scoring.SQUAD, has_unanswerable=True
        )
        by_odds = scoring.score_with_odds(
            golds, files["best_answers.json"], files["null_odds.json"], 0.0
        )
        self.assertEqual(direct["f1"], by_odds["f1"])

    def test_text_stays_readable(self):
        example = fixtures.example("a", context=fixtures.BEIJING, answers=("北京",))
        said = fixtures.predictions([example], (0, {(0, 4): 1.0}, 0.0))
        self.assertIn("北京大学", writer().files(said)["predictions.json"])


if __name__ == "__main__":
    tf.test.main()

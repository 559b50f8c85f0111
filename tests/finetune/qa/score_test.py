"""Tests for finetune.qa.score."""

import contextlib
import io
import json

import tensorflow.compat.v1 as tf

from finetune.qa import score
from tests.finetune.qa import fixtures


class ScoreTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        questions = [
            fixtures.question("a", "When?", fixtures.answer("1642", 25)),
            fixtures.question("b", is_impossible=True),
        ]
        self.data = self.write("d.json", fixtures.squad((fixtures.NEWTON, questions)))
        self.said = self.write("p.json", {"a": "1642", "b": "1727"})

    def write(self, name, content):
        return fixtures.write(self.get_temp_dir(), name, content)

    def run_score(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.assertEqual(score.run(list(arguments)), 0)
        return json.loads(output.getvalue())

    def test_prints_scores_as_json(self):
        scores = self.run_score(self.data, self.said)
        self.assertEqual(scores["exact"], 50.0)  # Its name in version 2.0.
        self.assertEqual(scores["total"], 2)

    def test_odds(self):
        odds = self.write("o.json", {"a": -1, "b": 0.5})
        scores = self.run_score(self.data, self.said, "--na-prob", odds)
        self.assertEqual((scores["f1"], scores["best_f1"]), (50.0, 100.0))
        scores = self.run_score(
            self.data, self.said, "--na-prob", odds, "--na-prob-thresh", "0"
        )
        self.assertEqual(scores["f1"], 100.0)

    def test_a_threshold_needs_odds(self):
        with self.assertRaisesRegex(ValueError, "no effect without --na-prob"):
            score.run([self.data, self.said, "--na-prob-thresh", "0"])

    def test_metric(self):
        scores = self.run_score(self.data, self.said, "--metric", "cmrc")
        self.assertIn("average", scores)

    def test_predictions_must_be_texts(self):
        path = self.write("bad.json", {"a": 3})
        with self.assertRaisesRegex(
            ValueError, "bad.json: the value of 'a' is no answer: 3"
        ):
            score.run([self.data, path])

    def test_odds_must_be_numbers(self):
        path = self.write("bad.json", {"a": True})
        with self.assertRaisesRegex(
            ValueError, "bad.json: the value of 'a' is no number: True"
        ):
            score.run([self.data, self.said, "--na-prob", path])

    def test_predictions_must_be_an_object(self):
        path = self.write("bad.json", "[1]")
        with self.assertRaisesRegex(ValueError, "bad.json: expected a JSON object"):
            score.run([self.data, path])


if __name__ == "__main__":
    tf.test.main()

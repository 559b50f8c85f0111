"""Tests for finetune.ranking.score."""

import contextlib
import io
import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import submission
from finetune.ranking import answers, metrics, score
from tests.finetune.ranking import fakes

ROWS = (("p", 0), ("q", 1), ("p", 1), ("p", 0), ("q", 0), ("r", 0))
SCORES = (0.5, 2.0, 0.25, -1.0, 1.0, 0.0)
DATA = "qid\tlabel\ttext_a\ttext_b\n" + "".join(
    "%s\t%d\tquestion\tcandidate\n" % row for row in ROWS
)
RUN = "p Q0 2 1 0.5 x\np Q0 0 2 0.5 x\nq Q0 4 1 9 x\n"


class ScoreTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.data = self.write("dev.tsv", DATA)

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w") as stream:
            stream.write(content)
        return path

    def run_score(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.assertEqual(score.run(list(arguments)), 0)
        return json.loads(output.getvalue())

    @parameterized.parameters("run.trec", submission.PREDICTIONS)
    def test_what_a_run_wrote_has_the_scores_of_the_run(self, name):
        said = fakes.said(fakes.candidates(*ROWS), SCORES)
        stem = os.path.join(self.folder, "dbqa_dev_1_")
        submission.write_predictions(
            stem + submission.PREDICTIONS, answers.writer("dbqa"), said
        )
        found = self.run_score(self.data, stem + name)
        expected = metrics.score(said)
        for measure in metrics.MEASURES:
            self.assertEqual(found[measure], expected[measure])
        self.assertEqual(
            (found["questions"], found["questions_without_answer"], found["missing"]),
            (2, 1, 0),
        )

    def test_ties_and_missing_candidates_do_not_pay(self):
        found = self.run_score(self.data, self.write("run", RUN))
        self.assertEqual((found["mrr"], found["missing"]), (50.0, 3))

    def test_data_laid_out_otherwise(self):
        definition = {
            "type": "ranking",
            "dev": "x.jsonl",
            "qid": "",
            "text_a": "ask",
            "labels": ["bad", "good"],
        }
        rows = [
            {"ask": "q", "text_b": "b", "label": label} for label in ("bad", "good")
        ]
        data = self.write("x.jsonl", "\n".join(map(json.dumps, rows)))
        run = self.write("run", "0 Q0 1 1 3.5 x\n0 Q0 0 2 3 x\n")
        path = self.write("mine.json", json.dumps(definition))
        found = self.run_score(data, run, "--definition", path)
        self.assertEqual((found["mrr"], found["questions"]), (100.0, 1))

    @parameterized.parameters(
        ("run", "p Q0 9 1 0.5 x\n", "run:1: .*no candidate '9' of question 'p'"),
        ("run", "q Q0 0 1 0.5 x\n", "run:1: .*no candidate '0' of question 'q'"),
        ("run", RUN + RUN, "run:4: the candidate '2' is there twice"),
        ("run", "p Q0 0 1 nan x\n", "run:1: the score of '0' is nan"),
        ("run", "p Q0 0 1 0.5\n", "run:1: expected question Q0 candidate rank score"),
        ("run", "p Q0 0 1 high x\n", "run:1: expected question Q0 candidate rank sco"),
        ("p.jsonl", '{"qid": "p"}', "p.jsonl:1: there is no 'score', expected a num"),
    )
    def test_what_does_not_fit_is_said_with_its_line(self, name, content, message):
        with self.assertRaisesRegex(ValueError, message):
            score.run([self.data, self.write(name, content)])

    @parameterized.parameters("[]", '{"type": "choice"}')
    def test_definition_of_another_type_is_refused(self, content):
        path = self.write("mine.json", content)
        run = self.write("run", RUN)
        with self.assertRaisesRegex(
            ValueError, "mine.json: expected the definition of a ranking task"
        ):
            score.run([self.data, run, "--definition", path])


if __name__ == "__main__":
    tf.test.main()

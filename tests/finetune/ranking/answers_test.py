"""Tests for finetune.ranking.answers."""

import json

from absl.testing import absltest
import numpy as np

from finetune import task as task_lib
from finetune.ranking import answers
from tests.finetune.ranking import fakes

ROWS = (("p", 0), ("q", 1), ("p", 1), ("p", 0), ("q", 0), ("r", 0))
SCORES = (0.5, 2.0, 0.25, -1.0, 1.0, 0.0)


def said(is_labeled=True):
    rows = ROWS if is_labeled else [(qid, None) for qid, _ in ROWS]
    return fakes.said(fakes.candidates(*rows), SCORES, is_labeled)


class RowsTest(absltest.TestCase):
    def test_row_of_a_candidate(self):
        self.assertEqual(
            list(answers.rows(said()))[2],
            {
                "id": "2",
                "qid": "p",
                "prediction": "1",
                "logits": [-0.125, 0.125],
                "probabilities": {"0": 0.437823, "1": 0.562177},
                "score": 0.25,
                "rank": 2,
                "label": "1",
            },
        )

    def test_ranks_are_within_questions(self):
        self.assertEqual(
            [row["rank"] for row in answers.rows(said())], [1, 1, 2, 3, 2, 1]
        )

    def test_equal_scores_are_ranked_as_in_the_file(self):
        examples = fakes.candidates(("p", 0), ("p", 1), ("p", 0))
        predictions = fakes.said(examples, [1.0, 1.0, 2.0])
        self.assertEqual(answers.ranks(predictions).tolist(), [2, 3, 1])

    def test_row_without_label(self):
        for row in answers.rows(said(is_labeled=False)):
            self.assertNotIn("label", row)

    def test_rows_are_json(self):
        rows = list(answers.rows(said()))
        self.assertEqual(json.loads(json.dumps(rows)), rows)


class FilesTest(absltest.TestCase):
    def test_run_file_has_questions_together_and_best_first(self):
        writer = answers.writer("dbqa")
        self.assertEqual(
            writer.files(said(is_labeled=False))["run.trec"],
            "p Q0 0 1 0.5 dbqa\n"
            "p Q0 2 2 0.25 dbqa\n"
            "p Q0 3 3 -1 dbqa\n"
            "q Q0 1 1 2 dbqa\n"
            "q Q0 4 2 1 dbqa\n"
            "r Q0 5 1 0 dbqa\n",
        )


class ExactTest(absltest.TestCase):
    def test_scores_are_written_as_they_are(self):
        # Rounded, they would be equal, and the order of the file would decide.
        examples = fakes.candidates(("p", 0), ("p", 1))
        values = np.array([0.1, 0.1 + 2e-9])
        logits = np.stack([np.zeros(2), values], axis=1)
        predictions = task_lib.Predictions(
            examples, {"logits": logits, "probabilities": np.full([2, 2], 0.5)}
        )
        run = answers.writer("dbqa").files(predictions)["run.trec"]
        scores = [float(line.split()[4]) for line in run.splitlines()]
        self.assertEqual(scores, [0.1 + 2e-9, 0.1])
        self.assertEqual([row["score"] for row in answers.rows(predictions)], [*values])


class AnalyzeTest(absltest.TestCase):
    def test_groups_are_questions_with_an_answer_by_number_of_candidates(self):
        examples = fakes.candidates(*(ROWS + (("s", 1),) + (("s", 0),) * 5))
        scores = SCORES + (9.0, 1.0, 2.0, 3.0, 4.0, 5.0)
        groups = answers.analyze(fakes.said(examples, scores)).groups
        self.assertEqual(list(groups), ["1 to 5 candidates", "6 to 20 candidates"])
        self.assertEqual(
            groups["1 to 5 candidates"],
            {"mrr": 75.0, "map": 75.0, "precision_at_1": 50.0, "support": 2.0},
        )
        self.assertEqual(groups["6 to 20 candidates"]["mrr"], 100.0)

    def test_many_candidates_are_a_group_of_their_own(self):
        examples = fakes.candidates(*([("q", 1)] + [("q", 0)] * 20))
        groups = answers.analyze(fakes.said(examples, range(21))).groups
        self.assertEqual(list(groups), ["21 or more candidates"])

    def test_mistake_is_a_question_whose_best_candidate_is_wrong(self):
        (mistake,) = answers.analyze(said()).mistakes
        self.assertEqual(mistake.id, "2")
        self.assertEqual(mistake.text, "question p")
        self.assertEqual(mistake.expected, "candidate 2")
        self.assertEqual(mistake.predicted, "candidate 0")
        self.assertEqual(mistake.badness, 2.0)

    def test_mistakes_are_worst_first(self):
        rows = [("p", 1), ("p", 0), ("q", 1), ("q", 0), ("q", 0)]
        analysis = answers.analyze(
            fakes.said(fakes.candidates(*rows), [0.0, 1.0, 0.0, 1.0, 2.0])
        )
        self.assertEqual([mistake.badness for mistake in analysis.mistakes], [3.0, 2.0])

    def test_tie_is_a_mistake(self):
        examples = fakes.candidates(("p", 1), ("p", 0))
        (mistake,) = answers.analyze(fakes.said(examples, [1.0, 1.0])).mistakes
        self.assertEqual(mistake.predicted, "candidate 1")

    def test_confusion_has_true_classes_in_rows(self):
        confusion = answers.analyze(said()).confusion
        self.assertEqual(confusion.names, ("0", "1"))
        self.assertEqual(confusion.counts.tolist(), [[2, 2], [0, 2]])
        self.assertEqual(np.sum(confusion.counts), len(ROWS))


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.choice.answers."""

import json

from absl.testing import absltest, parameterized
import numpy as np

from finetune.choice import answers
from tests.finetune.choice import fakes

MISSING = -1e9
TWO = ("yes", "no")
THREE = ("red", "green", "blue")


def questions(labels=(1, 2, 0), names=("508", "47-2-0", "007")):
    return [
        fakes.question(names[0], labels[0], TWO),
        fakes.question(names[1], labels[1], THREE, context="a\nlong  context"),
        fakes.question(names[2], labels[2], THREE),
    ]


def said(losses=(0.1, 2.0, 3.0), examples=None):
    logits = [[1.0, 2.0, MISSING], [3.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    return fakes.said(examples or questions(), logits, losses)


class RowsTest(absltest.TestCase):
    def test_row_has_index_and_text_of_the_chosen(self):
        row = list(answers.rows(said()))[1]
        self.assertEqual(
            {name: row[name] for name in ("id", "prediction", "text", "label")},
            {"id": "47-2-0", "prediction": 0, "text": "red", "label": 2},
        )

    def test_numbers_are_of_the_choices_there_are(self):
        first, second, _ = answers.rows(said())
        self.assertEqual(first["logits"], [1.0, 2.0])
        self.assertEqual(second["logits"], [3.0, 0.0, 0.0])
        self.assertEqual(first["probabilities"], [0.268941, 0.731059])
        self.assertLen(second["probabilities"], 3)
        self.assertAlmostEqual(sum(second["probabilities"]), 1.0, places=5)

    def test_row_without_label(self):
        examples = questions(labels=(None, None, None))
        for row in answers.rows(said(None, examples)):
            self.assertNotIn("label", row)

    def test_rows_are_json(self):
        rows = list(answers.rows(said()))
        self.assertEqual(json.loads(json.dumps(rows)), rows)


class FilesTest(absltest.TestCase):
    def test_line_per_question_as_scorers_of_c3_read_it(self):
        text = answers.writer().files(said(None))["predict.json"]
        self.assertEqual(
            text,
            '{"id": 508, "label": 1}\n'
            '{"id": "47-2-0", "label": 0}\n'
            '{"id": "007", "label": 2}\n',
        )

    def test_line_per_question_as_scorers_of_fewclue_read_it(self):
        text = answers.files("answer", said(None))["predict.json"]
        self.assertEqual(text.split("\n")[0], '{"id": 508, "answer": 1}')

    def test_object_of_all_questions_as_scorers_of_clue_read_it(self):
        text = answers.files("object", said(None))["predict.json"]
        self.assertEqual(json.loads(text), {"508": 1, "47-2-0": 0, "007": 2})


class AnalyzeTest(absltest.TestCase):
    def test_accuracy_by_number_of_choices(self):
        self.assertEqual(
            answers.analyze(said()).groups,
            {
                "2 choices": {"accuracy": 100.0, "support": 1.0},
                "3 choices": {"accuracy": 0.0, "support": 2.0},
            },
        )

    def test_mistakes_are_the_wrong_answers_worst_first(self):
        mistakes = answers.analyze(said()).mistakes
        self.assertEqual([mistake.id for mistake in mistakes], ["007", "47-2-0"])
        self.assertEqual(mistakes[1].text, "a long context | 30")
        self.assertEqual((mistakes[1].expected, mistakes[1].predicted), ("blue", "red"))
        self.assertEqual(mistakes[1].badness, 2.0)

    def test_mistake_without_a_question_shows_the_context_alone(self):
        example = fakes.question("q", 1, TWO, context="the ___ is", asked="")
        (mistake,) = answers.analyze(fakes.said([example], [[1.0, 0.0]], [1])).mistakes
        self.assertEqual(mistake.text, "the ___ is")

    def test_split_without_labels_is_refused(self):
        with self.assertRaisesRegex(ValueError, "without labels has no mistakes"):
            answers.analyze(said(None))


class ShortenedTest(parameterized.TestCase):
    def test_short_text_is_put_on_one_line(self):
        self.assertEqual(answers.shortened("a\n b\tc"), "a b c")

    def test_long_text_loses_its_middle(self):
        self.assertEqual(answers.shortened("abcdefghijklmnop", 13), "abc [...] nop")

    @parameterized.parameters(20, 199, 200)
    def test_nothing_is_longer_than_asked(self, length):
        self.assertLessEqual(len(answers.shortened("x" * 999, length)), length)


class DegenerateTest(absltest.TestCase):
    def test_model_that_tells_choices_apart_is_not(self):
        self.assertIsNone(answers.degenerate(said()))

    def test_one_index_for_all_questions_is_not(self):
        logits = [[9.0, 2.0, MISSING], [9.0, 0.0, 0.0], [9.0, 0.0, 1.0]]
        self.assertIsNone(answers.degenerate(fakes.said(questions(), logits)))

    def test_equal_probabilities_are(self):
        logits = [[5.0, 5.0, MISSING], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
        self.assertEqual(
            answers.degenerate(fakes.said(questions(), logits)),
            "all choices of every question get the same probability",
        )

    def test_numbers_that_are_none_are(self):
        predictions = said()
        predictions.outputs["probabilities"][1, 1] = np.nan
        self.assertEqual(
            answers.degenerate(predictions), "the probabilities are not finite"
        )


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.qa.rows."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.qa import files, rows
from tests.finetune.qa import fixtures

COLUMNS = {column: column for column in rows.COLUMNS}
ROW = {"id": 7, "context": fixtures.NEWTON, "question": "When?"}
IN_1642 = files.Marked("in 1642", 22)
ONLY_1642 = files.Marked("1642", 25)


class RowsTest(tf.test.TestCase, parameterized.TestCase):
    def parse(self, content, file_format="jsonl", **names):
        path = fixtures.write(self.get_temp_dir(), "data", content)
        return list(rows.Rows(dict(COLUMNS, **names), file_format)(path))

    def one(self, **values):
        (found,) = self.parse([dict(ROW, **values)])
        return found

    def test_question_of_a_row(self):
        found = self.one(answers=["1642", "in 1642"])
        self.assertEqual(
            (found.id, found.context, found.question, found.answers),
            ("7", fixtures.NEWTON, "When?", ("1642", "in 1642")),
        )
        self.assertFalse(found.is_impossible)
        self.assertEndsWith(found.place, "data:1")

    @parameterized.parameters(
        ("1642", None, [files.Marked("1642", files.NOWHERE)]),
        (1642, None, [files.Marked("1642", files.NOWHERE)]),
        (["1642"], None, [files.Marked("1642", files.NOWHERE)]),
        ("1642", 25, [ONLY_1642]),
        ("1642", "25", [ONLY_1642]),
        (["in 1642", "1642"], [22, 25], [IN_1642, ONLY_1642]),
        ({"text": "1642", "answer_start": 25}, None, [ONLY_1642]),
        ([{"text": "1642", "answer_start": 25}], None, [ONLY_1642]),
        ([{"text": "1642"}], None, [files.Marked("1642", files.NOWHERE)]),
        (
            {"text": ["in 1642", "1642"], "answer_start": [22, 25]},
            None,
            [IN_1642, ONLY_1642],
        ),
        ({"text": ["1642"]}, None, [files.Marked("1642", files.NOWHERE)]),
        ({"text": [], "answer_start": []}, None, []),
        (None, -1, []),
        ("", "", []),
    )
    def test_answers(self, answers, start, expected):
        found = self.one(answers=answers, answer_start=start)
        self.assertEqual(list(found.marked), expected)
        self.assertEqual(found.answers, tuple(answer.text for answer in expected))

    @parameterized.parameters(
        (True, True), (False, False), (None, False), (1, True), ("0", False)
    )
    def test_whether_there_is_no_answer(self, value, expected):
        self.assertEqual(self.one(is_impossible=value).is_impossible, expected)

    def test_names_of_the_users_own(self):
        row = {"doc": {"text": "x"}, "q": {"ask": "Who?", "gold": "x", "at": 0}}
        (found,) = self.parse(
            [row],
            context="doc.text",
            question="q.ask",
            answers="q.gold",
            answer_start="q.at",
        )
        self.assertEqual((found.id, found.question), ("0", "Who?"))
        self.assertEqual(found.marked, (files.Marked("x", 0),))

    def test_columns(self):
        content = 'Passage,question,answers,none\n"a, b",q,a,false\nb,r,,TRUE\n'
        first, second = self.parse(
            content, "csv", context="Passage", is_impossible="none"
        )
        self.assertEqual((first.context, first.answers), ("a, b", ("a",)))
        self.assertEqual((second.id, second.answers), ("1", ()))
        self.assertTrue(second.is_impossible)

    @parameterized.parameters(
        ({"context": None}, "'context' is None, expected a text"),
        ({"question": 3}, "'question' is 3, expected a text"),
        ({"id": [1]}, r"'id' is \[1\], expected a text or a whole number"),
        ({"answers": [{"txt": "x"}]}, "there is no 'text', expected a text or a whole"),
        ({"answers": [["x"]]}, r"'text' is \['x'\], expected a text or a whole"),
        ({"answers": "x", "answer_start": "two"}, "'answer_start' is 'two', expected"),
        (
            {"answers": "x", "answer_start": [1, 2]},
            "there are 1 answers, expected a li",
        ),
        (
            {"answers": {"text": ["x"], "answer_start": 1}},
            "there are 1 answers, expect",
        ),
        ({"is_impossible": "maybe"}, "'is_impossible' is 'maybe', expected true or f"),
    )
    def test_what_is_wrong_is_said_with_its_line(self, values, message):
        with self.assertRaisesRegex(ValueError, "data:2: " + message):
            self.parse([ROW, dict(ROW, **values)])


if __name__ == "__main__":
    tf.test.main()

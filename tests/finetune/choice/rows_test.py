"""Tests for finetune.choice.rows."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.choice import reader, rows

COLUMNS = {column: column for column in rows.COLUMNS}
ROW = {"context": "c", "question": "q", "choices": ["a", "b"], "answer": 1}
SEVERAL = {
    "id": "high1",
    "context": "c",
    "question": ["q", "r"],
    "choices": [["a", "b"], ["x", "y", "z"]],
    "answer": ["B", "A"],
}


class RowsTestCase(tf.test.TestCase, parameterized.TestCase):
    def parse(self, content, has_answers=True, columns=None, **values):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "dev")
        if not isinstance(content, str):
            content = json.dumps(content, ensure_ascii=False)
        with open(path, "wb") as stream:
            stream.write(content.encode("utf-8"))
        parser = rows.Rows(dict(COLUMNS, **(columns or {})), **values)
        return list(parser(path, has_answers))

    def example(self, row, **columns):
        (found,) = self.parse([row], False, columns)
        return found.example

    def answer(self, answer, choices=("a", "b"), **values):
        (found,) = self.parse([dict(ROW, answer=answer, choices=choices)], **values)
        return found.answer


class RowsTest(RowsTestCase):
    def test_question_in_a_line(self):
        (found,) = self.parse(json.dumps(ROW))
        self.assertEqual(found.example, reader.Example("0", "c", "q", ("a", "b")))
        self.assertEqual(found.answer, 1)
        self.assertEndsWith(found.place, "dev:1")

    def test_list_is_as_good_as_lines(self):
        several = [ROW, dict(ROW, context="d")]
        lines = "\n".join(map(json.dumps, several))
        from_list, from_lines = self.parse(several), self.parse(lines)
        self.assertEqual(
            [(item.example, item.answer) for item in from_list],
            [(item.example, item.answer) for item in from_lines],
        )
        self.assertEqual([item.example.id for item in from_list], ["0", "1"])

    def test_columns_have_names_of_the_users_own(self):
        row = {"ind": 7, "ctx": "c", "question": "", "endings": ["a", "b"]}
        self.assertEqual(
            self.example(row, context="ctx", choices="endings", id="ind"),
            reader.Example("7", "c", "", ("a", "b")),
        )

    def test_choices_under_names_of_their_own(self):
        row = {"premise": "p", "choice1": "a", "choice2": "b", "question": "cause"}
        self.assertEqual(
            self.example(row, context="premise", choices=("choice1", "choice2")),
            reader.Example("0", "p", "cause", ("a", "b")),
        )

    def test_names_lead_into_objects_and_lists_of_them(self):
        choices = [{"label": "A", "text": "a"}, {"label": "B", "text": "b"}]
        row = {"question": {"stem": "s", "choices": choices}}
        names = {"question": "question.stem", "choices": "question.choices.text"}
        self.assertEqual(
            self.example(row, context="", **names),
            reader.Example("0", "", "s", ("a", "b")),
        )

    @parameterized.parameters(
        ({"label": ["1", "2"], "text": ["a", "b"]},),
        ([{"text": "a", "label": "1"}, {"text": "b", "label": "2", "n": 0}],),
    )
    def test_choices_may_have_names_beside_them(self, choices):
        self.assertEqual(self.answer("2", choices), 1)
        self.assertEqual(self.example(dict(ROW, choices=choices)).choices, ("a", "b"))

    def test_rows_may_name_their_choices_differently(self):
        rows_ = [
            {"q": {"c": {"label": list(names), "text": ["x", "y"]}}, "key": names[1]}
            for names in ("AB", "12")
        ]
        names = {"context": "", "question": "", "choices": "q.c", "answer": "key"}
        self.assertEqual(
            [each.answer for each in self.parse(rows_, columns=names)], [1, 1]
        )

    @parameterized.parameters(
        (["A"], "there are 2 choices, but their names are 'A'; expected a name"),
        (["A", "A"], "there are 2 choices, but their names are 'A', 'A'"),
        ([1, 2], "'label' is .1, 2., expected a list of texts"),
    )
    def test_choices_have_a_name_each(self, names, message):
        with self.assertRaisesRegex(ValueError, "dev:1: " + message):
            self.answer("A", {"label": names, "text": ["a", "b"]})

    def test_choices_may_be_called_label_and_text(self):
        choices = {"label": "a", "text": "b"}
        self.assertEqual(self.answer("text", choices), 1)

    def test_several_columns_make_a_context(self):
        row = dict(ROW, one="1", two=["2", "3"])
        self.assertEqual(self.example(row, context=("one", "two")).context, "1 2\n3")

    def test_lines_are_a_context(self):
        self.assertEqual(self.example(dict(ROW, context=["a", "b"])).context, "a\nb")

    def test_what_no_row_has_is_empty(self):
        example = self.example({"choices": ["a", "b"]}, context="", question="")
        self.assertEqual((example.context, example.question), ("", ""))

    def test_column_without_a_name_is_not_what_is_not_there(self):
        content = ",context,a,b\n0,c,x,y\n"
        columns = {"question": "", "choices": ("a", "b")}
        (found,) = self.parse(content, False, columns, format="csv")
        self.assertEqual(found.example, reader.Example("0", "c", "", ("x", "y")))

    @parameterized.parameters(
        ({"context": "d"}, "there is no 'ctx', expected a text"),
        ({"ctx": 3}, "'ctx' is 3, expected a text"),
        ({"ctx": ["a", 3]}, "'ctx' is .*, expected a list of texts"),
        ({"ctx": "c", "question": None}, "'question' is None, expected a text"),
        ({"ctx": "c", "choices": "ab"}, "'choices' is 'ab', expected a list of texts"),
        ({"ctx": "c", "choices": [1, 2]}, "'choices' is .*, expected a list of texts"),
        ({"ctx": "c", "id": []}, r"'id' is \[\], expected a text or a whole number"),
    )
    def test_what_is_wrong_is_said_with_its_line(self, values, message):
        good = dict(ROW, ctx="c")
        row = dict(ROW, **values)
        with self.assertRaisesRegex(ValueError, "dev:2: " + message):
            self.parse(
                "\n".join(map(json.dumps, [good, row])), columns={"context": "ctx"}
            )

    def test_missing_choices(self):
        with self.assertRaisesRegex(ValueError, "dev:1: there is no 'o.text', expect"):
            self.parse([dict(ROW, o=[{"txt": "a"}])], columns={"choices": "o.text"})

    def test_text_without_a_blank_is_refused(self):
        with self.assertRaisesRegex(ValueError, "dev:1: there is no blank '_' in the"):
            self.parse([ROW], blank="_", columns={"question": ""})


class SeveralTest(RowsTestCase):
    def test_row_with_several_questions(self):
        found = self.parse([SEVERAL], answer_as="letter")
        self.assertEqual(
            [(item.example, item.answer) for item in found],
            [
                (reader.Example("high1-0", "c", "q", ("a", "b")), 1),
                (reader.Example("high1-1", "c", "r", ("x", "y", "z")), 0),
            ],
        )

    def test_list_of_objects_is_several_questions(self):
        asked = [
            {"q": "q", "o": ["a", "b"], "a": "b"},
            {"q": "r", "o": ["x", "y"], "a": 0},
        ]
        names = {"question": "qas.q", "choices": "qas.o", "answer": "qas.a"}
        found = self.parse([{"context": "c", "qas": asked}], columns=names)
        self.assertEqual([item.example.id for item in found], ["0-0", "0-1"])
        self.assertEqual([item.answer for item in found], ["b", 0])

    def test_test_file_has_no_answers(self):
        row = {name: SEVERAL[name] for name in ("context", "question", "choices")}
        self.assertLen(self.parse([row], False), 2)

    @parameterized.parameters("choices", "answer")
    def test_lists_of_other_lengths_are_refused(self, column):
        row = dict(SEVERAL, **{column: SEVERAL[column][:1]})
        with self.assertRaisesRegex(
            ValueError, "dev:1: there are 2 questions, but '%s' is " % column
        ):
            self.parse([row])


class AnswerTest(RowsTestCase):
    @parameterized.parameters(
        (None, "b", "b"),
        (None, 1, 1),
        ("text", "b", "b"),
        ("text", 7, "7"),
        ("index", 1, 1),
        ("index", "1", 1),
        ("number", 1, 0),
        ("number", " 2 ", 1),
        ("letter", "B", 1),
        ("letter", "a", 0),
    )
    def test_answer_says_which_choice_is_right(self, answer_as, answer, expected):
        self.assertEqual(self.answer(answer, answer_as=answer_as), expected)

    @parameterized.parameters(("B", 1), ("y", "y"), (1, 1))
    def test_choices_that_have_names(self, answer, expected):
        self.assertEqual(self.answer(answer, {"A": "x", "B": "y"}), expected)

    @parameterized.parameters(
        ("index", 2, "the answer is '2', expected one of 0, 1"),
        ("index", -1, "the answer is '-1', expected one of 0, 1"),
        ("number", 0, "the answer is '0', expected one of 1, 2"),
        ("letter", "C", "the answer is 'C', expected one of A, B"),
        ("letter", "", "the answer is '', expected one of A, B"),
        (None, "B", "the answer 'B' is none of the choices 'a', 'b'. .* answer_as: te"),
        (None, "1", "the answer '1' is none of the choices"),
        (None, True, "'answer' is True, expected a text or a whole number"),
        (None, None, "'answer' is None, expected a text or a whole number"),
    )
    def test_answer_that_says_nothing_is_refused(self, answer_as, answer, message):
        with self.assertRaisesRegex(ValueError, "dev:1: " + message):
            self.answer(answer, answer_as=answer_as)

    def table(self, choices, answer):
        content = "context,question,a,b,answer\nc,q,%s,%s\n" % (choices, answer)
        columns = {"choices": ("a", "b")}
        (found,) = self.parse(content, columns=columns, format="csv")
        return found.answer

    def test_number_in_a_column_is_an_index(self):
        self.assertEqual(self.table("x,y", "1"), 1)
        self.assertEqual(self.table("x,y", "y"), "y")
        self.assertEqual(self.table("0,1", "1"), 1)

    def test_number_that_may_be_a_text_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "'1' may be the text of a choice or its index. Say with answer"
        ):
            self.table("1,0", "1")


if __name__ == "__main__":
    tf.test.main()

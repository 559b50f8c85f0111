"""Tests for finetune.qa.files."""

import json

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.qa import files
from tests.finetune.qa import fixtures

GOOD = fixtures.squad(
    (
        fixtures.NEWTON,
        [
            fixtures.question("a", "When?", fixtures.answer("1642", 25)),
            fixtures.question("b", "Why?", is_impossible=True),
        ],
    )
)
PASSAGE = {
    "context": fixtures.NEWTON,
    "qas": [
        {
            "qid": "m",
            "question": "When?",
            "answers": ["1642", "in 1642"],
            "detected_answers": [
                {"text": "in 1642", "char_spans": [[22, 28]]},
                {"text": "1642", "char_spans": [[25, 28], [99, 102]]},
            ],
        }
    ],
}


FLAT = {
    "context_id": "TRIAL_1",
    "context_text": fixtures.BEIJING,
    "title": "北京大学",
    "qas": [
        {
            "query_id": "TRIAL_1_QUERY_0",
            "query_text": "在哪里？",
            "answers": ["北京", "北京。"],
        }
    ],
}


class FilesTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, content, parse=files.squad, name="dev.json"):
        path = fixtures.write(self.get_temp_dir(), name, content)
        return files.read(path, parse)

    def mrqa(self, *lines):
        return self.read(list(lines), files.mrqa, "dev.jsonl")

    def test_squad(self):
        first, second = self.read(GOOD)
        self.assertEqual(
            (first.id, first.context, first.question),
            ("a", fixtures.NEWTON, "When?"),
        )
        self.assertEqual(first.answers, ("1642",))
        self.assertEqual(first.marked, (files.Marked("1642", 25),))
        self.assertFalse(first.is_impossible)
        self.assertTrue(second.is_impossible)
        self.assertEqual(second.answers, ())

    def test_place_names_the_keys(self):
        self.assertEndsWith(
            self.read(GOOD)[1].place, "dev.json: data[0].paragraphs[0].qas[1]"
        )

    def test_questions_of_a_test_file_have_no_answers_at_all(self):
        entry = {"id": "a", "question": "When?"}
        found = self.read(fixtures.squad((fixtures.NEWTON, [entry])))
        self.assertEqual(found[0].marked, ())

    def test_answers_that_are_null_are_none(self):
        (found,) = self.read(
            fixtures.squad((fixtures.NEWTON, [fixtures.question("a", answers=None)]))
        )
        self.assertEqual(found.answers, ())

    @parameterized.parameters({}, {"answer_start": None})
    def test_answers_without_places_are_somewhere(self, **more):
        entry = fixtures.question("a", "When?", dict({"text": "1642"}, **more))
        (found,) = self.read(fixtures.squad((fixtures.NEWTON, [entry])))
        self.assertEqual(found.marked, (files.Marked("1642", files.NOWHERE),))

    @parameterized.parameters(
        (True, True), ("true", True), ("False", False), (0, False), (None, False)
    )
    def test_ways_to_say_that_there_is_no_answer(self, value, expected):
        entry = fixtures.question("a", is_impossible=value)
        (found,) = self.read(fixtures.squad((fixtures.NEWTON, [entry])))
        self.assertEqual(found.is_impossible, expected)

    def test_ids_may_be_numbers(self):
        (found,) = self.read(fixtures.squad((fixtures.NEWTON, [fixtures.question(7)])))
        self.assertEqual(found.id, "7")

    @parameterized.parameters(
        (json.dumps([FLAT]), r"flat.json: \[0\].qas\[0\]"),
        (json.dumps({"data": [FLAT]}), r"flat.json: data\[0\].qas\[0\]"),
    )
    def test_passages_as_cmrc_was_first_published(self, content, place):
        (found,) = self.read(content, name="flat.json")
        self.assertEqual(
            found._replace(place=""),
            files.Question(
                id="TRIAL_1_QUERY_0",
                context=fixtures.BEIJING,
                question="在哪里？",
                answers=("北京", "北京。"),
                marked=(
                    files.Marked("北京", files.NOWHERE),
                    files.Marked("北京。", files.NOWHERE),
                ),
                is_impossible=False,
                place="",
            ),
        )
        self.assertRegex(found.place, place)

    def test_mrqa(self):
        (found,) = self.mrqa(PASSAGE)
        self.assertEqual((found.id, found.question), ("m", "When?"))
        self.assertEqual(found.answers, ("1642", "in 1642"))
        self.assertEqual(
            found.marked,
            (
                files.Marked("in 1642", 22, 29),
                files.Marked("1642", 25, 29),
                files.Marked("1642", 99, 103),
            ),
        )

    def test_mrqa_without_answers_has_those_that_were_detected(self):
        entry = dict(PASSAGE["qas"][0])
        del entry["answers"]
        (found,) = self.mrqa({"context": fixtures.NEWTON, "qas": [entry]})
        self.assertEqual(found.answers, ("in 1642", "1642"))

    def test_mrqa_with_a_header(self):
        header = {"header": {"dataset": "NewsQA", "split": "train"}}
        self.assertLen(self.mrqa(header, PASSAGE), 1)

    def test_mrqa_answers_without_places_are_somewhere(self):
        entry = {"qid": "m", "question": "When?", "answers": ["1642"]}
        (found,) = self.mrqa({"context": "x", "qas": [entry]})
        self.assertEqual(found.marked, (files.Marked("1642", files.NOWHERE),))

    @parameterized.parameters("dev.json.gz", "dev.json")
    def test_gzip(self, name):
        self.assertLen(self.read(GOOD, name=name), 2)

    def test_byte_order_mark(self):
        text = "\ufeff" + '{"data": [{"paragraphs": [{"context": "x", "qas": '
        text += '[{"id": "a", "question": "q"}]}]}]}'
        self.assertLen(self.read(text), 1)

    @parameterized.parameters(
        ("dev.json", files.SQUAD),
        ("train-v2.0.json.gz", files.SQUAD),
        ("NewsQA.jsonl", files.MRQA),
        ("NewsQA.jsonl.gz", files.MRQA),
    )
    def test_names_tell_the_format(self, name, file_format):
        self.assertEqual(files.format_of(name), file_format)


class ErrorsTest(tf.test.TestCase, parameterized.TestCase):
    def check_refused(self, message, content, parse=files.squad, name="bad.json"):
        path = fixtures.write(self.get_temp_dir(), name, content)
        with self.assertRaisesRegex(ValueError, message):
            files.read(path, parse)

    def questions(self, *questions):
        return fixtures.squad((fixtures.NEWTON, questions))

    def test_missing_file(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.json"):
            files.read("nowhere.json", files.squad)

    def test_repeated_ids(self):
        self.check_refused(
            r"qas\[1\]: the id 'a' is that of the question at .*qas\[0\] too",
            self.questions(fixtures.question("a"), fixtures.question("a")),
        )

    def test_no_questions(self):
        self.check_refused("bad.json: the file has no questions", {"data": []})

    def test_no_json(self):
        self.check_refused(
            r"bad.json:2: not JSON: .* of format mrqa", '{"data":\n oops}'
        )

    def test_lines_of_objects_are_not_squad(self):
        self.check_refused(r"bad.json:2: not JSON: Extra data", [PASSAGE, PASSAGE])

    @parameterized.parameters(
        ("1", r"bad.json: expected an object with 'data', found 1"),
        ("[1]", r"bad.json: \[0\]: expected an object with 'paragraphs', found 1"),
        ('[{"qas": []}]', r"bad.json: \[0\]: there is no 'context', expected a text"),
        (
            '[{"context_text": "", "qas": [{"query_id": "a", "answers": [2]}]}]',
            r"\[0\].qas\[0\].answers\[0\]: expected an object with 'text'",
        ),
    )
    def test_other_json(self, content, message):
        self.check_refused(message, content)

    def test_questions_without_passages_are_not_mrqa(self):
        self.check_refused(
            r"bad.jsonl:1: there is no 'qas'; a question in each line .* jsonl",
            [{"context": "x", "question": "q"}],
            files.mrqa,
            "bad.jsonl",
        )

    def test_missing_key(self):
        self.check_refused(
            r"qas\[0\]: there is no 'question', expected a text; found: 'id', 'an",
            self.questions({"id": "a", "answers": []}),
        )

    @parameterized.parameters(
        ({"id": 7.5}, "'id' is 7.5, expected a text or a whole number"),
        (
            {"is_impossible": "no"},
            r"qas\[0\]: 'is_impossible' is 'no', expected true or false",
        ),
        ({"answers": "1642"}, "'answers' is '1642', expected a list"),
        (
            {"answers": [{"text": "x", "answer_start": True}]},
            r"answers\[0\]: 'answer_start' is True, expected a whole number",
        ),
        ({"answers": [{"answer_start": 1}]}, r"answers\[0\]: there is no 'text'"),
        ({"id": ["x" * 99]}, r"'id' is \['x{58}, expected a text"),
    )
    def test_wrong_kinds(self, change, message):
        self.check_refused(
            message, self.questions(dict(fixtures.question("a"), **change))
        )

    def test_mrqa_names_the_line(self):
        lines = "\n".join(['{"header": {}}', '{"context": "x"}'])
        self.check_refused(
            r"bad.jsonl:2: there is no 'qas'", lines, files.mrqa, "bad.jsonl"
        )

    def test_mrqa_passages_are_objects(self):
        lines = '{"header": 1}\n[]'
        self.check_refused(
            r"bad.jsonl:2: .*JSON object", lines, files.mrqa, "bad.jsonl"
        )

    def test_half_of_a_character(self):
        self.check_refused(
            r"qas\[0\]: half of a character",
            r'{"data": [{"paragraphs": [{"context": "", "qas": [{"id": "\ud83d"}]}]}]}',
        )

    def test_mrqa_bad_json_names_the_line(self):
        self.check_refused(
            r"bad.jsonl:2: not JSON",
            "{}\n{".replace("{}", '{"header": 1}'),
            files.mrqa,
            "bad.jsonl",
        )

    def test_mrqa_bad_spans(self):
        entry = {
            "qid": "m",
            "question": "q",
            "detected_answers": [{"text": "x", "char_spans": [[1]]}],
        }
        self.check_refused(
            r"bad.jsonl:1: qas\[0\]\.detected_answers\[0\]: char_spans holds \[1\]",
            [{"context": "x", "qas": [entry]}],
            files.mrqa,
            "bad.jsonl",
        )

    def test_mrqa_answers_are_texts(self):
        entry = {"qid": "m", "question": "q", "answers": [3]}
        self.check_refused(
            r"answers must be texts, got \[3\]",
            [{"context": "x", "qas": [entry]}],
            files.mrqa,
            "bad.jsonl",
        )

    def test_not_utf8_names_the_line(self):
        self.check_refused(r"bad.json:2: not UTF-8 text", b'{\n"\xff"}')

    def test_half_a_gzip_file(self):
        path = fixtures.write(self.get_temp_dir(), "half.json.gz", GOOD)
        with open(path, "rb") as stream:
            content = stream.read()
        with open(path, "wb") as stream:
            stream.write(content[:40])
        with self.assertRaisesRegex(ValueError, "half.json.gz: not a whole gzip file"):
            files.read(path, files.squad)


if __name__ == "__main__":
    tf.test.main()

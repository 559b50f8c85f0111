"""Tests for finetune.choice.cloze."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.choice import cloze, reader

IDIOMS = ("左右为难", "束手无策", "一言难尽")
ROW = {"id": 1734, "candidates": list(IDIOMS), "content": "让人#idiom#,", "answer": 1}
GROUP = {
    "content": ["一#idiom000001#二#idiom000002#", "三#idiom000003#。", "四"],
    "candidates": list(IDIOMS),
}
ANSWERS = {"#idiom000001#": 2, "#idiom000002#": 0, "#idiom000003#": 1}


class ClozeTestCase(tf.test.TestCase, parameterized.TestCase):
    def parse(self, parser, has_answers=True, name="dev.json", **contents):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        for stem, content in contents.items():
            path = os.path.join(folder, name.replace("dev", stem))
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(content)
        return list(parser(os.path.join(folder, name), has_answers))


class ChidTest(ClozeTestCase):
    def test_row_is_a_text_with_a_blank(self):
        (found,) = self.parse(cloze.chid, dev=json.dumps(ROW))
        self.assertEqual(
            found.example, reader.Example("1734", "让人#idiom#,", "", IDIOMS)
        )
        self.assertEqual(found.answer, 1)
        self.assertEndsWith(found.place, "dev.json:1")

    def test_test_file_has_no_answers(self):
        row = {name: ROW[name] for name in ("id", "candidates", "content")}
        (found,) = self.parse(cloze.chid, False, dev=json.dumps(row))
        self.assertIsNone(found.answer)

    @parameterized.parameters(
        ({"content": "让人,"}, "there is no blank '#idiom#' in the text '让人,'"),
        ({"content": ["让人#idiom#"]}, "'content' is .*, expected a text"),
        ({"answer": "束手无策"}, "'answer' is .*, expected the index of a candidate"),
        ({"candidates": "束手无策"}, "'candidates' is .*, expected a list of texts"),
        ({"id": None}, "'id' is None, expected a text or a whole number"),
    )
    def test_what_is_wrong_is_said_with_its_line(self, values, message):
        lines = [json.dumps(ROW), json.dumps(dict(ROW, **values))]
        with self.assertRaisesRegex(ValueError, r"dev\.json:2: " + message):
            self.parse(cloze.chid, dev="\n".join(lines))


class ClueChidTest(ClozeTestCase):
    def test_every_blank_is_a_question_with_its_text(self):
        found = self.parse(
            cloze.clue_chid, dev=json.dumps(GROUP), dev_answer=json.dumps(ANSWERS)
        )
        self.assertEqual(
            [(item.example.id, item.example.context, item.answer) for item in found],
            [
                ("#idiom000001#", "一#idiom#二____", 2),
                ("#idiom000002#", "一____二#idiom#", 0),
                ("#idiom000003#", "三#idiom#。", 1),
            ],
        )
        self.assertEqual(found[0].example.choices, IDIOMS)
        self.assertEndsWith(found[2].place, "dev.json:1: #idiom000003#")

    def test_test_file_needs_no_answers(self):
        found = self.parse(cloze.clue_chid, False, dev=json.dumps(GROUP))
        self.assertEqual([item.answer for item in found], [None] * 3)

    def test_missing_file_of_answers(self):
        with self.assertRaisesRegex(FileNotFoundError, r"dev_answer\.json"):
            self.parse(cloze.clue_chid, dev=json.dumps(GROUP))

    @parameterized.parameters(
        ("[2]", r"dev_answer\.json: expected a JSON object"),
        ("{}", r"dev\.json:1: the file of answers has none for #idiom000001#"),
        ('{"#idiom000001#": "2"}', r"dev\.json:1: '#idiom000001#' is '2', expected"),
    )
    def test_answers_that_do_not_fit_are_refused(self, answers, message):
        with self.assertRaisesRegex(ValueError, message):
            self.parse(cloze.clue_chid, dev=json.dumps(GROUP), dev_answer=answers)

    def test_row_without_candidates_is_refused_with_its_line(self):
        with self.assertRaisesRegex(ValueError, r"dev\.json:1: there is no 'candi"):
            self.parse(cloze.clue_chid, False, dev='{"content": []}')


if __name__ == "__main__":
    tf.test.main()

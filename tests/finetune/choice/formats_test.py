"""Tests for finetune.choice.formats."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import sources
from finetune import task as task_lib
from finetune.choice import formats, reader

DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.TEST)

DIALOGUE = [
    ["男：你好！", "女：Hello。"],
    [
        {"question": "谁先说?", "choice": ["男的", "女的"], "answer": "男的"},
        {"question": "说什么?", "choice": ["Hello", "再见", "没说"], "answer": "Hello"},
    ],
    "47-275",
]
SWAG_HEADER = (
    ",video-id,fold-ind,startphrase,sent1,sent2,gold-source,"
    "ending0,ending1,ending2,ending3,label\n"
)
ROW = '0,v1,3416,x,"She said ""no"", twice.",He,gold,sits.,"runs, fast.",eats.,a.,1\n'


class ParserTest(tf.test.TestCase, parameterized.TestCase):
    def parse(self, parser, content, name="dev.json", has_answers=True):
        if not isinstance(content, str):
            content = json.dumps(content, ensure_ascii=False)
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), name)
        with open(path, "wb") as stream:
            stream.write(content.encode("utf-8"))
        return list(parser(path, has_answers))


class C3Test(ParserTest):
    def test_question_of_a_dialogue(self):
        found = self.parse(formats.c3, [DIALOGUE])[1]
        self.assertEqual(
            found.example,
            reader.Example(
                "47-275-1",
                "男：你好！\n女：Hello。",
                "说什么?",
                ("Hello", "再见", "没说"),
            ),
        )
        self.assertEqual(found.answer, "Hello")
        self.assertEndsWith(found.place, "dev.json: dialogue 1, question 2")

    def test_dialogues_with_one_id_have_questions_with_several(self):
        found = self.parse(formats.c3, [DIALOGUE, DIALOGUE])
        self.assertEqual(
            [item.example.id for item in found],
            ["47-275-0", "47-275-1", "47-275-2", "47-275-3"],
        )

    def test_both_parts_are_read_or_one(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        for name in ("c3-d-dev.json", "c3-m-dev.json"):
            dialogue = DIALOGUE[:2] + [name[3:4]]
            with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
                json.dump([dialogue], stream)
        found = formats.c3(os.path.join(folder, "c3-{d,m}-dev.json"), True)
        self.assertEqual(
            [(item.example.id, os.path.basename(item.place)) for item in found],
            [
                ("d-0", "c3-d-dev.json: dialogue 1, question 1"),
                ("d-1", "c3-d-dev.json: dialogue 1, question 2"),
                ("m-0", "c3-m-dev.json: dialogue 1, question 1"),
                ("m-1", "c3-m-dev.json: dialogue 1, question 2"),
            ],
        )
        alone = formats.c3(os.path.join(folder, "c3-d-dev.json"), True)
        self.assertEqual([item.example.id for item in alone], ["d-0", "d-1"])

    def test_one_part_without_the_other_is_refused(self):
        path = os.path.join(self.get_temp_dir(), "{d,m}-dev.json")
        with open(path.replace("{d,m}", "d"), "w", encoding="utf-8") as stream:
            json.dump([DIALOGUE], stream)
        with self.assertRaisesRegex(FileNotFoundError, "m-dev.json"):
            list(formats.c3(path, True))

    def test_test_file_has_ids_and_no_answers(self):
        question = {"question": "谁?", "choice": ["男的", "女的"], "id": 508}
        (found,) = self.parse(formats.c3, [[["你好"], [question]]], has_answers=False)
        self.assertEqual(found.example.id, "508")
        self.assertIsNone(found.answer)

    def test_dialogue_without_id_is_named_by_its_place(self):
        dialogue = DIALOGUE[:2]
        found = self.parse(formats.c3, [dialogue, dialogue])
        self.assertEqual(
            [item.example.id for item in found], ["0-0", "0-1", "1-0", "1-1"]
        )

    def test_missing_answer_is_refused(self):
        question = {"question": "谁?", "choice": ["男的", "女的"]}
        with self.assertRaisesRegex(
            ValueError, r"dev\.json: dialogue 1, question 1: there is no 'answer'"
        ):
            self.parse(formats.c3, [[["你好"], [question], "1"]])

    @parameterized.parameters(
        {"bad": {}},
        {"bad": [["a"]]},
        {"bad": ["a", []]},
        {"bad": [["a"], ["q"]]},
        {"bad": [[1], []]},
        {"bad": [["a"], [], "1", "2"]},
    )
    def test_what_is_no_dialogue_is_refused(self, bad):
        with self.assertRaisesRegex(ValueError, r"dialogue 2: expected \[lines, quest"):
            self.parse(formats.c3, [DIALOGUE, bad])

    @parameterized.parameters(
        ([["a\ud83d"], [], "1"], "half of a character"),
        ([["a"], [], "\ud83d"], "half of a character"),
        ([["a"], [], None], "'id' is None, expected a text or a whole number"),
    )
    def test_what_is_wrong_with_a_dialogue_is_said_with_its_place(self, bad, message):
        with self.assertRaisesRegex(ValueError, "dev.json: dialogue 2: " + message):
            self.parse(formats.c3, json.dumps([DIALOGUE, bad]))

    def test_choices_that_are_no_texts_are_refused(self):
        question = {"question": "谁?", "choice": ["男的", 2], "answer": "男的"}
        with self.assertRaisesRegex(
            ValueError, "'choice' is .*expected a list of texts"
        ):
            self.parse(formats.c3, [[["你好"], [question]]])

    def test_what_is_no_list_is_refused(self):
        with self.assertRaisesRegex(ValueError, "expected a JSON list of dialogues"):
            self.parse(formats.c3, {"data": []})


class SwagTest(ParserTest):
    def test_quoted_fields(self):
        (found,) = self.parse(formats.swag, SWAG_HEADER + ROW, "val.csv")
        self.assertEqual(
            found.example,
            reader.Example(
                "0",
                'She said "no", twice.',
                "He",
                ("sits.", "runs, fast.", "eats.", "a."),
            ),
        )
        self.assertEqual(found.answer, 1)

    def test_test_file_has_no_label(self):
        header = SWAG_HEADER.replace(",label", "")
        row = ROW.replace(",1\n", "\n")
        (found,) = self.parse(formats.swag, header + row, "test.csv", False)
        self.assertIsNone(found.answer)

    def test_line_break_in_a_field_ends_no_row(self):
        rows = ROW.replace(", twice", "\ntwice") + ROW
        found = self.parse(formats.swag, SWAG_HEADER + rows, "val.csv")
        self.assertEqual([item.example.id for item in found], ["0", "1"])
        self.assertEndsWith(found[1].place, "val.csv:4")

    def test_missing_column_is_refused(self):
        header = SWAG_HEADER.replace("sent2", "second")
        with self.assertRaisesRegex(ValueError, r"val\.csv:2: there is no 'sent2'"):
            self.parse(formats.swag, header + ROW, "val.csv")

    @parameterized.parameters("gold", "", "-1")
    def test_label_that_is_no_number_is_refused(self, label):
        row = ROW.replace(",1\n", ",%s\n" % label)
        with self.assertRaisesRegex(ValueError, r"val\.csv:2: 'label' is '%s'" % label):
            self.parse(formats.swag, SWAG_HEADER + row, "val.csv")

    def test_label_beyond_the_endings_is_refused(self):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "val.csv")
        with open(path, "w") as stream:
            stream.write(SWAG_HEADER + ROW.replace(",1\n", ",4\n"))
        places = sources.Places((), ())
        with self.assertRaisesRegex(ValueError, r"val\.csv:2: the answer is choice 4"):
            reader.ChoiceReader(places, formats.swag, 4).read(path, DEV)


class RealDataTest(tf.test.TestCase):
    def read(self, name, split):
        folder = os.environ.get("REAL_DATA_DIR")
        if not folder:
            self.skipTest("REAL_DATA_DIR is not set: no folder with chinese/c3.")
        path = os.path.join(folder, "chinese", "c3", name)
        return reader.ChoiceReader(sources.Places((), ()), formats.c3, 4).read(
            path, split
        )

    def test_all_of_c3_is_read(self):
        examples = self.read("dev.json", DEV).examples
        self.assertLen(examples, 3816)
        self.assertLen({example.id for example in examples}, 3816)
        counts = [len(example.choices) for example in examples]
        self.assertEqual([counts.count(n) for n in (2, 3, 4)], [170, 465, 3181])
        self.assertLen(self.read("test.json", TEST).examples, 3892)


if __name__ == "__main__":
    tf.test.main()

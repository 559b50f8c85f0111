"""Tests for finetune.qa.reader."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import sources
from finetune import task as task_lib
from finetune.qa import files, reader
from tests.finetune.qa import fixtures


def one(*answers, **more):
    return fixtures.squad(
        (fixtures.NEWTON, [fixtures.question("a", "When?", *answers, **more)])
    )


def two(*answers):
    """The first question has a sound answer, the second those given."""
    return fixtures.squad(
        (
            fixtures.NEWTON,
            [
                fixtures.question("a", "When?", fixtures.answer("1642", 25)),
                fixtures.question("b", "Who?", *answers),
            ],
        )
    )


class ReaderTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, content, split=fixtures.DEV, **values):
        path = fixtures.write(self.get_temp_dir(), "data.json", content)
        places = sources.Places(("here",), ())
        return reader.QuestionReader(places, **values).read(path, split)

    def test_an_answer_knows_its_characters(self):
        dataset = self.read(one(fixtures.answer("1642", 25)))
        self.assertEqual(
            dataset.examples,
            [reader.Example("a", fixtures.NEWTON, "When?", ("1642",), ((25, 29),))],
        )
        self.assertEmpty(dataset.notes)

    def test_wrong_starts_are_looked_up_and_counted(self):
        dataset = self.read(two(fixtures.answer("1727", 3)))
        start = fixtures.NEWTON.index("1727")
        self.assertEqual(dataset.examples[1].spans, ((start, start + 4),))
        self.assertEqual(
            dataset.notes,
            (
                "1 of 2 answers do not stand where the file says: 1 were looked up in "
                "the text, 0 are not in it.",
            ),
        )

    def test_places_in_bytes_are_understood(self):
        second = fixtures.BEIJING.rindex("北京")
        start = len(fixtures.BEIJING[:second].encode("utf-8"))
        question = fixtures.question("a", "在哪里？", fixtures.answer("北京", start))
        dataset = self.read(fixtures.squad((fixtures.BEIJING, [question])))
        self.assertEqual(dataset.examples[0].spans, ((second, second + 2),))
        self.assertEqual(
            dataset.notes, ("The file counts the places of answers in bytes of UTF-8.",)
        )

    def test_ends_are_counted_as_starts_are(self):
        context = "😀 the U.S. won"
        answer = {"text": "us", "char_spans": [[7, 10]]}  # In units of UTF-16.
        other = {"text": "won", "char_spans": [[12, 14]]}
        entry = {"qid": "m", "question": "Who?", "detected_answers": [answer, other]}
        dataset = self.read([{"context": context, "qas": [entry]}], parse=files.mrqa)
        spans = [context[start:end] for start, end in dataset.examples[0].spans]
        self.assertEqual(spans, ["U.S.", "won"])

    def test_answers_without_places_are_searched_and_counted(self):
        entries = [
            {"query_id": "a", "query_text": "在哪里？", "answers": ["北京"]},
            {"query_id": "b", "query_text": "何时？", "answers": ["1898年", "今年"]},
            {"query_id": "c", "query_text": "谁？", "answers": ["南京"]},
        ]
        document = json.dumps([{"context_text": fixtures.BEIJING, "qas": entries}])
        train = self.read(document, fixtures.TRAIN)
        self.assertEqual([example.id for example in train.examples], ["a", "b"])
        self.assertEqual(train.examples[0].spans, ((0, 2),))
        searched = (
            "The file does not say where 4 answers stand: 2 were found in the text, 1 "
            "of them at several places, of which the first was taken; 2 are not in it."
        )
        self.assertEqual(
            train.notes,
            (
                searched,
                "1 questions were left out of training: none of their answers is in "
                "the text.",
            ),
        )
        dev = self.read(document)
        self.assertEqual(dev.examples[2].answers, ("南京",))
        self.assertEqual(
            dev.notes,
            (searched, "Answers that are not in the text still count as right."),
        )

    def test_a_question_without_place_is_not_trained_on(self):
        dataset = self.read(two(fixtures.answer("Leibniz", 0)), fixtures.TRAIN)
        self.assertEqual([example.id for example in dataset.examples], ["a"])
        self.assertEqual(
            dataset.notes[1],
            "1 questions were left out of training: none of their answers is in the "
            "text.",
        )

    def test_one_place_of_several_is_enough_for_training(self):
        answers = [fixtures.answer("Leibniz", 0), fixtures.answer("Newton", 6)]
        dataset = self.read(two(*answers), fixtures.TRAIN)
        self.assertEqual(dataset.examples[1].spans, ((6, 12),))

    def test_answers_that_are_not_in_the_text_still_count_in_evaluation(self):
        dataset = self.read(two(fixtures.answer("Leibniz", 0)))
        self.assertEqual(dataset.examples[1].answers, ("Leibniz",))
        self.assertEqual(dataset.examples[1].spans, ())
        self.assertFalse(dataset.examples[1].is_impossible)
        self.assertEqual(
            dataset.notes[1], "Answers that are not in the text still count as right."
        )

    def test_a_test_file_has_no_answers_even_if_it_shows_fake_ones(self):
        dataset = self.read(one(fixtures.answer("FAKE_ANSWER_1", -1)), fixtures.TEST)
        self.assertEqual(
            dataset.examples, [reader.Example("a", fixtures.NEWTON, "When?")]
        )
        self.assertEmpty(dataset.notes)

    def test_fake_answers_are_refused_where_true_ones_are_needed(self):
        for split in (fixtures.TRAIN, fixtures.DEV):
            with self.assertRaisesRegex(
                ValueError,
                "none of its 1 answers stands in its passage, for example "
                "'FAKE_ANSWER_1'.* can be no %s file" % split.name,
            ):
                self.read(one(fixtures.answer("FAKE_ANSWER_1", -1)), split)

    def test_a_file_that_tells_nothing_is_not_one_without_answers(self):
        with self.assertRaisesRegex(
            ValueError, "no question has an answer, nor .* neither trained nor scored"
        ):
            self.read(one(), has_unanswerable=True)

    def test_final_files_are_labeled(self):
        split = task_lib.Split("test", task_lib.FINAL)
        dataset = self.read(two(fixtures.answer("Leibniz", 0)), split)
        self.assertEqual(dataset.examples[1].answers, ("Leibniz",))
        self.assertLen(dataset.notes, 2)

    def test_unanswerable_questions(self):
        dataset = self.read(one(is_impossible=True), has_unanswerable=True)
        self.assertTrue(dataset.examples[0].is_impossible)

    @parameterized.parameters({}, {"is_impossible": True})
    def test_an_empty_answer_is_none(self, **more):
        entries = [
            fixtures.question("a", "When?", fixtures.answer("1642", 25)),
            fixtures.question("b", "Why?", fixtures.answer("", -1), **more),
        ]
        dataset = self.read(
            fixtures.squad((fixtures.NEWTON, entries)), has_unanswerable=True
        )
        self.assertEqual(
            dataset.examples[1],
            reader.Example("b", fixtures.NEWTON, "Why?", is_impossible=True),
        )
        self.assertEmpty(dataset.notes)

    def test_empty_answers_alone_tell_nothing(self):
        with self.assertRaisesRegex(ValueError, "no question has an answer, nor"):
            self.read(one(fixtures.answer("", -1)), has_unanswerable=True)

    def test_unanswerable_questions_where_there_must_be_none(self):
        with self.assertRaisesRegex(
            ValueError, r"qas\[0\]: the question has no answer.* has_unanswerable"
        ):
            self.read(one(is_impossible=True))

    def test_impossible_with_an_answer(self):
        with self.assertRaisesRegex(
            ValueError,
            r"qas\[0\]: is_impossible is true, but there are answers: '1642'",
        ):
            self.read(
                one(fixtures.answer("1642", 25), is_impossible=True),
                has_unanswerable=True,
            )

    def test_mrqa(self):
        entry = {"qid": "m", "question": "When?", "answers": ["1642"]}
        dataset = self.read(
            [{"context": fixtures.NEWTON, "qas": [entry]}], parse=files.mrqa
        )
        self.assertEqual(dataset.examples[0].spans, ((25, 29),))


class RealDataTest(tf.test.TestCase):
    def test_places_of_cmrc_are_counted_in_units_of_utf_16(self):
        folder = os.environ.get("REAL_DATA_DIR")
        if not folder:
            self.skipTest("REAL_DATA_DIR is not set: no folder with chinese/cmrc2018.")
        path = os.path.join(folder, "chinese/cmrc2018/ymcui_cmrc2018_trial.json")
        places = sources.Places((), ())
        dataset = reader.QuestionReader(places).read(path, fixtures.TRAIN)
        self.assertLen(dataset.examples, 1002)
        self.assertEqual(
            dataset.notes,
            ("The file counts the places of answers in units of UTF-16.",),
        )
        for example in dataset.examples:
            ((start, end),) = example.spans
            self.assertEqual(example.context[start:end], example.answers[0])


class FindTest(tf.test.TestCase):
    def test_file_is_found_at_its_places(self):
        folder = tempfile.mkdtemp()
        path = fixtures.write(os.path.join(folder, "one"), "dev-v1.1.json", "{}")
        names = ("dev.json", "dev-v1.1.json")
        places = sources.Places(("one", "two"), ((fixtures.DEV, names),))
        found = reader.QuestionReader(places).find(folder, fixtures.DEV)
        self.assertEqual(found, path)


if __name__ == "__main__":
    tf.test.main()

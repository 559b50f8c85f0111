"""Tests for finetune.choice.reader."""

from absl.testing import absltest, parameterized

from finetune import sources
from finetune import task as task_lib
from finetune.choice import reader

DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.TEST)
PLACES = sources.Places(("mine",), ((DEV, ("dev.json",)),))


def found(name="q", choices=("a", "b"), answer="a"):
    example = reader.Example(name, "context", "question", choices)
    return reader.Found("dev.json:%s" % name, example, answer)


def read(*questions, split=DEV, num_choices=4):
    def parse(path, has_answers):
        del path
        for question in questions:
            yield question if has_answers else question._replace(answer=None)

    return reader.ChoiceReader(PLACES, parse, num_choices).read("dev.json", split)


class IndexOfTest(parameterized.TestCase):
    @parameterized.parameters(("b", 1), (1, 1), ("a", 0), (0, 0))
    def test_answer_is_a_text_or_an_index(self, answer, want):
        self.assertEqual(reader.index_of(answer, ("a", "b")), want)

    @parameterized.parameters("b", 2)
    def test_first_of_equal_choices_is_right(self, answer):
        self.assertEqual(reader.index_of(answer, ("a", "b", "b")), 1)

    def test_number_in_a_text_is_a_text(self):
        self.assertEqual(reader.index_of("0", ("1", "0")), 1)

    @parameterized.parameters("c", "A", "", None)
    def test_answer_that_is_no_choice_is_refused(self, answer):
        with self.assertRaisesRegex(ValueError, "is none of the choices 'a', 'b'"):
            reader.index_of(answer, ("a", "b"))

    @parameterized.parameters(-1, 2)
    def test_index_out_of_range_is_refused(self, answer):
        with self.assertRaisesRegex(ValueError, "choice -?[0-9], expected 0 to 1"):
            reader.index_of(answer, ("a", "b"))


class ChoiceReaderTest(parameterized.TestCase):
    def test_label_is_the_index_of_the_answer(self):
        dataset = read(found("p", answer="b"), found("q", answer="a"))
        self.assertEqual([example.label for example in dataset.examples], [1, 0])
        self.assertEqual(dataset.notes, ())

    def test_test_split_has_no_labels(self):
        dataset = read(found(answer="b"), split=TEST)
        self.assertIsNone(dataset.examples[0].label)

    def test_equal_choices_with_the_answer_are_noted(self):
        dataset = read(found("p", ("a", "b", "b"), "b"), found("q"))
        self.assertEqual(dataset.examples[0].label, 1)
        self.assertRegex(dataset.notes[0], "^1 of 2 questions have several choices")

    def test_equal_choices_that_are_wrong_are_not_noted(self):
        self.assertEqual(read(found(choices=("a", "b", "b"))).notes, ())

    def test_answer_that_is_no_choice_is_refused_with_its_place(self):
        with self.assertRaisesRegex(
            ValueError, r"^dev\.json:q: the answer 'c' is none"
        ):
            read(found(answer="c"))

    @parameterized.parameters((("a",),), (("a", "b", "c", "d"),))
    def test_too_few_or_too_many_choices_are_refused(self, choices):
        with self.assertRaisesRegex(
            ValueError, r"^dev\.json:q: the number of choices is [14], expected 2 to 3"
        ):
            read(found(choices=choices), num_choices=3)

    def test_empty_choice_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"q: one of the choices is empty"):
            read(found(choices=("a", " ")))

    def test_repeated_id_is_refused_with_both_places(self):
        again = found("p")._replace(place="dev.json:9")
        with self.assertRaisesRegex(
            ValueError, r"^dev\.json:9: the id 'p' is taken by dev\.json:p"
        ):
            read(found("p"), found("q"), again)

    def test_file_without_questions_is_refused(self):
        with self.assertRaisesRegex(ValueError, "dev.json: there are no questions"):
            read()


if __name__ == "__main__":
    absltest.main()

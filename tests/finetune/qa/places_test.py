"""Tests for finetune.qa.places."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.qa import places

TEXT = "the cat saw the dog and the  Other dog."


class PlacesTest(tf.test.TestCase, parameterized.TestCase):
    def test_where_the_file_says(self):
        self.assertEqual(places.find(TEXT, "dog", 35), places.Found((35, 38), True))

    @parameterized.parameters((0, 16), (20, 16), (30, 35), (-1, 16), (999, 35))
    def test_nearest_place_of_what_stands_elsewhere(self, start, expected):
        found = places.find(TEXT, "dog", start)
        self.assertEqual(found, places.Found((expected, expected + 3), False, False))

    def test_the_only_place(self):
        self.assertTrue(places.find(TEXT, "cat", 0).is_only)
        self.assertTrue(places.find("a Dog", "dog", 0).is_only)
        self.assertFalse(places.find("Dog DOG", "dog", -1).is_only)

    @parameterized.parameters(
        ("a cafe\u0301 b", "caf\u00e9", "cafe\u0301"),  # A letter and its mark
        ("a caf\u00e9 b", "cafe\u0301", "caf\u00e9"),  # are one.
        ("在１６４２年", "1642", "１６４２"),
        ("in\xa01642", "in 1642", "in\xa01642"),
        ("in 16\u200b42", "1642", "16\u200b42"),
        ("in 1642", "\ufeff16\u200b42", "1642"),
        ("the “big” one’s", '"big" one\'s', "“big” one’s"),
        ("1642–1727", "1642-1727", "1642–1727"),
        ("a \u2764\ufe0f \U0001f600", "\u2764 \U0001f600", "\u2764\ufe0f \U0001f600"),
        ("the \ufb01nal", "final", "\ufb01nal"),
        ("\u0995\u09c7\u09be", "\u0995\u09cb", "\u0995\u09c7\u09be"),  # Bengali ko.
    )
    def test_ways_to_write_a_character_do_not_matter(self, context, text, expected):
        start, end = places.find(context, text, 0).span
        self.assertEqual(context[start:end], expected)

    def test_a_letter_is_not_found_without_its_mark(self):
        self.assertIsNone(places.find("cafe\u0301", "cafe\u0300", 0))

    def test_told_ends_allow_what_scores_do_not_look_at(self):
        context = "x us army. The U.S.  army won."
        found = places.find(context, "us army", 11, 25)
        self.assertEqual(found, places.Found((11, 25), True))
        self.assertEqual(places.find(context, "us army", 12, 15).span, (2, 9))
        self.assertEqual(places.find(context, "us army", 11, 999).span, (2, 9))
        self.assertIsNone(places.find("a the b", "an", 2, 5))  # Nothing is left of it.

    def test_of_two_at_one_distance_the_first(self):
        self.assertEqual(places.find("a-b-a", "a", 2).span, (0, 1))

    def test_case_and_blanks_do_not_matter(self):
        found = places.find(TEXT, "The other Dog", 20)
        self.assertEqual(found, places.Found((24, 38), False))
        self.assertEqual(TEXT[24:38], "the  Other dog")

    def test_the_same_text_is_better_than_one_that_is_nearer(self):
        self.assertEqual(places.find("Dog dog", "dog", 0).span, (4, 7))

    def test_nearest_of_those_in_other_case(self):
        self.assertEqual(places.find("DOG x DOG", "dog", 5).span, (6, 9))

    def test_letters_that_become_two_in_lower_case(self):
        self.assertEqual(places.find("İx DOG", "dog", 0).span, (3, 6))

    @parameterized.parameters(
        ("start the art", "art", "art", 10),  # Rather a word than a part of one.
        ("the 1910s", "10", "10", 6),  # But rather a part than nothing.
        ("在北京。北京", "北京", "北京", 1),  # Chinese has no words to be a part of.
        ("a cafe\u0301", "cafe\u0301", "cafe\u0301", 2),
        ("he wanted us: the US.", "Us", "us", 10),
        ("previous US", "us", "us", 6),
    )
    def test_where_no_place_is_told_the_first(self, context, text, expected, start):
        span = places.find(context, text, -1).span
        self.assertEqual((context[slice(*span)], span[0]), (expected, start))

    @parameterized.parameters(
        ("formally establishing", "YES"),
        ("champion of", "NO"),
        ("the eyes", "YES"),
        ("Japanese", "JAPAN"),
    )
    def test_other_words_are_not_an_answer_in_other_writing(self, context, text):
        self.assertIsNone(places.find(context, text, -1))

    def test_a_part_of_a_word_in_other_writing_at_the_told_place(self):
        self.assertEqual(places.find("a Japanese", "JAPAN", 2).span, (2, 7))
        self.assertIsNone(places.find("a Japanese", "JAPAN", 3))

    @parameterized.parameters("bird", "", "  ", "FAKE_ANSWER_1")
    def test_not_there(self, text):
        self.assertIsNone(places.find(TEXT, text, -1))

    def test_a_start_before_the_text_is_no_place_from_its_end(self):
        self.assertEqual(places.find("ab.ab", "ab", -2).span, (0, 2))


class UnitTest(tf.test.TestCase, parameterized.TestCase):
    context = "é 北京 \U0001f600 x y"

    def place(self, unit, text):
        encoding = {places.UTF_8: "utf-8", places.UTF_16: "utf-16-le"}.get(unit)
        before = self.context[: self.context.index(text)]
        if not encoding:
            return len(before)
        return len(before.encode(encoding)) // (2 if unit == places.UTF_16 else 1)

    @parameterized.parameters(places.CHARACTERS, places.UTF_8, places.UTF_16)
    def test_unit_by_which_most_answers_stand_where_they_are_said_to(self, unit):
        answers = [
            (self.context, text, self.place(unit, text)) for text in ("x", "y", "京")
        ]
        answers.append((self.context, "x", 1))  # Wrong, however it is counted.
        self.assertEqual(places.unit_of(answers), unit)
        for text in ("é", "北", "京", "\U0001f600", "x", "y"):
            found = places.position(self.context, self.place(unit, text), unit)
            self.assertEqual(found, self.context.index(text))

    def test_characters_if_nothing_tells(self):
        self.assertEqual(places.unit_of([]), places.CHARACTERS)
        self.assertEqual(places.unit_of([("ab", "b", 0)]), places.CHARACTERS)
        self.assertEqual(places.unit_of([("éb", "x", 0)]), places.CHARACTERS)

    @parameterized.parameters((1, -1), (99, -1), (1 << 70, -1), (-1, -1), (2, 1))
    def test_places_within_a_character_are_none(self, start, expected):
        self.assertEqual(places.position("é!", start, places.UTF_8), expected)


if __name__ == "__main__":
    tf.test.main()

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
        self.assertEqual(found, places.Found((expected, expected + 3), False))

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

    @parameterized.parameters("bird", "", "  ", "FAKE_ANSWER_1")
    def test_not_there(self, text):
        self.assertIsNone(places.find(TEXT, text, -1))

    def test_a_start_before_the_text_is_no_place_from_its_end(self):
        self.assertEqual(places.find("ab.ab", "ab", -2).span, (0, 2))


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.tagging.texts."""

from absl.testing import absltest, parameterized

from finetune.tagging import texts

TEXT = "Ada met 李白 in Rome."


def parts(text, by_character=False):
    return [text[begin:end] for begin, end in texts.words(text, by_character)]


def found(value, text=TEXT):
    return [tuple(entity) for entity in texts.entities(value, text)]


class WordsTest(parameterized.TestCase):
    @parameterized.parameters(
        ("Ada's 2nd.", ["Ada", "'", "s", "2nd", "."]),
        ("去北京 nba，好", ["去", "北", "京", "nba", "，", "好"]),
        ("\u200b😀 é", ["\u200b", "😀", "é"]),
        ("𠀀a", ["𠀀", "a"]),
        (" \t\n", []),
        ("", []),
    )
    def test_words(self, text, want):
        self.assertEqual(parts(text), want)

    def test_characters(self):
        self.assertEqual(parts("去 nb，", by_character=True), ["去", "n", "b", "，"])


class EntitiesTest(parameterized.TestCase):
    @parameterized.parameters(
        ({"PER": {"Ada": [[0, 2]], "李白": [[8, 9]]}, "LOC": {"Rome": [[14, 17]]}},),
        ([[8, 10, "PER"], [14, 18, "LOC"], [0, 3, "PER"], [0, 3, "PER"]],),
        (
            [
                {"start": 0, "end": 3, "label": "PER"},
                {"start": 8, "end": 10, "type": "PER", "text": "李白"},
                {"start": 14, "end": 18, "label": "LOC"},
            ],
        ),
    )
    def test_every_form_is_understood(self, value):
        self.assertEqual(found(value), [("PER", 0, 3), ("PER", 8, 10), ("LOC", 14, 18)])

    def test_an_entity_may_be_there_twice(self):
        value = {"X": {"a": [[0, 0], [2, 2]]}}
        self.assertEqual(found(value, "a a"), [("X", 0, 1), ("X", 2, 3)])

    def test_there_may_be_none(self):
        for value in ({}, [], {"PER": {}}):
            self.assertEqual(found(value), [])

    @parameterized.parameters(
        ("x", "'x' is no list of entities; expected {type"),
        ({"PER": [[0, 2]]}, "'PER' has .*expected {type"),
        ({"PER": {"Ada": [0, 2]}}, "'Ada' is at .*expected {type"),
        ({"PER": {"Ada": [[0, True]]}}, "'Ada' is at "),
        ({"PER": {"Ada": [[0, 3]]}}, "'Ada' should stand at .* 0 to 3, .* 'Ada '"),
        ([[0, 3]], r"\[0, 3\] is no entity; expected"),
        ([["0", 3, "PER"]], "is no entity"),
        ([5], "5 is no entity"),
        ([{"start": 0, "label": "PER"}], "is no entity"),
        ([{"start": 0, "end": 3}], "has no type"),
        ([[0, 3, ""]], "the type of 'Ada' is '', expected one word"),
        ([[0, 3, "a person"]], "the type of 'Ada' is 'a person', expected one word"),
        ([[3, 4, "X"]], "no characters but blanks: ' ' at character 3"),
        ([[3, 3, "X"]], "at characters 3 to 2 of a text that has 19"),
        ([[-1, 3, "X"]], "at characters -1 to 2"),
        ([[18, 20, "X"]], "at characters 18 to 19 of a text that has 19"),
    )
    def test_what_is_none_is_refused(self, value, message):
        with self.assertRaisesRegex(ValueError, message):
            found(value)

    def test_they_are_written_as_they_are_read(self):
        value = {
            "PER": {"Ada": [[0, 2]], "李白": [[8, 9]]},
            "LOC": {"Rome": [[14, 17]]},
        }
        self.assertEqual(texts.by_type(texts.entities(value, TEXT), TEXT), value)


class TagTest(parameterized.TestCase):
    def tag(self, value, text=TEXT):
        return texts.tag(texts.entities(value, text), texts.words(text, False))

    def test_words_of_entities(self):
        tagged = self.tag([[8, 10, "PER"], [14, 18, "LOC"]])
        self.assertEqual(tagged.tags, ("O", "O", "B-PER", "I-PER", "O", "B-LOC", "O"))
        self.assertEqual((tagged.num_widened, tagged.num_overlapping), (0, 0))

    def test_entities_that_touch_stay_two(self):
        tagged = self.tag([[8, 9, "PER"], [9, 10, "PER"]])
        self.assertEqual(tagged.tags[2:4], ("B-PER", "B-PER"))

    @parameterized.parameters(([1, 3, "X"],), ([0, 2, "X"],), ([1, 2, "X"],))
    def test_a_part_of_a_word_is_all_of_it_and_counted(self, entity):
        tagged = self.tag([entity])
        self.assertEqual(tagged.tags[:2], ("B-X", "O"))
        self.assertEqual(tagged.num_widened, 1)

    def test_blanks_at_the_ends_are_left_out(self):
        tagged = self.tag([[3, 8, "X"]])
        self.assertEqual(tagged.tags[:3], ("O", "B-X", "O"))
        self.assertEqual(tagged.num_widened, 0)

    def test_of_entities_that_overlap_the_first_and_longest_is_kept(self):
        tagged = self.tag([[8, 9, "B"], [4, 10, "A"], [4, 7, "C"], [14, 18, "D"]])
        self.assertEqual(tagged.tags, ("O", "B-A", "I-A", "I-A", "O", "B-D", "O"))
        self.assertEqual(tagged.num_overlapping, 2)


if __name__ == "__main__":
    absltest.main()

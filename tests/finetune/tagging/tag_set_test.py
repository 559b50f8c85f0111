"""Tests for finetune.tagging.tag_set."""

from absl.testing import absltest, parameterized
import numpy as np

from finetune.tagging import schemes, tag_set
from tests.finetune.tagging import fixtures


class TagSetTest(parameterized.TestCase):
    def test_numbers_are_classes_plus_one(self):
        numbers = fixtures.IOBES.numbers("B-PER I-PER O B-LOC".split())
        classes = fixtures.IOBES.classes
        self.assertEqual(
            [classes[number - 1] for number in numbers],
            ["B-PER", "E-PER", "O", "S-LOC"],
        )

    def test_there_is_nothing_to_learn_of_unknown_types(self):
        self.assertEqual(fixtures.BIO.numbers(["B-ORG", "I-ORG", "O"]), [0, 0, 1])

    def test_legal_says_what_may_follow(self):
        classes, legal = fixtures.IOBES.classes, fixtures.IOBES.legal()
        following = {
            name: {classes[n] for n in np.flatnonzero(row)}
            for name, row in zip(classes, legal)
        }
        starts = {"O", "B-LOC", "S-LOC", "B-PER", "S-PER"}
        for name in ("O", "E-LOC", "S-PER"):
            self.assertEqual(following[name], starts)
        for name in ("B-LOC", "I-LOC"):
            self.assertEqual(following[name], {"I-LOC", "E-LOC"})

    def test_everything_may_follow_a_word_with_a_tag_of_its_own(self):
        tags = tag_set.TagSet(schemes.WORDS, ("DT", "NN"))
        self.assertTrue(tags.legal().all())

    @parameterized.parameters(
        (schemes.IOB1, "iobes", schemes.IOBES),
        (schemes.BMES, "bio", schemes.BIO),
        (schemes.BMES, "as_is", schemes.BMES),
        (schemes.IOB1, "as_is", schemes.IOB1),
        (schemes.WORDS, "iobes", schemes.WORDS),
    )
    def test_what_is_learned(self, of_file, setting, want):
        made = tag_set.make(["b", "a"], of_file, setting)
        self.assertEqual(made, tag_set.TagSet(want, ("a", "b")))

    @parameterized.parameters(*schemes.LETTERED)
    def test_classes_tell_what_was_learned(self, scheme):
        made = tag_set.TagSet(scheme, ("", "GPE.NAM", "a-b"))
        self.assertEqual(tag_set.from_classes(list(made.classes)), made)

    def test_classes_of_words_are_taken_as_they_are(self):
        made = tag_set.from_classes(["O", "B-x"], has_words_scheme=True)
        self.assertEqual(made, tag_set.TagSet(schemes.WORDS, ("O", "B-x")))

    @parameterized.parameters((["entailment", "neutral"],), (["O", "B-A", "E-A"],))
    def test_labels_that_are_no_tags_are_refused(self, labels):
        with self.assertRaisesRegex(ValueError, "not the tags of a tagging task"):
            tag_set.from_classes(labels)


if __name__ == "__main__":
    absltest.main()

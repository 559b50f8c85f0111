"""Tests for finetune.tagging.notations."""

from absl.testing import absltest, parameterized

from finetune.tagging import notations


def rewritten(tags):
    rewrite = notations.rewriting(tags.split())
    return rewrite and " ".join(rewrite(tags.split()))


class SuffixesTest(parameterized.TestCase):
    @parameterized.parameters(
        ("PER-B PER-I O LOC-B", "B-PER I-PER O B-LOC"),
        ("PER_B PER_I O", "B-PER I-PER O"),
        ("a-b-B a-b-M a-b-E a-S", "B-a-b M-a-b E-a-b S-a"),
        ("P-U P-B P-L", "U-P B-P L-P"),
    )
    def test_letters_go_to_the_front(self, tags, want):
        self.assertEqual(rewritten(tags), want)

    @parameterized.parameters(
        "B-PER I-PER O",
        "B_PER",
        "B I O",
        "O O",
        "B-PER-B I-PER-I",
        "S-B S-I",
        "NN VB",
        "",
    )
    def test_other_tags_stay(self, tags):
        self.assertIsNone(rewritten(tags))

    def test_a_file_has_all_letters_in_one_place(self):
        self.assertIsNone(rewritten("PER-B I-PER"))


class BracketsTest(parameterized.TestCase):
    @parameterized.parameters(
        ("(PER* *) * * (LOC)", "B-PER I-PER O O B-LOC"),
        ("(A*) (A* * *)", "B-A B-A I-A I-A"),
        ("* *", "O O"),
        ("(a-b)", "B-a-b"),
    )
    def test_they_become_bio(self, tags, want):
        self.assertEqual(rewritten(tags), want)

    @parameterized.parameters("( )", "(PER* O", "* x", "(A(B* *))")
    def test_other_tags_stay(self, tags):
        self.assertIsNone(rewritten(tags))

    @parameterized.parameters(
        ("* *)", r"no open brackets before the '\*\)' of word 2"),
        ("(A* (B*", r"open brackets before the '\(B\*' of word 2; entities in"),
        ("* (A* *", "the bracket of 'A' is never closed"),
    )
    def test_brackets_that_do_not_belong_together_are_refused(self, tags, message):
        with self.assertRaisesRegex(ValueError, message):
            rewritten(tags)


if __name__ == "__main__":
    absltest.main()

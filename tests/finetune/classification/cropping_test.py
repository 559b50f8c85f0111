"""Tests for finetune.classification.cropping."""

from absl.testing import absltest, parameterized

from finetune.classification import cropping

TEXT = "abcdefghijklmnopqrst"
PARTS = ((5, 7), (13, 15))  # "fg" and "no"


class Letters:
    """A letter is a token: itself."""

    def encode_batch(self, texts):
        return [list(text) for text in texts]


def around(most, spans=PARTS, text=TEXT):
    return "".join(cropping.around(text, spans, Letters(), most))


class AroundTest(parameterized.TestCase):
    @parameterized.parameters(
        (20, TEXT),
        (19, "abcdefghijlmnopqrst"),  # What is between the parts is longest.
        (18, "abcdefghijlmnopqrs"),
        (10, "defghmnopq"),
        (7, "efghnop"),
        (6, "efghno"),
        (4, "fgno"),
        (3, "fgn"),  # Nothing but the parts is left to cut.
        (0, ""),
    )
    def test_the_longest_of_the_rest_is_cut(self, most, want):
        self.assertEqual(around(most), want)

    def test_both_ends_of_what_is_between_are_kept(self):
        self.assertEqual(around(4, spans=((0, 1), (19, 20))), "abst")

    def test_parts_may_be_at_the_ends(self):
        self.assertEqual(around(3, spans=((0, 2),)), "abc")
        self.assertEqual(around(3, spans=((18, 20),)), "rst")

    def test_all_may_have_to_stay(self):
        self.assertEqual(around(3, spans=((0, 20),)), "abc")

    @parameterized.parameters(*range(21))
    def test_nothing_is_longer_than_asked(self, most):
        self.assertLen(around(most), most)


if __name__ == "__main__":
    absltest.main()

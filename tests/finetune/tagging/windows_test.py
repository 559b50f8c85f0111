"""Tests for finetune.tagging.windows."""

from absl.testing import absltest, parameterized
import numpy as np

from finetune.tagging import windows


def asked(found):
    """Returns the words that windows ask about, in order."""
    return [word for each in found for word in range(each.own_start, each.own_end)]


class WindowsTest(parameterized.TestCase):
    def test_what_fits_is_one_window(self):
        self.assertEqual(windows.cover([3, 3, 4], 10, 2), [windows.Window(0, 3, 0, 3)])

    def test_neighbours_share_words(self):
        found = windows.cover([1] * 20, 10, 4)
        self.assertEqual([each[:2] for each in found], [(0, 10), (6, 16), (12, 20)])

    def test_a_word_belongs_to_where_the_nearest_cut_is_farthest(self):
        found = windows.cover([1] * 16, 10, 4)
        # Words 6 to 9 are in both; 7 is two words away from either cut.
        self.assertEqual(
            found, [windows.Window(0, 10, 0, 8), windows.Window(6, 16, 8, 16)]
        )

    def test_the_ends_of_a_sentence_are_no_cuts(self):
        # The last word ends the sentence: all four shared words look better there,
        # but for the one that starts the window.
        found = windows.cover([1] * 11, 10, 4)
        self.assertEqual(
            found, [windows.Window(0, 10, 0, 8), windows.Window(6, 11, 8, 11)]
        )

    def test_sizes_count(self):
        found = windows.cover([6, 4, 6, 4], 10, 0)
        self.assertEqual([each[:2] for each in found], [(0, 2), (2, 4)])

    def test_less_is_shared_where_the_next_word_would_not_fit(self):
        found = windows.cover([1] * 8 + [9], 10, 4)
        self.assertEqual([each[:2] for each in found], [(0, 8), (7, 9)])

    def test_nothing_is_shared_with_a_word_as_long_as_a_window(self):
        found = windows.cover([1, 10, 1], 10, 4)
        self.assertEqual([each[:2] for each in found], [(0, 1), (1, 2), (2, 3)])

    def test_no_more_than_half_a_window_is_shared(self):
        found = windows.cover([1] * 100, 10, 50)
        self.assertEqual([each[0] for each in found], list(range(0, 95, 5)))

    @parameterized.parameters(0, 1, 3, 32)
    def test_every_word_is_asked_about_once(self, stride):
        random = np.random.RandomState(stride)
        for _ in range(100):
            budget = random.randint(2, 12)
            sizes = random.randint(1, budget + 1, size=random.randint(1, 60))
            found = windows.cover(sizes.tolist(), budget, stride)
            self.assertEqual(asked(found), list(range(len(sizes))))
            for each in found:
                self.assertLessEqual(sizes[each.start : each.end].sum(), budget)
                self.assertBetween(each.own_start, each.start, each.end)
                self.assertBetween(each.own_end, each.start, each.end)


if __name__ == "__main__":
    absltest.main()

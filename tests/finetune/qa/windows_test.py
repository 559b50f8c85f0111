"""Tests for finetune.qa.windows."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.qa import windows


class WindowsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (5, 10, 3, [(0, 5)]),
        (10, 10, 3, [(0, 10)]),
        (11, 10, 3, [(0, 10), (3, 11)]),
        (10, 4, 2, [(0, 4), (2, 6), (4, 8), (6, 10)]),
        (9, 4, 3, [(0, 4), (3, 7), (6, 9)]),
        (0, 4, 2, [(0, 0)]),
    )
    def test_cut(self, num_tokens, size, stride, expected):
        self.assertEqual(
            [tuple(window) for window in windows.cut(num_tokens, size, stride)],
            expected,
        )

    def test_a_long_stride_leaves_no_token_out(self):
        self.assertEqual(windows.cut(7, 3, 100), [(0, 3), (3, 6), (6, 7)])

    def test_smallest_windows_end(self):
        self.assertEqual(windows.cut(3, 1, 1), [(0, 1), (1, 2), (2, 3)])

    def test_best_view_is_the_one_with_most_on_the_smaller_side(self):
        # Windows 0-4, 2-6: token 2 has 1 to its right in the first, 0 to its left in
        # the second; token 3 has 0 and 1.
        views = windows.best_views(windows.cut(6, 4, 2), 6)
        self.assertEqual(views.tolist(), [0, 0, 0, 1, 1, 1])

    def test_of_equal_views_the_first(self):
        # Token 2 is the last of one window and the first of the next.
        views = windows.best_views([windows.Window(0, 3), windows.Window(2, 5)], 5)
        self.assertEqual(views.tolist(), [0, 0, 0, 1, 1])

    def test_a_larger_window_wins_over_one_that_is_as_good_at_the_side(self):
        views = windows.best_views([windows.Window(0, 3), windows.Window(2, 6)], 6)
        self.assertEqual(views.tolist(), [0, 0, 1, 1, 1, 1])

    def test_views_agree_with_a_count_by_hand(self):
        parts = windows.cut(57, 13, 5)
        expected = []
        for token in range(57):
            scores = [
                min(token - start, end - 1 - token) + 0.01 * (end - start)
                if start <= token < end
                else -1
                for start, end in parts
            ]
            expected.append(scores.index(max(scores)))
        self.assertEqual(windows.best_views(parts, 57).tolist(), expected)


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.mask_units."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import mask_units

YES, NO = True, False


class UnitsTest(tf.test.TestCase):
    def test_words_start_where_nothing_goes_on(self):
        candidates = tf.constant([[NO, YES, YES, YES, YES, NO, YES, NO]])
        continues = tf.constant([[NO, NO, YES, YES, NO, NO, YES, NO]])
        with self.session():
            numbers = mask_units.words(candidates, continues).eval()[0]
        # The third word cannot go on with one before the [SEP].
        self.assertAllEqual(numbers[[1, 2, 3, 4, 6]], [0, 0, 0, 1, 2])

    def test_spans_follow_one_another_and_end_at_special_tokens(self):
        candidates = tf.constant([[NO] + [YES] * 5 + [NO] + [YES] * 3])
        lengths = tf.constant([[3, 2, 4, 1, 1, 1, 1, 1, 1, 1]])
        with self.session():
            numbers = mask_units.spans(candidates, lengths).eval()[0]
        #   spans:  0 0 0 1 1 2 2 2 2 3, cut at place 6
        self.assertAllEqual(numbers[1:6], [0, 0, 1, 1, 2])
        self.assertAllEqual(numbers[7:], [3, 3, 4])


class SpanLengthsTest(tf.test.TestCase, parameterized.TestCase):
    def lengths(self, prob, max_length):
        uniform = (np.arange(200000) + 0.5) / 200000
        with self.session():
            return mask_units.span_lengths(
                tf.constant(uniform, tf.float32), prob, max_length
            ).eval()

    def test_follow_the_geometric_distribution(self):
        lengths = self.lengths(0.2, 10)
        shares = np.bincount(lengths, minlength=11)[1:] / len(lengths)
        expected = [
            *[0.2241, 0.1792, 0.1434, 0.1147, 0.0918],
            *[0.0734, 0.0587, 0.0470, 0.0376, 0.0301],
        ]
        self.assertAllClose(shares, expected, atol=1e-4)
        self.assertAllClose(lengths.mean(), 3.797, atol=1e-3)

    @parameterized.parameters((1.0, 10), (0.2, 1))
    def test_may_all_be_one(self, prob, max_length):
        self.assertAllEqual(np.unique(self.lengths(prob, max_length)), [1])


class DrawUnitsTest(tf.test.TestCase):
    def draw(self, numbers, wanted, keys, num_slots=6):
        numbers = np.array([numbers], np.int32)
        with self.session() as session:
            positions, is_chosen = session.run(
                mask_units.draw_units(
                    tf.constant(numbers),
                    tf.constant(numbers >= 0) & True,
                    tf.constant([wanted]),
                    num_slots,
                    tf.constant([list(keys)], tf.float32),
                )
            )
        return sorted(positions[is_chosen])

    def test_highest_keys_come_first_and_whole(self):
        chosen = self.draw([0, 0, 1, 2, 2, 2], 3, [0.5, 0.6, 0.9, 0, 0, 0])
        self.assertEqual(chosen, [3, 4, 5])
        chosen = self.draw([0, 0, 1, 2, 2, 2], 3, [0.5, 0.9, 0.1, 0, 0, 0])
        self.assertEqual(chosen, [0, 1, 2])

    def test_unit_too_large_for_the_rest_is_skipped(self):
        # Unit 0 leaves room for two tokens: 1 does not fit, 2 and 3 do.
        keys = [0.9, 0.8, 0.7, 0.6, 0, 0, 0]
        self.assertEqual(self.draw([0, 1, 1, 1, 2, 3, 3], 3, keys), [0, 4])
        self.assertEqual(self.draw([0, 1, 1, 1, 2, 3, 3], 4, keys), [0, 1, 2, 3])
        self.assertEqual(self.draw([0, 1, 1, 1, 3, 3, 3], 1, keys), [0])

    def test_nothing_fits(self):
        self.assertEqual(self.draw([0, 0, 1, 1, 1, 1], 1, [0.1] * 6), [])

    def test_equals_the_rule_one_unit_at_a_time(self):
        random = np.random.RandomState(0)
        for _ in range(20):
            numbers = np.cumsum(random.rand(30) < 0.4)
            keys = random.rand(30)
            wanted = random.randint(1, 8)
            expected, room = [], wanted
            units = sorted(set(numbers), key=lambda unit: -keys[unit])
            for unit in units:
                tokens = np.flatnonzero(numbers == unit)
                if len(tokens) <= room:
                    expected += list(tokens)
                    room -= len(tokens)
            actual = self.draw(numbers, wanted, keys, num_slots=8)
            # Where more than ROUNDS units are too large, the rest is not looked at.
            self.assertContainsSubset(actual, expected)
            self.assertGreaterEqual(len(actual), len(expected) - 1)


if __name__ == "__main__":
    tf.test.main()

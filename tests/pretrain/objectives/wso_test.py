"""Tests for pretrain.objectives.wso."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import masking
from pretrain.objectives import mlm, wso
from tests.testing import objective as testing

SETTINGS = wso.WordOrderSettings
LENGTHS = [12, 12, 9, 6, 4, 2, 0] * 30


def shuffle(seed=1, lengths=LENGTHS, **changes):
    """Masks and then shuffles.

    Returns:
      features, mlm's choice, wso's choice, ids shown; arrays.
    """
    settings = testing.tiny_settings(mask_prob=0.15, **changes)
    features = testing.batch(lengths)

    def make():
        view = testing.view_of(features, settings.masking)
        view, masked = mlm.Mlm(settings, testing.TOKENS).corrupt(view, None)
        view, moved = wso.WordOrder(settings, testing.TOKENS).corrupt(view, None)
        return masked, without_coins(moved), view.inputs.ids

    return (features,) + tuple(testing.run_with_seed(make, seed))


def without_coins(choice):
    """Shuffling draws no coins; a session cannot fetch None."""
    return choice._replace(coins=tf.zeros([]))


def runs_of(choice, row):
    """Returns the positions of each chosen run of a row, [number of runs, 3]."""
    return choice.positions[row][choice.weights[row] > 0].reshape(-1, 3)


class WordOrderTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(wso.DISJOINT_TRIGRAMS, wso.TRIGRAM_STARTS)
    def test_runs_are_of_untouched_words_and_apart(self, shuffle_unit):
        features, masked, moved, _ = shuffle(
            shuffle_unit=shuffle_unit, shuffle_prob=0.3
        )
        num_runs = 0
        for row, length in enumerate(LENGTHS):
            hidden = masked.positions[row][masked.weights[row] > 0]
            runs = runs_of(moved, row)
            num_runs += len(runs)
            self.assertLen(set(runs.ravel()), runs.size)
            self.assertNoCommonElements(runs.ravel(), hidden)
            self.assertNoCommonElements(runs.ravel(), [0, length - 1])
            self.assertTrue(np.all(runs < length))
            self.assertAllEqual(np.diff(runs, axis=1), np.ones([len(runs), 2]))
        self.assertGreater(num_runs, 60)

    def test_tokens_of_a_run_stay_in_it_and_labels_are_the_original(self):
        features, _, moved, shown = shuffle(shuffle_prob=0.3)
        same = total = 0
        for row in range(len(LENGTHS)):
            ids = features["input_ids"][row]
            labels = moved.labels[row][moved.weights[row] > 0].reshape(-1, 3)
            for run, wanted in zip(runs_of(moved, row), labels):
                self.assertAllEqual(ids[run], wanted)
                self.assertAllEqual(sorted(shown[row][run]), sorted(wanted))
                same += np.array_equal(shown[row][run], wanted)
                total += 1
        self.assertAllClose(same / total, 1 / 6, atol=0.12)  # The order may stay.

    def test_all_else_is_as_masking_left_it(self):
        features, masked, moved, shown = shuffle()
        changed = shown != features["input_ids"]
        for row in range(len(LENGTHS)):
            allowed = np.zeros(testing.LENGTH, bool)
            allowed[masked.positions[row][masked.weights[row] > 0]] = True
            allowed[runs_of(moved, row).ravel()] = True
            self.assertFalse(np.any(changed[row] & ~allowed))

    def test_without_it_masking_is_the_same_bit_for_bit(self):
        settings = testing.tiny_settings(mask_prob=0.15)
        _, masked, _, _ = shuffle()

        def make():
            view = testing.view_of(testing.batch(LENGTHS), settings.masking)
            return mlm.Mlm(settings, testing.TOKENS).corrupt(view, None)[1]

        alone = testing.run_with_seed(make, 1)
        self.assertAllEqual(masked.positions, alone.positions)
        self.assertAllEqual(masked.coins, alone.coins)

    @parameterized.parameters(
        # 126 words less 19 masked ones are 107; 5 % of them are 5.35, in 2 runs.
        (wso.DISJOINT_TRIGRAMS, 2),
        (wso.TRIGRAM_STARTS, 6),  # round(6.4)
    )
    def test_number_of_runs_follows_each_reading(self, shuffle_unit, expected):
        settings = testing.tiny_settings(mask_prob=0.15, shuffle_unit=shuffle_unit)
        ids = np.full([50, 128], 7, np.int32)
        ids[:, 0], ids[:, -1] = testing.TOKENS.cls_id, testing.TOKENS.sep_id
        ones = np.ones_like(ids)
        features = dict(input_ids=ids, input_mask=ones, segment_ids=ones)

        def make():
            view = testing.view_of(features, settings.masking)
            view, _ = mlm.Mlm(settings, testing.TOKENS).corrupt(view, None)
            choice, _ = wso.WordOrder(settings, testing.TOKENS).choose(view)
            return without_coins(choice)

        choice = testing.run_with_seed(make, 1)
        self.assertAllEqual(choice.weights.sum(1), [3 * expected] * 50)

    def test_order_is_applied_as_the_paper_shows_it(self):
        # The input shows (t3, t4, t2) where (t2, t3, t4) stood and is to be named.
        view = testing.view_of(testing.batch([6]), masking.MaskingSettings())
        made = wso.WordOrder(testing.tiny_settings(), testing.TOKENS)
        with tf.test.mock.patch.object(
            masking, "uniform", lambda view, shape, name: tf.constant([[0.9, 0.1, 0.5]])
        ):
            order = made._orders(view, tf.constant([[[2, 3, 4]]]))
        with self.session():
            self.assertAllEqual(order.eval(), [[[3, 4, 2]]])

    def test_a_length_without_room_is_refused(self):
        made = wso.WordOrder(testing.tiny_settings(shuffle_length=20), testing.TOKENS)
        with self.assertRaisesRegex(ValueError, r"\(20\) must be at most .* \(12\)"):
            made.check(testing.tiny_encoder(), 12)


if __name__ == "__main__":
    tf.test.main()

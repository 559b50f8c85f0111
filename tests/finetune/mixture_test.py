"""Tests for finetune.mixture."""

from absl.testing import absltest, parameterized
import numpy as np

from finetune import mixture


def settings(**values):
    return mixture.MixtureSettings(**values)


class SharesTest(parameterized.TestCase):
    @parameterized.parameters(
        ("proportional", [0.9, 0.1]),
        ("temperature", [0.75, 0.25]),  # Square roots: 3 to 1.
        ("equal", [0.5, 0.5]),
    )
    def test_shares_of_900_and_100_examples(self, mixing, expected):
        found = mixture.shares([900, 100], settings(mixing=mixing))
        np.testing.assert_allclose(found, expected)

    def test_temperature_of_one_is_proportional(self):
        found = mixture.shares(
            [30, 10], settings(mixing="temperature", mixing_temperature=1.0)
        )
        np.testing.assert_allclose(found, [0.75, 0.25])

    def test_temperature_below_one_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'mixing_temperature' must be at"):
            settings(mixing_temperature=0.5)


class OrderTest(absltest.TestCase):
    def test_every_epoch_has_each_tasks_share(self):
        order = mixture.order([6, 4], [0.6, 0.4], 25, seed=1)
        self.assertLen(order, 25)
        for start in (0, 10):
            counts = np.bincount(order[start : start + 10])
            self.assertEqual(counts.tolist(), [6, 4])

    def test_parts_of_examples_go_to_the_largest_remainders(self):
        order = mixture.order([5, 2], [1 / 3, 2 / 3], 7, seed=1)
        self.assertEqual(np.bincount(order).tolist(), [2, 5])

    def test_order_is_a_function_of_the_seed_and_the_epoch(self):
        order = mixture.order([20, 20], [0.5, 0.5], 80, seed=1)
        np.testing.assert_array_equal(
            order, mixture.order([20, 20], [0.5, 0.5], 80, seed=1)
        )
        self.assertNotEqual(order[:40].tolist(), order[40:].tolist())
        other = mixture.order([20, 20], [0.5, 0.5], 80, seed=2)
        self.assertNotEqual(order.tolist(), other.tolist())

    def test_longer_training_begins_like_a_shorter_one(self):
        short = mixture.order([6, 4], [0.6, 0.4], 7, seed=1)
        long = mixture.order([6, 4], [0.6, 0.4], 25, seed=1)
        np.testing.assert_array_equal(short, long[:7])


if __name__ == "__main__":
    absltest.main()

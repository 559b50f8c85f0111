"""Tests for util.seeds."""

import tensorflow.compat.v1 as tf

from util import seeds


class SeedsTest(tf.test.TestCase):
    def test_streams_of_one_seed_and_name_are_equal(self):
        first, second = (seeds.python_random(1, "shard", 3) for _ in range(2))
        self.assertEqual(first.random(), second.random())
        draws = [seeds.numpy_random(1, "shard", 3).rand(4) for _ in range(2)]
        self.assertAllEqual(*draws)

    def test_seed_and_every_name_count(self):
        names = [("a",), ("b",), ("a", 0), ("a", 1), ("a", "1")]
        for draw in (
            lambda seed, *names: seeds.python_random(seed, *names).random(),
            lambda seed, *names: seeds.numpy_random(seed, *names).rand(),
        ):
            numbers = {draw(seed, *place) for seed in (1, 2) for place in names}
            self.assertLen(numbers, 10)

    def test_numbers_stay_what_they_are(self):
        self.assertAlmostEqual(
            seeds.python_random(1, "shard", 3).random(), 0.8816403904013479
        )
        self.assertAlmostEqual(
            seeds.numpy_random(1, "shard", 3).rand(), 0.15888668044717325
        )


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.randomness."""

import zlib

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from util import fusion, randomness


def seed_of(name="dropout", scope="encoder", seed=1, step=None, key=None):
    """Returns the seed at a place as two numbers."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(seed)
        if step is not None:
            tf.train.get_or_create_global_step().load(step, session)
        with tf.variable_scope(scope):
            if key is None:
                return tuple(session.run(randomness.seed_pair(name)))
            with randomness.keyed_by(tf.constant(key)):
                return tuple(session.run(randomness.seed_pair(name)))


class SeedPairTest(tf.test.TestCase):
    def test_the_same_place_gives_the_same_seed(self):
        self.assertEqual(seed_of(), seed_of())

    def test_name_scope_and_graph_seed_all_count(self):
        seeds = {
            seed_of(),
            seed_of(name="attention"),
            seed_of(scope="generator"),
            seed_of(seed=2),
            seed_of(seed=None),
        }
        self.assertLen(seeds, 5)

    def test_the_step_counts(self):
        self.assertEqual(seed_of(step=7)[1], 7)
        self.assertEqual(seed_of(step=7)[0], seed_of(step=8)[0])

    def test_without_a_global_step_it_is_0(self):
        self.assertEqual(seed_of()[1], 0)

    def test_a_key_stands_for_the_step(self):
        self.assertEqual(seed_of(step=7, key=3), seed_of(step=8, key=3))
        self.assertEqual(seed_of(step=7, key=3)[1], 3)

    def test_keys_nest_and_end_with_their_block(self):
        with tf.Graph().as_default(), tf.Session() as session:
            with randomness.keyed_by(tf.constant(1)):
                with randomness.keyed_by(tf.constant(2, tf.int64)):
                    inner = randomness.seed_pair("a")
                outer = randomness.seed_pair("a")
            after = randomness.seed_pair("a")
            steps = [pair[1] for pair in session.run([inner, outer, after])]
        self.assertEqual(steps, [2, 1, 0])

    def test_a_key_ends_with_its_block_even_after_an_error(self):
        with tf.Graph().as_default():
            with self.assertRaises(KeyError):
                with randomness.keyed_by(tf.constant(1)):
                    raise KeyError("anything")
            with tf.Session() as session:
                self.assertEqual(session.run(randomness.seed_pair("a"))[1], 0)

    def test_replicas_draw_differently(self):
        two_devices = tf.ConfigProto(device_count={"CPU": 2})
        with tf.Graph().as_default(), tf.Session(config=two_devices) as session:
            strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
            with strategy.scope():
                run = getattr(strategy, "run", None) or strategy.experimental_run_v2
                pairs = run(lambda: randomness.seed_pair("dropout"))
            first, second = session.run(strategy.experimental_local_results(pairs))
        self.assertEqual(second[0], first[0] + 1)


class RandomBitsTest(tf.test.TestCase, parameterized.TestCase):
    def bits(self, shape, name="dropout", step=0, is_fused=True, seed=1):
        """Returns the bits as unsigned numbers, in one row."""
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(seed)
            if is_fused:
                fusion.enable()
            with randomness.keyed_by(tf.constant(step)):
                bits = randomness.random_bits(shape, name)
            self.assertEqual(bits.shape.as_list(), list(shape))
            return session.run(bits).reshape([-1]).view(np.uint32)

    @parameterized.parameters(True, False)
    def test_every_bit_is_set_half_of_the_time(self, is_fused):
        bits = self.bits([1, 50, 1000], is_fused=is_fused)
        for place in range(32):
            self.assertAllClose((bits >> place & 1).mean(), 0.5, atol=0.02)

    def test_neighbours_are_independent(self):
        bits = self.bits([1, 50, 1000]).astype(np.float64)
        for distance in (1, 2, 1000):
            correlation = np.corrcoef(bits[:-distance], bits[distance:])[0, 1]
            self.assertAllClose(correlation, 0.0, atol=0.03)

    def test_seed_name_and_step_give_other_bits(self):
        first = self.bits([20000]).astype(np.float64)
        self.assertAllEqual(first, self.bits([20000]))
        for other in (dict(seed=2), dict(name="other"), dict(step=1)):
            bits = self.bits([20000], **other)
            correlation = np.corrcoef(first, bits.astype(np.float64))[0, 1]
            self.assertAllClose(correlation, 0.0, atol=0.03)

    def test_shape_does_not_matter(self):
        self.assertAllEqual(self.bits([6]), self.bits([1, 2, 3]))

    def test_bits_are_murmur_hashes(self):
        def murmur(bits):
            for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
                bits = (bits ^ bits >> shift) * factor % 2**32
            return bits ^ bits >> 16

        place = zlib.crc32(repr((1, "", "dropout")).encode("utf-8")) & 0x3FFFFFFF
        place = murmur(place)
        key = murmur((7 + murmur(place)) % 2**32)
        expected = [murmur(murmur((i + place) % 2**32) ^ key) for i in range(5)]
        self.assertAllEqual(self.bits([5], step=7), expected)


if __name__ == "__main__":
    tf.test.main()

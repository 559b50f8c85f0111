"""Tests for util.wire."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from util import wire


def encode(values):
    entries = wire.feature_entries("x", np.asarray(values)[None])
    return wire.example(entries)


def by_protobuf(values):
    values = np.asarray(values)
    if values.dtype.kind == "f":
        feature = tf.train.Feature(float_list=tf.train.FloatList(value=values))
    else:
        feature = tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    features = tf.train.Features(feature={"x": feature})
    return tf.train.Example(features=features).SerializeToString()


class WireTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.named_parameters(
        ("zero", [0]),
        ("one_byte", [0, 1, 127]),
        ("edges_of_two_bytes", [127, 128, 16383]),
        ("edges_of_three_bytes", [16383, 16384, 131071]),
        ("beyond_the_table", [131071, 131072, 2**31 - 1]),
        ("negative", [-1, 5, -(2**31)]),
        ("long", list(range(0, 60000, 7))),
    )
    def test_integers_are_encoded_as_protobuf_does(self, values):
        values = np.array(values, np.int64)
        self.assertEqual(encode(values), by_protobuf(values))

    def test_no_integers_are_encoded_as_protobuf_does(self):
        values = np.array([], np.int64)
        self.assertEqual(encode(values), by_protobuf(values))

    def test_floats_are_encoded_as_protobuf_does(self):
        values = np.array([0.0, -1.5, 3e38, 1e-40], "<f4")
        self.assertEqual(encode(values), by_protobuf(values))

    def test_rows_of_different_size_in_bytes_are_kept_apart(self):
        rows = np.array([[1, 2], [300, 70000], [5, 128]])
        entries = wire.feature_entries("x", rows)
        for row, entry in zip(rows, entries):
            self.assertEqual(wire.example([entry]), by_protobuf(row))

    @parameterized.parameters(2**31, -(2**31) - 1)
    def test_more_than_32_bits_are_refused(self, number):
        with self.assertRaisesRegex(ValueError, "'x' holds .* expected 32-bit"):
            wire.feature_entries("x", np.array([[number]]))


if __name__ == "__main__":
    tf.test.main()

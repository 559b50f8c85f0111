"""Tests for util.parsing."""

import numpy as np
import tensorflow.compat.v1 as tf

from util import parsing, records

IDS = records.FeatureSpec("ids", (3,), "int")
WEIGHT = records.FeatureSpec("weight", (), "float")
LABEL = records.FeatureSpec("label", (2,), "int", -1)
EXAMPLE = {"ids": [1, 300, 70000], "weight": 0.5, "label": np.array([0, -7])}


class ParseTest(tf.test.TestCase):
    def test_what_was_written_is_read(self):
        messages = [records.serialize(EXAMPLE, [IDS, WEIGHT, LABEL])] * 2
        with self.session() as session:
            parsed = parsing.parse_batch(tf.constant(messages), [IDS, WEIGHT, LABEL])
            self.assertEqual(parsed["ids"].dtype, tf.int32)
            values = session.run(parsed)
        self.assertAllEqual(values["ids"], [EXAMPLE["ids"]] * 2)
        self.assertAllEqual(values["label"], [EXAMPLE["label"]] * 2)
        self.assertAllClose(values["weight"], [0.5, 0.5])

    def test_default_fills_in_for_a_missing_feature(self):
        message = records.serialize({"ids": [1, 2, 3]}, [IDS, LABEL])
        with self.session() as session:
            parsed = parsing.parse_batch(tf.constant([message]), [IDS, LABEL])
            self.assertAllEqual(session.run(parsed)["label"], [[-1, -1]])

    def test_original_specification_reads_it(self):
        message = records.serialize({"ids": [1, 2, 3]}, [IDS])
        wanted = {"ids": tf.FixedLenFeature([3], tf.int64)}
        with self.session() as session:
            parsed = session.run(tf.parse_single_example(message, wanted))
        self.assertAllEqual(parsed["ids"], [1, 2, 3])


class DecodeTest(tf.test.TestCase):
    def test_numbers_come_back_by_name(self):
        decoded = parsing.decode(records.serialize(EXAMPLE, [IDS, WEIGHT, LABEL]))
        sizes = {name: len(values) for name, values in decoded.items()}
        self.assertEqual(sizes, {"ids": 3, "weight": 1, "label": 2})
        self.assertEqual(decoded["ids"], list(EXAMPLE["ids"]))

    def test_bytes_that_are_no_example_are_refused(self):
        with self.assertRaisesRegex(ValueError, "Not a tf.Example"):
            parsing.decode(b"\xff\xff\xff")


if __name__ == "__main__":
    tf.test.main()

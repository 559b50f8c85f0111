"""Tests for util.records."""

import os
import struct
import tempfile
import time

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from util import parsing, records

IDS = records.FeatureSpec("ids", (3,), "int")
WEIGHT = records.FeatureSpec("weight", (), "float")
LABEL = records.FeatureSpec("label", (2,), "int", -1)
EXAMPLE = {"ids": [1, 300, 70000], "weight": 0.5, "label": np.array([0, -7])}


def by_protobuf(ids):
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=list(ids)))
    features = {name: feature for name in ("a", "b", "c")}
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString()


class SerializeTest(tf.test.TestCase, parameterized.TestCase):
    def test_message_is_what_protobuf_writes(self):
        message = records.serialize(EXAMPLE, [WEIGHT, IDS, LABEL])
        parsed = tf.train.Example.FromString(message)
        self.assertEqual(parsed.SerializeToString(deterministic=True), message)
        features = parsed.features.feature
        self.assertEqual(list(features["ids"].int64_list.value), [1, 300, 70000])
        self.assertEqual(list(features["label"].int64_list.value), [0, -7])
        self.assertEqual(list(features["weight"].float_list.value), [0.5])

    def test_batch_is_its_examples(self):
        batch = {"ids": np.arange(12).reshape(4, 3) * 999, "weight": np.arange(4.0)}
        one_by_one = [
            records.serialize({k: v[i] for k, v in batch.items()}, [IDS, WEIGHT])
            for i in range(4)
        ]
        self.assertEqual(records.serialize_batch(batch, [IDS, WEIGHT]), one_by_one)

    def test_feature_with_default_may_be_missing(self):
        message = records.serialize({"ids": [1, 2, 3]}, [IDS, LABEL])
        self.assertEqual(parsing.decode(message), {"ids": [1, 2, 3]})

    @parameterized.named_parameters(
        ("missing", {"weight": 1.0}, "features .'weight'., expected .'ids', 'weight'"),
        ("unknown", dict(ids=[1, 2, 3], weight=1.0, extra=1), "'extra', 'ids'"),
        ("short", dict(ids=[1, 2], weight=1.0), r"'ids' has shape \(2,\).*\(3,\)"),
        ("deep", dict(ids=[[1, 2, 3]], weight=1.0), r"'ids' has shape \(1, 3\)"),
        ("scalar", dict(ids=[1, 2, 3], weight=[1.0]), r"'weight' has shape \(1,\)"),
        ("fraction", dict(ids=[1, 2, 2.5], weight=1.0), "'ids' .*float64.* whole"),
        ("text", dict(ids=["1", "2", "3"], weight=1.0), "'ids' holds values of type"),
        ("large", dict(ids=[1, 2, 2**31], weight=1.0), "'ids' .*2147483648.*32-bit"),
    )
    def test_what_does_not_fit_is_refused(self, example, message):
        with self.assertRaisesRegex(ValueError, message):
            records.serialize(example, [IDS, WEIGHT])

    def test_ragged_batch_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'ids' .* of one shape"):
            records.serialize_batch({"ids": [[1, 2, 3], [1]]}, [IDS])

    def test_unknown_type_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'x' has type 'text'; .*\"int\" or"):
            records.serialize({"x": 1}, [records.FeatureSpec("x", (), "text")])

    def test_batches_are_faster_than_protobuf(self):
        ids = np.random.RandomState(0).randint(0, 30522, [512, 128])
        specs = [records.FeatureSpec(name, (128,)) for name in ("a", "b", "c")]

        def seconds(function):
            times = []
            for _ in range(3):
                start = time.process_time()
                function()
                times.append(time.process_time() - start)
            return min(times)

        batch = {spec.name: ids for spec in specs}
        ours = seconds(lambda: records.serialize_batch(batch, specs))
        theirs = seconds(lambda: [by_protobuf(row) for row in ids])
        self.assertLess(ours, theirs)


class FileTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.path = os.path.join(folder, "x.tfrecord")

    def test_tensorflow_reads_what_is_written(self):
        written = [b"one", b"", bytes(range(256)) * 300]
        records.write(self.path, written)
        self.assertEqual(list(tf.io.tf_record_iterator(self.path)), written)

    def test_what_tensorflow_writes_is_read(self):
        written = [b"one", b"", bytes(range(256)) * 300]
        with tf.io.TFRecordWriter(self.path) as writer:
            for record in written:
                writer.write(record)
        self.assertEqual(list(records.read(self.path)), written)

    def test_records_come_back_in_order(self):
        self.assertEqual(records.write(self.path, [b"one", b"", b"three"]), 3)
        self.assertEqual(list(records.read(self.path)), [b"one", b"", b"three"])
        self.assertEqual(records.verify(self.path), 3)

    def test_failure_leaves_neither_file_nor_temporary_file(self):
        def failing():
            yield b"one"
            raise ValueError("no more")

        with self.assertRaisesRegex(ValueError, "no more"):
            records.write(self.path, failing())
        self.assertEqual(os.listdir(os.path.dirname(self.path)), [])

    def test_failure_keeps_the_file_that_was_there(self):
        records.write(self.path, [b"old"])
        with self.assertRaises(ZeroDivisionError):
            records.write(self.path, (bytes(1 // 0) for _ in range(1)))
        self.assertEqual(list(records.read(self.path)), [b"old"])

    def test_folder_that_is_not_there_is_one_clear_error(self):
        path = os.path.join(self.path, "deeper", "x")
        with self.assertRaisesRegex(OSError, "Cannot write .*deeper"):
            records.write(path, [b"one"])

    def test_damaged_record_is_named(self):
        records.write(self.path, [b"a" * 50, b"b" * 50, b"c" * 50])
        with open(self.path, "r+b") as stream:
            stream.seek(66 + 20)  # A record has 16 bytes of framing.
            stream.write(b"X")
        with self.assertRaisesRegex(ValueError, "x.tfrecord: record 1 is damaged"):
            records.verify(self.path)

    def test_damaged_length_is_found_before_it_is_believed(self):
        records.write(self.path, [b"a" * 50])
        with open(self.path, "r+b") as stream:
            stream.write(struct.pack("<Q", 1 << 60))
        with self.assertRaisesRegex(ValueError, "x.tfrecord: record 0 is damaged"):
            records.verify(self.path)

    @parameterized.parameters(66 + 5, 66 + 12, 66 + 30, 131)
    def test_truncated_file_is_refused(self, size):
        records.write(self.path, [b"a" * 50, b"b" * 50])
        with open(self.path, "r+b") as stream:
            stream.truncate(size)
        with self.assertRaisesRegex(ValueError, "x.tfrecord: record 1 is cut off"):
            records.verify(self.path)

    def test_missing_file_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "x.tfrecord does not exist"):
            records.verify(self.path)


if __name__ == "__main__":
    tf.test.main()

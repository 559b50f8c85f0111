"""Tests for pretrain.inputs."""

import os
from typing import List

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import inputs
from pretrain import shards as shards_lib
from tests.testing import pretraining as testing
from util import records

SPECS = [records.FeatureSpec("input_ids", (2,))]


class InputsTestCase(tf.test.TestCase):
    def write(self, sizes):
        """Writes one file per size; their examples count up from 0."""
        written, number = [], 0
        for index, size in enumerate(sizes):
            path = os.path.join(self.get_temp_dir(), "shard-%d" % index)
            examples = [{"input_ids": [number + i, 7]} for i in range(size)]
            testing.write_shard(path, examples, SPECS)
            written.append(shards_lib.Shard(path, size))
            number += size
        return written

    def batches(self, make_dataset, count=None):
        """Returns the first elements of the examples in the first batches."""
        result: List[List[int]] = []
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(11)
            iterator = tf.data.make_one_shot_iterator(make_dataset())
            features = iterator.get_next()
            while count is None or len(result) < count:
                try:
                    result.append(session.run(features)["input_ids"][:, 0].tolist())
                except tf.errors.OutOfRangeError:
                    break
        return result


class TrainDatasetTest(InputsTestCase, parameterized.TestCase):
    SIZES = (5, 0, 7, 3, 6)

    def train(self, count, seed=1, num_consumed=0, group_size=2, buffer=4, batch=4):
        shards = self.write(self.SIZES)
        order = inputs.Order(seed, group_size, buffer)
        return self.batches(
            lambda: inputs.train_dataset(shards, SPECS, order, batch, num_consumed),
            count,
        )

    def test_every_epoch_has_every_example_once(self):
        stream = np.concatenate(self.train(21))  # Four epochs of 21 examples.
        for epoch in range(4):
            part = stream[21 * epoch : 21 * epoch + 21]
            self.assertCountEqual(part, range(21))

    def test_epochs_differ_in_order(self):
        stream = np.concatenate(self.train(21))
        self.assertNotAllEqual(stream[:21], stream[21:42])

    def test_seed_decides_the_order(self):
        self.assertAllEqual(self.train(10), self.train(10))
        self.assertNotAllEqual(self.train(10), self.train(10, seed=2))

    @parameterized.parameters((1, 1), (5, 1), (3, 2), (6, 2), (16, 2), (21, 8))
    def test_resumed_run_sees_what_the_uninterrupted_one_would(self, steps, group):
        whole = self.train(steps + 12, group_size=group)
        resumed = self.train(12, num_consumed=4 * steps, group_size=group)
        self.assertAllEqual(resumed, whole[steps:])

    def test_files_are_mixed(self):
        stream = np.concatenate(self.train(5, group_size=8, buffer=1))
        self.assertGreater(np.sum(np.abs(np.diff(stream)) > 1), 10)

    def test_batches_have_a_static_shape(self):
        order = inputs.Order(1, 2, 2)
        with tf.Graph().as_default():
            dataset = inputs.train_dataset(self.write([4]), SPECS, order, 3)
            shapes = tf.data.get_output_shapes(dataset)
        self.assertEqual(shapes["input_ids"].as_list(), [3, 2])


class EvalDatasetTest(InputsTestCase):
    def test_gives_every_example_once_in_order(self):
        shards = self.write([3, 2])
        batches = self.batches(lambda: inputs.eval_dataset(shards, SPECS, 2))
        self.assertEqual(batches, [[0, 1], [2, 3], [4]])

    def test_static_batches_start_over(self):
        shards = self.write([3])
        batches = self.batches(lambda: inputs.eval_dataset(shards, SPECS, 2, True), 3)
        self.assertEqual(batches, [[0, 1], [2, 0], [1, 2]])


class DescribeEpochsTest(tf.test.TestCase):
    def test_counts(self):
        shards = [shards_lib.Shard("a", 30), shards_lib.Shard("b", 10)]
        described = inputs.describe_epochs(shards, 8, 20)
        self.assertEqual(
            described, {"records": 40, "steps_per_epoch": 5.0, "epochs": 4.0}
        )


if __name__ == "__main__":
    tf.test.main()

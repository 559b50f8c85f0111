"""Tests for finetune.prediction."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import prediction
from tests.finetune import fakes


class PredictionTest(tf.test.TestCase):
    def collect(self, index, count=3):
        records = tf.test.mock.Mock(count=count)
        outputs = {
            "index": np.array(index),
            "logits": 10.0 * np.array(index),
            "label": np.zeros(len(index)),
            "losses": np.zeros(len(index)),
        }
        return prediction.collect(outputs, fakes.prepared("dev.tsv", count, records))

    def test_every_example_in_order(self):
        said = self.collect([0, 1, 2])
        self.assertEqual(said.ids, ["0", "1", "2"])
        self.assertEqual(list(said.outputs), ["logits"])

    def test_examples_are_put_back_in_order(self):
        said = self.collect([2, 0, 1])
        self.assertAllEqual(said.outputs["logits"], [0.0, 10.0, 20.0])

    def test_what_fills_a_tpu_batch_is_dropped(self):
        self.assertLen(self.collect([0, 1, 2, 0]).outputs["logits"], 3)

    def test_lost_or_doubled_examples_are_an_error(self):
        for index in ([0, 1], [0, 1, 1], [1, 2, 3]):
            with self.assertRaisesRegex(RuntimeError, "lost or doubled"):
                self.collect(index)


if __name__ == "__main__":
    tf.test.main()

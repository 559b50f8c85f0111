"""Tests for pretrain.metrics."""

from typing import Dict

import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import metrics as metrics_lib


class MetricsTest(tf.test.TestCase):
    def evaluate(self, metrics):
        metric_fn, tensors = metrics_lib.eval_metrics(metrics)
        operations = metric_fn(**tensors)
        with self.session() as session:
            session.run(tf.local_variables_initializer())
            session.run({name: update for name, (_, update) in operations.items()})
            return session.run({name: value for name, (value, _) in operations.items()})

    def test_mean_is_weighted(self):
        metric = metrics_lib.Mean(
            tf.constant([1.0, 5.0, 9.0]), tf.constant([1.0, 1, 0])
        )
        self.assertAllClose(self.evaluate({"m": metric}), {"m": 3.0})

    def test_padding_does_not_inflate_the_area_under_the_curve(self):
        # One of two pairs is in order: 0.5. With the padding, scored 0 and labelled
        # 0, as further negatives it would be 0.875.
        labels, scores = [1, 0, 1, 0] + [0] * 6, [0.9, 0.8, 0.3, 0.4] + [0.0] * 6
        weights = [1.0] * 4 + [0.0] * 6
        metric = metrics_lib.Auc(*map(tf.constant, (labels, scores, weights)))
        self.assertAllClose(self.evaluate({"auc": metric})["auc"], 0.5, atol=1e-2)

    def test_batch_means_leave_out_what_is_no_mean(self):
        one = tf.ones([2, 3])
        metrics: Dict[str, metrics_lib.Metric] = {
            "m": metrics_lib.Mean(2 * one, one),
            "auc": metrics_lib.Auc(one, one, one),
        }
        with self.session() as session:
            values = session.run(metrics_lib.batch_means(metrics))
        self.assertAllClose(values, {"m": 2.0})

    def test_mean_of_nothing_is_zero(self):
        with self.session():
            mean = metrics_lib.weighted_mean(tf.ones([3]), tf.zeros([3])).eval()
        self.assertEqual(mean, np.float32(0))


if __name__ == "__main__":
    tf.test.main()

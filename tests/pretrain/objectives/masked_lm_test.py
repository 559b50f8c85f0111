"""Tests for pretrain.objectives.masked_lm."""

import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import masking
from pretrain import metrics as metrics_lib
from pretrain.objectives import masked_lm


class PredictionTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        random = np.random.RandomState(0)
        self.logits = random.normal(size=[4, 9]).astype(np.float32)
        self.labels = np.array([[3, 1], [8, 0]], np.int32)
        self.choice = masking.Choice(
            positions=tf.constant([[1, 2], [3, 0]]),
            weights=tf.constant([[1.0, 1.0], [1.0, 0.0]]),
            labels=tf.constant(self.labels),
        )

    def test_loss_is_the_mean_cross_entropy_of_the_chosen(self):
        with self.session():
            prediction = masked_lm.score(tf.constant(self.logits), self.choice)
            loss = prediction.loss.eval()
        exponentials = np.exp(self.logits.astype(np.float64))
        probabilities = exponentials / exponentials.sum(1, keepdims=True)
        losses = -np.log(probabilities[np.arange(4), self.labels.ravel()])
        self.assertAllClose(loss, losses[:3].mean(), rtol=1e-5)

    def test_accuracy_counts_the_chosen(self):
        logits = np.zeros([4, 9], np.float32)
        logits[[0, 1, 2, 3], [3, 2, 8, 0]] = 1.0
        prediction = masked_lm.score(tf.constant(logits), self.choice)
        metrics = masked_lm.metrics(prediction, self.choice)
        with self.session() as session:
            means = session.run(metrics_lib.batch_means(metrics))
        self.assertAllClose(means["masked_lm_accuracy"], 2 / 3, rtol=1e-5)


if __name__ == "__main__":
    tf.test.main()

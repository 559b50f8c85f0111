"""Tests for finetune.heads."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import heads
from model import modeling


def encoded(batch=3, width=8):
    pooled = tf.constant(np.random.RandomState(0).randn(batch, width), tf.float32)
    return modeling.EncoderOutput(pooled[:, None], pooled, (), (), pooled)


class HeadsTest(tf.test.TestCase):
    def run_head(self, head, label, is_training=False):
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(0)
            features = {"label": tf.constant(label)}
            out = head.compute(encoded(), features, is_training, "task_specific/t")
            names = [variable.name for variable in tf.global_variables()]
            session.run(tf.global_variables_initializer())
            return names, session.run([out.losses, out.outputs])

    def test_published_variable_names(self):
        names, _ = self.run_head(heads.Classification(2), [0, 1, 1])
        self.assertCountEqual(
            names, ["task_specific/t/dense/kernel:0", "task_specific/t/dense/bias:0"]
        )

    def test_cross_entropy_per_example(self):
        _, (losses, outputs) = self.run_head(heads.Classification(3), [0, 2, 1])
        probabilities = outputs["probabilities"]
        self.assertAllClose(losses, -np.log(probabilities[range(3), [0, 2, 1]]))
        exponentials = np.exp(outputs["logits"])
        self.assertAllClose(
            probabilities, exponentials / exponentials.sum(-1, keepdims=True)
        )

    def test_class_weights_count_in_training_only(self):
        weighted = heads.Classification(2, dropout_rate=0.0, class_weights=(1.0, 3.0))
        plain = heads.Classification(2, dropout_rate=0.0)
        for is_training, factors in ((True, [1.0, 3.0, 3.0]), (False, [1.0, 1.0, 1.0])):
            _, (losses, _) = self.run_head(weighted, [0, 1, 1], is_training)
            _, (unweighted, _) = self.run_head(plain, [0, 1, 1], is_training)
            self.assertAllClose(losses, unweighted * np.array(factors))

    def test_dropout_can_be_chosen(self):
        _, (first, _) = self.run_head(heads.Classification(2, 0.0), [0, 1, 1], True)
        _, (second, _) = self.run_head(heads.Classification(2), [0, 1, 1], False)
        _, (dropped, _) = self.run_head(heads.Classification(2, 0.9), [0, 1, 1], True)
        self.assertAllClose(first, second)
        self.assertNotAllClose(first, dropped)

    def test_regression_is_trained_on_zero_to_one_and_reported_as_given(self):
        # (x - min) / (max - min); the original divides by max, right only for 0.
        _, (losses, outputs) = self.run_head(
            heads.Regression(1.0, 5.0), [1.0, 3.0, 5.0]
        )
        scaled = (outputs["value"] - 1.0) / 4.0
        self.assertAllClose(losses, (scaled - np.array([0.0, 0.5, 1.0])) ** 2)

    def test_perfect_regression_has_no_loss(self):
        _, (_, outputs) = self.run_head(heads.Regression(0.0, 5.0), [0.0, 0.0, 0.0])
        value = outputs["value"].tolist()
        _, (losses, _) = self.run_head(heads.Regression(0.0, 5.0), value)
        self.assertAllClose(losses, np.zeros(3), atol=1e-10)


if __name__ == "__main__":
    tf.test.main()

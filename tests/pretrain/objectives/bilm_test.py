"""Tests for pretrain.objectives.bilm."""

import numpy as np
import tensorflow.compat.v1 as tf

from model import modeling
from model.encoders import base
from pretrain import metrics as metrics_lib
from pretrain.objectives import bilm
from tests.testing import objective as testing

NUM_WORDS = testing.TOKENS.vocab_size
ENCODER = dict(
    base.NEUTRAL, encoder="bilstm", hidden_size=2 * NUM_WORDS, embedding_size=NUM_WORDS
)


class BidirectionalLanguageModelTest(tf.test.TestCase):
    def test_each_half_names_its_neighbour_by_the_same_weights(self):
        settings = testing.tiny_settings(objectives=["bilm"], encoder_changes=ENCODER)
        made = bilm.BidirectionalLanguageModel(settings, testing.TOKENS)
        features = testing.batch([12, 7])
        ids = features["input_ids"]
        following = np.eye(NUM_WORDS)[np.roll(ids, -1, axis=1)]
        preceding = np.eye(NUM_WORDS)[np.roll(ids, 1, axis=1)]
        sequence = 20.0 * np.concatenate([following, preceding], axis=2)

        def encode(inputs):
            sequence_ = tf.constant(sequence, tf.float32)
            table = tf.get_variable("table", initializer=tf.eye(NUM_WORDS))
            return modeling.EncoderOutput(sequence_, sequence_[:, 0], (), (), table)

        with tf.Graph().as_default(), self.session() as session:
            output = testing.compute(made, features, encode)
            session.run(tf.global_variables_initializer())
            loss, means = session.run(
                [output.loss, metrics_lib.batch_means(output.metrics)]
            )
            names = [v.op.name for v in tf.trainable_variables("lm_predictions")]
        self.assertAllClose(loss, 0.0, atol=1e-4)
        self.assertAllClose(means["forward_accuracy"], 1.0)
        self.assertAllClose(means["backward_accuracy"], 1.0)
        self.assertEqual(names, ["lm_predictions/output_bias"])


if __name__ == "__main__":
    tf.test.main()

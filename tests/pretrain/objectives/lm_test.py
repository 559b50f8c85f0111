"""Tests for pretrain.objectives.lm and bilm."""

import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import masking, objective
from pretrain import metrics as metrics_lib
from pretrain.objectives import lm
from tests.testing import objective as testing

CLS, SEP = testing.TOKENS.cls_id, testing.TOKENS.sep_id
A, B, C = 7, 8, 9


def batch_of(ids):
    mask = (np.array(ids) > 0).astype(np.int32)
    features = dict(
        input_ids=np.array(ids, np.int32), input_mask=mask, segment_ids=0 * mask
    )
    view = testing.view_of(features, masking.MaskingSettings())
    return objective.Batch(features, view, is_training=False)


class ScoreTokensTest(tf.test.TestCase):
    def score(self, ids, said, offset):
        """Returns (loss, accuracy) where logits say one token per place, surely."""
        logits = np.zeros([len(said), testing.TOKENS.vocab_size], np.float32)
        logits[np.arange(len(said)), said] = 20.0
        output = lm.score_tokens("lm", tf.constant(logits), batch_of([ids]), offset)
        with self.session() as session:
            means = session.run(metrics_lib.batch_means(output.metrics))
            return session.run(output.loss), means["lm_accuracy"]

    def test_outputs_name_the_next_token(self):
        # The original had full blocks name the token after the next.
        ids = [CLS, A, B, C, SEP, 0, 0]
        loss, accuracy = self.score(ids, [A, B, C, SEP, 5, 5, 5], offset=1)
        self.assertAllClose(loss, 0.0, atol=1e-4)
        self.assertAllClose(accuracy, 1.0)
        _, accuracy = self.score(ids, [B, C, SEP, 5, 5, 5, 5], offset=1)
        self.assertAllClose(accuracy, 0.0)

    def test_outputs_from_the_right_name_the_token_before(self):
        ids = [CLS, A, B, C, SEP, 0, 0]
        loss, accuracy = self.score(ids, [5, CLS, A, B, C, 5, 5], offset=-1)
        self.assertAllClose(loss, 0.0, atol=1e-4)
        self.assertAllClose(accuracy, 1.0)

    def test_uniform_model_has_the_perplexity_of_the_vocabulary(self):
        logits = tf.zeros([7, testing.TOKENS.vocab_size])
        output = lm.score_tokens("lm", logits, batch_of([[CLS, A, B, C, SEP, 0, 0]]), 1)
        with self.session():
            perplexity = np.exp(output.loss.eval())
        self.assertAllClose(perplexity, testing.TOKENS.vocab_size, rtol=1e-4)


if __name__ == "__main__":
    tf.test.main()

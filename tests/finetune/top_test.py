"""Tests for finetune.top."""

from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import top
from finetune.tagging import head as tagging_head
from model import modeling
from tests.finetune import fakes
from tests.testing import task as task_testing

MASK = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
SEQUENCE = np.random.RandomState(0).randn(2, 4, 16).astype(np.float32)


def reference(pooling):
    """Pools without looking at padding."""
    rows = []
    for sequence, mask in zip(SEQUENCE, MASK):
        tokens = sequence[mask == 1]
        rows.append(
            {
                "first": tokens[0],
                "last": tokens[-1],
                "mean": tokens.mean(0),
                "max": tokens.max(0),
            }[pooling]
        )
    return np.stack(rows)


class TopTest(tf.test.TestCase, parameterized.TestCase):
    def apply(self, sequence=SEQUENCE, mask=MASK, **values):
        config = task_testing.tiny_encoder(hidden_dropout_prob=0.0)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(3)
            hidden = tf.constant(sequence)
            encoded = modeling.EncoderOutput(hidden, hidden[:, 0], (), (), hidden)
            made = top.apply(
                encoded, tf.constant(mask), top.TopSettings(**values), config
            )
            self.names = [each.op.name for each in tf.trainable_variables()]
            session.run(tf.global_variables_initializer())
            return session.run([made.sequence, made.pooled])

    def test_pooling_that_no_head_looks_at_is_refused(self):
        tag = mock.Mock(head=tagging_head.Tagging(mock.Mock()))
        tag.name = "chunk"
        for pooling, tasks in (("encoder", [tag]), ("mean", [tag, fakes.task("rte")])):
            top.check(top.TopSettings(pooling=pooling), tasks)
        with self.assertRaisesRegex(ValueError, "'mean', but chunk looks at single"):
            top.check(top.TopSettings(pooling="mean"), [tag])

    def test_nothing_lies_there_by_default(self):
        sequence, pooled = self.apply()
        self.assertAllEqual(sequence, SEQUENCE)
        self.assertAllEqual(pooled, SEQUENCE[:, 0])
        self.assertEmpty(self.names)

    @parameterized.parameters("first", "last", "mean", "max")
    def test_pooling_does_not_see_padding(self, pooling):
        _, pooled = self.apply(pooling=pooling)
        self.assertAllClose(pooled, reference(pooling), atol=1e-6)

    def test_maximum_of_negative_vectors_is_not_that_of_padding(self):
        _, pooled = self.apply(-np.abs(SEQUENCE) - 1, pooling="max")
        self.assertAllLess(pooled, 0.0)

    def test_bilstm_keeps_the_width_and_is_part_of_the_head(self):
        sequence, pooled = self.apply(bilstm_top=True)
        self.assertEqual(sequence.shape, SEQUENCE.shape)
        self.assertNotAllClose(sequence, SEQUENCE)
        for name in self.names:
            self.assertStartsWith(name, "task_specific/top/")
        # Of each direction what has seen everything.
        self.assertAllClose(pooled[0, :8], sequence[0, 2, :8])
        self.assertAllClose(pooled[0, 8:], sequence[0, 0, 8:])

    def test_bilstm_does_not_see_padding(self):
        longer = np.pad(SEQUENCE, [[0, 0], [0, 3], [0, 0]], constant_values=9.0)
        _, pooled = self.apply(bilstm_top=True)
        _, padded = self.apply(longer, np.pad(MASK, [[0, 0], [0, 3]]), bilstm_top=True)
        self.assertAllClose(pooled, padded, atol=1e-6)

    def test_pooling_of_a_bilstm(self):
        sequence, pooled = self.apply(bilstm_top=True, pooling="mean")
        self.assertAllClose(pooled[1], sequence[1, :2].mean(0), atol=1e-6)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.tagging.head."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune.tagging import head, schemes, tag_set
from model import modeling
from tests.finetune.tagging import fixtures

HIDDEN = 6
SCOPE = "task_specific/some"
WORDS = tag_set.TagSet(schemes.WORDS, ("DT", "NN", "VB"))

# Two records: a sentence of three words, the second of two tokens; a part of another,
# with its words 4 and 5 of 6.
FEATURES = {
    "tag": [[0, 2, 3, 0, 1, 0], [0, 0, 1, 5, 0, 0]],
    "word": [[0, 1, 2, 0, 3, 0], [0, 0, 5, 6, 0, 0]],
    "example": [7, 8],
    "num_words": [3, 6],
}


def log_softmax(logits):
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


class TaggingTest(tf.test.TestCase):
    def compute(self, features, sequence, tags=fixtures.BIO, is_training=False):
        """Returns losses, outputs and the weights [H, C] of the head."""
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            held = tf.placeholder(tf.float32, [None, None, HIDDEN])
            encoded = modeling.EncoderOutput(held, held[:, 0], (), (), held)
            tensors = {
                name: tf.placeholder_with_default(
                    np.array(value, np.int32), [None] * np.ndim(value)
                )
                for name, value in features.items()
            }
            output = head.Tagging(tags).compute(encoded, tensors, is_training, SCOPE)
            kernel, bias = tf.trainable_variables()
            self.assertEqual(kernel.op.name, SCOPE + "/dense/kernel")
            self.assertEqual(bias.op.name, SCOPE + "/dense/bias")
            session.run(tf.global_variables_initializer())
            kernel.load(
                np.random.RandomState(2).randn(HIDDEN, len(tags.classes)), session
            )
            return session.run(
                (output.losses, output.outputs, kernel), {held: sequence}
            )

    def sequence(self, batch=2, length=6):
        return np.random.RandomState(3).randn(batch, length, HIDDEN)

    def test_loss_is_the_sum_over_labeled_words(self):
        sequence = self.sequence()
        losses, _, kernel = self.compute(FEATURES, sequence)
        scores = log_softmax(sequence @ kernel)
        first = scores[0, 1, 1] + scores[0, 2, 2] + scores[0, 4, 0]
        second = scores[1, 2, 0] + scores[1, 3, 4]
        self.assertAllClose(losses, [-first, -second], rtol=1e-5)

    def test_nothing_depends_on_padding(self):
        sequence = self.sequence()
        losses, outputs, _ = self.compute(FEATURES, sequence)
        padded = {
            name: np.pad(value, [[0, 0], [0, 3]]) if np.ndim(value) == 2 else value
            for name, value in FEATURES.items()
        }
        noise = np.random.RandomState(4).randn(2, 3, HIDDEN)
        padded_losses, padded_outputs, _ = self.compute(
            padded, np.concatenate([sequence, noise], axis=1)
        )
        self.assertAllClose(losses, padded_losses, rtol=1e-6)
        for name in ("tag", "word"):
            self.assertAllEqual(padded_outputs[name][:, :6], outputs[name])
            self.assertFalse(padded_outputs[name][:, 6:].any())

    def test_words_and_examples_pass_through(self):
        _, outputs, _ = self.compute(FEATURES, self.sequence())
        self.assertAllEqual(outputs["word"], FEATURES["word"])
        self.assertAllEqual(outputs["example"], FEATURES["example"])

    def test_probability_is_that_of_the_tag(self):
        sequence = self.sequence()
        _, outputs, kernel = self.compute(FEATURES, sequence)
        probabilities = np.exp(log_softmax(sequence @ kernel))
        for row, column in zip(*np.nonzero(FEATURES["word"])):
            tag = outputs["tag"][row, column]
            self.assertAllClose(
                outputs["probability"][row, column], probabilities[row, column, tag]
            )

    def test_what_follows_is_legal(self):
        features = {
            "tag": np.zeros([64, 9], np.int32),
            "word": np.tile(np.arange(9) + 1, [64, 1]),
            "example": np.arange(64),
            "num_words": np.full(64, 9),
        }
        tags = fixtures.IOBES
        _, outputs, _ = self.compute(features, 3 * self.sequence(64, 9), tags)
        classes = np.array(tags.classes)
        for row in outputs["tag"]:
            self.assertEqual(tags.scheme.read(classes[row]).num_repairs, 0)

    def test_what_a_sentence_goes_on_with_need_not_start_an_entity(self):
        logits = np.full([2, 6, HIDDEN], -9.0)
        features = dict(FEATURES, word=[[0, 1, 2, 3, 0, 0], [0, 2, 3, 0, 0, 0]])
        with tf.Graph().as_default(), self.session() as session:
            inside = fixtures.BIO.classes.index("I-LOC")
            logits[:, :, inside] = 9.0
            scores = tf.constant(logits[:, :, : len(fixtures.BIO.classes)], tf.float32)
            tensors = {name: tf.constant(value) for name, value in features.items()}
            outputs = head.Tagging(fixtures.BIO)._outputs(scores, tensors, False)
            said = np.array(fixtures.BIO.classes)[session.run(outputs["tag"])]
        self.assertEqual(said[0, 1:4].tolist(), ["B-LOC", "I-LOC", "I-LOC"])
        self.assertEqual(said[1, 1:3].tolist(), ["I-LOC", "I-LOC"])

    def test_words_with_tags_of_their_own_take_the_most_probable(self):
        sequence = self.sequence()
        features = dict(FEATURES, tag=np.zeros([2, 6]))
        _, outputs, kernel = self.compute(features, sequence, WORDS)
        best = np.argmax(sequence @ kernel, axis=-1)
        self.assertAllEqual(outputs["tag"], best * (np.array(FEATURES["word"]) > 0))

    def test_records_of_other_tasks_have_no_loss(self):
        features = {name: np.zeros_like(value) for name, value in FEATURES.items()}
        losses, outputs, _ = self.compute(features, self.sequence())
        self.assertAllEqual(losses, [0.0, 0.0])
        self.assertFalse(outputs["tag"].any())

    def test_dropout_is_on_in_training_only(self):
        ones = np.ones([2, 6, HIDDEN])
        calm, _, _ = self.compute(FEATURES, ones)
        again, _, _ = self.compute(FEATURES, ones)
        self.assertAllEqual(calm, again)
        shaken = [
            self.compute(FEATURES, np.full([2, 6, HIDDEN], scale), is_training=True)[0]
            for scale in (1.0, 1.0)
        ]
        self.assertNotAllClose(shaken[0], calm)


if __name__ == "__main__":
    tf.test.main()

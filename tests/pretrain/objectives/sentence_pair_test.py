"""Tests for pretrain.objectives.sentence_pair."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import metrics as metrics_lib
from pretrain import objective
from pretrain.data import relations
from pretrain.objectives import sentence_pair
from tests.testing import objective as testing


class SentencePairTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        # As in the published code of BERT and ALBERT: 0 is the order of the text.
        ("nsp", 0, {relations.NEXT: 0, relations.RANDOM: 1}),
        ("nsp", 1, {relations.NEXT: 1, relations.RANDOM: 0}),
        ("sop", 0, {relations.NEXT: 0, relations.PREVIOUS: 1}),
        ("sso", 0, {0: 0, 1: 1, 2: 2}),
    )
    def test_classes(self, name, label, expected):
        settings = testing.tiny_settings(next_sentence_label=label)
        made = objective.REGISTRY[name](settings, testing.TOKENS)
        self.assertEqual(made.classes, expected)
        self.assertEqual(made.segmentation, name)

    def test_loss_is_that_of_the_class(self):
        settings = testing.tiny_settings()
        made = sentence_pair.SentenceStructure(settings, testing.TOKENS)
        features = dict(
            testing.batch([12, 9, 0]), sentence_relation=np.array([[1], [2], [0]])
        )
        with tf.Graph().as_default(), self.session() as session:
            output = testing.compute(made, features, testing.stub_of(settings))
            session.run(tf.global_variables_initializer())
            (kernel,) = tf.trainable_variables("sso_predictions/dense/kernel")
            (bias,) = tf.trainable_variables("sso_predictions/dense/bias")
            kernel.load(np.zeros(kernel.shape.as_list()), session)
            bias.load([0.0, 1.0, 0.0], session)
            loss, means = session.run(
                [output.loss, metrics_lib.batch_means(output.metrics)]
            )
        total = np.log(2 + np.e)
        # Classes 1 and 2 of three; the example of padding alone does not count.
        self.assertAllClose(loss, ((total - 1) + total) / 2, rtol=1e-5)
        self.assertAllClose(means["sso_accuracy"], 0.5)

    @parameterized.parameters(("nsp", 2), ("sop", 0))
    def test_record_of_another_objective_is_refused(self, name, relation):
        made = objective.REGISTRY[name](testing.tiny_settings(), testing.TOKENS)
        with self.assertRaisesRegex(ValueError, "--segmentation %s" % name):
            made.check_record({relations.FEATURE: [relation]})
        made.check_record({relations.FEATURE: [relations.NEXT]})

    def test_segments_need_embeddings(self):
        made = sentence_pair.NextSentence(testing.tiny_settings(), testing.TOKENS)
        with self.assertRaisesRegex(ValueError, "type_vocab_size is 1"):
            made.check(testing.tiny_encoder(type_vocab_size=1), 12)


if __name__ == "__main__":
    tf.test.main()

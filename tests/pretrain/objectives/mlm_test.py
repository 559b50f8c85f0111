"""Tests for pretrain.objectives.mlm."""

import tensorflow.compat.v1 as tf

from pretrain.objectives import mlm
from tests.testing import objective as testing


class MlmTest(tf.test.TestCase):
    def test_variables_are_where_the_published_code_keeps_them(self):
        settings = testing.tiny_settings(objectives=["mlm"])
        made = mlm.Mlm(settings, testing.TOKENS)
        with tf.Graph().as_default():
            testing.compute(made, testing.batch([12]), testing.stub_of(settings))
            names = [variable.op.name for variable in tf.trainable_variables()]
        self.assertIn("generator_predictions/output_bias", names)
        scopes = {name.split("/")[0] for name in names}
        self.assertEqual(scopes, {"electra", "generator_predictions"})

    def test_too_many_slots_are_refused(self):
        settings = testing.tiny_settings(max_predictions_per_seq=13)
        with self.assertRaisesRegex(ValueError, "must be at most max_seq_length"):
            mlm.Mlm(settings, testing.TOKENS).check(settings.encoder, 12)


if __name__ == "__main__":
    tf.test.main()

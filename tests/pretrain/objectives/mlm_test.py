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

    def variables(self, **changes):
        """Returns the names of the head's variables, and gradients of the table."""
        settings = testing.tiny_settings(objectives=["mlm"], **changes)
        made = mlm.Mlm(settings, testing.TOKENS)
        with tf.Graph().as_default():
            output = testing.compute(
                made, testing.batch([12]), testing.stub_of(settings)
            )
            (table,) = tf.trainable_variables("electra/embeddings/word_embeddings")
            gradient = tf.gradients(output.loss, table)[0]
            names = [v.op.name for v in tf.trainable_variables("generator_pred")]
            return names, gradient

    def test_tied_weights_are_the_table_which_is_taught_twice(self):
        names, gradient = self.variables()
        self.assertNotIn("generator_predictions/output_weights", names)
        # As output weights every row has a gradient, not only those looked up.
        self.assertIn("AddN", gradient.op.type + gradient.op.name)
        names, gradient = self.variables(tie_weights=False)
        self.assertIn("generator_predictions/output_weights", names)
        self.assertIsInstance(gradient, tf.IndexedSlices)

    def test_too_many_slots_are_refused(self):
        settings = testing.tiny_settings(max_predictions_per_seq=13)
        with self.assertRaisesRegex(ValueError, "must be at most max_seq_length"):
            mlm.Mlm(settings, testing.TOKENS).check(settings.encoder, 12)


if __name__ == "__main__":
    tf.test.main()

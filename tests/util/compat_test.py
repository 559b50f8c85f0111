"""Tests for util.compat."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import compat


class CompatTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((1, 15), (2, 15))
    def test_supported_versions_pass(self, *version):
        compat.check_version(version)

    @parameterized.parameters((1, 14), (2, 16), (3, 0))
    def test_others_are_refused_with_what_to_install(self, *version):
        with self.assertRaisesRegex(RuntimeError, "tensorflow>=2.15,<2.16"):
            compat.check_version(version)

    def test_graph_mode_with_resource_variables(self):
        with tf.Graph().as_default():
            self.assertFalse(tf.executing_eagerly())
            self.assertTrue(tf.resource_variables_enabled())

    def test_installed_version_is_read(self):
        self.assertIn(compat.tensorflow_version(), [(1, 15), (2, 15)])


if __name__ == "__main__":
    tf.test.main()

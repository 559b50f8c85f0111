"""Tests for util.compat."""

import os
from unittest import mock

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

    def test_the_user_s_environment_wins_over_the_runtime_s_defaults(self):
        mine = {"TF_XLA_FLAGS": "--tf_xla_auto_jit=2"}
        with mock.patch.dict(os.environ, mine, clear=True):
            compat.activate()
            self.assertEqual(os.environ["TF_XLA_FLAGS"], mine["TF_XLA_FLAGS"])
            self.assertEqual(os.environ["TF_CPU_ALLOCATOR_USE_BFC"], "true")

    def test_allocator_may_use_all_memory_of_the_machine(self):
        with open("/proc/meminfo") as lines:
            kilobytes = int(lines.readline().split()[1])
        limit = int(compat.runtime_defaults()["TF_CPU_BFC_MEM_LIMIT_IN_MB"])
        self.assertAlmostEqual(limit, kilobytes / 1024, delta=1.0)

    def test_installed_version_is_read(self):
        self.assertIn(compat.tensorflow_version(), [(1, 15), (2, 15)])


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.data.relations."""

import subprocess
import sys

import tensorflow.compat.v1 as tf

from pretrain.data import relations


class RelationsTest(tf.test.TestCase):
    def test_values_are_those_of_the_records(self):
        values = (relations.RANDOM, relations.NEXT, relations.PREVIOUS)
        self.assertEqual(values, (0, 1, 2))
        self.assertEqual(relations.NAMES, ("random", "next", "previous"))

    def test_builder_needs_no_tensorflow(self):
        program = (
            "import sys; from pretrain.data import command, relations; "
            "sys.exit('tensorflow' in sys.modules)"
        )
        self.assertEqual(subprocess.call([sys.executable, "-c", program]), 0)


if __name__ == "__main__":
    tf.test.main()

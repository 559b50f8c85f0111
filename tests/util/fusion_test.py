"""Tests of kernels compiled by XLA."""

import numpy as np
import tensorflow.compat.v1 as tf

from util import fusion


def _twice_plus_one(tensor):
    return tensor * 2.0 + 1.0


def _compiled_operations():
    return [
        operation
        for operation in tf.get_default_graph().get_operations()
        if "_xla_compile_id" in operation.node_def.attr
    ]


class FusionTest(tf.test.TestCase):
    def test_the_result_is_the_function_s(self):
        values = np.arange(6, dtype=np.float32).reshape([2, 3])
        with tf.Graph().as_default(), self.session() as session:
            fusion.enable()
            result = fusion.run(_twice_plus_one, tf.constant(values))
            self.assertNotEmpty(_compiled_operations())
            self.assertAllEqual(session.run(result), values * 2.0 + 1.0)

    def test_a_graph_that_did_not_ask_is_left_alone(self):
        with tf.Graph().as_default():
            fusion.enable()
        with tf.Graph().as_default():
            fusion.run(_twice_plus_one, tf.zeros([2]))
            self.assertEmpty(_compiled_operations())

    def test_unknown_shapes_are_not_compiled(self):
        with tf.Graph().as_default(), self.session() as session:
            fusion.enable()
            tensor = tf.placeholder(tf.float32, [None, 2])
            result = fusion.run(_twice_plus_one, tensor)
            self.assertEmpty(_compiled_operations())
            self.assertAllEqual(session.run(result, {tensor: [[1.0, 2.0]]}), [[3, 5]])


if __name__ == "__main__":
    tf.test.main()

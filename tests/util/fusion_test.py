"""Tests of kernels compiled by XLA."""

import gc
import weakref

import numpy as np
import tensorflow.compat.v1 as tf

from util import fusion


@fusion.kernel
def _scaled_plus_one(tensor, factor=2.0):
    return tensor * factor + 1.0


@fusion.kernel
def _sum_and_difference(first, second):
    return first + second, first - second


def _compiled_functions():
    """Returns the compiled functions that the present graph calls, call by call."""
    return [
        operation.get_attr("function").name
        for operation in tf.get_default_graph().get_operations()
        if operation.type == "XlaLaunch"
    ]


class FusionTest(tf.test.TestCase):
    def test_the_result_is_the_function_s(self):
        values = np.arange(6, dtype=np.float32).reshape([2, 3])
        with tf.Graph().as_default(), self.session() as session:
            fusion.enable()
            result = _scaled_plus_one(tf.constant(values), factor=3.0)
            self.assertLen(_compiled_functions(), 1)
            self.assertAllEqual(session.run(result), values * 3.0 + 1.0)

    def test_several_results(self):
        with tf.Graph().as_default(), self.session() as session:
            fusion.enable()
            both = _sum_and_difference(tf.constant([5.0, 2.0]), tf.constant([1.0, 1.0]))
            self.assertLen(_compiled_functions(), 1)
            self.assertAllEqual(session.run(both), [[6.0, 3.0], [4.0, 1.0]])

    def test_calls_with_the_same_shapes_share_a_function(self):
        with tf.Graph().as_default():
            fusion.enable()
            _scaled_plus_one(_scaled_plus_one(tf.zeros([2])))
            _scaled_plus_one(tf.zeros([3]))
            _scaled_plus_one(tf.zeros([2]), factor=4.0)
            first, second, other_shape, other_factor = _compiled_functions()
            self.assertEqual(first, second)
            self.assertLen({first, other_shape, other_factor}, 3)

    def test_a_graph_that_did_not_ask_is_left_alone(self):
        with tf.Graph().as_default():
            fusion.enable()
        with tf.Graph().as_default():
            _scaled_plus_one(tf.zeros([2]))
            self.assertEmpty(_compiled_functions())

    def test_unknown_shapes_are_not_compiled(self):
        with tf.Graph().as_default(), self.session() as session:
            fusion.enable()
            tensor = tf.placeholder(tf.float32, [None, 2])
            result = _scaled_plus_one(tensor)
            self.assertEmpty(_compiled_functions())
            self.assertAllEqual(session.run(result, {tensor: [[1.0, 2.0]]}), [[3, 5]])

    def test_kernels_do_not_keep_a_graph_alive(self):
        with tf.Graph().as_default() as graph:
            fusion.enable()
            _scaled_plus_one(tf.zeros([2]))
        kept = weakref.ref(graph)
        del graph
        gc.collect()
        self.assertIsNone(kept())


if __name__ == "__main__":
    tf.test.main()

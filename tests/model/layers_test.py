"""Tests for model.layers, against NumPy and against TensorFlow's own gradients."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import layers
from util import fusion

RNG = np.random.RandomState(0)


def floats(*shape):
    return RNG.randn(*shape).astype(np.float32)


def plain_layer_norm(rows, gamma, beta):
    mean, variance = tf.nn.moments(rows, [-1], keep_dims=True)
    return tf.nn.batch_normalization(rows, mean, variance, beta, gamma, 1e-12)


def plain_gelu(inputs):
    return 0.5 * inputs * (1.0 + tf.math.erf(inputs / math.sqrt(2.0)))


class LayersTestCase(tf.test.TestCase, parameterized.TestCase):
    def evaluate_graph(self, tensors):
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            return session.run(tensors)

    def assert_twins(self, fast, plain, arrays):
        """Outputs and gradients of two functions of tensors agree."""
        results = []
        for function in (fast, plain):
            with tf.Graph().as_default():
                inputs = [tf.constant(array) for array in arrays]
                outputs = function(*inputs)
                weights = np.cos(np.arange(np.prod(outputs.shape.as_list())))
                loss = tf.reduce_sum(
                    outputs * weights.reshape(outputs.shape.as_list()).astype("f")
                )
                gradients = tf.gradients(loss, inputs)
                results.append(self.evaluate_graph([outputs] + gradients))
        for computed, expected in zip(*results):
            self.assertAllClose(computed, expected, rtol=1e-5, atol=1e-5)


class DenseTest(LayersTestCase):
    @parameterized.parameters([[5, 4]], [[2, 3, 4]], [[2, 1, 3, 4]])
    def test_multiplies_the_last_axis(self, shape):
        inputs = floats(*shape)
        with tf.Graph().as_default():
            outputs = layers.dense(tf.constant(inputs), 6, "dense")
            bias = tf.trainable_variables()[1]
            with tf.control_dependencies([tf.assign(bias, np.arange(6.0))]):
                pass
            self.assertEqual(outputs.shape.as_list(), shape[:-1] + [6])
            outputs, kernel = self.evaluate_graph(
                [outputs, tf.trainable_variables()[0]]
            )
        self.assertAllClose(outputs, inputs @ kernel)

    def test_adds_the_bias_then_activates(self):
        with tf.Graph().as_default():
            outputs = layers.dense(
                tf.zeros([2, 3]), 2, "dense", activation=lambda x: x * 10.0
            )
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                tf.trainable_variables()[1].load([1.0, 2.0], session)
                self.assertAllClose(session.run(outputs), [[10.0, 20.0]] * 2)

    def test_names(self):
        with tf.Graph().as_default():
            layers.dense(tf.zeros([2, 3]), 4, "query")
            shapes = {v.op.name: v.shape.as_list() for v in tf.trainable_variables()}
        self.assertEqual(shapes, {"query/kernel": [3, 4], "query/bias": [4]})

    def test_unknown_batch_and_length(self):
        with tf.Graph().as_default():
            fed = tf.placeholder(tf.float32, [None, None, 4])
            outputs = layers.dense(fed, 6, "dense")
            self.assertEqual(outputs.shape.as_list(), [None, None, 6])
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                result = session.run(outputs, {fed: np.zeros([3, 2, 4])})
        self.assertAllEqual(result, np.zeros([3, 2, 6]))


class GroupedDenseTest(LayersTestCase):
    def test_is_a_dense_layer_with_a_block_diagonal_kernel(self):
        rows = floats(5, 6)
        with tf.Graph().as_default():
            slices = layers.to_groups(tf.constant(rows), 2)
            outputs = layers.from_groups(layers.grouped_dense(slices, 8, "g_dense"))
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                kernel_variable, bias_variable = tf.trainable_variables()
                bias = floats(8)
                bias_variable.load(bias, session)
                outputs, kernel = session.run([outputs, kernel_variable])
        block_diagonal = np.zeros([6, 8], np.float32)
        block_diagonal[:3, :4], block_diagonal[3:, 4:] = kernel
        self.assertAllClose(outputs, rows @ block_diagonal + bias)

    def test_names(self):
        with tf.Graph().as_default():
            layers.grouped_dense(tf.zeros([2, 5, 3]), 8, "g_dense")
            shapes = {v.op.name: v.shape.as_list() for v in tf.trainable_variables()}
        self.assertEqual(shapes, {"g_dense/kernel": [2, 3, 4], "g_dense/bias": [8]})

    def test_unknown_number_of_rows(self):
        with tf.Graph().as_default():
            fed = tf.placeholder(tf.float32, [None, 6])
            outputs = layers.from_groups(
                layers.grouped_dense(layers.to_groups(fed, 2), 8, "g_dense")
            )
            self.assertEqual(outputs.shape.as_list(), [None, 8])
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                self.assertEqual(
                    session.run(outputs, {fed: floats(7, 6)}).shape, (7, 8)
                )

    def test_groups_are_contiguous_slices_of_the_units(self):
        with tf.Graph().as_default():
            slices = layers.to_groups(tf.constant([[1.0, 2.0, 3.0, 4.0]]), 2)
            back = layers.from_groups(slices)
            slices, back = self.evaluate_graph([slices, back])
        self.assertAllEqual(slices, [[[1.0, 2.0]], [[3.0, 4.0]]])
        self.assertAllEqual(back, [[1.0, 2.0, 3.0, 4.0]])


class LayerNormTest(LayersTestCase):
    def test_agrees_with_its_plain_twin(self):
        self.assert_twins(
            layers._normalize, plain_layer_norm, [floats(7, 12), floats(12), floats(12)]
        )

    def test_agrees_with_its_plain_twin_as_one_kernel(self):
        def fast(*inputs):
            fusion.enable()
            return layers._normalize(*inputs)

        self.assert_twins(
            fast, plain_layer_norm, [floats(7, 12), floats(12), floats(12)]
        )

    def test_normalizes_the_last_axis(self):
        with tf.Graph().as_default():
            outputs = layers.layer_norm(tf.constant(3.0 + 2.0 * floats(2, 5, 64)))
            outputs = self.evaluate_graph(outputs)
        self.assertAllClose(outputs.mean(-1), np.zeros([2, 5]), atol=1e-5)
        self.assertAllClose(outputs.std(-1), np.ones([2, 5]), atol=1e-5)

    def test_names(self):
        with tf.Graph().as_default():
            layers.layer_norm(tf.zeros([2, 3]))
            names = [variable.op.name for variable in tf.trainable_variables()]
        self.assertEqual(names, ["LayerNorm/beta", "LayerNorm/gamma"])


class ActivationTest(LayersTestCase):
    def test_gelu_agrees_with_its_plain_twin(self):
        values = np.concatenate([3.0 * floats(100), [0.0, -9.0, 9.0]]).astype("f")
        self.assert_twins(layers.gelu, plain_gelu, [values])

    def test_gelu_is_the_same_as_one_kernel(self):
        extremes = [0.0, -9.0, 9.0, -40.0, 1e20, -1e20]
        values = np.concatenate([3.0 * floats(10000), extremes]).astype("f")

        def compute(is_fused):
            with tf.Graph().as_default():
                if is_fused:
                    fusion.enable()
                inputs = tf.constant(values)
                outputs = layers.gelu(inputs)
                gradient = tf.gradients(tf.reduce_sum(outputs**2), inputs)[0]
                return self.evaluate_graph([outputs, gradient])

        for fused, plain in zip(compute(True), compute(False)):
            self.assertAllClose(fused, plain, rtol=1e-6, atol=1e-6)

    def test_gelu_is_the_exact_form(self):
        with tf.Graph().as_default():
            computed = self.evaluate_graph(layers.gelu(tf.constant([-2.0, 0.5, 3.0])))
        expected = [
            x * 0.5 * (1.0 + math.erf(x / math.sqrt(2.0))) for x in (-2.0, 0.5, 3.0)
        ]
        self.assertAllClose(computed, expected, rtol=1e-6, atol=1e-7)

    @parameterized.parameters(
        ("relu", [0.0, 2.0]),
        ("linear", [-1.0, 2.0]),
        ("tanh", [math.tanh(-1.0), math.tanh(2.0)]),
    )
    def test_by_name(self, name, expected):
        with tf.Graph().as_default():
            outputs = layers.activation(name)(tf.constant([-1.0, 2.0]))
            self.assertAllClose(self.evaluate_graph(outputs), expected)


class GatherPositionsTest(LayersTestCase):
    def test_picks_from_every_sequence(self):
        sequence = np.arange(2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
        with tf.Graph().as_default():
            picked = layers.gather_positions(
                tf.placeholder_with_default(sequence, [None, None, 2]),
                tf.constant([[2, 0], [1, 1]]),
            )
            self.assertEqual(picked.shape.as_list(), [2, 2, 2])
            picked = self.evaluate_graph(picked)
        self.assertAllEqual(picked, [[[4, 5], [0, 1]], [[8, 9], [8, 9]]])


class ShapeTest(LayersTestCase):
    def test_known_sizes_are_integers_and_unknown_ones_scalars(self):
        with tf.Graph().as_default():
            fed = tf.placeholder(tf.float32, [None, 3])
            unknown, known = layers.shape_list(fed)
            self.assertEqual(known, 3)
            with tf.Session() as session:
                self.assertEqual(session.run(unknown, {fed: np.zeros([5, 3])}), 5)

    def test_known_shapes_add_nothing_to_the_graph(self):
        with tf.Graph().as_default() as graph:
            inputs = tf.zeros([4, 3])
            before = len(graph.get_operations())
            self.assertEqual(layers.shape_list(inputs), [4, 3])
            self.assertLen(graph.get_operations(), before)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.optimization."""

from typing import Any, Dict

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import optimization
from tests.testing import optimizer

NUM_STEPS = 10


def optimizer_settings(**overrides):
    values: Dict[str, Any] = dict(
        learning_rate=0.01, num_warmup_steps=2, adam_bias_correction=False
    )
    values.update(overrides)
    return optimization.OptimizerSettings(**values)


def reference_rate(settings, step, num_steps=NUM_STEPS):
    rate = settings.learning_rate * (1 - min(step / num_steps, 1))
    warmup = settings.num_warmup_steps
    return rate * (min(1, step / warmup) if warmup else 1)


def reference_run(weights, gradient_of, settings, num_steps):
    """The published update in NumPy; weights is a dict of float64 arrays."""
    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    for step in range(num_steps):
        gradients = gradient_of(weights)
        norm = np.sqrt(sum(np.sum(value**2) for value in gradients.values()))
        scale = min(1.0, settings.max_grad_norm / norm) if settings.max_grad_norm else 1
        rate = reference_rate(settings, step)
        for name in weights:
            gradient = gradients[name] * scale
            first[name] = 0.9 * first[name] + 0.1 * gradient
            second[name] = 0.999 * second[name] + 0.001 * gradient**2
            update = first[name] / (np.sqrt(second[name]) + 1e-6)
            if "bias" not in name and "LayerNorm" not in name:
                update = update + settings.weight_decay_rate * weights[name]
            weights[name] = weights[name] - rate * update
    return weights, first, second


TARGET = {
    "dense/kernel": np.array([[3.0, -1.0], [0.5, 2.0]], np.float32),
    "dense/bias": np.array([1.0, -4.0], np.float32),
    "LayerNorm/gamma": np.array([2.0], np.float32),
}
START = {name: np.full_like(value, 0.7) for name, value in TARGET.items()}


def make_variables(use_resource=True):
    return {
        name: tf.get_variable(
            name, initializer=tf.constant(value), use_resource=use_resource
        )
        for name, value in START.items()
    }


def quadratic(variables):
    return tf.add_n(
        [0.5 * tf.reduce_sum((variables[name] - TARGET[name]) ** 2) for name in TARGET]
    )


def quadratic_gradient(weights):
    return {name: weights[name] - TARGET[name] for name in TARGET}


class LearningRateTest(tf.test.TestCase, parameterized.TestCase):
    def rate(self, step, **overrides):
        with tf.Graph().as_default(), tf.Session() as session:
            return session.run(
                optimization.learning_rate(
                    optimizer_settings(**overrides), tf.constant(step, tf.int64), 10
                )
            )

    @parameterized.parameters(
        (0, 0.0), (1, 0.01 * 0.9 * 0.5), (2, 0.01 * 0.8), (5, 0.005), (10, 0), (12, 0)
    )
    def test_warms_up_and_decays_to_zero(self, step, expected):
        self.assertAllClose(self.rate(step), expected)

    def test_first_step_without_warmup_has_the_full_rate(self):
        self.assertAllClose(self.rate(0, num_warmup_steps=0), 0.01)

    def test_warmup_that_is_left_open_is_a_tenth_of_few_steps(self):
        settings = optimization.OptimizerSettings
        self.assertEqual(settings().warmup_steps(1000000), 10000)
        self.assertEqual(settings().warmup_steps(300), 30)
        self.assertEqual(settings(warmup_proportion=0.5).warmup_steps(300), 150)
        self.assertEqual(settings(num_warmup_steps=0).warmup_steps(300), 0)

    def test_share_that_is_no_whole_steps_is_not_cut_off(self):
        settings = optimization.OptimizerSettings(
            warmup_proportion=0.1, num_warmup_steps=0
        )
        self.assertAllClose(settings.warmup_steps(17), 1.7)
        # Of 10 steps 1.5 are warm-up.
        self.assertAllClose(
            self.rate(1, warmup_proportion=0.15, num_warmup_steps=0),
            0.01 * 0.9 / 1.5,
        )

    def test_longer_warmup_counts(self):
        self.assertAllClose(self.rate(2, warmup_proportion=0.4), 0.01 * 0.8 * 0.5)

    def test_power_bends_the_decay(self):
        self.assertAllClose(self.rate(5, lr_decay_power=2.0), 0.0025)

    def test_no_steps_are_refused(self):
        with self.assertRaisesRegex(ValueError, "num_train_steps must be at least 1"):
            optimization.learning_rate(optimizer_settings(), tf.constant(0), 0)


class UpdateTest(tf.test.TestCase, parameterized.TestCase):
    def train(self, settings, num_steps=4, use_resource=True):
        with tf.Graph().as_default(), tf.Session() as session:
            loss = quadratic(make_variables(use_resource))
            training = optimizer.minimize(loss, settings, NUM_STEPS)
            session.run(tf.global_variables_initializer())
            norms = []
            for _ in range(num_steps):
                norms.append(session.run([training.grad_norm, training.train_op])[0])
            values = {
                variable.op.name: value
                for variable, value in zip(
                    tf.global_variables(), session.run(tf.global_variables())
                )
            }
        return values, norms

    @parameterized.product(
        use_resource=[True, False],
        overrides=[
            dict(),
            dict(max_grad_norm=0.0),
            dict(weight_decay_rate=0.3, num_warmup_steps=0),
        ],
    )
    def test_equals_the_published_formula(self, use_resource, overrides):
        settings = optimizer_settings(**overrides)
        values, _ = self.train(settings, use_resource=use_resource)
        weights, first, second = reference_run(START, quadratic_gradient, settings, 4)
        for name in START:
            self.assertAllClose(values[name], weights[name], rtol=1e-5)
            self.assertAllClose(values[name + "/adam_m"], first[name], rtol=1e-5)
            self.assertAllClose(values[name + "/adam_v"], second[name], rtol=1e-5)

    def test_short_runs_are_corrected_unless_the_user_says_otherwise(self):
        settings = optimization.OptimizerSettings
        self.assertTrue(settings().corrects_bias(300))
        self.assertFalse(settings().corrects_bias(1000000))
        self.assertFalse(settings(adam_bias_correction=False).corrects_bias(300))
        self.assertTrue(settings(adam_bias_correction=True).corrects_bias(1000000))

    def test_runs_of_limited_time_are_corrected_however_many_steps_they_may_take(self):
        settings = optimization.OptimizerSettings
        self.assertTrue(settings().corrects_bias(1000000, is_timed=True))
        as_published = settings(adam_bias_correction=False)
        self.assertFalse(as_published.corrects_bias(1000000, is_timed=True))

    def test_bias_correction_is_that_of_adam(self):
        def train(make_step):
            with tf.Graph().as_default(), tf.Session() as session:
                weight = tf.get_variable("bias", initializer=START["dense/bias"])
                loss = 0.5 * tf.reduce_sum((weight - TARGET["dense/bias"]) ** 2)
                step = make_step(loss)
                session.run(tf.global_variables_initializer())
                for _ in range(4):
                    session.run(step)
                return session.run(weight)

        ours = optimizer_settings(
            num_warmup_steps=0, adam_bias_correction=True, max_grad_norm=0.0
        )
        adam = train(tf.train.AdamOptimizer(0.01, epsilon=1e-6).minimize)
        steps = 10**9  # So the learning rate stays.
        corrected = train(lambda loss: optimizer.minimize(loss, ours, steps).train_op)
        self.assertAllClose(corrected, adam, rtol=1e-4)

    def test_slots_have_the_published_names(self):
        values, _ = self.train(optimizer_settings())
        expected = {"global_step"}
        for name in START:
            expected |= {name, name + "/adam_m", name + "/adam_v"}
        self.assertEqual(set(values), expected)

    def test_counts_steps(self):
        self.assertEqual(self.train(optimizer_settings(), 3)[0]["global_step"], 3)

    def test_first_step_of_warmup_moves_nothing(self):
        values, _ = self.train(optimizer_settings(), num_steps=1)
        self.assertAllEqual(values["dense/kernel"], START["dense/kernel"])

    def test_reports_the_norm_before_clipping(self):
        _, norms = self.train(optimizer_settings())
        distance = [START[name] - TARGET[name] for name in TARGET]
        expected = np.sqrt(sum(np.sum(value**2) for value in distance))
        self.assertAllClose(norms[0], expected)

    def test_sparse_gradient_equals_dense(self):
        def train(lookup):
            with tf.Graph().as_default(), tf.Session() as session:
                table = tf.get_variable("table", initializer=tf.ones([5, 2]))
                loss = tf.reduce_sum(lookup(table) ** 2)
                settings = optimizer_settings(num_warmup_steps=0)
                training = optimizer.minimize(loss, settings, NUM_STEPS)
                session.run(tf.global_variables_initializer())
                for _ in range(3):
                    session.run(training.train_op)
                return session.run(table)

        chosen = tf.constant  # Built inside the graph of each call.
        sparse = train(lambda table: tf.gather(table, chosen([1, 1, 3])))
        dense = train(lambda table: tf.one_hot(chosen([1, 1, 3]), 5) @ table)
        self.assertAllClose(sparse, dense, rtol=1e-6)

    def test_variable_without_gradient_is_left_alone(self):
        with tf.Graph().as_default(), tf.Session() as session:
            unused = tf.get_variable("unused", initializer=3.0)
            loss = quadratic(make_variables())
            training = optimizer.minimize(
                loss, optimizer_settings(num_warmup_steps=0), NUM_STEPS
            )
            session.run(tf.global_variables_initializer())
            session.run(training.train_op)
            self.assertEqual(session.run(unused), 3.0)

    def test_loss_without_variables_is_refused(self):
        with tf.Graph().as_default():
            tf.get_variable("unused", initializer=3.0)
            with self.assertRaisesRegex(ValueError, "depends on no trainable variable"):
                optimizer.minimize(tf.constant(1.0), optimizer_settings(), NUM_STEPS)

    @parameterized.parameters(np.nan, np.inf)
    def test_step_that_is_not_finite_changes_nothing(self, bad):
        with tf.Graph().as_default(), tf.Session() as session:
            factor = tf.placeholder(tf.float32, [])
            loss = factor * quadratic(make_variables())
            settings = optimizer_settings(num_warmup_steps=0)
            training = optimizer.minimize(loss, settings, NUM_STEPS)
            session.run(tf.global_variables_initializer())
            session.run(training.train_op, {factor: 1.0})
            variables = [v for v in tf.global_variables() if "step" not in v.op.name]
            self.assertLen(variables, 3 * len(START))
            before = session.run(variables)
            session.run(training.train_op, {factor: bad})
            for old, new in zip(before, session.run(variables)):
                self.assertAllEqual(old, new)


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.accumulation."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import accumulation
from util import randomness

NUM_ROWS, WIDTH = 5, 3


def features():
    rng = np.random.RandomState(0)
    return {
        "ids": rng.randint(0, NUM_ROWS, [6, 4]).astype(np.int32),
        "target": rng.randn(6).astype(np.float32),
    }


def compute_part(part):
    """A table that is looked up, a kernel, and a variable that nothing uses."""
    table = tf.get_variable("table", [NUM_ROWS, WIDTH])
    kernel = tf.get_variable("kernel", [WIDTH, 1])
    tf.get_variable("unused", [2])
    hidden = tf.reduce_mean(tf.gather(table, part["ids"]), axis=1)  # [B, WIDTH]
    errors = tf.squeeze(hidden @ kernel, 1) - part["target"]
    return accumulation.Computed(
        tf.reduce_mean(errors**2), {"error": tf.reduce_mean(errors)}
    )


def gradients_of(loss):
    variables = tf.trainable_variables()
    return list(zip(tf.gradients(loss, variables), variables))


class AccumulationTest(tf.test.TestCase, parameterized.TestCase):
    def run_batch(self, num_parts, is_mean=True, is_dynamic=False):
        """Returns loss, scalars and the gradients by variable."""
        with tf.Graph().as_default(), self.session() as session:
            shapes = {"ids": [6, None if is_dynamic else 4], "target": [6]}
            fed = {
                name: tf.placeholder(value.dtype, shapes[name])
                for name, value in features().items()
            }
            result = accumulation.compute(
                compute_part, fed, num_parts, gradients_of, is_mean
            )
            session.run(tf.global_variables_initializer())
            for seed, variable in enumerate(tf.global_variables()):
                shape = variable.shape.as_list()
                variable.load(np.random.RandomState(seed).randn(*shape), session)
            found = {
                variable.op.name: tf.convert_to_tensor(gradient)
                for gradient, variable in result.pairs
                if gradient is not None
            }
            feed = {fed[name]: value for name, value in features().items()}
            return session.run((result.computed, found), feed)

    @parameterized.product(num_parts=[2, 3, 6], is_dynamic=[False, True])
    def test_means_are_those_of_the_whole_batch(self, num_parts, is_dynamic):
        whole, gradients = self.run_batch(1)
        computed, found = self.run_batch(num_parts, is_dynamic=is_dynamic)
        self.assertAllClose(computed, whole, rtol=1e-5)
        self.assertCountEqual(found, ["table", "kernel"])
        for name, gradient in gradients.items():
            self.assertAllClose(found[name], gradient, rtol=1e-5)

    def test_sums_add_up(self):
        mean, gradients = self.run_batch(1)
        computed, found = self.run_batch(2, is_mean=False)
        self.assertAllClose(computed.loss, 2 * mean.loss, rtol=1e-5)
        self.assertAllClose(computed.scalars, mean.scalars, rtol=1e-5)
        self.assertAllClose(found["kernel"], 2 * gradients["kernel"], rtol=1e-5)

    def test_batch_that_cannot_be_divided_is_refused(self):
        with self.assertRaisesRegex(ValueError, "batch of 6 examples .* 4 equal parts"):
            self.run_batch(4)

    def test_unknown_batch_size_is_refused(self):
        with tf.Graph().as_default():
            fed = {"x": tf.placeholder(tf.float32, [None])}
            with self.assertRaisesRegex(ValueError, "batch of None examples"):
                accumulation.compute(compute_part, fed, 2, gradients_of, True)

    def test_every_part_of_every_step_has_draws_of_its_own(self):
        def draw(part):
            weight = tf.get_variable("weight", initializer=1.0)
            drawn = tf.random.stateless_uniform([], randomness.seed_pair("x"))
            return accumulation.Computed(
                weight * tf.reduce_sum(part["place"] * drawn), {}
            )

        with tf.Graph().as_default(), self.session() as session:
            step = tf.train.get_or_create_global_step()
            place = {"place": tf.constant([1.0, 1000.0])}
            result = accumulation.compute(draw, place, 2, gradients_of, False)
            session.run(tf.global_variables_initializer())
            drawn = set()
            for _ in range(3):
                loss = session.run(result.computed.loss)
                drawn |= {int(loss / 1000 * 100), int(loss % 1000 * 1000)}
                again = session.run(result.computed.loss)
                self.assertEqual(loss, again)
                session.run(step.assign_add(1))
            self.assertLen(drawn, 6)

    def test_activations_of_one_part_at_a_time(self):
        """The loop must not compute its parts side by side."""
        with tf.Graph().as_default() as graph:
            fed = {name: tf.constant(value) for name, value in features().items()}
            accumulation.compute(compute_part, fed, 3, gradients_of, True)
            entries = [op for op in graph.get_operations() if op.type == "Enter"]
            self.assertNotEmpty(entries)
            for entry in entries:
                self.assertEqual(entry.get_attr("parallel_iterations"), 1)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.choice.heads."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune.choice import features, heads
from model import modeling
from tests.finetune.choice import fakes
from tests.testing import task as task_testing

HIDDEN = 8


def encoded(pooled):
    pooled = tf.constant(pooled, tf.float32)
    return modeling.EncoderOutput(pooled[:, None], pooled, (), (), pooled)


class MultipleChoiceTest(tf.test.TestCase):
    def run_head(self, pooled, num_choices, label, kernel=None):
        """Returns losses and outputs, with a kernel of ones unless one is given."""
        with tf.Graph().as_default(), self.session() as session:
            given = {
                "num_choices": tf.constant(num_choices),
                "label": tf.constant(label),
            }
            head = heads.MultipleChoice(3)
            out = head.compute(encoded(pooled), given, False, "task_specific/t")
            session.run(tf.global_variables_initializer())
            (variable,) = [v for v in tf.trainable_variables() if "kernel" in v.name]
            kernel = np.ones([np.shape(pooled)[1], 1]) if kernel is None else kernel
            variable.load(kernel.astype(np.float32), session)
            return session.run([out.losses, out.outputs])

    def test_loss_is_cross_entropy_over_the_choices(self):
        scores = np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]])
        losses, outputs = self.run_head(scores.reshape([6, 1]), [3, 3], [2, 1])
        exponentials = np.exp(scores)
        want = exponentials / exponentials.sum(axis=1, keepdims=True)
        self.assertAllClose(outputs["logits"], scores)
        self.assertAllClose(outputs["probabilities"], want)
        self.assertAllClose(losses, -np.log(want[[0, 1], [2, 1]]))

    def test_missing_choice_is_never_predicted(self):
        # A text such as "No Answer" in its place could win; here its score is best.
        losses, outputs = self.run_head([[1.0], [2.0], [9.0]], [2], [1])
        self.assertEqual(outputs["probabilities"][0, 2], 0.0)
        self.assertEqual(np.argmax(outputs["logits"][0]), 1)
        self.assertAllClose(losses, [np.log(1.0 + np.exp(-1.0))])

    def test_missing_choice_may_have_any_score(self):
        losses, outputs = self.run_head([[1.0], [2.0], [np.nan]], [2], [1])
        self.assertAllClose(losses, [np.log(1.0 + np.exp(-1.0))])
        self.assertAllEqual(np.isfinite(outputs["logits"]), np.ones([1, 3], bool))

    def test_record_of_another_task_has_a_finite_loss(self):
        losses, outputs = self.run_head([[1.0], [2.0], [9.0]], [0], [0])
        self.assertAllClose(losses, [np.log(3.0)])
        self.assertAllClose(outputs["probabilities"], [[1 / 3, 1 / 3, 1 / 3]])

    def test_variables_are_in_the_scope_of_the_task(self):
        with tf.Graph().as_default():
            given = {"num_choices": tf.constant([3]), "label": tf.constant([0])}
            head = heads.MultipleChoice(3)
            head.compute(encoded(np.ones([3, HIDDEN])), given, True, "task_specific/t")
            shapes = {v.name: v.shape.as_list() for v in tf.global_variables()}
        self.assertEqual(
            shapes,
            {
                "task_specific/t/dense/kernel:0": [HIDDEN, 1],
                "task_specific/t/dense/bias:0": [1],
            },
        )

    def test_dropout_is_on_in_training_only(self):
        pooled = np.random.RandomState(0).randn(3, 64)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(0)
            given = {"num_choices": tf.constant([3]), "label": tf.constant([0])}
            head = heads.MultipleChoice(3)
            trained, asked = [
                head.compute(encoded(pooled), given, is_training, "s").outputs["logits"]
                for is_training in (True, False)
            ]
            session.run(tf.global_variables_initializer())
            (kernel,) = [v for v in tf.trainable_variables() if "kernel" in v.name]
            trained, asked, kernel = session.run([trained, asked, kernel])
        self.assertAllClose(asked, (pooled @ kernel).reshape([1, 3]))
        self.assertNotAllClose(trained, asked)


class EncodedTest(tf.test.TestCase):
    """From features to losses, with an encoder between."""

    def compute(self, examples, num_choices, is_zero=False):
        """Returns losses, probabilities and gradients, all in NumPy."""
        builder = features.ChoiceFeatures(num_choices)
        batch = fakes.batch(builder, examples)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            given = {
                name: tf.placeholder_with_default(
                    np.zeros_like(values) if is_zero else values,
                    [None] * min(values.ndim, 2) + list(values.shape[2:]),
                )
                for name, values in batch.items()
            }
            given["length"].set_shape([None, num_choices])
            output = modeling.encode(
                builder.inputs(given), task_testing.tiny_encoder(), False
            )
            head = heads.MultipleChoice(num_choices)
            out = head.compute(output, given, False, "task_specific/t")
            variables = tf.trainable_variables()
            gradients = tf.gradients(out.losses, variables)
            self.assertNotIn(None, gradients)
            session.run(tf.global_variables_initializer())
            fill(variables, session)
            fetched = [out.losses, out.outputs["probabilities"]]
            return session.run(fetched + [list(map(tf.convert_to_tensor, gradients))])

    def test_room_for_more_choices_changes_nothing(self):
        examples = [
            fakes.question("p", 1, ("10", "11 12")),
            fakes.question("q", 0, ("13", "14 15 16")),
        ]
        tight, narrow, _ = self.compute(examples, 2)
        loose, wide, _ = self.compute(examples, 4)
        self.assertAllClose(loose, tight, rtol=1e-5, atol=1e-6)
        self.assertAllClose(wide[:, :2], narrow, rtol=1e-5, atol=1e-6)
        self.assertAllEqual(wide[:, 2:], np.zeros([2, 2]))

    def test_order_of_the_choices_is_the_order_of_probabilities(self):
        there = self.compute([fakes.question(choices=("10", "11 12", "13"))], 4)[1]
        back = self.compute([fakes.question(choices=("13", "11 12", "10"))], 4)[1]
        self.assertAllClose(there[0, :3], back[0, 2::-1], rtol=1e-5, atol=1e-6)
        self.assertGreater(np.ptp(there[0, :3]), 1e-4)

    def test_batch_of_zeros_has_finite_losses_and_gradients(self):
        examples = [fakes.question("p"), fakes.question("q")]
        losses, _, gradients = self.compute(examples, 4, is_zero=True)
        self.assertAllClose(losses, np.log([4.0, 4.0]))
        for gradient in gradients:
            self.assertTrue(np.all(np.isfinite(gradient)))


def fill(variables, session):
    """Gives variables values that depend on their names and shapes alone."""
    for number, variable in enumerate(sorted(variables, key=lambda v: v.name)):
        values = np.random.RandomState(number).randn(*variable.shape.as_list())
        variable.load((0.5 * values).astype(np.float32), session)


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.model_fn."""

from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import modeling, optimization
from pretrain import (
    model_fn,
    objective,
    objectives,  # noqa: F401  (registers them)
)
from pretrain import run as pretraining
from tests.testing import objective as testing
from util import run_settings, telemetry, time_budget

FEATURES = testing.batch([12, 9, 4])
NO_WARMUP = optimization.OptimizerSettings(num_warmup_steps=0)


class ModelFnTest(tf.test.TestCase, parameterized.TestCase):
    def build(self, mode, max_hours=None, optimizer=NO_WARMUP, **changes):
        """Returns the spec of a model in the default graph."""
        settings = testing.tiny_settings(**changes)
        settings.run = run_settings.RunSettings(num_train_steps=10)
        settings.pretrain = pretraining.PretrainSettings(max_hours=max_hours)
        settings.optimizer = optimizer
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        tf.set_random_seed(1)
        tf.train.get_or_create_global_step()
        features = {name: tf.constant(value) for name, value in FEATURES.items()}
        with mock.patch.object(modeling, "encode", testing.stub_encode):
            return model_fn.build(settings, made)(features, None, mode, {})

    def test_training_publishes_every_part(self):
        with tf.Graph().as_default():
            self.build(tf.estimator.ModeKeys.TRAIN)
            names = tf.get_collection(telemetry.NAMES_KEY)
        self.assertContainsSubset(
            [
                "loss",
                "masked_lm_loss",
                "disc_loss",
                "masked_lm_accuracy",
                "disc_accuracy",
                "learning_rate",
                "grad_norm",
            ],
            names,
        )

    @parameterized.parameters(
        (dict(), 0.5),  # A twentieth of the time is half of a tenth.
        (dict(warmup_proportion=0.2), 0.25),
        (dict(num_warmup_steps=0), 1.0),
    )
    def test_warmup_of_a_limited_time_is_a_tenth_unless_told(self, given, share):
        settings = optimization.OptimizerSettings(learning_rate=1.0, **given)
        with tf.Graph().as_default(), self.session() as session:
            self.build(tf.estimator.ModeKeys.TRAIN, max_hours=1.0, optimizer=settings)
            session.run(tf.global_variables_initializer())
            published = telemetry.published()
            (used,) = tf.get_collection(time_budget.FED_KEY)
            values = session.run(published.values, {used: 0.05})
        rate = dict(zip(published.names, values))["learning_rate"]
        self.assertAllClose(rate, 0.95 * share)

    def test_step_lowers_the_loss(self):
        with tf.Graph().as_default(), self.session() as session:
            spec = self.build(tf.estimator.ModeKeys.TRAIN)
            session.run(tf.global_variables_initializer())
            losses = [session.run([spec.loss, spec.train_op])[0] for _ in range(8)]
        self.assertLess(losses[-1], losses[0])

    def test_training_masks_change_with_the_step(self):
        with tf.Graph().as_default(), self.session() as session:
            spec = self.build(tf.estimator.ModeKeys.TRAIN, mask_prob=0.15)
            session.run(tf.global_variables_initializer())
            same = session.run([spec.loss]), session.run([spec.loss])
            session.run(tf.assign_add(tf.train.get_global_step(), 1))
            other = session.run([spec.loss])
        self.assertEqual(*same)
        self.assertNotEqual(same[0], other)

    def test_evaluation_masks_do_not(self):
        with tf.Graph().as_default(), self.session() as session:
            spec = self.build(tf.estimator.ModeKeys.EVAL)
            session.run(tf.global_variables_initializer())
            before = session.run(spec.loss)
            session.run(tf.assign_add(tf.train.get_global_step(), 1))
            self.assertEqual(session.run(spec.loss), before)

    def test_evaluation_has_the_published_metrics(self):
        with tf.Graph().as_default():
            spec = self.build(tf.estimator.ModeKeys.EVAL)
        self.assertCountEqual(
            spec.eval_metric_ops,
            [
                "masked_lm_accuracy",
                "masked_lm_loss",
                "sampled_masked_lm_accuracy",
                "disc_loss",
                "disc_auc",
                "disc_accuracy",
                "disc_precision",
                "disc_recall",
            ],
        )


class ContentKeyTest(tf.test.TestCase):
    def key(self, ids):
        with self.session():
            return model_fn.content_key({"input_ids": tf.constant(ids)}).eval()

    def test_depends_on_tokens_and_their_places(self):
        self.assertEqual(self.key([[1, 2], [3, 4]]), 1 + 4 + 9 + 16)
        self.assertNotEqual(self.key([[1, 2]]), self.key([[2, 1]]))

    def test_large_batches_do_not_overflow(self):
        ids = np.full([256, 512], 30521, np.int32)
        count = 256 * 512
        expected = 30521 * (count * (count + 1) // 2) % (2**31 - 1)
        self.assertEqual(self.key(ids), expected)


if __name__ == "__main__":
    tf.test.main()

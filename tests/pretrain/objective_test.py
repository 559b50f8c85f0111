"""Tests for pretrain.objective, and the harness for every registered objective."""

from typing import Any, Dict, Tuple

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import (
    objective,
    objectives,  # noqa: F401  (registers them)
)
from tests.testing import objective as testing

# One row per objective and variant: name, settings. A new objective needs a row.
ROWS: Tuple[Tuple[str, Dict[str, Any]], ...] = (
    ("electra", {}),
    ("electra", dict(untied_generator=False)),
    ("electra", dict(untied_generator_embeddings=True)),
    ("electra", dict(uniform_generator=True)),
    ("electra", dict(disallow_correct=True, temperature=0.5)),
    ("electra", dict(masking_rule="with_replacement")),
    ("mlm", dict(objectives=["mlm"])),
)


class EveryObjectiveTest(testing.ObjectiveTestCase, parameterized.TestCase):
    def test_every_registered_objective_has_a_row(self):
        self.assertEqual({name for name, _ in ROWS}, set(objective.REGISTRY.names()))

    @parameterized.parameters(*ROWS)
    def test_holds_what_training_relies_on(self, name, changes):
        self.check_objective(name, testing.batch([12, 7, 2]), **changes)


class ObjectiveSettingsTest(tf.test.TestCase, parameterized.TestCase):
    def test_published_switch_names_the_objective(self):
        settings = objective.ObjectiveSettings
        self.assertEqual(settings().names, ["electra"])
        self.assertEqual(settings(electra_objective=False).names, ["mlm"])

    def test_weight_is_one_by_default(self):
        settings = objective.ObjectiveSettings(
            objectives=["mlm", "electra"], objective_weights={"mlm": 0.5}
        )
        self.assertEqual((settings.weight("mlm"), settings.weight("electra")), (0.5, 1))

    @parameterized.parameters(
        (dict(objectives=[]), "at least one objective"),
        (dict(objectives=["mlm", "mlm"]), "each once"),
        (dict(objective_weights={"electro": 1}), "Did you mean 'electra'"),
        (dict(objective_weights={"electra": "2"}), "must be a number, got '2'"),
    )
    def test_wrong_settings_are_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            objective.ObjectiveSettings(**values)


class CreateTest(tf.test.TestCase):
    def test_misspelt_objective_is_refused_with_the_nearest(self):
        settings = testing.tiny_settings(objectives=["elektra"])
        with self.assertRaisesRegex(ValueError, "Did you mean 'electra'"):
            objective.create(settings, testing.TOKENS, testing.LENGTH)

    def test_objectives_refuse_what_they_cannot_do(self):
        settings = testing.tiny_settings(max_predictions_per_seq=99)
        with self.assertRaisesRegex(ValueError, "max_predictions_per_seq"):
            objective.create(settings, testing.TOKENS, testing.LENGTH)


class WeightedSumTest(tf.test.TestCase):
    def compute(self, **changes):
        settings = testing.tiny_settings(**changes)
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            features = {k: tf.constant(v) for k, v in testing.batch([12, 9]).items()}
            output = made.compute(features, testing.stub_of(settings), False)
            session.run(tf.global_variables_initializer())
            names = {variable.op.name.split("/")[0] for variable in tf.all_variables()}
            return session.run([output.loss, output.parts]) + [output.metrics, names]

    def test_losses_are_added_by_weight(self):
        loss, parts, _, _ = self.compute(
            objectives=["electra", "mlm"], objective_weights={"mlm": 3.0}
        )
        expected = (
            parts["electra/masked_lm_loss"]
            + 50 * parts["electra/disc_loss"]
            + 3 * parts["mlm/masked_lm_loss"]
        )
        self.assertAllClose(loss, expected, rtol=1e-5)

    def test_one_objective_keeps_the_published_names(self):
        _, parts, metrics, names = self.compute()
        self.assertCountEqual(parts, ["masked_lm_loss", "disc_loss"])
        self.assertIn("disc_auc", metrics)
        self.assertCountEqual(
            names,
            [
                "electra",
                "generator",
                "generator_predictions",
                "discriminator_predictions",
            ],
        )

    def test_two_objectives_have_heads_of_their_own(self):
        _, _, metrics, names = self.compute(objectives=["electra", "mlm"])
        self.assertIn("mlm/masked_lm_accuracy", metrics)
        self.assertIn("mlm_predictions", names)

    def test_features_are_the_union(self):
        settings = testing.tiny_settings(objectives=["electra", "mlm"])
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        names = [spec.name for spec in made.record_features(testing.LENGTH)]
        self.assertEqual(names, ["input_ids", "input_mask", "segment_ids"])


class MetricsTest(tf.test.TestCase):
    def evaluate(self, metrics):
        metric_fn, tensors = objective.eval_metrics(metrics)
        operations = metric_fn(**tensors)
        with self.session() as session:
            session.run(tf.local_variables_initializer())
            session.run({name: update for name, (_, update) in operations.items()})
            return session.run({name: value for name, (value, _) in operations.items()})

    def test_mean_is_weighted(self):
        metric = objective.Mean(tf.constant([1.0, 5.0, 9.0]), tf.constant([1.0, 1, 0]))
        self.assertAllClose(self.evaluate({"m": metric}), {"m": 3.0})

    def test_padding_does_not_inflate_the_area_under_the_curve(self):
        # One of two pairs is in order: 0.5. With the padding, scored 0 and labelled
        # 0, as further negatives it would be 0.875.
        labels, scores = [1, 0, 1, 0] + [0] * 6, [0.9, 0.8, 0.3, 0.4] + [0.0] * 6
        weights = [1.0] * 4 + [0.0] * 6
        metric = objective.Auc(*map(tf.constant, (labels, scores, weights)))
        self.assertAllClose(self.evaluate({"auc": metric})["auc"], 0.5, atol=1e-2)

    def test_batch_means_leave_out_what_is_no_mean(self):
        one = tf.ones([2, 3])
        metrics: Dict[str, objective.Metric] = {
            "m": objective.Mean(2 * one, one),
            "auc": objective.Auc(one, one, one),
        }
        with self.session() as session:
            values = session.run(objective.batch_means(metrics))
        self.assertAllClose(values, {"m": 2.0})

    def test_mean_of_nothing_is_zero(self):
        with self.session():
            mean = objective.weighted_mean(tf.ones([3]), tf.zeros([3])).eval()
        self.assertEqual(mean, np.float32(0))


if __name__ == "__main__":
    tf.test.main()

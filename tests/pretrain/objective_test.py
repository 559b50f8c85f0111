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

CAUSAL = dict(encoder="gpt", conv_type="noconv", head_ratio=1)
NO_ATTENTION = dict(CAUSAL, num_attention_heads=1)

# One row per objective and variant: name, settings. A new objective needs a row.
ROWS: Tuple[Tuple[str, Dict[str, Any]], ...] = (
    ("electra", {}),
    ("electra", dict(untied_generator=False)),
    ("electra", dict(untied_generator_embeddings=True)),
    ("electra", dict(uniform_generator=True)),
    ("electra", dict(disallow_correct=True, temperature=0.5)),
    ("electra", dict(masking_rule="with_replacement")),
    ("electra", dict(masking_unit="word")),
    ("mlm", dict(objectives=["mlm"])),
    ("mlm", dict(objectives=["mlm"], tie_weights=False)),
    ("mlm", dict(objectives=["mlm"], masking_unit="span", dup_factor=3)),
    ("wso", dict(objectives=["wso"])),
    ("wso", dict(objectives=["wso"], shuffle_unit="trigram_starts", dup_factor=2)),
    ("nsp", dict(objectives=["nsp"])),
    ("sop", dict(objectives=["sop"], next_sentence_label=1)),
    ("sso", dict(objectives=["sso"])),
    ("lm", dict(objectives=["lm"], encoder_changes=CAUSAL)),
    ("lm", dict(objectives=["lm"], encoder_changes=CAUSAL, tie_weights=False)),
    (
        "bilm",
        dict(objectives=["bilm"], encoder_changes=dict(NO_ATTENTION, encoder="bilstm")),
    ),
    ("cls", dict(objectives=["cls"], num_labels=3)),
)


class EveryObjectiveTest(testing.ObjectiveTestCase, parameterized.TestCase):
    def test_every_registered_objective_has_a_row(self):
        self.assertEqual({name for name, _ in ROWS}, set(objective.REGISTRY.names()))

    @parameterized.parameters(*ROWS)
    def test_holds_what_training_relies_on(self, name, changes):
        features = dict(
            testing.batch([12, 7, 2]),
            sentence_relation=np.array([[1], [0 if name != "sop" else 2], [1]]),
            label=np.array([[2], [0], [1]]),
        )
        self.check_objective(name, features, **changes)


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


class WeightedSumTest(tf.test.TestCase, parameterized.TestCase):
    def compute(self, **changes):
        settings = testing.tiny_settings(**changes)
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            features = dict(
                testing.batch([12, 9]), sentence_relation=np.array([[1], [0]])
            )
            features = {k: tf.constant(v, tf.int32) for k, v in features.items()}
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

    def test_bert_starts_from_knowing_nothing(self):
        _, parts, _, _ = self.compute(objectives=["mlm", "nsp"])
        num_tokens = testing.TOKENS.vocab_size
        self.assertAllClose(parts["mlm/masked_lm_loss"], np.log(num_tokens), atol=0.5)
        self.assertAllClose(parts["nsp/nsp_loss"], np.log(2), atol=0.1)

    def test_structbert_adds_up(self):
        loss, parts, metrics, names = self.compute(
            objectives=["mlm", "wso", "sso"], objective_weights={"sso": 2.0}
        )
        expected = (
            parts["mlm/masked_lm_loss"]
            + parts["wso/wso_loss"]
            + 2 * parts["sso/sso_loss"]
        )
        self.assertAllClose(loss, expected, rtol=1e-6)
        self.assertIn("wso/wso_accuracy", metrics)
        # Masked and shuffled words are named by one head.
        self.assertCountEqual(
            names, ["electra", "generator_predictions", "sso_predictions"]
        )

    def test_the_encoder_runs_once(self):
        settings = testing.tiny_settings(objectives=["mlm", "wso", "nsp"])
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        passes = []

        def encode(inputs, **others):
            passes.append(inputs)
            return testing.stub_of(settings)(inputs, **others)

        with tf.Graph().as_default():
            features = dict(testing.batch([12]), sentence_relation=np.array([[1]]))
            made.compute(
                {k: tf.constant(v, tf.int32) for k, v in features.items()},
                encode,
                False,
            )
        self.assertLen(passes, 1)

    def test_objectives_that_need_clean_text_are_alone(self):
        settings = testing.tiny_settings(
            objectives=["lm", "mlm"], encoder_changes=CAUSAL
        )
        with self.assertRaisesRegex(ValueError, "'lm' reads the text .* but mlm"):
            objective.create(settings, testing.TOKENS, testing.LENGTH)

    @parameterized.parameters(
        ("lm", {}, "'lm' .* 'transformer', whose outputs see the whole text: .* gpt"),
        (
            "bilm",
            CAUSAL,
            "'bilm' .* 'gpt', whose outputs see only what is to their left",
        ),
        ("electra", CAUSAL, "'electra' .* 'gpt'"),
    )
    def test_encoder_that_sees_too_much_or_little_is_refused(
        self, name, encoder_changes, message
    ):
        settings = testing.tiny_settings(
            objectives=[name], encoder_changes=encoder_changes
        )
        with self.assertRaisesRegex(ValueError, message):
            objective.create(settings, testing.TOKENS, testing.LENGTH)

    def test_features_are_the_union(self):
        settings = testing.tiny_settings(objectives=["electra", "mlm"])
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        names = [spec.name for spec in made.record_features(testing.LENGTH)]
        self.assertEqual(names, ["input_ids", "input_mask", "segment_ids"])


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.layerwise."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import layerwise


class FactorsTest(tf.test.TestCase, parameterized.TestCase):
    def factors(self, names, num_layers=12, **overrides):
        return layerwise.factors(names, 0.8, num_layers, **overrides)

    @parameterized.parameters(
        ("electra/embeddings/word_embeddings", 0.8**14),
        ("electra/embeddings_project/kernel", 0.8**14),
        ("electra/encoder/layer_0/output/dense/kernel", 0.8**13),
        ("electra/encoder/layer_1/output/dense/kernel", 0.8**12),
        ("electra/encoder/layer_10/output/dense/kernel", 0.8**3),
        ("electra/encoder/layer_11/output/dense/kernel", 0.64),
        ("task_specific/cola/dense/kernel", 1.0),
    )
    def test_published_table(self, name, expected):
        self.assertAllClose(self.factors([name]), {name: expected})

    def test_published_numbers_of_twelve_layers(self):
        table = self.factors(
            ["electra/embeddings/word_embeddings", "electra/encoder/layer_0/x"]
        )
        self.assertAllClose(list(table.values()), [0.044, 0.055], atol=5e-4)

    def test_corrected_rule_decays_the_top_layer_once(self):
        top = "electra/encoder/layer_11/output/dense/kernel"
        table = self.factors([top], rule=layerwise.CORRECTED)
        self.assertAllClose(table, {top: 0.8})

    def test_unknown_variable_is_named(self):
        with self.assertRaisesRegex(ValueError, "no rule for other/y. Known scopes"):
            self.factors(["electra/embeddings/z", "other/y"])

    @parameterized.parameters(
        ("electra/embeddings/word_embeddings", 1.0),
        ("electra/encoder/layer_0/x", 1.0),
        ("electra/encoder/layer_1/x", 2**-0.25),
        ("electra/encoder/layer_2/x", 2**-0.5),
        ("electra/encoder/layer_3/x", 2**-0.75),
        ("task_specific/rte/x", 2**-0.75),
    )
    def test_structberts_groups(self, name, expected):
        found = layerwise.structbert_factors([name], 2.0, 4)
        self.assertAllClose(found, {name: expected})

    def test_structberts_factor_below_one_lets_the_top_learn_fastest(self):
        names = ["electra/encoder/layer_%d/x" % layer for layer in range(4)]
        found = list(layerwise.structbert_factors(names, 0.5, 4).values())
        self.assertEqual(found, sorted(found))
        self.assertGreater(found[3], found[0])

    def test_layers_beyond_the_encoder_are_unknown(self):
        with self.assertRaisesRegex(ValueError, "layer_2/x"):
            self.factors(["electra/encoder/layer_2/x"], num_layers=2)


if __name__ == "__main__":
    tf.test.main()

"""Tests for tools.count_parameters."""

import contextlib
import io
import json
import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import flops
from pretrain import recipes
from tools import count_parameters
from util import files

LENGTH, NUM_TOKENS = 20, 50
TINY = {
    "model_size": "bert-base",
    "embedding_size": 4,
    "model_hparam_overrides": {
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 32,
    },
    "max_seq_length": LENGTH,
    "mask_prob": 0.25,
    "train_batch_size": 3,
    "num_train_steps": 10,
}


def tiny(**changes):
    return count_parameters.Config(NUM_TOKENS, **recipes.merged(TINY, changes))


def tiny_reader(encoder, **changes):
    """Returns settings of an encoder that reads token after token."""
    overrides = {"encoder": encoder, "num_attention_heads": 1}
    return tiny(model_hparam_overrides=overrides, **changes)


def head(config):
    """Returns the multiplications beside the encoder's, by part."""
    counts = count_parameters.multiplications(config, LENGTH)
    encoder = flops.encoder(config.encoder, LENGTH)
    return {name: n for name, n in counts.items() if name not in encoder}


class PartsTest(tf.test.TestCase):
    def test_layers_are_added_up_and_other_scopes_kept_whole(self):
        sizes = {
            "electra/embeddings/word_embeddings": 1,
            "electra/embeddings/LayerNorm/beta": 2,
            "electra/embeddings/LayerNorm/gamma": 3,
            "electra/embeddings_project/kernel": 4,
            "electra/encoder/layer_0/output/dense/kernel": 5,
            "electra/encoder/layer_11/output/dense/bias": 6,
            "electra/pooler/dense/bias": 7,
            "generator/encoder/layer_0/output/dense/kernel": 8,
            "generator/embeddings_project/kernel": 9,
            "nsp_predictions/dense/bias": 10,
        }
        self.assertEqual(
            count_parameters.parts(sizes),
            {
                "embeddings/word_embeddings": 1,
                "embeddings/LayerNorm": 5,
                "embeddings_project": 4,
                "layers/output/dense": 11,
                "pooler/dense": 7,
                "generator": 17,
                "nsp_predictions": 10,
            },
        )


class MultiplicationsTest(tf.test.TestCase):
    def test_heads_of_hidden_words_and_of_pairs(self):
        config = tiny(objectives=["mlm", "wso", "nsp", "sop", "sso"])
        share = 5 / 20  # 0.255 * 20 positions, rounded down.
        expected = {
            "mlm head": share * 4 * (8 + 50),
            # 5 % of 20 tokens is a third of a trigram, and one is the least.
            "wso head": 3 / 20 * 4 * (8 + 50),
            "nsp head": 8 * (8 + 2) / 20,
            "sop head": 8 * (8 + 2) / 20,
            "sso head": 8 * (8 + 3) / 20,
        }
        self.assertAllClose(head(config), expected)

    def test_head_of_classes(self):
        config = tiny(objectives=["cls"], num_labels=7)
        self.assertAllClose(head(config), {"cls head": 8 * (8 + 7) / 20})

    def test_language_models(self):
        tied = tiny_reader("lstm", objectives=["lm"])
        self.assertEqual(head(tied), {"lm head": 4 * (8 + 50)})
        untied = tiny_reader("lstm", objectives=["lm"], tie_weights=False)
        self.assertEqual(head(untied), {"lm head": 8 * 50})
        # Half of the units is as wide as the table: nothing is projected.
        both_ways = tiny_reader("bilstm", objectives=["bilm"])
        self.assertEqual(head(both_ways), {"bilm head": 2 * 4 * 50})

    def test_electra_has_a_generator_unless_it_is_uniform(self):
        config = tiny(objectives=["electra"], generator_hidden_size=0.5)
        generator = count_parameters.generator_config(config)
        self.assertEqual(generator.hidden_size, 4)
        self.assertAllClose(
            head(config),
            {
                "discriminator head": 8 * 9,
                "generator": sum(flops.encoder(generator, LENGTH).values()),
                "generator head": 5 / 20 * 4 * (4 + 50),
            },
        )
        uniform = tiny(objectives=["electra"], uniform_generator=True)
        self.assertEqual(head(uniform), {"discriminator head": 8 * 9})


class TrainingFlopsTest(tf.test.TestCase, parameterized.TestCase):
    def test_is_three_times_forward_of_every_token(self):
        config = tiny(objectives=["mlm"])
        forward = sum(count_parameters.multiplications(config, LENGTH).values())
        self.assertAllClose(
            count_parameters.training_flops(config), 10 * 3 * LENGTH * 6 * forward
        )

    def test_phases_add_up(self):
        listed = [{"steps": 9}, {"steps": 1, "max_seq_length": 10}]
        parts = [
            count_parameters.training_flops(tiny(objectives=["mlm"], **changes))
            for changes in (
                {"num_train_steps": 9},
                {"num_train_steps": 1, "max_seq_length": 10},
            )
        ]
        both = recipes.merged(TINY, {"phases": listed, "objectives": ["mlm"]})
        config = count_parameters.Config(NUM_TOKENS, **both)
        self.assertAllClose(count_parameters.training_flops(config), sum(parts))

    def test_electras_rule_counts_lookups_as_products(self):
        config = tiny(objectives=["mlm"])
        forward = sum(count_parameters.multiplications(config, LENGTH).values())
        lookup = 4 * (50 + 2 + LENGTH)
        self.assertAllClose(
            count_parameters.training_flops(config, None, count_parameters._by_electra),
            10 * 3 * LENGTH * 4 * (forward + lookup),
        )

    # What was published is rounded to two or three digits, and counts elementwise
    # work, too: by so much, and no more, are we off.
    @parameterized.parameters(
        ("convbert-small", -0.042), ("convbert-medium-small", 0.033),
        ("convbert-base", -0.008), ("electra-small", -0.007), ("electra-base", -0.005),
        ("electra-large", 0.002), ("bert-base", -0.006), ("bert-large", 0.004),
    )  # fmt: skip
    def test_published_trainings(self, name, difference):
        recipe = recipes.load(name)
        config = count_parameters.Config(recipe.vocab_size, **recipe.hparams)
        compared = count_parameters.published_flops(config, recipe)
        self.assertAllClose(compared["difference"], difference, atol=6e-4)

    def test_every_published_training_is_compared(self):
        compared = [
            name for name in recipes.names() if recipes.load(name).published_flops
        ]
        self.assertLen(compared, 8)

    def test_convberts_own_counts_are_ours_for_base(self):
        # Three times forward without lookups comes to the published 1.9e19 as well.
        recipe = recipes.load("convbert-base")
        config = count_parameters.Config(recipe.vocab_size, **recipe.hparams)
        self.assertAllClose(count_parameters.training_flops(config), 1.9e19, rtol=2e-3)


class CommandTest(tf.test.TestCase):
    def run_command(self, *options):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            count_parameters.run(list(options))
        return printed.getvalue()

    def recipe(self, **changes):
        values = {
            "hparams": dict(TINY, objectives=["mlm", "nsp"]),
            "vocab_size": NUM_TOKENS,
            "published": "2k",
            "published_flops": {"value": 1e9, "source": "somebody"},
        }
        values.update(changes)
        path = os.path.join(self.get_temp_dir(), "tiny.json")
        files.write_json(path, values)
        return path

    def test_json_holds_every_count(self):
        values = json.loads(self.run_command("--recipe", self.recipe(), "--json"))
        embeddings, layer = 4 * (50 + 2 + 32 + 2), 12 * 8 * 8 + 13 * 8
        encoder = embeddings + 4 * 8 + 8 + 2 * layer + 8 * 8 + 8
        heads = (8 * 4 + 4 + 2 * 4 + 50) + (8 * 2 + 2)
        self.assertEqual(values["encoder"], encoder)
        self.assertEqual(values["total"], encoder + heads)
        self.assertEqual(values["parameters"]["layers/intermediate/dense"], 2 * 288)
        self.assertEqual(values["recipe"]["flops"]["source"], "somebody")

    def test_tables_compare_with_the_recipe(self):
        path = self.recipe(parameters={"encoder": 2000, "total": 2276})
        printed = self.run_command("--recipe", path)
        self.assertRegex(printed, r"encoder +2,200  \+200 here")
        self.assertRegex(printed, r"total +2,312  \+36 here")
        self.assertIn("published parameters: 2k", printed)
        self.assertRegex(printed, r"published FLOPs: 1e\+09 \(somebody\).* %")
        self.assertRegex(printed, r"mlm head +58 ")

    def test_agreement_is_said(self):
        path = self.recipe(parameters={"encoder": 2200})
        self.assertIn("2,200  as the recipe states", self.run_command("--recipe", path))

    def test_user_wins_over_the_recipe(self):
        options = ["--recipe", self.recipe(), "--json", "--vocab-size", "60"]
        options += ["--set", 'model_hparam_overrides={"num_hidden_layers": 1}']
        values = json.loads(self.run_command(*options))
        self.assertEqual(values["parameters"]["layers/intermediate/dense"], 288)
        self.assertEqual(values["parameters"]["embeddings/word_embeddings"], 4 * 60)

    def test_length_is_that_of_all_sequences(self):
        options = ["--hparams", json.dumps(TINY), "--json"]
        shown = json.loads(self.run_command(*options, "--length", "10"))
        self.assertEqual(shown["length"], 10)
        usual = json.loads(self.run_command(*options))
        self.assertLess(shown["training_flops"], usual["training_flops"] / 2)
        self.assertEqual(usual["vocab_size"], 30522)


if __name__ == "__main__":
    tf.test.main()

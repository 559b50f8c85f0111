"""Tests for pretrain.recipes, and of every recipe."""

import contextlib
import io
import os
import re

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

import configure_pretraining
from pretrain import objective, recipes
from pretrain.data import command
from tools import count_parameters
from util import files

# Parameters of encoder, pooler included, and of all that is trained.
COUNTS = {
    "albert-base": (11683584, 11813810),
    "albert-large": (17683968, 17847474),
    "albert-xlarge": (58724864, 59021490),
    "albert-xxlarge": (222595584, 223158450),
    "bert-base": (109482240, 110106428),
    "bert-base-chinese": (102267648, 102882442),
    "bert-large": (335141888, 336226108),
    "bert-small": (29996544 + 512 * 513, 30545034),
    "bert-tiny": (13635072 + 384 * 385, 13953418),
    "birnn": (32850944, 44477576),
    "cnn": (16327168, 27165832),
    "convbert-base": (105680520, 115836059),
    "convbert-medium-small": (17475888, 18539191),
    "convbert-small": (13143768, 14019903),
    "crnn": (17377792, 28216456),
    "electra-base": (108891648, 119386427),
    "electra-large": (334092288, 354655291),
    "electra-small": (13483008, 14196219),
    "electra-small-gdes": (13483008 + 30522 * 128, 14196219 + 30522 * 128),
    "elmo": (28132352, 44379784),
    "gatedcnn-13": (158387144, 185198576),
    "gatedcnn-9": (45225470, 62296894),
    # The published 116,534,784, a segment and the normalization of the embeddings.
    "gpt": (116534784 + 3 * 768, 116577566),
    "gru": (21836800, 43493000),
    "lstm": (25506816, 47163016),
    "rcnn": (17377792, 28216456),
    # The published 124,055,040, less two positions.
    "roberta-base": (124055040 - 2 * 768, 124695897),
    "structbert-base": (109482240, 110107197),
    "structbert-large": (335141888, 336227133),
    "structbert-large-chinese": (325522432, 326598283),
    "synt-dense-base": (88587264, 89200520),
}


def config_of(recipe):
    return count_parameters.Config(recipe.vocab_size, **recipe.hparams)


def builds(name):
    recipe = recipes.load(name)
    return recipes.builds(recipe, recipe.hparams, "D")


class EveryRecipeTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_table_has_every_recipe(self):
        self.assertCountEqual(COUNTS, recipes.names())

    @parameterized.parameters(*sorted(COUNTS))
    def test_training_graph_has_the_parameters_that_it_states(self, name):
        recipe = recipes.load(name)
        sizes = count_parameters.variables(config_of(recipe))
        encoder = sum(n for key, n in sizes.items() if key.startswith("electra/"))
        total = sum(sizes.values())
        self.assertEqual((encoder, total), COUNTS[name])
        self.assertEqual(recipe.parameters, {"encoder": encoder, "total": total})

    def test_published_counts_are_near(self):
        # Those of Chinese BERT-base are given as for the English vocabulary, 7.1 %
        # above; the others differ by 6.2 % or less.
        for name in recipes.names():
            recipe = recipes.load(name)
            millions = re.fullmatch(r"(\d+)M", recipe.published or "")
            if millions:
                published = int(millions.group(1)) * 1e6
                counted = recipe.parameters["encoder"]
                self.assertAllClose(counted, published, rtol=0.072, msg=name)

    @parameterized.parameters(*sorted(COUNTS))
    def test_is_described_and_its_settings_are_known(self, name):
        recipe = recipes.load(name)
        self.assertRegex(recipe.description, r"^[A-Z].*\.$")
        self.assertNotEmpty(recipe.source)
        config = configure_pretraining.PretrainingConfig("m", "d", **recipe.hparams)
        for key, value in recipe.hparams.items():
            self.assertEqual(getattr(config, key), value, key)

    @parameterized.parameters(*sorted(COUNTS))
    def test_records_are_built_as_the_objectives_need_them(self, name):
        recipe = recipes.load(name)
        for each in recipe.hparams["objectives"]:
            needed = objective.REGISTRY[each].segmentation
            self.assertIn(needed, (None, recipe.data.get("segmentation")))
        if config_of(recipe).masking.reads_words:
            self.assertEqual(recipe.data["word_segmentation"], "spaces")

    def test_builder_has_the_flags(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), self.assertRaises(SystemExit):
            command.general(["--help"])
        for name in recipes.names():
            for build in builds(name):
                for flag in build.flags:
                    if flag.startswith("--"):
                        self.assertRegex(printed.getvalue(), flag + r"\b")


class LoadTest(tf.test.TestCase):
    def write(self, values):
        path = os.path.join(self.get_temp_dir(), "mine.json")
        files.write_json(path, values)
        return path

    def test_a_file_of_the_users(self):
        recipe = recipes.load(self.write({"hparams": {"model_size": "small"}}))
        self.assertEqual((recipe.name, recipe.data), ("mine", {}))
        self.assertEqual(recipe.hparams, {"model_size": "small"})

    def test_what_builder_and_training_share_is_said_once(self):
        data = {"max_seq_length": 64, "segmentation": "sop", "do_lower_case": False}
        recipe = recipes.load(self.write({"data": data, "hparams": {}}))
        self.assertEqual(recipe.hparams, {"max_seq_length": 64, "do_lower_case": False})

    def test_unknown_name_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "recipe 'bert-bse'.*'bert-base'"):
            recipes.load("bert-bse")

    def test_missing_file_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.json"):
            recipes.load("nowhere.json")

    def test_settings_without_a_recipe_around_them_are_refused(self):
        with self.assertRaisesRegex(ValueError, "mine.json: a recipe.*to --hparams"):
            recipes.load(self.write({"model_size": "small"}))

    def test_unknown_key_is_refused(self):
        with self.assertRaisesRegex(ValueError, "mine.json.*'vocab_siz'.*'vocab_size'"):
            recipes.load(self.write({"hparams": {}, "vocab_siz": 3}))

    def test_setting_that_the_builder_does_not_have_is_refused(self):
        with self.assertRaisesRegex(ValueError, "records 'segmentatio'"):
            recipes.load(self.write({"hparams": {}, "data": {"segmentatio": "nsp"}}))

    def test_value_that_the_builder_does_not_take_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'segmentation': 'nps'"):
            recipes.load(self.write({"hparams": {}, "data": {"segmentation": "nps"}}))


class MergedTest(tf.test.TestCase):
    def test_the_later_wins_and_overrides_are_merged_by_key(self):
        base = {"seed": 1, "model_hparam_overrides": {"hidden_size": 8, "encoder": "x"}}
        user = {"seed": 2, "model_hparam_overrides": {"hidden_size": 4}}
        self.assertEqual(
            recipes.merged(base, user),
            {"seed": 2, "model_hparam_overrides": {"hidden_size": 4, "encoder": "x"}},
        )
        self.assertEqual(base["model_hparam_overrides"]["hidden_size"], 8)

    def test_steps_and_phases_take_each_others_place(self):
        in_phases, at_once = {"phases": [{"steps": 3}]}, {"num_train_steps": 5}
        self.assertEqual(recipes.merged(in_phases, at_once), at_once)
        self.assertEqual(recipes.merged(at_once, in_phases), in_phases)


class BuildsTest(tf.test.TestCase):
    def test_flags_of_pairs(self):
        (build,) = builds("structbert-base")
        self.assertEqual(
            build.flags, ["--segmentation", "sso", "--max-seq-length", "512"]
        )

    def test_switches(self):
        (build,) = builds("roberta-base")
        self.assertEqual(
            build.flags,
            "--segmentation sentences --across-documents --max-seq-length 512 "
            "--tokenizer sentencepiece --no-lower-case".split(),
        )

    def test_every_phase_has_its_records(self):
        self.assertEqual(
            [build.command for build in builds("bert-base")],
            [
                "--output-dir D/pretrain_tfrecords --segmentation nsp",
                "--output-dir D/pretrain_tfrecords_512 --segmentation nsp "
                "--max-seq-length 512",
            ],
        )

    def test_records_follow_what_the_user_changes(self):
        recipe = recipes.load("bert-base")
        changed = recipes.merged(
            recipe.hparams, {"num_train_steps": 9, "max_seq_length": 64}
        )
        (build,) = recipes.builds(recipe, changed, "D")
        self.assertEqual(build.flags[-2:], ["--max-seq-length", "64"])


class LocatedTest(tf.test.TestCase):
    def test_data_folder_stands_in_paths(self):
        found = recipes.located({"a": [{"b": "{data_dir}/x"}], "c": 1}, "gs://d")
        self.assertEqual(found, {"a": [{"b": "gs://d/x"}], "c": 1})


class ListingTest(tf.test.TestCase):
    def test_names_describes_and_says_how_to_build(self):
        listing = recipes.listing()
        for name in recipes.names():
            self.assertRegex(listing, r"(?m)^%s$" % name)
        self.assertIn(
            "  records: --output-dir DATA_DIR/pretrain_tfrecords_512", listing
        )


if __name__ == "__main__":
    tf.test.main()

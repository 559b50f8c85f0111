"""Tests for model.checkpoints."""

import dataclasses
import os

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import checkpoints
from model import config as config_lib

CONVBERT = config_lib.EncoderConfig(
    vocab_size=19,
    embedding_size=6,
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=32,
    max_position_embeddings=16,
    conv_kernel_size=5,
    head_ratio=2,
    linear_groups=2,
)

# A ConvBERT of 2 layers as the original names it: W = 12, K = 5, n = 2.
LAYER = {
    "attention/self/query/kernel": [24, 12],
    "attention/self/query/bias": [12],
    "attention/self/conv_attn_key/depthwise_kernel": [5, 24, 1],
    "attention/self/conv_attn_kernel/bias": [10],
    "intermediate/g_dense/kernel": [2, 12, 16],
    "intermediate/g_dense/bias": [32],
}
CONVBERT_SHAPES = {
    "electra/embeddings/word_embeddings": [19, 6],
    "electra/embeddings/position_embeddings": [16, 6],
    "electra/embeddings/token_type_embeddings": [2, 6],
    "electra/embeddings_project/kernel": [6, 24],
}
for _layer in range(2):
    for _name, _shape in LAYER.items():
        CONVBERT_SHAPES["electra/encoder/layer_%d/%s" % (_layer, _name)] = _shape

BERT_SHAPES = {
    "bert/embeddings/word_embeddings": [11, 64],
    "bert/embeddings/position_embeddings": [8, 64],
    "bert/embeddings/token_type_embeddings": [2, 64],
    "bert/encoder/layer_0/attention/self/query/kernel": [64, 64],
    "bert/encoder/layer_0/intermediate/dense/kernel": [64, 256],
    "bert/encoder/layer_0/intermediate/dense/bias": [256],
    "bert/pooler/dense/kernel": [64, 64],
    "cls/predictions/transform/dense/kernel": [64, 64],
    "cls/predictions/transform/LayerNorm/gamma": [64],
    "cls/predictions/output_bias": [11],
    "cls/seq_relationship/output_weights": [2, 64],
}


def save(folder, shapes, name="model.ckpt-7", fill=0.5, slots=False):
    """Writes a checkpoint of range fills as TensorFlow's Saver does."""
    prefix = os.path.join(folder, name)
    with tf.Graph().as_default(), tf.Session() as session:
        for variable, shape in sorted(shapes.items()):
            values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) + fill
            tf.get_variable(variable, initializer=values)
            if slots:
                tf.get_variable(variable + "/adam_m", initializer=values)
                tf.get_variable(variable + "/adam_v", initializer=values)
        tf.train.get_or_create_global_step()
        session.run(tf.global_variables_initializer())
        tf.train.Saver(save_relative_paths=True).save(session, prefix)
    return prefix


def make_variables(shapes):
    return [
        tf.get_variable(name, shape, initializer=tf.zeros_initializer())
        for name, shape in sorted(shapes.items())
    ]


class ResolveTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()

    @parameterized.parameters("", ".index", ".meta", ".data-00000-of-00001")
    def test_accepts_a_prefix_and_its_files(self, ending):
        prefix = save(self.folder, {"x": [2]})
        self.assertEqual(checkpoints.resolve(prefix + ending), prefix)

    def test_folder_gives_the_latest(self):
        save(self.folder, {"x": [2]}, "model.ckpt-1")
        latest = save(self.folder, {"x": [2]}, "model.ckpt-2")
        self.assertEqual(checkpoints.resolve(self.folder), latest)

    def test_state_file_from_another_machine_names_the_local_file(self):
        prefix = save(self.folder, {"x": [2]})
        with open(os.path.join(self.folder, "checkpoint"), "w") as state:
            state.write('model_checkpoint_path: "/other/machine/model.ckpt-7"\n')
        self.assertEqual(checkpoints.resolve(self.folder), prefix)

    def test_single_checkpoint_needs_no_state_file(self):
        prefix = save(self.folder, {"x": [2]}, "bert_model.ckpt")
        os.remove(os.path.join(self.folder, "checkpoint"))
        self.assertEqual(checkpoints.resolve(self.folder), prefix)

    def test_several_without_a_state_file_are_refused(self):
        save(self.folder, {"x": [2]}, "model.ckpt-1")
        save(self.folder, {"x": [2]}, "model.ckpt-2")
        os.remove(os.path.join(self.folder, "checkpoint"))
        with self.assertRaisesRegex(ValueError, "several checkpoints .*model.ckpt-2"):
            checkpoints.resolve(self.folder)

    def test_empty_folder_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "has no checkpoint"):
            checkpoints.resolve(self.folder)

    def test_missing_path_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "no checkpoint .*nowhere"):
            checkpoints.resolve(os.path.join(self.folder, "nowhere"))

    def test_state_file_that_names_nothing_is_refused(self):
        with open(os.path.join(self.folder, "checkpoint"), "w") as state:
            state.write('model_checkpoint_path: "model.ckpt-9"\n')
        with self.assertRaisesRegex(FileNotFoundError, "names .*model.ckpt-9"):
            checkpoints.resolve(self.folder)


class DamageTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.prefix = save(self.get_temp_dir(), {"x": [200]})
        self.data = self.prefix + ".data-00000-of-00001"

    def test_truncated_data_is_refused(self):
        os.truncate(self.data, 100)
        with self.assertRaisesRegex(ValueError, "damaged or incomplete .100 bytes of"):
            checkpoints.shapes(self.prefix)

    def test_missing_data_is_refused(self):
        os.remove(self.data)
        with self.assertRaisesRegex(ValueError, "damaged or incomplete"):
            checkpoints.shapes(self.prefix)

    @parameterized.parameters(0, 10)
    def test_truncated_index_is_refused(self, size):
        os.truncate(self.prefix + ".index", size)
        with self.assertRaisesRegex(ValueError, "damaged or incomplete"):
            checkpoints.shapes(self.prefix)

    def test_whole_checkpoint_is_read(self):
        self.assertEqual(checkpoints.shapes(self.prefix)["x"], (200,))


class PlanTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()

    def plan(self, saved, wanted, **options):
        prefix = save(self.folder, saved, slots=options.pop("slots", False))
        with tf.Graph().as_default():
            return checkpoints.plan(prefix, make_variables(wanted), **options)

    def test_sorts_variables_by_what_becomes_of_them(self):
        report = self.plan(
            {"a/x": [2], "a/y": [3], "b/z": [4]}, {"a/x": [2], "a/y": [5], "c/w": [1]}
        )
        self.assertEqual(report.loaded, {"a/x": (2,)})
        self.assertEqual(report.wrong_shape, {"a/y": ((3,), (5,))})
        self.assertEqual(report.unused, {"b/z": (4,)})
        self.assertEqual(report.missing, {"c/w": (1,)})

    def test_optimizer_state_and_step_are_not_weights(self):
        report = self.plan({"a/x": [2]}, {"a/x": [2]}, slots=True)
        self.assertEqual(report.unused, {})

    def test_table_says_all(self):
        report = self.plan(
            {"a/x": [2], "a/y": [3], "b/z": [4]}, {"a/x": [2], "a/y": [5], "c/w": [1]}
        )
        self.assertEqual(
            report.table().split("\n"),
            [
                "| variable | shape | status |",
                "|---|---|---|",
                "| a/y | [3] in the checkpoint, [5] in the model | wrong shape |",
                "| c/w | [1] | missing |",
                "| a/x | [2] | loaded |",
                "| b/z | [4] | unused |",
            ],
        )

    def test_long_lists_are_counted_by_scope(self):
        shapes = {"electra/encoder/layer_%d/x" % layer: [1] for layer in range(25)}
        shapes["electra/embeddings/word_embeddings"] = [3]
        table = self.plan(shapes, shapes).table()
        self.assertIn("| electra/encoder/* | 25 variables | loaded |", table)
        self.assertIn("| electra/embeddings/* | 1 variables | loaded |", table)

    def test_wrong_shape_is_refused_with_the_table(self):
        report = self.plan({"a/x": [2]}, {"a/x": [3]})
        with self.assertRaisesRegex(ValueError, r"(?s)does not fit.*wrong shape \|"):
            report.check()

    def test_incomplete_required_scope_is_refused(self):
        report = self.plan(
            {"a/x": [2]}, {"a/x": [2], "a/y": [2]}, required_scopes=["a"]
        )
        with self.assertRaisesRegex(ValueError, "1 of the scopes a are missing"):
            report.check()

    def test_required_scope_is_no_prefix_of_a_longer_name(self):
        report = self.plan({"a/x": [2]}, {"a/x": [2], "ab/y": [2]}, required_scopes="a")
        report.check()
        self.assertIn("ab/y", report.missing)

    def test_ignored_scope_is_not_loaded(self):
        report = self.plan({"a/x": [2], "b/x": [2]}, {"b/x": [3]}, ignore=["b"])
        report.check()
        self.assertEqual(report.loaded, {})


class RestoreTest(tf.test.TestCase):
    def restored(self, saved, wanted, use_tpu=False):
        prefix = save(self.get_temp_dir(), saved)
        with tf.Graph().as_default(), tf.Session() as session:
            variables = make_variables(wanted)
            report = checkpoints.plan(prefix, variables)
            scaffold_fn = checkpoints.restore(report, use_tpu=use_tpu)
            if scaffold_fn is not None:
                scaffold_fn()
            session.run(tf.global_variables_initializer())
            return dict(zip(sorted(wanted), session.run(variables)))

    def test_gives_variables_their_values(self):
        values = self.restored({"x": [2, 2]}, {"x": [2, 2], "y": [1]})
        self.assertAllEqual(values["x"], [[0.5, 1.5], [2.5, 3.5]])
        self.assertAllEqual(values["y"], [0.0])

    def test_tpu_restores_on_its_host(self):
        self.assertAllEqual(
            self.restored({"x": [2]}, {"x": [2]}, True)["x"], [0.5, 1.5]
        )

    def test_names_of_bert_are_mapped(self):
        values = self.restored(
            BERT_SHAPES,
            {
                "electra/embeddings/word_embeddings": [11, 64],
                "electra/encoder/layer_0/intermediate/dense/bias": [256],
                "electra/pooler/dense/kernel": [64, 64],
                "generator_predictions/dense/kernel": [64, 64],
                "generator_predictions/LayerNorm/gamma": [64],
                "generator_predictions/output_bias": [11],
            },
        )
        for name, value in values.items():
            self.assertAllEqual(value.ravel()[:3], [0.5, 1.5, 2.5], name)

    def test_all_replicas_start_from_the_checkpoint(self):
        prefix = save(self.get_temp_dir(), {"x": [2]})
        strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])

        def replica():
            variable = tf.get_variable("x", initializer=tf.zeros([2]))
            checkpoints.restore(checkpoints.plan(prefix, [variable], ["x"]))
            return variable.read_value()

        config = tf.ConfigProto(device_count={"CPU": 2}, allow_soft_placement=True)
        with tf.Graph().as_default(), strategy.scope():
            values = strategy.experimental_local_results(
                strategy.extended.call_for_each_replica(replica)
            )
            with tf.Session(config=config) as session:
                session.run(tf.global_variables_initializer())
                for value in session.run(list(values)):
                    self.assertAllEqual(value, [0.5, 1.5])


class InferEncoderTest(tf.test.TestCase):
    def infer(self, shapes, **options):
        folder = self.get_temp_dir()
        return checkpoints.infer_encoder(save(folder, shapes, slots=True), **options)

    def test_convbert_follows_from_its_shapes(self):
        self.assertEqual(
            self.infer(CONVBERT_SHAPES),
            dict(
                vocab_size=19,
                embedding_size=6,
                hidden_size=24,
                num_hidden_layers=2,
                num_attention_heads=4,
                intermediate_size=32,
                max_position_embeddings=16,
                type_vocab_size=2,
                conv_type="sdconv",
                conv_kernel_size=5,
                head_ratio=2,
                linear_groups=2,
            ),
        )

    def test_bert_has_heads_of_64_units_and_no_convolution(self):
        inferred = self.infer(BERT_SHAPES)
        self.assertEqual(inferred["num_attention_heads"], 1)
        self.assertEqual(inferred["conv_type"], "noconv")
        self.assertEqual(inferred["head_ratio"], 1)
        self.assertEqual(inferred["linear_groups"], 1)
        self.assertEqual(inferred["intermediate_size"], 256)

    def test_of_another_encoder_only_the_token_table_is_told(self):
        shapes = {
            "electra/embeddings/word_embeddings": [19, 6],
            "electra/encoder/layer_0/forward/kernel": [6, 32],
        }
        self.assertEqual(self.infer(shapes), dict(vocab_size=19, embedding_size=6))

    def test_embeddings_of_words_alone_tell_neither_places_nor_segments(self):
        shapes = {
            name: shape
            for name, shape in CONVBERT_SHAPES.items()
            if "position" not in name and "token_type" not in name
        }
        inferred = self.infer(shapes)
        self.assertEqual(inferred["hidden_size"], 24)
        self.assertNotIn("max_position_embeddings", inferred)
        self.assertNotIn("type_vocab_size", inferred)

    def test_shared_layers_are_not_counted(self):
        shared = dataclasses.replace(
            CONVBERT, parameter_sharing=True, num_hidden_layers=7
        )
        inferred = self.infer(CONVBERT_SHAPES)
        self.assertEqual(checkpoints.differences(inferred, shared), "")

    def test_checkpoint_without_encoder_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no encoder .* scopes are: resnet"):
            self.infer({"resnet/kernel": [3]})

    def test_same_architecture_has_no_differences(self):
        self.assertEqual(
            checkpoints.differences(self.infer(CONVBERT_SHAPES), CONVBERT), ""
        )

    def test_differences_are_tabled(self):
        inferred = dict(self.infer(CONVBERT_SHAPES), hidden_size=48)
        self.assertIn(
            "| hidden_size | 48 | 24 |", checkpoints.differences(inferred, CONVBERT)
        )


class RealBertTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        if "REAL_DATA_DIR" not in os.environ:
            self.skipTest("Set REAL_DATA_DIR to a folder with checkpoints/ to run it.")
        self.folder = os.path.join(
            os.environ["REAL_DATA_DIR"], "checkpoints", "keras_bert_test_checkpoint"
        )

    def test_bert_of_google_is_understood(self):
        prefix = checkpoints.resolve(self.folder)
        inferred = checkpoints.infer_encoder(prefix)
        self.assertEqual(inferred["vocab_size"], 15)
        self.assertEqual(inferred["num_hidden_layers"], 2)
        self.assertIn("generator_predictions/output_bias", checkpoints.weights(prefix))


if __name__ == "__main__":
    tf.test.main()

"""Tests for convert.adapt_vocab: what is copied is equal bit for bit."""

import atexit
import contextlib
import dataclasses
import functools
import io
import os
import shutil
import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from convert import adapt_vocab, checkpoint_writer
from model import checkpoints, folder, heads, modeling, optimization, tokenization
from tests.model import checkpoints_test, sentencepiece_tokenizer_test
from tests.testing import task as task_testing
from util import files, seeds

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
OLD = SPECIAL + ["今", "天", "fox", "dog"]
NEW = SPECIAL + ["cat", "dog", "今", "好", "##s", "fox", "鸟"]
SOURCES = [0, 1, 2, 3, 4, -1, 8, 5, -1, -1, 7, -1]
ENCODER = task_testing.tiny_encoder(vocab_size=len(OLD), initializer_range=0.5)
EMBEDDINGS = "electra/embeddings/word_embeddings"
BIAS = "generator_predictions/output_bias"
TABLES = [n + slot for n in (EMBEDDINGS, BIAS) for slot in ("", "/adam_m", "/adam_v")]


def write_vocabulary(path, tokens):
    files.write_text(path, "".join(token + "\n" for token in tokens))
    return path


def train_a_step(model_dir):
    """Writes the checkpoint of a masked language model after one step."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(5)
        ids = tf.constant([[2, 5, 6, 7, 3]])
        inputs = modeling.Inputs(ids, tf.ones_like(ids), tf.zeros_like(ids))
        output = modeling.encode(inputs, ENCODER, is_training=False)
        logits = heads.masked_lm(output.sequence, output.token_table, ENCODER)
        loss = tf.reduce_sum(tf.nn.log_softmax(logits)[:, 8])
        optimizer = optimization.AdamWeightDecay(
            tf.constant(0.1), optimization.OptimizerSettings()
        )
        step = tf.train.get_or_create_global_step()
        train = optimizer.minimize(loss, step)
        session.run(tf.global_variables_initializer())
        session.run(train)
        tf.train.Saver().save(session, os.path.join(model_dir, "model.ckpt"), step)


def weights(model_dir):
    reader = tf.train.load_checkpoint(checkpoints.resolve(model_dir))
    names = reader.get_variable_to_shape_map()
    return {name: np.asarray(reader.get_tensor(name)) for name in names}


@functools.lru_cache(maxsize=None)
def trained_model():
    """Returns a model folder that every test reads and none changes."""
    model_dir = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, model_dir, ignore_errors=True)
    train_a_step(model_dir)
    vocab_file = write_vocabulary(os.path.join(model_dir, "words.txt"), OLD)
    settings = dict(
        vocab_size=len(OLD),
        vocab_file="elsewhere/words.txt",
        model_hparam_overrides={"vocab_size": len(OLD), "hidden_size": 16},
        learning_rate=0.1,
    )
    tokenizer = tokenization.TokenizerSettings(
        vocab_file=vocab_file, do_lower_case=False
    )
    folder.write(model_dir, ENCODER, tokenizer, settings, kind="pretraining", seed=3)
    return model_dir


class AdaptVocabTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.model_dir = trained_model()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.output = os.path.join(self.folder, "adapted")

    def vocabulary(self, tokens=None, name="new.txt"):
        path = os.path.join(self.folder, name)
        return write_vocabulary(path, NEW if tokens is None else tokens)

    def run_tool(self, *flags, tokens=None, model_dir=None):
        arguments = ["--model-dir", model_dir or self.model_dir]
        arguments += ["--output-dir", self.output]
        arguments += ["--vocab-file", self.vocabulary(tokens), *flags]
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            self.assertEqual(adapt_vocab.main(arguments), 0)
        return stream.getvalue()


class WeightsTest(AdaptVocabTestCase):
    def test_tables_are_found_with_their_moments(self):
        self.run_tool()
        before, after = weights(self.model_dir), weights(self.output)
        changed = {n for n in before if before[n].shape != after[n].shape}
        self.assertEqual(changed, set(TABLES))

    def test_rows_of_shared_tokens_are_equal(self):
        self.run_tool()
        before, after = weights(self.model_dir), weights(self.output)
        for name in TABLES:
            self.assertEqual(after[name].shape, (12,) + before[name].shape[1:])
            self.assertTrue(np.any(before[name]), name)
            for row, source in enumerate(SOURCES):
                if source >= 0:
                    self.assertTrue(
                        np.array_equal(after[name][row], before[name][source]), name
                    )

    def test_new_rows_are_drawn_or_zero(self):
        self.run_tool("--seed=7")
        after = weights(self.output)
        is_new = np.array(SOURCES) < 0
        random = seeds.numpy_random(7, "adapt_vocab", EMBEDDINGS)
        expected = random.normal(0.0, 0.5, [4, 8]).astype(np.float32)
        self.assertAllEqual(after[EMBEDDINGS][is_new], expected)
        for name in set(TABLES) - {EMBEDDINGS}:
            self.assertFalse(np.any(after[name][is_new]), name)

    def test_everything_else_is_equal(self):
        self.run_tool()
        before, after = weights(self.model_dir), weights(self.output)
        self.assertEqual(set(before), set(after))
        self.assertEqual(after["global_step"], 1)
        for name in set(before) - set(TABLES):
            self.assertEqual(before[name].dtype, after[name].dtype)
            self.assertTrue(np.array_equal(before[name], after[name]), name)

    def test_same_vocabulary_changes_nothing(self):
        self.run_tool(tokens=OLD)
        before, after = weights(self.model_dir), weights(self.output)
        self.assertEqual(set(before), set(after))
        for name in before:
            self.assertTrue(np.array_equal(before[name], after[name]), name)

    def test_optimizer_can_be_dropped(self):
        printed = self.run_tool("--drop-optimizer")
        before, after = weights(self.model_dir), weights(self.output)
        slots = {name for name in before if name.endswith(("/adam_m", "/adam_v"))}
        self.assertEqual(set(before) - set(after), slots)
        self.assertIn("%d optimizer variables left out." % len(slots), printed)

    def test_step_can_be_reset(self):
        self.run_tool("--reset-global-step")
        self.assertEqual(weights(self.output)["global_step"], 0)
        self.assertEndsWith(checkpoints.resolve(self.output), "model.ckpt-0")

    def test_result_can_be_loaded(self):
        self.run_tool()
        found = folder.read(self.output)
        with tf.Graph().as_default(), tf.Session() as session:
            ids = tf.constant([[2, 11, 3]])
            inputs = modeling.Inputs(ids, tf.ones_like(ids), tf.zeros_like(ids))
            output = modeling.encode(inputs, found.encoder, is_training=False)
            plan = checkpoints.plan(
                found.checkpoint, tf.trainable_variables(), ["electra"]
            )
            checkpoints.restore(plan)
            session.run(tf.global_variables_initializer())
            table = session.run(output.token_table)
        self.assertAllEqual(table, weights(self.output)[EMBEDDINGS])

    def test_what_was_done_is_told(self):
        printed = self.run_tool()
        self.assertIn("9 tokens become 12: 8 rows copied, 4 made new, 1 given", printed)
        self.assertIn("  %s: [9, 8] -> [12, 8]\n" % EMBEDDINGS, printed)
        self.assertNotIn("warning", printed)


class DescriptionTest(AdaptVocabTestCase):
    def test_config_has_the_new_vocabulary(self):
        self.run_tool()
        found = folder.read(self.output)
        self.assertEqual(found.encoder, dataclasses.replace(ENCODER, vocab_size=12))
        self.assertEqual(found.kind, "pretraining")
        assert found.tokenizer is not None
        self.assertFalse(found.tokenizer.do_lower_case)
        self.assertEqual(tokenization.build(found.tokenizer).vocab_size, 12)
        config = files.read_json(os.path.join(self.output, "config.json"))
        self.assertEqual(config["seed"], 3)
        self.assertEqual(config["tokenizer"]["vocab_file"], "new.txt")

    def test_settings_have_the_new_vocabulary(self):
        self.run_tool()
        expected = dict(
            vocab_size=12,
            vocab_file=os.path.join(self.folder, "new.txt"),
            model_hparam_overrides={"vocab_size": 12, "hidden_size": 16},
            learning_rate=0.1,
        )
        self.assertEqual(folder.read(self.output).settings, expected)

    def test_published_folder_stays_one(self):
        model_dir = tempfile.mkdtemp(dir=self.folder)
        checkpoints_test.save(model_dir, checkpoints_test.BERT_SHAPES)
        write_vocabulary(os.path.join(model_dir, "vocab.txt"), OLD + ["b", "##b"])
        told = {"vocab_size": 11, "num_attention_heads": 2, "initializer_range": 0.02}
        files.write_json(os.path.join(model_dir, "bert_config.json"), told)
        printed = self.run_tool(model_dir=model_dir)
        self.assertIn("cls/predictions/output_bias: [11] -> [12]", printed)
        self.assertCountEqual(
            [name for name in os.listdir(self.output) if "ckpt" not in name],
            ["bert_config.json", "checkpoint", "vocab.txt"],
        )
        self.assertEqual(folder.read(self.output).encoder.vocab_size, 12)
        table = weights(self.output)["bert/embeddings/word_embeddings"]
        self.assertAllEqual(table[6], np.arange(8 * 64, 9 * 64) + 0.5)

    def test_deltas_start_at_zero_and_other_biases_stay(self):
        model_dir = tempfile.mkdtemp(dir=self.folder)
        delta = EMBEDDINGS + "_delta"
        shapes = dict(checkpoints_test.CONVBERT_SHAPES, **{delta: [19, 6]})
        checkpoints_test.save(model_dir, dict(shapes, **{"task/output_bias": [2]}))
        tokens = SPECIAL + [str(number) for number in range(14)]
        write_vocabulary(os.path.join(model_dir, "vocab.txt"), tokens)
        self.run_tool(model_dir=model_dir, tokens=SPECIAL + ["new", "13"])
        after = weights(self.output)
        self.assertAllEqual(after[delta][5], np.zeros(6))
        self.assertAllEqual(after[delta][6], np.arange(18 * 6, 19 * 6) + 0.5)
        self.assertTrue(np.any(after[EMBEDDINGS][5]))
        self.assertAllEqual(after["task/output_bias"], [0.5, 1.5])


class RefusalTest(AdaptVocabTestCase, parameterized.TestCase):
    def assert_refused(self, message, **options):
        with self.assertRaisesRegex(ValueError, message):
            self.run_tool(**options)
        self.assertEqual(
            [n for n in os.listdir(self.folder) if n.startswith("adapted")], []
        )

    def test_existing_output_is_not_touched(self):
        os.makedirs(self.output)
        with self.assertRaisesRegex(ValueError, "--output-dir .*adapted exists"):
            self.run_tool()
        self.assertEmpty(os.listdir(self.output))

    @parameterized.parameters(
        (SPECIAL + ["a", "a"], "'wordpiece'; give a sound .* 1 of its 7 lines repeat"),
        (SPECIAL[1:], r"lacks \[PAD\]"),
    )
    def test_damaged_vocabulary_is_refused(self, tokens, message):
        self.assert_refused(message, tokens=tokens)

    def test_other_kind_of_vocabulary_is_refused(self):
        path = os.path.join(self.folder, "spm.model")
        options = sentencepiece_tokenizer_test.GOOD
        files.write_bytes(path, sentencepiece_tokenizer_test.model_bytes(**options))
        request = adapt_vocab.Request(self.model_dir, path, self.output)
        message = "--vocab-file cannot replace the vocabulary of .*'wordpiece'"
        with self.assertRaisesRegex(ValueError, message):
            adapt_vocab.adapt(request)

    def test_missing_vocabulary_is_named(self):
        request = adapt_vocab.Request(self.model_dir, "nowhere.txt", self.output)
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.txt does not exist"):
            adapt_vocab.adapt(request)

    def test_vocabulary_larger_than_the_model_is_refused(self):
        model_dir = tempfile.mkdtemp(dir=self.folder)
        checkpoints_test.save(model_dir, checkpoints_test.CONVBERT_SHAPES)
        tokens = SPECIAL + [str(number) for number in range(15)]
        write_vocabulary(os.path.join(model_dir, "vocab.txt"), tokens)
        message = r"has 20 tokens, its model only 19 \(vocab_size\)"
        self.assert_refused(message, model_dir=model_dir)

    def test_checkpoint_without_a_table_is_refused(self):
        with mock.patch.object(checkpoints, "shapes", return_value={BIAS: (9,)}):
            self.assert_refused("has no word_embeddings with 9 rows.* are: none")

    def test_failure_leaves_nothing(self):
        failure = mock.patch.object(
            checkpoint_writer, "write", side_effect=ValueError("disk full")
        )
        with failure:
            self.assert_refused("disk full")


class PartsTest(tf.test.TestCase, parameterized.TestCase):
    def test_rows_are_found_by_token(self):
        found = adapt_vocab.row_sources(OLD, NEW)
        self.assertAllEqual(found, SOURCES)

    def test_last_of_repeated_tokens_is_used(self):
        found = adapt_vocab.row_sources(["a", "b", "a"], ["b", "a"])
        self.assertAllEqual(found, [1, 2])

    def test_table_keeps_its_type(self):
        table = np.float16([[1, 2], [3, 4]])
        made = adapt_vocab.adapt_table(table, np.array([1, -1, 0]))
        self.assertEqual(made.dtype, np.float16)
        self.assertAllEqual(made, [[3, 4], [0, 0], [1, 2]])

    def test_unknown_tables_are_told(self):
        report = adapt_vocab.Report(9, 12, 8, {}, {"softmax/kernel": (8, 9)}, [])
        self.assertIn("softmax/kernel [8, 9] is as long as", report.lines()[-1])

    def test_sentencepiece_tokens_have_one_name(self):
        path = os.path.join(self.get_temp_dir(), "spm.model")
        options = sentencepiece_tokenizer_test.GOOD
        files.write_bytes(path, sentencepiece_tokenizer_test.model_bytes(**options))
        tokenizer = tokenization.build(
            tokenization.TokenizerSettings(tokenizer="sentencepiece", vocab_file=path)
        )
        self.assertEqual(adapt_vocab._names(tokenizer)[:5], SPECIAL)


if __name__ == "__main__":
    tf.test.main()

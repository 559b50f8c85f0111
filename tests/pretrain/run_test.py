"""Tests for pretrain.run."""

import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import modeling
from pretrain import run
from tests.testing import objective as stubs
from tests.testing import pretraining as testing
from util import hooks


class StopAt(tf.train.SessionRunHook):
    """Ends the training as a crash does: nothing is saved any more."""

    def __init__(self, step):
        self._step = step

    def after_run(self, run_context, run_values):
        step = run_context.session.run(tf.train.get_global_step())
        if step >= self._step:
            raise MemoryError("killed")


def weights(config):
    """Returns every number of the latest checkpoint by name."""
    reader = tf.train.load_checkpoint(config.run.model_dir)
    names = reader.get_variable_to_shape_map()
    return {name: reader.get_tensor(name) for name in names}


class RunTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = self.get_temp_dir()
        testing.write_data_dir(self.data_dir)

    def config(self, name="model", **hparams):
        return testing.config(self.data_dir, name, **hparams)


class RepeatTest(RunTestCase):
    """Order of the examples, masks, samples, dropout, optimizer: all come again."""

    def setUp(self):
        super().setUp()
        stub = mock.patch.object(modeling, "encode", stubs.stub_encode)
        stub.start()
        self.addCleanup(stub.stop)

    def train(self, name, **hparams):
        config = self.config(name, held_out_shards=0, **hparams)
        run.run(config)
        return weights(config)

    def kill(self, name, step):
        """Trains until it is killed after a step."""
        make_hooks = hooks.training_hooks
        with mock.patch.object(
            hooks, "training_hooks", lambda *args: make_hooks(*args) + [StopAt(step)]
        ):
            with self.assertRaisesRegex(MemoryError, "killed"):
                self.train(name)

    def assert_same(self, first, second):
        self.assertEqual(first.keys(), second.keys())
        for name in first:
            self.assertTrue(np.array_equal(first[name], second[name]), name)

    def test_killed_run_ends_where_the_uninterrupted_one_does(self):
        # Killed after step 5; the last checkpoint is that of step 3.
        self.kill("killed", step=5)
        self.assert_same(self.train("killed"), self.train("whole"))

    def test_seed_decides_the_first_weights(self):
        first, other = (
            self.train("seed%d" % seed, num_train_steps=1, seed=seed) for seed in (1, 2)
        )
        name = "generator_predictions/dense/kernel"
        self.assertNotAllEqual(first[name], other[name])


class PrepareTest(RunTestCase, parameterized.TestCase):
    def test_good_inputs_pass_and_nothing_is_written(self):
        prepared = run.prepare(self.config())
        self.assertLen(prepared.split.train, 3)
        self.assertLen(prepared.split.held_out, 1)
        self.assertFalse(os.path.exists(prepared.config.run.model_dir))

    @parameterized.parameters(
        (dict(max_seq_length=16), "12 values, but max_seq_length is 16"),
        (dict(max_seq_length=99), "at most max_position_embeddings"),
        (dict(do_eval=True, held_out_shards=0), "nothing to evaluate on"),
        (dict(objectives=["mlm", "elektra"]), "Did you mean 'electra'"),
        (dict(generator_hidden_size=0.01), "generator_hidden_size"),
        (dict(max_predictions_per_seq=13), "max_predictions_per_seq"),
        (dict(use_tpu=True, tpu_name="t"), "gs://"),
        (dict(gradient_accumulation_steps=3), "1 devices, in 3 parts each"),
        (dict(do_train=False), "do_train and do_eval are both false"),
        (dict(max_hours=0), "max_hours is 0, which leaves no time"),
    )
    def test_bad_settings_are_refused(self, hparams, message):
        with self.assertRaisesRegex(ValueError, message):
            run.prepare(self.config(**hparams))

    @parameterized.parameters("vocab_file", "pretrain_tfrecords", "init_checkpoint")
    def test_missing_files_are_named(self, name):
        missing = os.path.join(self.data_dir, "missing")
        with self.assertRaisesRegex(FileNotFoundError, missing):
            run.prepare(self.config(**{name: missing}))


class RunTest(RunTestCase):
    def test_evaluation_alone_needs_a_checkpoint(self):
        config = self.config(do_train=False, do_eval=True)
        with self.assertRaisesRegex(FileNotFoundError, "no checkpoint to evaluate"):
            run.run(config)

    def test_truncated_file_is_named(self):
        for number in range(4):
            path = testing.shard_path(self.data_dir, number)
            with open(path, "r+b") as stream:
                stream.truncate(os.path.getsize(path) - 3)
        config = self.config(held_out_shards=0, num_train_steps=99)
        with self.assertRaisesRegex(ValueError, "0-of-4: record 19 is cut off"):
            run.run(config)

    def test_profile_tells_where_time_goes_and_nothing_else_changes(self):
        elsewhere = self.config(model_dir=tempfile.mkdtemp(dir=self.get_temp_dir()))
        table = run.profile(elsewhere)
        self.assertRegex(table, r"A step takes [0-9.]+ ms")
        self.assertIn("| update of the weights |", table)
        self.assertIn("| electra |", table)
        self.assertFalse(os.path.exists(self.config().run.model_dir))

    def test_init_checkpoint_gives_the_first_weights(self):
        first = self.config("first", num_train_steps=1, held_out_shards=0)
        run.run(first)
        changes = dict(init_checkpoint=first.run.model_dir, held_out_shards=0)
        with self.assertRaisesRegex(ValueError, r"embedding_size \| 12 \| 8"):
            run.prepare(self.config("other", embedding_size=8, **changes))
        second = self.config("second", num_train_steps=1, learning_rate=0.0, **changes)
        run.run(second)
        name = "electra/embeddings/word_embeddings"
        self.assertAllEqual(weights(first)[name], weights(second)[name])
        self.assertEqual(weights(second)["global_step"], 1)


if __name__ == "__main__":
    tf.test.main()

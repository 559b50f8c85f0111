"""Tests for pretrain.phases."""

import os
import tempfile

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import phases, run
from tests.pretrain.run_test import weights
from tests.testing import pretraining as testing
from util import records

SHORT = 8


def write_short(data_dir):
    """Writes records of another length beside the usual ones; returns the pattern."""
    random = np.random.RandomState(1)
    specs = [records.FeatureSpec(name, (SHORT,)) for name in testing.NAMES]
    for number in range(4):
        path = os.path.join(data_dir, "short", "short.tfrecord-%d-of-4" % number)
        examples = [testing.example(random, SHORT) for _ in range(20)]
        testing.write_shard(path, examples, specs)
    return os.path.join(data_dir, "short", "short.tfrecord*")


class PhasesTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        testing.write_data_dir(self.data_dir)
        self.phases = [
            {
                "steps": 4,
                "max_seq_length": SHORT,
                "train_batch_size": 8,
                "pretrain_tfrecords": write_short(self.data_dir),
            },
            {"steps": 2},
        ]

    def config(self, name="model", **hparams):
        values = dict(phases=self.phases, num_train_steps=6)
        return testing.config(self.data_dir, name, **dict(values, **hparams))

    def test_phases_follow_one_another(self):
        listed = phases.of(self.config())
        self.assertEqual([(each.start, each.end) for each in listed], [(0, 4), (4, 6)])
        self.assertEqual([each.tokens_per_step for each in listed], [64, 48])
        # The learning rate is planned over all of them.
        steps = [each.config.run.num_train_steps for each in listed]
        self.assertEqual(steps, [6, 6])
        self.assertEqual(phases.tokens(listed, 5), 4 * 64 + 48)
        self.assertEqual(phases.tokens(listed, 3), 3 * 64)

    def test_run_without_phases_is_one(self):
        (phase,) = phases.of(self.config(phases=[]))
        self.assertEqual((phase.start, phase.end), (0, 6))

    @parameterized.parameters(
        ([{"max_seq_length": 8}], "must say how many steps it has, got None"),
        ([{"steps": 0}], "got 0"),
        ([{"steps": 6, "max_seq_lenght": 8}], "Did you mean 'max_seq_length'"),
        ([{"steps": 5}], "num_train_steps is 6, but the phases have 5"),
    )
    def test_wrong_phases_are_refused(self, listed, message):
        with self.assertRaisesRegex(ValueError, message):
            self.config(phases=listed)

    def test_second_phase_is_checked_before_the_first_begins(self):
        self.phases[1]["max_seq_length"] = 128
        with self.assertRaisesRegex(ValueError, "max_seq_length"):
            run.run(self.config())
        self.assertFalse(os.path.exists(self.config().run.model_dir))

    def test_training_ends_when_the_time_is_up_and_does_not_begin_again(self):
        config = self.config(phases=[], max_hours=1e-9)
        results = run.run(config)
        self.assertEqual(results["step"], 1)
        self.assertIn("masked_lm_loss", results["metrics"])
        self.assertEqual(run.run(config)["step"], 1)

    def test_trains_all_phases_and_resumes_inside_the_second(self):
        whole = run.run(self.config("whole", save_checkpoints_steps=1))
        self.assertEqual((whole["step"], whole["tokens"]), (6, 4 * 64 + 2 * 48))
        # The same run, stopped after step 5 by its checkpoints.
        config = self.config("stopped", save_checkpoints_steps=1)
        run.run(config)
        folder = config.run.model_dir
        state = 'model_checkpoint_path: "model.ckpt-5"\n'
        with open(os.path.join(folder, "checkpoint"), "w") as stream:
            stream.write(state)
        run.run(config)
        expected, actual = weights(self.config("whole")), weights(config)
        for name in expected:
            self.assertAllEqual(expected[name], actual[name], msg=name)


if __name__ == "__main__":
    tf.test.main()

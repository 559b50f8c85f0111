"""Tests for convert.checkpoint_writer."""

import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from convert import checkpoint_writer
from model import checkpoints

VALUES = {
    "a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a/kernel/adam_m": np.float32([[1, 2, 3]]),
    "half": np.float16([0.5]),
    "count": np.int32(4),
}


class CheckpointWriterTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "new")

    @parameterized.parameters(1 << 28, 8, 1)
    def test_values_are_read_as_they_were_written(self, group_bytes):
        with mock.patch.object(checkpoint_writer, "_GROUP_BYTES", group_bytes):
            checkpoint_writer.write(self.folder, VALUES.items())
        reader = tf.train.load_checkpoint(self.folder)
        self.assertEqual(set(reader.get_variable_to_shape_map()), set(VALUES))
        for name, value in VALUES.items():
            found = np.asarray(reader.get_tensor(name))
            self.assertEqual(found.dtype, value.dtype, name)
            self.assertEqual(found.shape, value.shape, name)
            self.assertAllEqual(found, value)

    def test_step_is_in_the_name(self):
        values = dict(VALUES, global_step=np.int64(70))
        prefix = checkpoint_writer.write(self.folder, values.items())
        self.assertEqual(prefix, os.path.join(self.folder, "model.ckpt-70"))
        self.assertEqual(checkpoints.resolve(self.folder), prefix)

    def test_many_variables_take_few_runs(self):
        values = [("v%d" % number, np.float32(number)) for number in range(50)]
        with mock.patch.object(tf.Session, "run", autospec=True) as run:
            run.side_effect = tf.errors.CancelledError(None, None, "counted")
            with self.assertRaises(tf.errors.CancelledError):
                checkpoint_writer.write(self.folder, values)
        self.assertLen(run.call_args[0][1], 50)

    def test_folder_can_be_moved(self):
        checkpoint_writer.write(self.folder, VALUES.items())
        moved = self.folder + "_moved"
        os.rename(self.folder, moved)
        expected = os.path.join(moved, "model.ckpt")
        self.assertEqual(checkpoints.resolve(moved), expected)
        self.assertEqual(checkpoints.shapes(expected)["a/kernel"], (2, 3))

    def test_nothing_is_not_written(self):
        with self.assertRaisesRegex(ValueError, "no variable to write to .*new"):
            checkpoint_writer.write(self.folder, [])


if __name__ == "__main__":
    tf.test.main()

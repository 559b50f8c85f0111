"""Tests for util.run_settings."""

from typing import Any, Dict

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import run_settings


class RunSettingsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (dict(use_tpu=True), "tpu_name is not set"),
        (dict(use_tpu=True, tpu_name="t", num_gpus=2), "one kind of device"),
        (dict(save_checkpoints_steps=0), "save_checkpoints_steps.*at least 1"),
        (dict(num_gpus=-1), "num_gpus.*at least 0"),
    )
    def test_bad_values_are_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            run_settings.RunSettings(**values)

    def test_published_settings_keep_their_names(self):
        values: Dict[str, Any] = {"num_train_steps": 1e6, "iterations_per_loop": 200}
        run = run_settings.RunSettings(tpu_zone="z", gcp_project="p", **values)
        self.assertEqual(run.num_train_steps, 1000000)


if __name__ == "__main__":
    tf.test.main()

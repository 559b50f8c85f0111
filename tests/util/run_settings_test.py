"""Tests for util.run_settings."""

from typing import Any, Dict
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import compat, run_settings


class RunSettingsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (dict(use_tpu=True), "tpu_name is not set"),
        (dict(use_tpu=True, tpu_name="t", num_gpus=2), "one kind of device"),
        (dict(save_checkpoints_steps=0), "save_checkpoints_steps.*at least 1"),
        (dict(num_gpus=-1), "num_gpus.*at least 0"),
        (dict(use_tpu=True, tpu_name="t", precision="float16"), "use bfloat16"),
    )
    def test_bad_values_are_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            run_settings.RunSettings(**values)

    @parameterized.parameters((True, False), (True, True), (False, True))
    def test_bfloat16_where_it_is(self, on_cpus, use_tpu):
        with mock.patch.object(compat, "multiplies_bfloat16", return_value=on_cpus):
            run = run_settings.RunSettings(
                precision="bfloat16", use_tpu=use_tpu, tpu_name="t"
            )
            self.assertEqual(run.precision, "bfloat16")

    def test_bfloat16_elsewhere_is_refused(self):
        with mock.patch.object(compat, "multiplies_bfloat16", return_value=False):
            with self.assertRaisesRegex(ValueError, "'bfloat16', which .* 1.15"):
                run_settings.RunSettings(precision="bfloat16")

    def test_published_settings_keep_their_names(self):
        values: Dict[str, Any] = {"num_train_steps": 1e6, "iterations_per_loop": 200}
        run = run_settings.RunSettings(tpu_zone="z", gcp_project="p", **values)
        self.assertEqual(run.num_train_steps, 1000000)


if __name__ == "__main__":
    tf.test.main()

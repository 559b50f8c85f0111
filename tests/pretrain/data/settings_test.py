"""Tests for pretrain.data.settings."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import settings


class DataSettingsTest(tf.test.TestCase, parameterized.TestCase):
    def test_defaults_lose_no_token_and_stop_at_bad_bytes(self):
        data = settings.DataSettings()
        self.assertEqual(data.segmentation, "electra")
        self.assertEqual(data.encoding_errors, "strict")

    @parameterized.parameters(
        (dict(max_seq_length=7), "'max_seq_length' must be at least 8, got 7"),
        (dict(num_out_files=0), "'num_out_files' must be at least 1, got 0"),
        (dict(segmentation="elektra"), "'segmentation'"),
        (dict(documents="lines"), "'documents'"),
        (dict(encoding_errors="ignore"), "'encoding_errors'"),
    )
    def test_impossible_value_is_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            settings.DataSettings(**values)


if __name__ == "__main__":
    tf.test.main()

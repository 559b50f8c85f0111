"""Tests for pretrain.data.settings."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import packers, settings


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
        (dict(short_seq_prob=1.5), "'short_seq_prob' must be at most 1, got 1.5"),
        (dict(short_seq_prob=-0.1), "'short_seq_prob' must be at least 0, got -0.1"),
        (dict(word_segmentation="comma"), "'word_segmentation'"),
        (dict(across_documents=True), "goes with .*blocks or sentences, not .*electra"),
        (dict(across_documents=True, segmentation="sso"), "not with sso"),
        (
            dict(documents="labelled", segmentation="nsp"),
            "segmentation is 'nsp', but documents is labelled",
        ),
        (
            dict(documents="labelled", short_seq_prob=0.0),
            "short_seq_prob is 0.0, but documents is labelled",
        ),
    )
    def test_impossible_value_is_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            settings.DataSettings(**values)

    @parameterized.parameters(*packers.PACKERS)
    def test_every_rule_can_be_chosen(self, rule):
        self.assertEqual(settings.DataSettings(segmentation=rule).segmentation, rule)

    @parameterized.parameters(*packers.ACROSS_DOCUMENTS)
    def test_examples_may_go_across_documents(self, rule):
        data = settings.DataSettings(segmentation=rule, across_documents=True)
        self.assertTrue(data.across_documents)


if __name__ == "__main__":
    tf.test.main()

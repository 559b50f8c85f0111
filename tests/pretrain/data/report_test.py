"""Tests for pretrain.data.report."""

import tensorflow.compat.v1 as tf

from pretrain.data import report

ENTRY = {
    "name": "x",
    "records": 10,
    "tokens": 800,
    "bytes": 5000,
    "sha256": "0",
    "documents": 3,
    "text_bytes": 4000000,
    "text_tokens": 900,
    "unknown_tokens": 8,
    "replaced_characters": 0,
    "two_segments": 6,
    "lengths": [0, 0, 1, 0, 0, 2, 0, 7],
}


class ReportTest(tf.test.TestCase):
    def test_totals_add_up(self):
        total = report.totals([ENTRY, ENTRY], 127, seconds=4.0)
        self.assertEqual(total["documents"], 6)
        self.assertEqual(total["examples"], 20)
        self.assertEqual(total["tokens_lost"], 200)
        self.assertEqual(total["unknown_rate"], 0.01)
        self.assertEqual(total["two_segment_rate"], 0.6)
        self.assertEqual(total["megabytes_per_second"], 2.0)

    def test_histogram_names_its_limits(self):
        histogram = report.totals([ENTRY], 127, None)["length_histogram"]
        self.assertEqual(list(histogram)[:2], ["0-15", "16-31"])
        self.assertEqual(histogram["112-127"], 7)

    def test_continued_build_has_no_speed(self):
        total = report.totals([ENTRY], 128, None)
        self.assertNotIn("megabytes_per_second", total)
        self.assertNotIn("speed", report.text(total))

    def test_many_unknown_tokens_are_a_warning(self):
        few = report.totals([ENTRY], 128, 1.0)
        many = report.totals([dict(ENTRY, unknown_tokens=80)], 128, 1.0)
        self.assertNotIn("warning", report.text(few))
        self.assertIn("warning: 10.0 % of the tokens are unknown", report.text(many))

    def test_replaced_characters_are_shown(self):
        total = report.totals([dict(ENTRY, replaced_characters=5)], 128, 1.0)
        self.assertIn("not UTF-8, replaced", report.text(total))


if __name__ == "__main__":
    tf.test.main()

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

    def test_relations_are_shown_with_their_shares(self):
        counts = {"0": 3, "1": 3, "2": 4}
        entry = dict(ENTRY, sentence_relation=counts, repeated_tokens=50)
        total = report.totals([entry, entry], 128, 1.0)
        self.assertEqual(total["relations"], {"random": 6, "next": 6, "previous": 8})
        self.assertEqual(total["tokens_lost"], 300)
        text = report.text(total)
        self.assertRegex(text, "random +6 +30.00 %")
        self.assertRegex(text, "previous +8 +40.00 %")
        self.assertRegex(text, "repeated tokens +100 ")

    def test_labels_are_counted(self):
        entries = [dict(ENTRY, label={"1": 9, "0": 1}), dict(ENTRY, label={"1": 10})]
        total = report.totals(entries, 128, 1.0)
        self.assertEqual(total["labels"], {"0": 1, "1": 19})
        self.assertRegex(
            report.text(total), "labels:\n +0 +1 +5.00 %\n +1 +19 +95.00 %"
        )

    def test_of_many_labels_the_most_frequent_are_shown(self):
        label = {str(number): number + 1 for number in range(30)}
        text = report.text(report.totals([dict(ENTRY, label=label)], 128, 1.0))
        self.assertIn("labels (the most frequent of 30):", text)
        self.assertRegex(text, "\n +29 +30 ")
        self.assertNotRegex(text, "\n +9 +10 ")

    def test_neither_is_shown_where_there_is_none(self):
        text = report.text(report.totals([ENTRY], 128, 1.0))
        self.assertNotIn("labels", text)
        self.assertNotIn("repeated", text)


if __name__ == "__main__":
    tf.test.main()

"""Tests for benchmarks.features."""

import argparse
from unittest import mock

import tensorflow.compat.v1 as tf

from benchmarks import features, finetuning


class FeaturesTest(tf.test.TestCase):
    def test_contestants_take_turns_and_the_padded_one_is_the_baseline(self):
        asked = argparse.Namespace(model_size="tiny", rounds=1)
        few = dict.fromkeys(features.TEXTS, 4)
        with mock.patch.object(features, "TEXTS", few):
            with mock.patch.object(finetuning, "NUM_SENTENCES", 300):
                rows = features.measure(asked)
        self.assertEqual([row["name"] for row in rows], ["padded", "by length"])
        self.assertEqual(rows[0]["ratio"], 1.0)
        self.assertAllClose(rows[1]["ratio"], rows[1]["rate"] / rows[0]["rate"])

    def test_table(self):
        rows = [{"name": "by length", "rate": 512.25, "ratio": 9.123}]
        line = features.table(rows).splitlines()[-1]
        self.assertEqual(line, "| by length | 512.2 | 9.12 |")


if __name__ == "__main__":
    tf.test.main()

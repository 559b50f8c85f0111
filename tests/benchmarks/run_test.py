"""Tests for benchmarks.run."""

import argparse
import json
import os
import sys

import numpy as np
import tensorflow.compat.v1 as tf

from benchmarks import pretraining_data, run
import configure_pretraining
from tests.testing import pretraining as testing
from util import parsing, records

RUN = {
    "model_size": "small",
    "batch_size": 16,
    "length": 128,
    "machine": "a processor, 2 cores",
    "environments": [{"library": "TensorFlow 1.15.0", "gflops": 200.0}],
    "rows": [
        {
            "name": "original",
            "library": "TensorFlow 1.15.0",
            "seconds_per_step": 2.0,
            "tokens_per_second": 1024.0,
            "ratio": 1.0,
            "share_of_limit": 0.335,
            "peak_megabytes": 4000.0,
            "first_step_seconds": 60.0,
        }
    ],
}


TASK = run.Task("small", 16, 128)


def arguments(**values):
    defaults = dict(
        original_checkout=None, original_python=None, other_python=[], length=128,
        model_size="small", batch_size=16, huggingface_python=None,
    )  # fmt: skip
    return argparse.Namespace(**dict(defaults, **values))


def entries(**values):
    """The contestants; only the Python called q has bfloat16."""
    return run.entries(arguments(**values), lambda python: python == "q")


class EntriesTest(tf.test.TestCase):
    def test_fast_forms_are_compared_with_plain_ones(self):
        plain, fast = entries()
        self.assertEqual((plain.name, fast.name), ("plain", "fast"))
        self.assertEqual((plain.checkout, fast.checkout), (run.ROOT, run.ROOT))
        self.assertFalse(plain.hparams["fuse_elementwise"])
        self.assertEqual(fast.hparams, {})

    def test_original_is_the_baseline(self):
        listed = entries(
            original_checkout="/o", original_python="p", other_python=["q"]
        )
        self.assertEqual(
            [(entry.name, entry.python) for entry in listed],
            [("original", "p"), ("plain", sys.executable), ("fast", sys.executable)]
            + [("fast-other-1", "q"), ("fast-other-1-bfloat16", "q")],
        )

    def test_huggingface_trains_in_both_precisions(self):
        *_, single, half = entries(huggingface_python="h")
        commands = [
            run.contestant(entry, "folder", TASK).command for entry in (single, half)
        ]
        for command, precision in zip(commands, ("float32", "bfloat16")):
            self.assertEqual(command[:3], ["h", "-m", "benchmarks.huggingface"])
            self.assertEqual(command[-1], precision)
            self.assertIn("small", command)

    def test_settings_of_the_plain_forms_exist(self):
        data_dir = self.get_temp_dir()
        testing.write_data_dir(data_dir)
        (plain, _) = entries()
        contestant = run.contestant(plain, data_dir, TASK)
        hparams = json.loads(contestant.command[-1])
        config = configure_pretraining.PretrainingConfig("m", data_dir, **hparams)
        self.assertFalse(config.run.fuse_elementwise)
        self.assertEqual(config.encoder.span_convolution, "plain")


class ReportTest(tf.test.TestCase):
    def test_table(self):
        self.assertEqual(
            run.table(RUN).splitlines(),
            [
                "small, batch 16 x 128; a processor, 2 cores; TensorFlow 1.15.0 "
                "multiplies at 200 GFLOP/s",
                "",
                "| trainer | library | s/step | tokens/s | ratio | of the limit | "
                "MB | first step s |",
                "|---|---|---:|---:|---:|---:|---:|---:|",
                "| original | TensorFlow 1.15.0 | 2.000 | 1024 | 1.00 | 34 % | 4000 | "
                "60 |",
            ],
        )

    def test_picture(self):
        path = os.path.join(self.get_temp_dir(), "steps.png")
        run.draw(RUN, path)
        with open(path, "rb") as stream:
            self.assertEqual(stream.read(4), b"\x89PNG")

    def test_flops_of_a_masked_share(self):
        self.assertAllClose(run.flops_per_token("medium-small", 128), 94.8e6, rtol=1e-3)


class PretrainingDataTest(tf.test.TestCase):
    def test_records_are_full_and_within_the_vocabulary(self):
        data_dir = self.get_temp_dir()
        with tf.test.mock.patch.object(pretraining_data, "RECORDS_PER_SHARD", 3):
            pretraining_data.write(data_dir, 16)
        folder = os.path.join(data_dir, "pretrain_tfrecords")
        self.assertLen(os.listdir(folder), pretraining_data.NUM_SHARDS)
        path = os.path.join(folder, sorted(os.listdir(folder))[0])
        for record in records.read(path):
            example = parsing.decode(record)
            self.assertEqual(example["input_mask"], [1] * 16)
            self.assertLess(np.max(example["input_ids"]), pretraining_data.VOCAB_SIZE)
        with open(os.path.join(data_dir, "vocab.txt"), encoding="utf-8") as stream:
            self.assertLen(set(stream), pretraining_data.VOCAB_SIZE)


if __name__ == "__main__":
    tf.test.main()

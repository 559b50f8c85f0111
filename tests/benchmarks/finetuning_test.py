"""Tests for benchmarks.finetuning."""

import argparse
import json
import os

import tensorflow.compat.v1 as tf

from benchmarks import finetuning, run
from finetune import formats

ROW = {
    "name": "by length",
    "library": "TensorFlow 1.15.0",
    "examples_per_second": 150.25,
    "ratio": 4.5,
    "peak_megabytes": 900.0,
    "first_step_seconds": 12.3,
}


def arguments(**values):
    defaults = dict(
        original_checkout=None,
        original_python=None,
        other_python=[],
        model_size="small",
    )
    return argparse.Namespace(**dict(defaults, **values))


class FinetuningTest(tf.test.TestCase):
    def test_the_original_is_the_baseline(self):
        names = [entry.name for entry in finetuning.entries(arguments())]
        self.assertEqual(names, ["unsorted", "by length"])
        asked = arguments(original_checkout="/o", other_python=["p"])
        names = [entry.name for entry in finetuning.entries(asked)]
        expected = ["original", "unsorted", "by length", "by length-other-1"]
        self.assertEqual(names, expected)

    def test_sentences_are_as_long_as_those_of_cola(self):
        folder = self.get_temp_dir()
        with tf.test.mock.patch.object(finetuning, "NUM_SENTENCES", 2000):
            finetuning.write_task(folder)
        path = os.path.join(folder, "finetuning_data", "cola", "train.tsv")
        lengths = [len(row[3].split()) for _, row in formats.unquoted_rows(path)]
        self.assertLen(lengths, 2000)
        self.assertAllClose(sum(lengths) / 2000, finetuning.MEAN_WORDS, atol=1.0)
        self.assertLessEqual(max(lengths), finetuning.MOST_WORDS)

    def test_every_contestant_has_links_to_what_is_shared(self):
        folder = self.get_temp_dir()
        model = os.path.join(folder, "data", "models", "model")
        os.makedirs(model)
        for name in ("checkpoint", "model.ckpt-1.index", "results.json"):
            open(os.path.join(model, name), "w").close()
        entry = run.Entry("by length", "python", run.ROOT, {})
        contestant = finetuning._contestant(entry, folder, arguments())
        own = os.path.join(folder, "by_length", "models", "model")
        self.assertCountEqual(os.listdir(own), ["checkpoint", "model.ckpt-1.index"])
        hparams = json.loads(contestant.command[-1])
        self.assertEqual(hparams["task_names"], ["cola"])
        self.assertTrue(contestant.command[2].endswith("run_finetuning.py"))

    def test_table(self):
        self.assertEqual(
            finetuning.table([ROW]).splitlines()[-1],
            "| by length | TensorFlow 1.15.0 | 150.2 | 4.50 | 900 | 12 |",
        )


if __name__ == "__main__":
    tf.test.main()

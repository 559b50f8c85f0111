"""Tests for benchmarks.builder."""

import argparse
import os
import sys

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from benchmarks import builder, run
from util import files


def arguments(**values):
    defaults = dict(original_checkout=None, original_python=None, num_processes=2)
    return argparse.Namespace(**dict(defaults, **values))


class BuilderTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_original_is_the_baseline_and_builds_little(self):
        names = [entry.name for entry in builder.entries(arguments())]
        self.assertEqual(names, ["small text", "large text", "2 processes"])
        asked = arguments(original_checkout="/o", original_python="p")
        original = builder.entries(asked)[0]
        expected = builder.Entry("original", "p", "/o", "small", 1)
        self.assertEqual(original, expected)

    def test_texts_are_whole_lines_of_the_corpus(self):
        folder = self.get_temp_dir()
        corpus = os.path.join(folder, "corpus")
        files.write_text(os.path.join(corpus, "a.txt"), "eins\nzwei\n")
        files.write_text(os.path.join(corpus, "b.txt"), "drei\nvier\n")
        builder.write_texts(corpus, folder, {"small": 7, "large": 19})
        for name, expected in (("small", "eins\n"), ("large", "eins\nzwei\ndrei\n")):
            with open(os.path.join(folder, name, "text.txt")) as stream:
                self.assertEqual(stream.read(), expected)
        with self.assertRaisesRegex(ValueError, "fewer than .*large-megabytes"):
            builder.write_texts(corpus, folder, {"small": 100})

    def test_measures_builds(self):
        folder = self.get_temp_dir()
        corpus = os.path.join(folder, "text")
        files.write_text(os.path.join(corpus, "a.txt"), "one two three\n\n" * 400)
        vocab_file = os.path.join(folder, "vocab.txt")
        tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "three"]
        files.write_text(vocab_file, "".join(token + "\n" for token in tokens))
        rows = builder.measure(
            arguments(
                corpus_dir=corpus,
                vocab_file=vocab_file,
                small_megabytes=0.002,
                large_megabytes=0.005,
                rounds=1,
            )
        )
        self.assertEqual([row["text_megabytes"] for row in rows], [0.002, 0.005, 0.005])
        self.assertEqual(rows[0]["ratio"], 1.0)
        for row in rows:
            self.assertGreater(row["speed"], 0.0)
            self.assertBetween(row["peak_megabytes"], 10, 2000)

    def test_failure_of_a_program_is_an_error(self):
        with self.assertRaisesRegex(RuntimeError, "failed: .* exit"):
            builder.time_command([sys.executable, "-c", "exit(3)"], run.ROOT)

    def test_table(self):
        row = {
            "name": "large text",
            "text_megabytes": 50.0,
            "seconds": 5.56,
            "speed": 8.99,
            "ratio": 18.2,
            "peak_megabytes": 165.4,
        }
        self.assertEqual(
            builder.table([row]).splitlines()[-1],
            "| large text | 50.0 | 5.6 | 8.99 | 18.20 | 165 |",
        )


if __name__ == "__main__":
    tf.test.main()

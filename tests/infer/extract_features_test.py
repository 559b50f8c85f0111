"""Tests for infer.extract_features: the command, and the function of its name."""

import contextlib
import gzip
import io
import json
import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from infer import extract_features, extractor
from tests.finetune import models
from tests.infer import plain
from util import files

LINES = "good things\n\n好 ||| bad bad bad bad\nfine\n"


class ExtractFeaturesTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.model_dir = os.path.join(self.folder, "model")
        self.made = models.write_pretrained(self.model_dir, num_hidden_layers=2)
        self.input = self.path("texts.txt")
        files.write_text(self.input, LINES)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_main(self, *arguments, path=None):
        """Runs the command; returns what it says."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            argv = ["--model", self.model_dir, *arguments, path or self.input]
            self.assertEqual(extract_features.main(argv), 0)
        return said.getvalue()

    def json(self, name="texts.txt.features.jsonl"):
        with open(self.path(name), encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]

    def test_vectors_of_tokens(self):
        self.run_main("--layers", "-1,0")
        lines = self.json()
        self.assertEqual([line["linex_index"] for line in lines], [0, 1, 2, 3])
        tokens = [[token["token"] for token in line["features"]] for line in lines]
        self.assertEqual(tokens[0], ["[CLS]", "good", "thing", "##s", "[SEP]"])
        self.assertEqual(tokens[1], ["[CLS]", "[SEP]"])
        last, first = lines[2]["features"][1]["layers"]
        self.assertEqual((last["index"], first["index"]), (-1, 0))
        (want,) = plain.layers(self.made, [("好", "bad bad bad bad")])
        self.assertAllClose(first["values"], want[0, 1], atol=1e-5)
        self.assertAllClose(last["values"], want[1, 1], atol=1e-5)

    def test_vectors_of_texts(self):
        self.run_main("--pooling", "mean")
        (layer,) = self.json()[0]["layers"]
        want = plain.last_layer(self.made, "good things").mean(axis=0)
        self.assertAllClose(layer["values"], want, atol=1e-5)

    def test_arrays(self):
        output = self.path("out.npz")
        self.run_main("--output", output)
        with np.load(output, allow_pickle=False) as found:
            start, end = found["offsets"][2:4]
            want = plain.last_layer(self.made, "好", "bad bad bad bad")
            self.assertAllClose(found["vectors"][start:end, 0], want, atol=1e-5)

    def test_format_wins_over_the_name(self):
        self.run_main("--format", "npz", "--pooling", "first")
        with np.load(self.path("texts.txt.features.npz")) as found:
            self.assertEqual(found["vectors"].shape, (4, 1, 16))

    def test_summary(self):
        said = self.run_main("--max-seq-length", "6")
        self.assertIn(
            "Wrote the vectors of 4 texts, 16 tokens, to %s" % self.input, said
        )
        self.assertIn("Cut to 6 tokens: 1. Without tokens: 1.", said)
        self.assertIn("| loaded |", said)

    def test_standard_input_to_standard_output(self):
        stdin = mock.Mock(buffer=io.BytesIO(LINES.encode("utf-8")))
        stdout = mock.Mock(buffer=io.BytesIO())
        with mock.patch("sys.stdin", stdin), mock.patch("sys.stdout", stdout):
            self.run_main("--output", "-", path="-")
        written = stdout.buffer.getvalue().decode("utf-8")
        self.run_main()
        self.assertEqual(
            [json.loads(line) for line in written.splitlines()], self.json()
        )

    def test_compressed_input(self):
        path = self.path("texts.gz")
        files.write_bytes(path, gzip.compress(LINES.encode("utf-8")))
        self.run_main(path=path)
        self.run_main()
        self.assertEqual(self.json("texts.gz.features.jsonl"), self.json())

    def test_settings_of_the_model(self):
        os.remove(os.path.join(self.model_dir, "config.json"))
        os.rename(os.path.join(self.model_dir, "vocab.txt"), self.path("elsewhere.txt"))
        vocabulary = "vocab_file=" + self.path("elsewhere.txt")
        said = self.run_main("--set", vocabulary, "--set", "num_gpus=0")
        self.assertIn("Every text is padded to 32 tokens", said)
        self.assertLen(self.json(), 4)

    def test_padding_that_was_asked_for_needs_no_word(self):
        said = self.run_main("--set", "pad_to_longest=false")
        self.assertNotIn("padded", said)

    def test_older_output_stays_until_the_new_is_whole(self):
        output = self.path("out.jsonl")
        files.write_text(output, "old")
        for content, message in ((b"good\n\xff", ":2: not UTF-8"), (b"", "no line")):
            stdin = mock.Mock(buffer=io.BytesIO(content))
            with mock.patch("sys.stdin", stdin):
                with self.assertRaisesRegex(ValueError, message):
                    self.run_main("--output", output, path="-")
            with open(output) as stream:
                self.assertEqual(stream.read(), "old")
        self.assertCountEqual(
            os.listdir(self.folder), ["model", "out.jsonl", "texts.txt"]
        )

    def test_what_a_killed_run_has_left_is_removed(self):
        for name in ("texts.txt", "another.txt"):
            files.write_text(self.path(name + ".features.jsonl.0a1b2c3d.tmp"), "half")
        self.run_main()
        left = [name for name in os.listdir(self.folder) if name.endswith(".tmp")]
        self.assertEqual(left, ["another.txt.features.jsonl.0a1b2c3d.tmp"])

    def test_interrupted_in_the_middle_nothing_is_left(self):
        for form in ("jsonl", "npz"):
            with mock.patch.object(
                extractor.Extractor, "extract", side_effect=KeyboardInterrupt
            ):
                with self.assertRaises(KeyboardInterrupt):
                    self.run_main("--format", form)
        self.assertCountEqual(os.listdir(self.folder), ["model", "texts.txt"])

    @parameterized.parameters(
        (["--layers", "last"], ValueError, "--layers takes numbers .* got 'last'"),
        (["--layers", "-1,5"], ValueError, "layers has 5, but the encoder has 2"),
        (["--set", "pooling"], ValueError, "--set takes KEY=VALUE"),
        (["--output", "no/where.npz"], FileNotFoundError, "output folder no does not"),
        (["--model", "nowhere"], FileNotFoundError, "There is no checkpoint nowhere"),
    )
    def test_wrong_arguments(self, arguments, kind, message):
        with self.assertRaisesRegex(kind, message):
            self.run_main(*arguments)
        self.assertCountEqual(os.listdir(self.folder), ["model", "texts.txt"])

    def test_output_must_be_a_file_of_its_own(self):
        for output, message in (
            (self.folder, "is a folder"),
            (self.input, "the input"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                self.run_main("--output", output)

    def test_output_of_standard_input_must_be_named(self):
        with self.assertRaisesRegex(ValueError, "say with --output where"):
            self.run_main(path="-")

    def test_wrong_line_is_found_before_the_model_is_loaded(self):
        files.write_text(self.input, "good\na\tb\tc\n")
        with mock.patch.object(extractor, "Extractor") as made:
            with self.assertRaisesRegex(ValueError, r"texts\.txt:2: found 3 texts"):
                self.run_main()
        made.assert_not_called()

    def test_empty_input_is_refused(self):
        files.write_text(self.input, "")
        with self.assertRaisesRegex(ValueError, "has no line"):
            self.run_main()


class ExtractTest(tf.test.TestCase):
    def test_vectors_in_order_then_the_model_is_closed(self):
        model_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        made = models.write_pretrained(model_dir)
        with mock.patch.object(extractor.Extractor, "close") as close:
            found = list(extract_features.extract(["good", ("bad", "好")], model_dir))
        close.assert_called_once_with()
        for features, text in zip(found, (["good"], ["bad", "好"])):
            want = plain.last_layer(made, *text)
            self.assertAllClose(features.vectors[:, 0], want, atol=1e-5)

    def test_errors_come_at_once(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere"):
            extract_features.extract(["good"], "nowhere")


if __name__ == "__main__":
    tf.test.main()

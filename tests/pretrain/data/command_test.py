"""Tests for pretrain.data.command."""

import contextlib
import io

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import builder, command, packers, settings
from tests.pretrain.data import fixtures


class CommandTest(fixtures.TestCase, parameterized.TestCase):
    def general(self, *flags):
        """Runs the general builder's command and returns what it asks for."""
        arguments = ["--corpus-dir", fixtures.CORPUS, "--vocab-file", fixtures.VOCAB]
        arguments += ["--output-dir", self.path("records")]
        return self.request(command.general, arguments + list(flags))

    def request(self, run, arguments):
        with tf.test.mock.patch.object(builder, "build") as build:
            self.assertEqual(run(arguments), 0)
        return build.call_args[0][0]

    def test_defaults_are_those_of_the_original(self):
        request = self.general()
        self.assertEqual(request.data.max_seq_length, 128)
        self.assertEqual(request.data.documents, "blank-lines")
        self.assertEqual(request.num_processes, 1)
        self.assertTrue(request.tokenizer.do_lower_case)
        self.assertTrue(request.tokenizer.strips_accents)

    def test_flags_of_the_original_are_understood(self):
        request = self.general(
            "--max-seq-length=64",
            "--num-processes=3",
            "--no-lower-case",
            "--no-strip-accents",
        )
        self.assertEqual(request.data.max_seq_length, 64)
        self.assertEqual(request.num_processes, 3)
        self.assertFalse(request.tokenizer.do_lower_case)
        self.assertEqual(request.tokenizer.strip_accents, False)

    # The original takes the word False for true.
    @parameterized.parameters(
        (["--blanks-separate-docs", "True"], "blank-lines"),
        (["--blanks-separate-docs", "False"], "file"),
        (["--blanks-separate-docs="], "file"),
        (["--blanks-separate-docs"], "blank-lines"),
        (["--documents", "line"], "line"),
        (["--documents", "labelled"], "labelled"),
    )
    def test_end_of_documents(self, flags, expected):
        self.assertEqual(self.general(*flags).data.documents, expected)

    @parameterized.parameters(
        (["--blanks-separate-docs", "perhaps"], "expected True or False"),
        (["--blanks-separate-docs", "False", "--documents", "line"], "means --doc"),
    )
    def test_nonsense_is_refused(self, flags, message):
        with contextlib.redirect_stderr(io.StringIO()) as stream:
            with self.assertRaises(SystemExit):
                self.general(*flags)
        self.assertIn(message, stream.getvalue())

    def test_packing_has_flags(self):
        request = self.general(
            "--segmentation=blocks",
            "--short-seq-prob=0.2",
            "--across-documents",
            "--word-segmentation=spaces",
        )
        self.assertEqual(request.data.segmentation, "blocks")
        self.assertEqual(request.data.short_seq_prob, 0.2)
        self.assertTrue(request.data.across_documents)
        self.assertEqual(request.data.word_segmentation, "spaces")

    def test_packing_is_as_before_without_flags(self):
        data = self.general().data
        self.assertEqual(data, settings.DataSettings())

    def test_help_explains_every_segmentation(self):
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            with self.assertRaises(SystemExit):
                command.general(["--help"])
        for name in packers.PACKERS:
            self.assertRegex(stream.getvalue(), r"\n  %s +\w" % name)

    def test_openwebtext_uses_the_layout_of_the_original(self):
        request = self.request(command.openwebtext, ["--data-dir", "data"])
        self.assertEqual(request.corpus, "data/openwebtext")
        self.assertEqual(request.tokenizer.vocab_file, "data/vocab.txt")
        self.assertEqual(request.output_dir, "data/pretrain_tfrecords")
        self.assertEqual(request.data.documents, "file")


if __name__ == "__main__":
    tf.test.main()

"""Tests for tools.build_vocab."""

import contextlib
import io
import os
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import settings
from tests.pretrain.data import fixtures
from tools import build_vocab
from util import gfile


class BuildVocabTest(fixtures.TestCase, parameterized.TestCase):
    def run_tool(self, *flags):
        output = self.path("out")
        arguments = ["--corpus-dir", fixtures.CORPUS, "--output", output]
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            self.assertEqual(build_vocab.main(arguments + list(flags)), 0)
        self.printed = stream.getvalue()
        with open(output, "rb") as result:
            return result.read()

    def tokens(self, *flags):
        return self.run_tool(*flags).decode("utf-8").split("\n")[:-1]

    def test_special_tokens_come_first(self):
        tokens = self.tokens("--vocab-size=310")
        self.assertEqual(tokens[:5], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])

    def test_size_is_the_one_asked_for(self):
        self.assertLen(set(self.tokens("--vocab-size=310")), 310)

    def test_frequent_words_are_whole(self):
        tokens = self.tokens("--vocab-size=318")
        self.assertIn("the", tokens)
        self.assertIn("，", tokens)
        self.assertNotIn("##，", tokens)

    def test_small_corpus_gives_less_and_says_so(self):
        self.assertLess(len(self.tokens("--vocab-size=5000")), 5000)
        self.assertIn("too small to give 5000 tokens", self.printed)

    def test_same_corpus_gives_the_same_file(self):
        once = self.run_tool("--vocab-size=310")
        self.assertEqual(self.run_tool("--vocab-size=310"), once)

    def test_case_is_kept_on_demand(self):
        self.assertIn("T", self.tokens("--vocab-size=400", "--no-lower-case"))
        self.assertNotIn("T", self.tokens("--vocab-size=400", "--lower-case"))

    def test_alphabet_can_be_limited(self):
        tokens = self.tokens("--vocab-size=100", "--alphabet-size=30")
        self.assertLen([token for token in tokens if len(token) == 1], 30)

    def test_alphabet_larger_than_the_vocabulary_is_refused(self):
        with self.assertRaisesRegex(ValueError, "--vocab-size is 50, but .* lower"):
            self.run_tool("--vocab-size=50")

    @parameterized.parameters("unigram", "bpe")
    def test_sentencepiece_model_fits_the_builder(self, model_type):
        flags = ["--tokenizer=sentencepiece", "--vocab-size=300"]
        self.run_tool("--model-type=" + model_type, *flags)
        tokenizer = tokenization.build(
            tokenization.TokenizerSettings(
                tokenizer="sentencepiece", vocab_file=self.path("out")
            )
        )
        self.assertEqual(list(tokenizer.special_ids.values()), [0, 1, 2, 3, 4])
        self.assertEqual(tokenizer.vocab_size, 300)

    def test_same_corpus_gives_the_same_sentencepiece_model(self):
        flags = ["--tokenizer=sentencepiece", "--vocab-size=300"]
        self.assertEqual(self.run_tool(*flags), self.run_tool(*flags))

    def test_impossible_sentencepiece_size_is_refused(self):
        with self.assertRaisesRegex(ValueError, "sentencepiece cannot train"):
            self.run_tool("--tokenizer=sentencepiece", "--vocab-size=90000")

    def build(self, text, *flags):
        corpus = self.write("text.txt", text)
        return self.tokens("--corpus-dir", corpus, *flags)[5:]

    @parameterized.parameters(
        ([], ["天", "b", "今", "a", "e", "好"]),  # 3, 3, 2, 2, 1, 1 times.
        (["--min-count=2"], ["天", "b", "今", "a"]),
        (["--vocab-size=7"], ["天", "b"]),
        (["--no-strip-accents"], ["天", "b", "今", "a", "é", "好"]),
        (["--no-lower-case"], ["天", "b", "今", "a", "É", "好"]),
    )
    def test_characters_are_counted(self, flags, expected):
        text = "今 天天天\tbb\na\x00 今b\n\naÉ好\n"
        self.assertEqual(self.build(text, "--tokenizer=char", *flags), expected)

    @parameterized.parameters(
        ([], ["bb", "今", "天天", "ae好"]),  # 3, 2, 2, 1 times.
        (["--min-count=2"], ["bb", "今", "天天"]),
        (["--vocab-size=7"], ["bb", "今"]),
        (["--no-strip-accents"], ["bb", "今", "天天", "aé好"]),
        (["--no-lower-case"], ["今", "天天", "BB", "bb", "aÉ好", "Bb"]),
    )
    def test_words_are_counted(self, flags, expected):
        text = "BB 今 天天\tbb\naÉ好\u3000今  天天\n\n\x00 Bb\n"
        self.assertEqual(self.build(text, "--tokenizer=space", *flags), expected)

    @parameterized.parameters("char", "space")
    def test_counted_vocabulary_knows_its_corpus(self, kind):
        self.run_tool("--tokenizer=" + kind)
        settings_used = tokenization.TokenizerSettings(
            tokenizer=kind, vocab_file=self.path("out")
        )
        tokenizer = tokenization.build(settings_used)
        for name in ("garden.txt", "teahouse.txt"):
            with open(os.path.join(fixtures.CORPUS, name), encoding="utf-8") as stream:
                ids = tokenizer.encode(stream.read())
            self.assertNotEmpty(ids)
            self.assertNotIn(tokenizer.unk_id, ids)

    def test_special_tokens_in_text_are_not_counted(self):
        flags = ["--tokenizer=space", "--no-lower-case"]
        self.assertEqual(self.build("[MASK] a [MASK] [PAD]", *flags), ["a"])

    def test_rare_tokens_are_said_to_be_left_out(self):
        self.build("a a b", "--tokenizer=char", "--min-count=2")
        self.assertIn("No other tokens occur 2 times or more.", self.printed)

    @parameterized.parameters(
        (["--vocab-size=5"], "--vocab-size is 5, expected more than the 5 special"),
        (["--tokenizer=char", "--min-count=0"], "--min-count is 0, expected 1"),
        (["--min-count=2"], "--min-count is for --tokenizer char or space, got word"),
    )
    def test_senseless_flags_are_refused(self, flags, message):
        with self.assertRaisesRegex(ValueError, message):
            self.run_tool(*flags)

    def test_output_that_is_a_folder_is_refused(self):
        with self.assertRaisesRegex(ValueError, "is a folder; name the file"):
            self.run_tool("--output", self.folder)

    def test_interrupted_work_leaves_nothing(self):
        flags = ["--tokenizer=char", "--output", self.path("new", "out.txt")]
        with mock.patch.object(gfile, "rename", side_effect=OSError("full")):
            with self.assertRaisesRegex(OSError, "Cannot write .*out.txt: full"):
                self.run_tool(*flags)
        self.assertEmpty(os.listdir(self.path("new")))

    def test_long_work_says_how_far_it_is(self):
        corpus = self.write("text.txt", "今天 a\n" * 60000)  # Two blocks.
        lines = build_vocab.Lines(corpus, settings.DataSettings(), max_megabytes=300.0)
        with mock.patch.object(build_vocab, "_SECONDS_BETWEEN_LINES", 0.0):
            with contextlib.redirect_stderr(io.StringIO()) as stream:
                self.assertLen(list(lines), 60000)
        self.assertRegex(stream.getvalue(), r"read 0 of 1 MB, [\d.]+ MB/s, about \d+ s")

    def test_large_corpus_is_sampled_evenly(self):
        for number in range(10):
            self.write("corpus/%d.txt" % number, ("line %d\n" % number) * 100)
        data = settings.DataSettings(documents="file")
        lines = build_vocab.Lines(self.path("corpus"), data, max_megabytes=0.002)
        self.assertBetween(len(set(lines)), 1, 5)


if __name__ == "__main__":
    tf.test.main()

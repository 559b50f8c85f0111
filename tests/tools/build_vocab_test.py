"""Tests for tools.build_vocab."""

import contextlib
import io

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import settings
from tests.pretrain.data import fixtures
from tools import build_vocab


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

    def test_large_corpus_is_sampled_evenly(self):
        for number in range(10):
            self.write("corpus/%d.txt" % number, ("line %d\n" % number) * 100)
        data = settings.DataSettings(documents="file")
        lines = build_vocab.Lines(self.path("corpus"), data, max_megabytes=0.002)
        self.assertBetween(len(set(lines)), 1, 5)


if __name__ == "__main__":
    tf.test.main()

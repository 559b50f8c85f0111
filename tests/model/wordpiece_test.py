"""Tests for model.wordpiece: equal to BERT's tokenizer, id for id."""

import glob
import os
import random
import re
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization, wordpiece
from tests.model import plain_tokenizer

DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEQ0123456789é.,!?'[]_$中文σς\U0002b830"
TOKENS = (
    SPECIAL
    + sorted(set(LETTERS))
    + ["##" + letter for letter in sorted(set(LETTERS)) if letter.isalnum()]
    + ["the", "##ing", "garden", "mask", "caf", "##fé"]
)

NASTY = {
    "empty": "",
    "only_spaces": " \t \u3000",
    "controls_python_splits_at": "a\x0bb\x0cc\x1cd\x1ee\x1ff",
    "next_line": "a\x85b",
    "spaces_of_unicode": "a\xa0b\u2003c\u3000d\u202fe",
    "zero_width": "a\u200bb\u200dc\ufeffd\xade",
    "tabs_and_ends": "tab\tcr\rnl\nx",
    "line_separators": "a\u2028b\u2029c",
    "nothing_visible": "\x00\ufffd\x7f",
    "mixed_scripts": "中文and英文mixed，the。end",
    "cjk_extensions": "a𠀀b\U0002b830c\U0002b920d豈",
    "composed_accents": "café CAFÉ İQ ñ",
    "combining_accents": "cafe\u0301 \u0301abc a \u0301 b",
    "final_sigma": "ΑΣ ΑΣΑ ΑΣ. Σ aΣ\u200b",
    "sigma_before_a_control": "ΑΣ\x01Α Α\u200bΣ",
    "compatibility_signs": "ﬁ K Å ẞ ½ ² ㎏ Ｆｕｌｌ",
    "punctuation": "don't [MASK] U.S.A. $3 a_b^c`d~ “x”…—",
    "private_use": "a\ue000b",
    "unassigned": "the \u0378 garden a\u0378b",
    "emoji": "the👍🏽 👍garden",
    "word_of_150": "w" * 150,
    "word_of_200": "w" * 200,
    "word_of_201": "w" * 201,
    "accented_word_of_200": "é" * 200,
    "decomposed_word_of_201": "e\u0301" * 201,
    "many_signs": "!" * 300,
}


class WordPieceTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "vocab.txt")
        with open(self.path, "w", encoding="utf-8") as stream:
            stream.write("\n".join(TOKENS))

    def tokenizer(self, **switches):
        return tokenization.build(
            tokenization.TokenizerSettings(vocab_file=self.path, **switches)
        )

    @parameterized.named_parameters(
        (name, text) for name, text in sorted(NASTY.items())
    )
    def test_tokens_are_those_of_bert(self, text):
        vocab = set(TOKENS)
        for lower, strip in ((True, None), (True, False), (False, None), (False, True)):
            tokenizer = self.tokenizer(do_lower_case=lower, strip_accents=strip)
            expected = plain_tokenizer.tokenize(text, vocab, lower, strip is not False)
            for _ in range(2):  # The second time from the memo.
                tokens = tokenizer.tokens(tokenizer.encode(text))
                self.assertEqual(tokens, expected, (lower, strip))

    def test_tokens_are_those_of_bert_for_random_text(self):
        rng = random.Random(0)
        pool = "ab Zé1.,!-\t\x0b\x85\xa0\u2028\u3000\u200b\u0301中文Σσ\x00\ufffdİKß"
        texts = [
            "".join(rng.choice(pool) for _ in range(rng.randint(1, 25)))
            for _ in range(2000)
        ]
        tokenizer = self.tokenizer()
        vocab = set(TOKENS)
        for text, ids in zip(texts, tokenizer.encode_batch(texts)):
            expected = plain_tokenizer.tokenize(text, vocab)
            self.assertEqual(tokenizer.tokens(ids), expected, repr(text))

    def test_special_tokens_in_text_are_text(self):
        tokenizer = self.tokenizer()
        ids = tokenizer.encode("the [MASK] [CLS]")
        self.assertNotIn(tokenizer.mask_id, ids)
        self.assertNotIn(tokenizer.cls_id, ids)
        self.assertEqual(tokenizer.tokens(ids[:4]), ["the", "[", "mask", "]"])

    def test_batch_is_its_texts(self):
        tokenizer = self.tokenizer()
        texts = ["the garden", "", "garden the 中文", "x\x0by"]
        batch = tokenizer.encode_batch(texts)
        self.assertEqual(batch, [self.tokenizer().encode(text) for text in texts])

    @parameterized.parameters(("ab Zé", 25), ("abZé中中中文文。，”(", 400))
    def test_tokens_are_those_of_bert_in_one_batch(self, letters, length):
        """Random text of words and of sentences without spaces."""
        rng = random.Random(0)
        pool = (
            letters * 8
            + "1.,!-\t\x0b\x85\xa0\u2028\u3000\u200b\u0301Σσ\x00\ufffdİ\u0378"
        )
        texts = [
            "".join(rng.choice(pool) for _ in range(rng.randint(0, length)))
            for _ in range(300)
        ]
        tokenizer = self.tokenizer()
        vocab = set(TOKENS)
        for odd in ("", "\x0b", "\x0bΣ\x85\x1c", "\u0378"):
            kept = [re.sub("[%s]" % re.escape(odd), "", t) if odd else t for t in texts]
            for text, ids in zip(kept, tokenizer.encode_batch(kept)):
                expected = plain_tokenizer.tokenize(text, vocab)
                self.assertEqual(tokenizer.tokens(ids), expected, repr(text))

    def test_no_texts_have_no_tokens(self):
        self.assertEqual(self.tokenizer().encode_batch([]), [])
        self.assertEqual(self.tokenizer().encode_batch(["", ""]), [[], []])

    @parameterized.parameters("_MEMO_WORDS", "_MEMO_CHARACTERS")
    def test_memo_stays_small(self, limit):
        tokenizer = self.tokenizer()
        with tf.test.mock.patch.object(wordpiece, limit, 3):
            for number in range(20):
                ids = tokenizer.encode("%d a b" % number)
                self.assertEqual(tokenizer.tokens(ids[-2:]), ["a", "b"])
                self.assertLessEqual(len(tokenizer._memo.pieces), 3 + 3)

    def test_special_ids_and_size_are_those_of_the_file(self):
        tokenizer = self.tokenizer()
        self.assertEqual(tokenizer.vocab_size, len(TOKENS))
        self.assertEqual(list(tokenizer.special_ids), SPECIAL)
        self.assertEqual(list(tokenizer.special_ids.values()), [0, 1, 2, 3, 4])
        self.assertLen(tokenizer.digest, 64)

    def test_cased_text_keeps_case_and_accents(self):
        tokenizer = self.tokenizer(do_lower_case=False)
        self.assertEqual(tokenizer.tokens(tokenizer.encode("Aé")), ["A", "##é"])

    def test_accents_can_be_kept(self):
        kept = self.tokenizer(strip_accents=False)
        self.assertEqual(kept.tokens(kept.encode("Café")), ["caf", "##é"])

    def test_fixture_corpus_gives_the_tokens_of_bert(self):
        path = os.path.join(DATA, "vocab.txt")
        tokenizer = tokenization.build(tokenization.TokenizerSettings(vocab_file=path))
        vocab = set(tokenizer.vocabulary.tokens)
        for name in ("garden.txt", "teahouse.txt"):
            with open(os.path.join(DATA, "corpus", name), encoding="utf-8") as stream:
                for line in stream:
                    tokens = tokenizer.tokens(tokenizer.encode(line))
                    expected = plain_tokenizer.tokenize(line, vocab)
                    self.assertEqual(tokens, expected)


class RealTextTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("uer_google_uncased_en_vocab.txt", "en_books_small/Anna_Sewell*.txt"),
        ("uer_google_zh_vocab.txt", "uer_CLUECorpusSmall_bert_sampled.txt"),
    )
    def test_tokens_are_those_of_bert(self, vocab_name, pattern):
        data = os.environ.get("REAL_DATA_DIR")
        if not data:
            self.skipTest("REAL_DATA_DIR does not name the folder of real data.")
        path = os.path.join(data, "vocab", vocab_name)
        tokenizer = tokenization.build(tokenization.TokenizerSettings(vocab_file=path))
        vocab = set(tokenizer.vocabulary.tokens)
        (source,) = glob.glob(os.path.join(data, "corpus", pattern))
        with open(source, encoding="utf-8") as stream:
            lines = stream.read().split("\n")[:400]
        for line, ids in zip(lines, tokenizer.encode_batch(lines)):
            self.assertEqual(
                tokenizer.tokens(ids), plain_tokenizer.tokenize(line, vocab)
            )


if __name__ == "__main__":
    tf.test.main()

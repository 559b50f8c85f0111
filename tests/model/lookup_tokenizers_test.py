"""Tests for model.lookup_tokenizers: literal texts in, literal tokens out."""

import contextlib
import io
import os
import random
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import features, tables
from model import lookup_tokenizers, tokenization
from pretrain.data import builder, settings
from util import parsing, records

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TOKENS = SPECIAL + list("今天abcdeABé가ßi.,") + ["bb", "今天", "café", "cafe", "don't"]
CASED = dict(do_lower_case=False)
ACCENTED = dict(strip_accents=False)


class LookUpTestCase(tf.test.TestCase, parameterized.TestCase):
    KIND = ""

    def setUp(self):
        super().setUp()
        self.path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "vocab.txt")
        with open(self.path, "w", encoding="utf-8") as stream:
            stream.write("\n".join(TOKENS))

    def tokenizer(self, **switches):
        return tokenization.build(
            tokenization.TokenizerSettings(
                tokenizer=self.KIND, vocab_file=self.path, **switches
            )
        )

    def tokens(self, text, **switches):
        tokenizer = self.tokenizer(**switches)
        return tokenizer.tokens(tokenizer.encode(text))


class CharactersTest(LookUpTestCase):
    KIND = "char"

    @parameterized.parameters(
        ("今 天", ["今", "天"]),
        ("今天bb.", ["今", "天", "b", "b", "."]),
        ("a好b", ["a", "[UNK]", "b"]),
        ("", []),
        (" \t\r\n\u3000\xa0\u2028", []),
        ("a\x00b\x0bc\x85d\u200be\ufeff\ufffd\ue000\ud800", list("abcde")),
        ("\U0010fffe", ["[UNK]"]),  # Unicode does not know it (yet).
        ("[MASK]", ["[UNK]", "[UNK]", "a", "[UNK]", "[UNK]", "[UNK]"]),
    )
    def test_every_character_is_a_token(self, text, expected):
        self.assertEqual(self.tokens(text), expected)

    @parameterized.parameters(
        ("Aé", {}, ["a", "e"]),
        ("ae\u0301b", {}, ["a", "e", "b"]),
        ("Aé", ACCENTED, ["a", "é"]),
        ("e\u0301", ACCENTED, ["e", "[UNK]"]),
        ("Aé", CASED, ["A", "é"]),
        ("가", {}, ["가"]),  # BERT would take it apart.
        ("İ", {}, ["i"]),
        ("İ", ACCENTED, ["[UNK]"]),  # Two characters in lower case.
    )
    def test_case_and_accents_follow_the_switches(self, text, switches, expected):
        self.assertEqual(self.tokens(text, **switches), expected)

    def test_ids_are_those_of_single_look_ups(self):
        rng = random.Random(0)
        pool = "今天好abAB éÉ\t\x00\u0301\U0001f600가İ\U0001d15e"
        texts = ["".join(rng.choices(pool, k=rng.randrange(30))) for _ in range(300)]
        tokenizer = self.tokenizer()
        for _ in range(2):  # The second time from the table.
            for text, ids in zip(texts, tokenizer.encode_batch(texts)):
                folded = [
                    lookup_tokenizers.fold_character(char, tokenizer.settings)
                    for char in text
                ]
                expected = [TOKENS.index(c) if c in TOKENS else 1 for c in folded if c]
                self.assertEqual(ids, expected, repr(text))


class WordsTest(LookUpTestCase):
    KIND = "space"

    @parameterized.parameters(
        ("a bb", ["a", "bb"]),
        ("  a\tbb\n今天\u3000今\xa0bb\u2028a ", "a bb 今天 今 bb a".split()),
        ("a, bb don't", ["[UNK]", "bb", "don't"]),
        ("bbb", ["[UNK]"]),
        ("", []),
        ("a \x00 bb", ["a", "bb"]),
        ("b\x00b b\x0bb b\x85b b\u200bb\ufffd", ["bb"] * 4),
    )
    def test_words_stand_between_spaces(self, text, expected):
        self.assertEqual(self.tokens(text), expected)

    @parameterized.parameters(
        ("Café", {}, ["cafe"]),
        ("Cafe\u0301", {}, ["cafe"]),
        ("Café", ACCENTED, ["café"]),
        ("café BB", CASED, ["café", "[UNK]"]),
        ("가", {}, ["가"]),
    )
    def test_case_and_accents_follow_the_switches(self, text, switches, expected):
        self.assertEqual(self.tokens(text, **switches), expected)

    def test_special_tokens_in_text_are_text(self):
        tokenizer = self.tokenizer(**CASED)
        self.assertEqual(tokenizer.encode("[MASK] a [CLS]"), [1, 5 + 2, 1])

    def test_memo_stays_small(self):
        tokenizer = self.tokenizer()
        with tf.test.mock.patch.object(lookup_tokenizers, "_MEMO_WORDS", 3):
            for number in range(20):
                self.assertEqual(tokenizer.encode("%d a" % number), [1, 5 + 2])
                self.assertLessEqual(len(tokenizer._memo), 3 + 2)

    def test_long_words_are_not_remembered(self):
        tokenizer = self.tokenizer()
        self.assertEqual(tokenizer.encode("a " + "b" * 1000), [5 + 2, 1])
        self.assertEqual(list(tokenizer._memo), ["a"])


class BothTest(LookUpTestCase):
    KIND = "char"

    @parameterized.parameters("char", "space")
    def test_batch_is_its_texts(self, kind):
        self.KIND = kind
        texts = ["今 天", "", "\x00", "a bb\x00", " ", "\x00 b"]
        batch = self.tokenizer().encode_batch(texts)
        self.assertEqual(batch, [self.tokenizer().encode(text) for text in texts])
        self.assertEqual(batch[1:3], [[], []])
        self.assertEqual(self.tokenizer().encode_batch([]), [])

    @parameterized.parameters("char", "space")
    def test_arrays_have_32_bits(self, kind):
        self.KIND = kind
        (ids,) = self.tokenizer().encode_arrays(["a"])
        self.assertEqual((ids.typecode, ids.itemsize, ids.tolist()), ("i", 4, [7]))

    @parameterized.parameters("char", "space")
    def test_special_ids_and_size_are_those_of_the_file(self, kind):
        self.KIND = kind
        tokenizer = self.tokenizer()
        self.assertEqual(tokenizer.vocab_size, len(TOKENS))
        self.assertEqual(list(tokenizer.special_ids), SPECIAL)
        self.assertEqual(list(tokenizer.special_ids.values()), [0, 1, 2, 3, 4])
        self.assertLen(tokenizer.digest, 64)

    @parameterized.parameters("char", "space")
    def test_damaged_vocabulary_is_refused(self, kind):
        self.KIND = kind
        with open(self.path, "a", encoding="utf-8") as stream:
            stream.write("\na")
        with self.assertRaisesRegex(ValueError, "1 of its 26 lines repeat another"):
            self.tokenizer()


class UsersTest(LookUpTestCase):
    """The builder and classification work with any tokenizer."""

    @parameterized.parameters(("char", [5, 6, 7, 8, 8]), ("space", [21, 7, 20]))
    def test_records_are_built(self, kind, expected):
        corpus = os.path.join(os.path.dirname(self.path), "corpus.txt")
        with open(corpus, "w", encoding="utf-8") as stream:
            stream.write("今天 a bb\n\n" * 3)
        request = builder.Request(
            corpus=corpus,
            output_dir=os.path.join(os.path.dirname(self.path), "records"),
            data=settings.DataSettings(max_seq_length=8, num_out_files=1),
            tokenizer=tokenization.TokenizerSettings(kind, self.path),
        )
        with contextlib.redirect_stdout(io.StringIO()):
            manifest = builder.build(request)
        self.assertTrue(manifest.complete)
        name = "pretrain_data.tfrecord-0-of-1"
        for message in records.read(os.path.join(request.output_dir, name)):
            ids = [int(i) for i in parsing.decode(message)["input_ids"]]
            self.assertEqual([i for i in ids if i > 4], expected)

    @parameterized.parameters(("char", [5, 6, 7]), ("space", [21, 7]))
    def test_classification_has_features(self, kind, expected):
        self.KIND = kind
        context = task_lib.FeatureContext(self.tokenizer(), 8, is_training=True)
        example = tables.Example("0", "今天 a", "bb", 1)
        (made,) = features.TextFeatures().build([example], context)
        second = [8, 8] if kind == "char" else [20]
        self.assertEqual(made["input_ids"], [2] + expected + [3] + second + [3])


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.tagging.features."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.tagging import features
from model import tokenization
from tests.finetune import fakes
from tests.finetune.tagging import fixtures

CLS, SEP, UNK = 2, 3, 1


def build(examples, max_seq_length=16, stride=2, tokenizer=None, tags=fixtures.IOBES):
    builder = features.TagFeatures(tags, stride)
    context = task_lib.FeatureContext(
        tokenizer or fixtures.Letters(), max_seq_length, is_training=False
    )
    return list(builder.build(examples, context))


def one(words, tags=None, **options):
    (record,) = build([fixtures.example(0, words, tags)], **options)
    return record


def asked(records):
    return [
        (record["example"], word - 1)
        for record in records
        for word in record["word"]
        if word
    ]


class TagFeaturesTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_sentence(self):
        letters = fixtures.Letters()
        number_of = {tag: n for n, tag in enumerate(fixtures.IOBES.classes, start=1)}
        self.assertEqual(
            one("Ada B met", "B-PER I-PER O"),
            {
                "input_ids": [CLS] + letters.encode("AdaBmet") + [SEP],
                "segment_ids": [0] * 9,
                "length": 9,
                "tag": [0, number_of["B-PER"], 0, 0, number_of["E-PER"]]
                + [number_of["O"], 0, 0, 0],
                "word": [0, 1, 0, 0, 2, 3, 0, 0, 0],
                "example": 0,
                "num_words": 3,
            },
        )

    def test_every_feature_is_declared(self):
        names = [spec.name for spec in features.TagFeatures(fixtures.BIO, 2).specs()]
        self.assertCountEqual(names, one("a"))

    def test_there_is_nothing_to_learn_without_tags(self):
        record = one("Ada met")
        self.assertEqual(set(record["tag"]), {0})
        self.assertEqual(record["word"], [0, 1, 0, 0, 2, 0, 0, 0])

    def test_unknown_types_are_asked_about_but_not_learned(self):
        record = one("a b", "B-ORG O")
        self.assertEqual(record["tag"], [0, 0, 1, 0])
        self.assertEqual(record["word"], [0, 1, 2, 0])

    def test_a_sentence_that_fits_is_not_cut(self):
        # The original cut where words and tokens together were too many: here after
        # the sixth word, and the other four were never scored.
        record = one("a b c d e f g h i j", max_seq_length=12)
        self.assertEqual(record["length"], 12)
        self.assertEqual([word for word in record["word"] if word], list(range(1, 11)))

    def test_a_long_sentence_has_windows(self):
        records = build(
            [fixtures.example(0, "a b c d e f g h i j", "O " * 9 + "B-PER")],
            max_seq_length=8,
        )
        self.assertEqual(
            [record["word"] for record in records],
            [[0, 1, 2, 3, 4, 5, 0, 0], [0, 0, 6, 7, 8, 9, 10, 0]],
        )
        letters = fixtures.Letters()
        self.assertEqual(
            [record["input_ids"][1:-1] for record in records],
            [letters.encode("abcdef"), letters.encode("efghij")],
        )
        self.assertEqual([record["num_words"] for record in records], [10, 10])

    def test_words_are_learned_where_they_are_asked_about(self):
        tags = "B-PER " * 30
        for record in build(
            [fixtures.example(0, "ab " * 30, tags)], max_seq_length=9, stride=3
        ):
            self.assertEqual(
                [bool(tag) for tag in record["tag"]],
                [bool(word) for word in record["word"]],
            )

    def test_every_word_of_every_sentence_is_asked_about_once(self):
        examples = [
            fixtures.example(number, "abc \x00 d ef " * (1 + number % 7))
            for number in range(features.BATCH + 5)
        ]
        records = build(examples, max_seq_length=12)
        self.assertEqual(
            asked(records),
            [
                (n, word)
                for n in range(len(examples))
                for word in range(4 * (1 + n % 7))
            ],
        )
        self.assertTrue(all(record["length"] <= 12 for record in records))

    @parameterized.parameters("\x00", "\u200b", "\x00\x01")
    def test_a_word_of_which_nothing_is_left_is_unknown(self, word):
        record = one("a %s b" % word, "O B-PER O")
        self.assertEqual(record["input_ids"][2], UNK)
        self.assertEqual(record["word"], [0, 1, 2, 3, 0])

    def test_a_word_longer_than_a_window_is_cut(self):
        records = build([fixtures.example(0, "a bcdefghij k")], max_seq_length=6)
        letters = fixtures.Letters()
        self.assertEqual(
            [record["input_ids"][1:-1] for record in records],
            [letters.encode("a"), letters.encode("bcde"), letters.encode("k")],
        )

    def test_all_words_of_a_batch_are_encoded_in_one_call(self):
        calls = []

        class Counting(fixtures.Letters):
            def encode_batch(self, texts):
                calls.append(len(texts))
                return super().encode_batch(texts)

        build([fixtures.example(n, "a b c") for n in range(9)], tokenizer=Counting())
        self.assertEqual(calls, [27])

    @parameterized.parameters((True, [6]), (False, [5]))
    def test_the_tokenizer_decides_about_case(self, lower, want):
        vocab = "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "EU", "eu"])
        path = fixtures.write(self.get_temp_dir(), "vocab.txt", vocab + "\n")
        tokenizer = tokenization.build(
            tokenization.TokenizerSettings(vocab_file=path, do_lower_case=lower)
        )
        self.assertEqual(one("EU", tokenizer=tokenizer)["input_ids"][1:-1], want)

    def test_fingerprint_knows_what_shapes_the_features(self):
        def fingerprint(tags=fixtures.IOBES, stride=2, max_seq_length=16):
            context = task_lib.FeatureContext(fakes.Tokenizer(), max_seq_length, False)
            return str(features.TagFeatures(tags, stride).fingerprint(context))

        prints = {
            fingerprint(),
            fingerprint(tags=fixtures.BIO),
            fingerprint(stride=3),
            fingerprint(max_seq_length=17),
        }
        self.assertLen(prints, 4)


if __name__ == "__main__":
    tf.test.main()

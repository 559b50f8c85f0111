"""Tests for finetune.classification.features."""

from absl.testing import absltest, parameterized

from finetune import task as task_lib
from finetune.classification import features, tables
from tests.finetune import fakes

CLS, SEP = 2, 3


def context(is_training=False, double_unordered=True, max_seq_length=16):
    return task_lib.FeatureContext(
        fakes.Tokenizer(), max_seq_length, is_training, double_unordered
    )


def build(examples, builder=None, **changes):
    builder = builder or features.TextFeatures()
    return list(builder.build(examples, context(**changes)))


class JoinTest(parameterized.TestCase):
    def test_single_text(self):
        ids, segments = features.join([7, 8], None, fakes.Tokenizer(), 16)
        self.assertEqual(ids, [CLS, 7, 8, SEP])
        self.assertEqual(segments, [0, 0, 0, 0])

    def test_pair(self):
        ids, segments = features.join([7, 8], [9], fakes.Tokenizer(), 16)
        self.assertEqual(ids, [CLS, 7, 8, SEP, 9, SEP])
        self.assertEqual(segments, [0, 0, 0, 0, 1, 1])

    def test_empty_second_text_is_still_a_pair(self):
        ids, segments = features.join([7], [], fakes.Tokenizer(), 16)
        self.assertEqual(ids, [CLS, 7, SEP, SEP])
        self.assertEqual(segments, [0, 0, 0, 1])

    @parameterized.parameters(
        ([1, 2, 3, 4], [5, 6], 5, [1, 2, 3], [5, 6]),
        ([1, 2, 3, 4], [5, 6], 3, [1, 2], [5]),
        ([1, 2], [5, 6, 7], 2, [1], [5]),
        ([1], [2], 4, [1], [2]),
        ([1, 2], [3, 4], 3, [1, 2], [3]),
    )
    def test_the_longer_text_is_cut_first(self, text_a, text_b, most, want_a, want_b):
        self.assertEqual(features.truncate(text_a, text_b, most), (want_a, want_b))

    def test_nothing_is_longer_than_max_seq_length(self):
        ids, segments = features.join([7] * 30, [8] * 30, fakes.Tokenizer(), 16)
        self.assertLen(ids, 16)
        self.assertLen(segments, 16)
        self.assertEqual((ids.count(7), ids.count(8)), (7, 6))

    def test_single_text_is_cut_at_its_end(self):
        ids, _ = features.join([5, 6, 7, 8], None, fakes.Tokenizer(), 4)
        self.assertEqual(ids, [CLS, 5, 6, SEP])


class TextFeaturesTest(parameterized.TestCase):
    def test_features_of_one_example(self):
        (built,) = build([tables.Example("0", "good bad", None, 1)])
        first, second = fakes.Tokenizer().encode("good bad")
        self.assertEqual(
            built,
            {
                "input_ids": [CLS, first, second, SEP],
                "segment_ids": [0, 0, 0, 0],
                "length": 4,
                "label": 1,
            },
        )

    def test_features_are_those_that_are_declared(self):
        (built,) = build(fakes.examples(1))
        names = [spec.name for spec in features.TextFeatures().specs()]
        self.assertCountEqual(built, names)
        self.assertContainsSubset(task_lib.SHARED_FEATURES, names)

    def test_numbers_are_labels_of_another_type(self):
        for is_class, dtype in ((True, "int"), (False, "float")):
            specs = features.TextFeatures(label_is_class=is_class).specs()
            self.assertEqual([s.dtype for s in specs if s.name == "label"], [dtype])

    def test_texts_stay_with_their_example_across_tokenizer_batches(self):
        examples = [
            tables.Example(str(n), "good", "bad " * (n % 3) if n % 2 else None, 0)
            for n in range(features.BATCH + 3)
        ]
        for number, built in enumerate(build(examples)):
            want = 3 + 1 + number % 3 if number % 2 else 3
            self.assertEqual(built["length"], want)

    def test_label_of_a_test_example_is_zero(self):
        (built,) = build([tables.Example("0", "good")])
        self.assertEqual(built["label"], 0)

    def test_what_must_stay_of_a_long_text_stays(self):
        text = "a b c d e f g h"
        example = tables.Example("0", text, None, 0, None, ((10, 13),))
        (built,) = build([example], max_seq_length=5)
        want = fakes.Tokenizer().encode("e f g")
        self.assertEqual(built["input_ids"], [CLS] + want + [SEP])
        (whole,) = build([example], max_seq_length=10)
        self.assertEqual(whole["input_ids"][1:-1], fakes.Tokenizer().encode(text))

    def test_what_must_stay_stays_beside_a_second_text(self):
        example = tables.Example("0", "a b c d e f", "x y z", 0, None, ((10, 11),))
        (built,) = build([example], max_seq_length=8)
        first, second = map(fakes.Tokenizer().encode, ("d e f", "x y"))
        self.assertEqual(built["input_ids"], [CLS] + first + [SEP] + second + [SEP])

    def test_texts_that_are_tokens_already_are_cut_at_their_end(self):
        class Encoded(fakes.Tokenizer):
            def encode_batch(self, texts):
                return texts

        example = tables.Example("0", [5, 6, 7, 8], None, 0, None, ((2, 3),))
        encoded = task_lib.FeatureContext(Encoded(), 4, is_training=False)
        (built,) = features.TextFeatures().build([example], encoded)
        self.assertEqual(built["input_ids"], [CLS, 5, 6, SEP])

    def test_unordered_pairs_are_trained_on_both_ways(self):
        builder = features.TextFeatures(unordered=True)
        there, back = build(
            [tables.Example("0", "good", "bad", 1)], builder, is_training=True
        )
        good, bad = fakes.Tokenizer().encode("good bad")
        self.assertEqual(there["input_ids"], [CLS, good, SEP, bad, SEP])
        self.assertEqual(back["input_ids"], [CLS, bad, SEP, good, SEP])
        self.assertEqual(there["label"], back["label"])

    @parameterized.named_parameters(
        ("ordered", False, True, True),
        ("evaluated", True, False, True),
        ("switched_off", True, True, False),
    )
    def test_pairs_are_not_doubled_when(self, unordered, is_training, switch):
        built = build(
            [tables.Example("0", "good", "bad", 1)],
            features.TextFeatures(unordered=unordered),
            is_training=is_training,
            double_unordered=switch,
        )
        self.assertLen(built, 1)

    def test_fingerprint_knows_length_and_doubling(self):
        builder = features.TextFeatures(unordered=True)
        prints = [
            str(builder.fingerprint(context(is_training=True))),
            str(builder.fingerprint(context(is_training=False))),
            str(builder.fingerprint(context(is_training=True, max_seq_length=17))),
        ]
        self.assertLen(set(prints), 3)


if __name__ == "__main__":
    absltest.main()

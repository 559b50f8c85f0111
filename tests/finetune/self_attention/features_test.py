"""Tests for finetune.self_attention.features."""

import dataclasses
from unittest import mock

from absl.testing import absltest

from finetune import task as task_lib
from finetune.classification import features as text_features
from finetune.self_attention import examples, features, labels
from tests.finetune.self_attention import fixtures

CLS, SEP, MASK = fixtures.CLS, fixtures.SEP, fixtures.MASK
SINGLE = fixtures.Example("0", "10 11 12", None, 1)
PAIR = fixtures.Example("1", "10 11 12", "20 21", 0)
NOT_FLIPPED = labels.TokenLabels(masked=0, others=1)


class DoubleSeparators(task_lib.FeatureBuilder):
    """RoBERTa's form of a pair: <s> A </s></s> B </s>."""

    def specs(self):
        return []

    def fingerprint(self, context):
        return {}

    def build(self, examples, context):
        tokenizer = context.tokenizer
        for example in examples:
            text_a, text_b = tokenizer.encode_batch([example.text_a, example.text_b])
            ids = [tokenizer.cls_id] + text_a + [tokenizer.sep_id] * 2
            yield {"input_ids": ids + text_b + [tokenizer.sep_id]}


def build(example, builder=None, is_training=True, max_seq_length=64):
    builder = builder or fixtures.builder()
    return list(builder.build([example], fixtures.context(is_training, max_seq_length)))


class TokenLabelFeaturesTest(absltest.TestCase):
    def test_features_of_the_task_stay_as_they_are(self):
        (plain,) = text_features.TextFeatures().build([PAIR], fixtures.context())
        (built,) = build(PAIR)
        self.assertEqual({name: built[name] for name in plain}, plain)

    def test_tokens_of_an_original_have_its_label_and_special_ones_none(self):
        (built,) = build(PAIR)
        self.assertEqual(built["input_ids"], [CLS, 10, 11, 12, SEP, 20, 21, SEP])
        self.assertEqual(built["token_labels"], [-1, 1, 1, 1, -1, 1, 1, -1])
        self.assertEqual(built["is_text"], [0, 1, 1, 1, 0, 1, 1, 0])
        self.assertEqual(built["text_lengths"], [3, 2])

    def test_label_of_originals_may_be_unknown(self):
        builder = fixtures.builder(original_label=labels.UNKNOWN)
        (built,) = build(SINGLE, builder)
        self.assertEqual(built["token_labels"], [-1] * 5)
        self.assertEqual(built["is_text"], [0, 1, 1, 1, 0])

    def test_nothing_is_known_of_tokens_that_are_evaluated(self):
        (built,) = build(SINGLE, is_training=False)
        self.assertEqual(built["token_labels"], [-1] * 5)
        self.assertEqual(built["is_text"], [0, 1, 1, 1, 0])
        self.assertEqual(built["text_lengths"], [3, 0])

    def test_a_question_hides_tokens_from_the_model(self):
        question = examples.Example(PAIR, (0, 2), (1,))
        (built,) = build(question, is_training=False)
        self.assertEqual(built["input_ids"], [CLS, MASK, 11, MASK, SEP, 20, MASK, SEP])
        self.assertEqual(built["token_labels"], [-1] * 8)
        self.assertEqual(built["text_lengths"], [3, 2])
        self.assertEqual(built["label"], PAIR.label)

    def test_a_sample_shows_all_tokens_and_labels_those_that_were_hidden(self):
        sample = examples.Example(PAIR, (0, 2), (1,), NOT_FLIPPED)
        (built,) = build(sample)
        self.assertEqual(built["input_ids"], [CLS, 10, 11, 12, SEP, 20, 21, SEP])
        self.assertEqual(built["token_labels"], [-1, 0, 1, 0, -1, 1, 0, -1])

    def test_labels_of_a_flip(self):
        sample = examples.Example(SINGLE, (1,), (), labels.TokenLabels(1, 0))
        (built,) = build(sample)
        self.assertEqual(built["token_labels"], [-1, 0, 1, 0, -1])

    def test_tokens_that_nothing_is_known_of_beside_some_that_do_not_matter(self):
        sample = examples.Example(SINGLE, (1,), (), labels.TokenLabels(0, -1))
        (built,) = build(sample)
        self.assertEqual(built["token_labels"], [-1, -1, 0, -1, -1])
        self.assertEqual(built["is_text"], [0, 1, 1, 1, 0])

    def test_an_empty_second_text_is_still_one(self):
        (built,) = build(fixtures.Example("0", "10", "", 0))
        self.assertEqual(built["input_ids"], [CLS, 10, SEP, SEP])
        self.assertEqual(built["token_labels"], [-1, 1, -1, -1])
        self.assertEqual(built["text_lengths"], [1, 0])

    def test_labels_are_cut_off_with_their_tokens(self):
        sample = examples.Example(PAIR, (1, 2), (0, 1), NOT_FLIPPED)
        (built,) = build(sample, max_seq_length=6)
        self.assertEqual(built["input_ids"], [CLS, 10, 11, SEP, 20, SEP])
        self.assertEqual(built["token_labels"], [-1, 1, 0, -1, 0, -1])
        self.assertEqual(built["text_lengths"], [2, 1])

    def test_what_must_stay_of_a_text_stays_as_without(self):
        example = fixtures.Example("0", "10 11 12 13 14", None, 1, kept=((9, 11),))
        plain = text_features.TextFeatures()
        (expected,) = plain.build([example], fixtures.context(max_seq_length=5))
        self.assertIn(13, expected["input_ids"])
        sample = examples.Example(example, (1,), (), NOT_FLIPPED)
        (built,) = build(sample, max_seq_length=5)
        self.assertEqual(built["input_ids"], expected["input_ids"])
        self.assertEqual(built["token_labels"], [-1, 1, 0, 1, -1])

    def test_labels_turn_round_with_a_pair_without_order(self):
        builder = fixtures.builder(text_features.TextFeatures(unordered=True))
        sample = examples.Example(PAIR, (0,), (), NOT_FLIPPED)
        there, back = build(sample, builder)
        self.assertEqual(there["token_labels"], [-1, 0, 1, 1, -1, 1, 1, -1])
        self.assertEqual(back["input_ids"], [CLS, 20, 21, SEP, 10, 11, 12, SEP])
        self.assertEqual(back["token_labels"], [-1, 1, 1, -1, 0, 1, 1, -1])

    def test_labels_are_right_with_two_separators(self):
        sample = examples.Example(PAIR, (2,), (0,), NOT_FLIPPED)
        (built,) = build(sample, fixtures.builder(DoubleSeparators()))
        self.assertEqual(built["input_ids"], [CLS, 10, 11, 12, SEP, SEP, 20, 21, SEP])
        self.assertEqual(built["token_labels"], [-1, 1, 1, 0, -1, -1, 0, 1, -1])
        self.assertEqual(built["is_text"], [0, 1, 1, 1, 0, 0, 1, 1, 0])

    def test_examples_stay_in_order_across_batches(self):
        mixed = [SINGLE, examples.Example(PAIR, (0,), ()), SINGLE, PAIR, SINGLE]
        with mock.patch.object(features, "BATCH", 2):
            built = list(fixtures.builder().build(mixed, fixtures.context()))
        self.assertEqual([each["length"] for each in built], [5, 8, 5, 8, 5])
        self.assertEqual([each["label"] for each in built], [1, 0, 1, 0, 1])

    def test_specs_fill_up_with_unknown_labels(self):
        specs = {spec.name: spec for spec in fixtures.builder().specs()}
        self.assertEqual(specs["token_labels"].default, -1)
        self.assertEqual(specs["is_text"].default, 0)
        self.assertEqual(specs["text_lengths"].shape, (2,))
        self.assertIn("input_ids", specs)

    def test_fingerprint_knows_the_label_of_originals_and_the_task(self):
        builder = fixtures.builder()
        others = [
            dataclasses.replace(builder, original_label=labels.UNKNOWN),
            fixtures.builder(text_features.TextFeatures(label_is_class=False)),
        ]
        context = fixtures.context()
        prints = [str(each.fingerprint(context)) for each in [builder] + others]
        self.assertLen(set(prints), 3)


class InputsTest(absltest.TestCase):
    def test_the_encoder_s_inputs_are_the_task_s(self):
        inner = mock.create_autospec(text_features.TextFeatures, instance=True)
        builder = fixtures.builder(inner)
        self.assertIs(builder.inputs({"a": 1}), inner.inputs.return_value)
        inner.inputs.assert_called_once_with({"a": 1})


if __name__ == "__main__":
    absltest.main()

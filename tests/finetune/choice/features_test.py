"""Tests for finetune.choice.features."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.choice import features
from tests.finetune.choice import fakes

CLS, SEP = 2, 3


class JoinTest(parameterized.TestCase):
    def join(self, context, question, choice, most=32, layout=features.CHOICE_FIRST):
        first = layout == features.CHOICE_FIRST
        join = features.join_choice_first if first else features.join_continuation
        return join(context, question, choice, fakes.Tokenizer(), most)

    def test_choice_question_context(self):
        ids, segments = self.join([20, 21], [30], [10, 11])
        self.assertEqual(ids, [CLS, 10, 11, SEP, 30, SEP, 20, 21, SEP])
        self.assertEqual(segments, [0, 0, 0, 0, 0, 0, 1, 1, 1])

    def test_context_and_its_continuation(self):
        ids, segments = self.join(
            [20, 21], [30], [10, 11], layout=features.CONTINUATION
        )
        self.assertEqual(ids, [CLS, 20, 21, SEP, 30, 10, 11, SEP])
        self.assertEqual(segments, [0, 0, 0, 0, 1, 1, 1, 1])

    def test_context_is_cut_and_nothing_else(self):
        ids, segments = self.join([20] * 40, [30] * 3, [10] * 5, most=14)
        self.assertEqual(
            ids, [CLS] + [10] * 5 + [SEP] + [30] * 3 + [SEP] + [20] * 2 + [SEP]
        )
        self.assertEqual(segments, [0] * 11 + [1] * 3)

    def test_context_is_cut_even_where_it_is_the_shortest(self):
        ids, _ = self.join([20] * 2, [30] * 6, [10] * 4, most=14)
        self.assertEqual(ids, [CLS] + [10] * 4 + [SEP] + [30] * 6 + [SEP, SEP])

    def test_context_of_a_continuation_is_cut(self):
        ids, _ = self.join([20] * 9, [30], [10] * 2, 8, features.CONTINUATION)
        self.assertEqual(ids, [CLS, 20, 20, SEP, 30, 10, 10, SEP])

    @parameterized.parameters(features.CHOICE_FIRST, features.CONTINUATION)
    def test_question_and_choice_that_are_too_long_share_the_room(self, layout):
        ids, segments = self.join([20], [30] * 20, [10] * 20, 12, layout)
        self.assertLen(ids, 12)
        self.assertLen(segments, 12)
        self.assertEqual(ids[-1], SEP)
        self.assertLessEqual(abs(ids.count(30) - ids.count(10)), 1)
        self.assertNotIn(20, ids)

    @parameterized.parameters(features.CHOICE_FIRST, features.CONTINUATION)
    def test_all_separators_are_kept_in_the_shortest_sequence(self, layout):
        ids, _ = self.join([20], [30], [10], 4, layout)
        self.assertEqual(ids.count(SEP), 3 if layout == features.CHOICE_FIRST else 2)
        self.assertLessEqual(len(ids), 4)


class JoinClozeTest(parameterized.TestCase):
    def join(self, before, after, choice, most):
        ids, segments = features.join_cloze(
            before, after, choice, fakes.Tokenizer(), most
        )
        self.assertEqual(segments, [0] * len(ids))
        self.assertEqual((ids[0], ids[-1]), (CLS, SEP))
        return ids[1:-1]

    @parameterized.parameters(
        ([20, 21], [30, 31], 9, [20, 21, 10, 11, 30, 31]),
        ([20, 21], [30, 31], 8, [20, 21, 10, 11, 30, 31]),
        ([20, 21], [30, 31], 6, [21, 10, 11, 30]),
        ([20, 21], [30, 31], 7, [21, 10, 11, 30, 31]),
        ([20], [30, 31, 32, 33], 8, [20, 10, 11, 30, 31, 32]),
        ([20, 21, 22, 23], [30], 8, [21, 22, 23, 10, 11, 30]),
        ([20, 21, 22, 23], [], 6, [22, 23, 10, 11]),
        ([], [30, 31, 32], 6, [10, 11, 30, 31]),
        ([20], [30], 4, [10, 11]),
        ([20], [30], 3, [10]),
    )
    def test_what_is_far_from_the_blank_is_cut_off(self, before, after, most, expected):
        self.assertEqual(self.join(before, after, [10, 11], most), expected)


class ChoiceFeaturesTest(tf.test.TestCase, parameterized.TestCase):
    def test_choices_are_put_into_all_blanks(self):
        builder = features.ChoiceFeatures(2, features.CLOZE, "_")
        example = fakes.question(context="20 _ 21 _", choices=("10", "11 12"), asked="")
        (built,) = builder.build([example], fakes.context())
        self.assertAllEqual(
            np.transpose(built["input_ids"]),
            [[CLS, 20, 10, 21, 10, SEP, 0, 0], [CLS, 20, 11, 12, 21, 11, 12, SEP]],
        )
        self.assertAllEqual(built["segment_ids"], np.zeros([8, 2]))
        self.assertAllEqual(built["length"], [6, 8])

    def test_blank_shapes_the_features(self):
        with_blanks = [
            features.ChoiceFeatures(2, features.CLOZE, blank) for blank in "_#"
        ]
        first, second = [each.fingerprint(fakes.context()) for each in with_blanks]
        self.assertNotEqual(first, second)

    def test_features_of_a_question_with_a_missing_choice(self):
        builder = features.ChoiceFeatures(3, features.CONTINUATION)
        example = fakes.question(label=1, choices=("10", "11 12"))
        (built,) = builder.build([example], fakes.context())
        self.assertAllEqual(
            built["input_ids"],
            [
                [CLS, CLS, 0],
                [20, 20, 0],
                [21, 21, 0],
                [SEP, SEP, 0],
                [30, 30, 0],
                [10, 11, 0],
                [SEP, 12, 0],
                [0, SEP, 0],
            ],
        )
        self.assertAllEqual(built["segment_ids"][:, 0], [0, 0, 0, 0, 1, 1, 1, 0])
        self.assertAllEqual(built["segment_ids"][:, 1], [0, 0, 0, 0, 1, 1, 1, 1])
        self.assertAllEqual(built["length"], [7, 8, 0])
        self.assertEqual((built["num_choices"], built["label"]), (2, 1))

    def test_features_have_the_shapes_of_their_specs(self):
        builder = features.ChoiceFeatures(4)
        (built,) = builder.build([fakes.question()], fakes.context())
        self.assertCountEqual(built, [spec.name for spec in builder.specs()])
        for spec in builder.specs():
            shape = np.shape(built[spec.name])
            self.assertEqual(len(shape), len(spec.shape), spec.name)
            self.assertEqual(shape[1:], spec.shape[1:], spec.name)

    def test_shared_features_are_declared(self):
        names = [spec.name for spec in features.ChoiceFeatures(4).specs()]
        self.assertContainsSubset(task_lib.SHARED_FEATURES, names)

    def test_label_of_a_test_example_is_zero(self):
        example = fakes.question(label=None)
        (built,) = features.ChoiceFeatures(4).build([example], fakes.context())
        self.assertEqual(built["label"], 0)

    def test_texts_stay_with_their_question_across_tokenizer_batches(self):
        examples = [
            fakes.question(str(n), choices=["%d" % (10 + n % 9)] * (2 + n % 3))
            for n in range(features.BATCH + 3)
        ]
        builder = features.ChoiceFeatures(4)
        for number, built in enumerate(builder.build(examples, fakes.context())):
            self.assertEqual(built["num_choices"], 2 + number % 3)
            self.assertAllEqual(built["input_ids"][1, :2], [10 + number % 9] * 2)

    @parameterized.parameters(
        (features.ChoiceFeatures(3), 16),
        (features.ChoiceFeatures(4, features.CONTINUATION), 16),
        (features.ChoiceFeatures(4), 17),
    )
    def test_fingerprint_knows_what_shapes_features(self, builder, length):
        known = features.ChoiceFeatures(4).fingerprint(fakes.context(16))
        self.assertNotEqual(builder.fingerprint(fakes.context(length)), known)


class InputsTest(tf.test.TestCase):
    def inputs(self, shape=None):
        builder = features.ChoiceFeatures(3, features.CONTINUATION)
        examples = [fakes.question(choices=("10", "11 12")), fakes.question(asked="")]
        batch = fakes.batch(builder, examples)
        with tf.Graph().as_default(), self.session() as session:
            given = {
                name: tf.placeholder_with_default(values, values.shape)
                for name, values in batch.items()
            }
            if shape:
                for name in ("input_ids", "segment_ids"):
                    given[name] = tf.placeholder_with_default(batch[name], shape)
            inputs = builder.inputs(given)
            return batch, inputs.ids.shape.as_list(), session.run(inputs)

    def test_choices_are_sequences_of_their_own(self):
        batch, _, inputs = self.inputs()
        self.assertAllEqual(inputs.ids[0], [CLS, 20, 21, SEP, 30, 10, SEP, 0])
        self.assertAllEqual(inputs.ids[1], [CLS, 20, 21, SEP, 30, 11, 12, SEP])
        self.assertAllEqual(inputs.ids[3], batch["input_ids"][1, :, 0])
        self.assertAllEqual(inputs.segments[1], [0, 0, 0, 0, 1, 1, 1, 1])

    def test_mask_shows_the_tokens_of_each_choice(self):
        _, _, inputs = self.inputs()
        self.assertAllEqual(inputs.mask.sum(axis=1)[[0, 1, 3, 4]], [7, 8, 6, 7])

    def test_missing_choice_shows_one_token(self):
        _, _, inputs = self.inputs()
        self.assertAllEqual(inputs.mask[2], [1, 0, 0, 0, 0, 0, 0, 0])

    def test_known_shapes_stay_known(self):
        self.assertEqual(self.inputs()[1], [6, 8])

    def test_batch_and_length_may_be_unknown(self):
        want = self.inputs()[2]
        _, shape, inputs = self.inputs([None, None, 3])
        self.assertEqual(shape, [None, None])
        self.assertAllEqual(inputs.ids, want.ids)
        self.assertAllEqual(inputs.mask, want.mask)


if __name__ == "__main__":
    tf.test.main()

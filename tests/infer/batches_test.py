"""Tests for infer.batches."""

import dataclasses
import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from infer import batches, sequences

PLAN = batches.Plan(
    batch_size=2,
    max_seq_length=128,
    by_length=True,
    window_tokens=1000000,
    is_per_token=False,
)


def sequence(length, number=0):
    """Returns a sequence of tokens `number`, in segment 1 after the first."""
    return sequences.Sequence([number] * length, [0] + [1] * (length - 1), 0)


class BatchesTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.asked = []

    def answer(self, lengths, ask=None, **changes):
        """Returns the answers about sequences with the tokens 1, 2, ..."""
        plan = dataclasses.replace(PLAN, **changes)
        listed = [sequence(length, 1 + i) for i, length in enumerate(lengths)]
        return list(batches.answers(iter(listed), plan, ask or self.sums))

    def sums(self, batch):
        self.asked.append(batch)
        return np.sum(batch.ids, axis=1)

    @parameterized.product(
        by_length=[True, False], window_tokens=[1, 700, 1000000], batch_size=[1, 40]
    )
    def test_every_sequence_has_its_answer_in_order(self, **changes):
        lengths = [1 + 37 * i % 128 for i in range(300)]
        found = self.answer(lengths, **changes)
        self.assertEqual([len(each.ids) for each, _ in found], lengths)
        expected = [length * (1 + i) for i, length in enumerate(lengths)]
        self.assertEqual([int(total) for _, total in found], expected)

    def test_nothing_is_asked_about_nothing(self):
        self.assertEmpty(self.answer([]))
        self.assertEmpty(self.asked)

    def test_batches_hold_tokens_and_padding(self):
        self.answer([3, 2])
        ((ids, mask, segments),) = self.asked
        self.assertAllEqual(ids, [[1, 1, 1, 0], [2, 2, 0, 0]])
        self.assertAllEqual(mask, [[1, 1, 1, 0], [1, 1, 0, 0]])
        self.assertAllEqual(segments, [[0, 1, 1, 0], [0, 1, 0, 0]])
        self.assertEqual(ids.dtype, np.int32)

    def test_batches_are_of_about_the_same_length(self):
        lengths = [100, 5] * 20
        self.answer(lengths, batch_size=20)
        self.assertEqual([b.ids.shape for b in self.asked], [(20, 112), (20, 8)])
        self.asked.clear()
        self.answer(lengths, batch_size=20, by_length=False)
        self.assertEqual([b.ids.shape for b in self.asked], [(20, 128)] * 2)

    def test_short_sequences_make_larger_batches(self):
        self.answer([4] * 1000, batch_size=32)
        self.assertEqual([len(b.ids) for b in self.asked], [512, 488])

    def test_answers_per_token_are_as_long_as_the_sequence(self):
        def ask(batch):
            return np.stack([batch.ids, batch.segments], axis=-1)

        found = self.answer([3, 1, 2], ask, is_per_token=True)
        self.assertEqual([rows.shape for _, rows in found], [(3, 2), (1, 2), (2, 2)])
        self.assertAllEqual(found[2][1], [[3, 0], [3, 1]])

    def test_answers_do_not_hold_on_to_the_batch(self):
        for is_per_token in (True, False):
            found = self.answer([3], lambda batch: batch.ids, is_per_token=is_per_token)
            self.assertIsNone(found[0][1].base)

    def test_no_more_is_read_than_the_window_holds(self):
        numbers = itertools.count(1)
        endless = (sequence(10, number) for number in numbers)
        plan = dataclasses.replace(PLAN, window_tokens=50)
        next(batches.answers(endless, plan, self.sums))
        self.assertEqual(next(numbers), 6)


class PaddedLengthTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (2, 4), (4, 4), (5, 8), (32, 32), (33, 40), (64, 64), (65, 80), (128, 128),
        (129, 160), (257, 320), (512, 512), (513, 576),
    )  # fmt: skip
    def test_steps_grow_with_the_length(self, length, expected):
        plan = dataclasses.replace(PLAN, max_seq_length=1000)
        self.assertEqual(batches.padded_length(length, plan), expected)

    def test_there_are_few_lengths_and_little_padding(self):
        plan = dataclasses.replace(PLAN, max_seq_length=512)
        padded = {n: batches.padded_length(n, plan) for n in range(1, 513)}
        self.assertLen(set(padded.values()), 24)
        shares = [padded[n] / n for n in padded if n > 32]
        self.assertLess(np.max(shares), 1.25)
        self.assertLess(np.mean(shares), 1.1)

    def test_nothing_is_longer_than_the_longest(self):
        plan = dataclasses.replace(PLAN, max_seq_length=50)
        self.assertEqual(batches.padded_length(50, plan), 50)


if __name__ == "__main__":
    tf.test.main()

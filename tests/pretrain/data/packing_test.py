"""Tests for pretrain.data.packing."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain.data import packing
from tests.pretrain.data import fixtures

sentence = fixtures.sentence
CONTINUES = 1 << 24


class BatchesTest(tf.test.TestCase):
    def features(self, examples, order, max_length=8):
        (batch,) = examples.batches(order, max_length, cls_id=2, sep_id=3)
        return batch

    def test_layout_of_one_and_of_two_segments(self):
        examples = packing.Examples()
        examples.append(sentence(10, 11), sentence())
        examples.append(sentence(12), sentence(13, 14))
        batch = self.features(examples, [0, 1])
        self.assertAllEqual(
            batch["input_ids"],
            [[2, 10, 11, 3, 0, 0, 0, 0], [2, 12, 3, 13, 14, 3, 0, 0]],
        )
        self.assertAllEqual(
            batch["input_mask"], [[1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0, 0]]
        )
        self.assertAllEqual(batch["segment_ids"], [[0] * 8, [0, 0, 0, 1, 1, 1, 0, 0]])

    def test_full_example_fills_its_length(self):
        examples = packing.Examples()
        examples.append(sentence(10, 11, 12), sentence(13, 14))
        batch = self.features(examples, [0])
        self.assertAllEqual(batch["input_ids"], [[2, 10, 11, 12, 3, 13, 14, 3]])

    # The lecture's example: ten tokens, six of the first segment.
    def test_two_sentences_are_laid_out_as_in_bert(self):
        examples = packing.Examples()
        examples.append(sentence(10, 11, 12, 13), sentence(14, 15, 16))
        batch = self.features(examples, [0], max_length=10)
        self.assertAllEqual(batch["input_ids"], [[2, 10, 11, 12, 13, 3, 14, 15, 16, 3]])
        self.assertAllEqual(batch["segment_ids"], [[0] * 6 + [1] * 4])

    def test_values_follow_their_examples(self):
        examples = packing.Examples(["color", "size"])
        for number in range(3):
            examples.append(sentence(number), sentence(), 10 + number, 20 + number)
        batch = self.features(examples, [2, 0])
        self.assertAllEqual(batch["color"], [[12], [10]])
        self.assertAllEqual(batch["size"], [[22], [20]])

    def test_going_on_with_a_word_is_told_for_each_token(self):
        examples = packing.Examples(marks_words=True)
        examples.append(sentence(10, 11 | CONTINUES), sentence(12, 13 | CONTINUES, 14))
        batch = self.features(examples, [0])
        self.assertAllEqual(batch["input_ids"], [[2, 10, 11, 3, 12, 13, 14, 3]])
        self.assertAllEqual(batch["continues_word"], [[0, 0, 1, 0, 0, 1, 0, 0]])
        self.assertAllEqual(examples.ids, [10, 11, 12, 13, 14])

    def test_segment_that_starts_inside_a_word_goes_on_with_nothing(self):
        examples = packing.Examples(marks_words=True)
        examples.append(sentence(10 | CONTINUES), sentence(11 | CONTINUES))
        batch = self.features(examples, [0])
        self.assertAllEqual(batch["input_ids"], [[2, 10, 3, 11, 3, 0, 0, 0]])
        self.assertAllEqual(batch["continues_word"], [[0] * 8])

    def test_order_is_the_one_asked_for(self):
        examples = packing.Examples()
        for number in range(5):
            examples.append(sentence(number), sentence())
        batch = self.features(examples, [3, 0, 4])
        self.assertAllEqual(batch["input_ids"][:, 1], [3, 0, 4])

    def test_many_examples_come_in_several_batches(self):
        examples = packing.Examples()
        for number in range(2500):
            examples.append(sentence(number), sentence())
        batches = list(examples.batches(range(2500), 8, 2, 3))
        self.assertLen(batches, 3)
        ids = np.concatenate([batch["input_ids"][:, 1] for batch in batches])
        self.assertAllEqual(ids, np.arange(2500))


class CuttingTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (0, [], [[1, 2], [3, 4, 5]]),
        (1, [1], [[2], [3, 4, 5]]),
        (2, [1, 2], [[3, 4, 5]]),
        (4, [1, 2, 3, 4], [[5]]),
        (9, [1, 2, 3, 4, 5], []),
    )
    def test_sentences_are_split_at_a_token(self, room, taken, left):
        sentences = [sentence(1, 2), sentence(3, 4, 5)]
        got_taken, got_left = packing.split_at(sentences, room)
        self.assertEqual(got_taken.tolist(), taken)
        self.assertEqual([each.tolist() for each in got_left], left)

    @parameterized.parameters(
        (3, 4, 7, (3, 4)),
        (3, 9, 8, (3, 5)),
        (9, 3, 8, (5, 3)),
        (9, 9, 8, (4, 4)),
        (9, 8, 7, (4, 3)),
    )
    def test_longer_segment_is_cut_first(self, first, second, room, expected):
        self.assertEqual(packing.shares(first, second, room), expected)


if __name__ == "__main__":
    tf.test.main()

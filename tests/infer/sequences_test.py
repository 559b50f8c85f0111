"""Tests for infer.sequences."""

from unittest import mock

import tensorflow.compat.v1 as tf

from infer import sequences
from tests.finetune import fakes

CLS, SEP = fakes.Tokenizer.cls_id, fakes.Tokenizer.sep_id


class SequencesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.tokenizer = fakes.Tokenizer()
        self.good, self.bad = self.tokenizer.encode("good bad")

    def encode(self, *texts, max_seq_length=8):
        return list(sequences.encode(texts, self.tokenizer, max_seq_length))

    def test_text(self):
        (found,) = self.encode("good")
        self.assertEqual(found, ([CLS, self.good, SEP], [0, 0, 0], 0))

    def test_pair(self):
        (found,) = self.encode(("good", "bad bad"))
        ids = [CLS, self.good, SEP, self.bad, self.bad, SEP]
        self.assertEqual(found, (ids, [0, 0, 0, 1, 1, 1], 0))

    def test_blank_text_has_the_special_tokens(self):
        self.assertEqual(self.encode("")[0].ids, [CLS, SEP])
        self.assertEqual(self.encode(("", ""))[0].ids, [CLS, SEP, SEP])

    def test_what_does_not_fit_is_cut_and_counted(self):
        (found,) = self.encode("good " * 9, max_seq_length=5)
        self.assertEqual(found, ([CLS] + [self.good] * 3 + [SEP], [0] * 5, 6))

    def test_the_longer_text_of_a_pair_is_cut(self):
        (found,) = self.encode(("good", "bad " * 9), max_seq_length=6)
        ids = [CLS, self.good, SEP, self.bad, self.bad, SEP]
        self.assertEqual(found, (ids, [0, 0, 0, 1, 1, 1], 7))

    def test_order_is_kept_from_chunk_to_chunk(self):
        texts = ["good", ("bad", "good"), "bad", "good good", ("bad", "bad")]
        expected = self.encode(*texts)
        with mock.patch.object(sequences, "CHUNK", 2):
            self.assertEqual(self.encode(*texts), expected)


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.data.blocks."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tests.pretrain.data import fixtures

SEP = 3


def texts(rule, documents, max_length=8, **values):
    """Returns the first segments; there must be no second ones."""
    pairs = fixtures.segments(fixtures.packed(rule, documents, max_length, **values))
    assert not any(second for _, second in pairs)
    return [first for first, _ in pairs]


class BlocksTest(tf.test.TestCase, parameterized.TestCase):
    # The original's blocks are one token too long, and the last ones are shifted.
    def test_block_is_the_next_tokens_with_cls_and_sep(self):
        packer = fixtures.packed("blocks", [[[11, 12, 13]]], max_length=8)
        (batch,) = packer.examples.batches([0], 5, cls_id=2, sep_id=SEP)
        self.assertAllEqual(batch["input_ids"], [[2, 11, 12, 13, 3]])
        self.assertAllEqual(batch["segment_ids"], [[0] * 5])

    def test_document_is_cut_wherever_sentences_end(self):
        documents = [[range(10, 14), range(14, 19)], [range(20, 23)]]
        self.assertEqual(
            texts("blocks", documents),
            [list(range(10, 16)), [16, 17, 18], [20, 21, 22]],
        )

    @parameterized.parameters("blocks", "sentences")
    def test_every_token_appears_once_in_order(self, rule):
        documents = fixtures.random_documents(60, 15)
        for values in ({}, {"short_seq_prob": 0.5}, {"separator": -1}):
            got = sum(texts(rule, documents, 32, **values), [])
            expected = [
                token for document in documents for s in document for token in s
            ]
            self.assertEqual([token for token in got if token >= 0], expected)

    def test_text_goes_on_across_documents_after_a_separator(self):
        documents = [[range(10, 14)], [range(20, 23)], [range(30, 33)]]
        self.assertEqual(
            texts("blocks", documents, separator=SEP),
            [[10, 11, 12, 13, SEP, 20], [21, 22, SEP, 30, 31, 32]],
        )

    def test_example_does_not_start_with_a_separator(self):
        documents = [[range(10, 16)], [range(20, 23)]]
        packer = fixtures.packed("blocks", documents, 8, separator=SEP)
        self.assertEqual(
            [first for first, _ in fixtures.segments(packer)],
            [list(range(10, 16)), [20, 21, 22]],
        )
        self.assertEqual(packer.num_tokens, 9)

    def test_only_the_last_example_has_padding_across_documents(self):
        documents = fixtures.random_documents(60, 15)
        packer = fixtures.packed("blocks", documents, 32, separator=SEP)
        lengths = packer.examples.lengths[:, 0]
        self.assertAllEqual(lengths[:-1], [30] * (len(lengths) - 1))
        self.assertEqual(lengths.sum(), packer.num_tokens)
        self.assertEqual(packer.num_documents, 60)

    def test_only_document_ends_are_shorter_unless_asked_for(self):
        documents = fixtures.counting_documents([[7] * 500])
        lengths = list(map(len, texts("blocks", documents, 32)))
        self.assertEqual(set(lengths[:-1]), {30})
        lengths = list(map(len, texts("blocks", documents, 32, short_seq_prob=0.5)))
        share = sum(length < 30 for length in lengths) / len(lengths)
        self.assertAllClose(share, 0.5, atol=0.15)
        self.assertGreaterEqual(min(lengths[:-1]), 2)


class SentencesTest(tf.test.TestCase):
    def test_as_many_whole_sentences_as_fit(self):
        documents = [[[10, 11], [12, 13, 14], [15, 16], [17], [18, 19, 20, 21]]]
        self.assertEqual(
            texts("sentences", documents),
            [[10, 11, 12, 13, 14], [15, 16, 17], [18, 19, 20, 21]],
        )

    def test_longer_sentence_is_cut_and_carried_on(self):
        documents = [[[5, 6], range(10, 24), [30, 31]]]
        self.assertEqual(
            texts("sentences", documents),
            [[5, 6], list(range(10, 16)), list(range(16, 22)), [22, 23, 30, 31]],
        )

    def test_shorter_examples_cut_no_sentence_that_fits(self):
        documents = fixtures.counting_documents([[9] * 300])
        for text in texts("sentences", documents, 32, short_seq_prob=1.0):
            self.assertEqual((text[0] % 9, text[-1] % 9), (0, 8))

    def test_documents_share_an_example_where_both_fit(self):
        documents = [[[10, 11]], [[12, 13, 14]], [[15, 16, 17, 18, 19]], [[20]]]
        self.assertEqual(
            texts("sentences", documents, separator=SEP),
            [[10, 11, SEP, 12, 13, 14], [15, 16, 17, 18, 19], [20]],
        )


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.data.pairs."""

import collections

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import packers, relations
from tests.pretrain.data import fixtures

RULES = {
    "nsp": (relations.RANDOM, relations.NEXT),
    "sop": (relations.NEXT, relations.PREVIOUS),
    "sso": (relations.RANDOM, relations.NEXT, relations.PREVIOUS),
}


def is_contiguous(ids):
    return ids == list(range(ids[0], ids[0] + len(ids)))


class PairsTest(tf.test.TestCase, parameterized.TestCase):
    def pairs(self, rule, documents, **values):
        """Returns (first, second, relation) of every example, and the packer."""
        packer = fixtures.packed(rule, documents, **values)
        drawn = packer.examples.values(relations.FEATURE).tolist()
        return [
            pair + (relation,)
            for pair, relation in zip(fixtures.segments(packer), drawn)
        ], packer

    @parameterized.parameters(
        *[
            (rule, max_length, mean)
            for rule in RULES
            for max_length, mean in ((8, 3), (32, 8), (128, 20), (128, 90), (64, 300))
        ]
    )
    def test_pairs_are_what_their_relation_says(self, rule, max_length, mean):
        documents = fixtures.random_documents(60, mean)
        home = {
            token: number
            for number, document in enumerate(documents)
            for ids in document
            for token in ids
        }
        pairs, _ = self.pairs(rule, documents, max_length=max_length)
        for first, second, relation in pairs:
            self.assertTrue(first and second)
            self.assertLessEqual(len(first) + len(second), max_length - 3)
            homes = {home[token] for token in first}, {home[token] for token in second}
            self.assertEqual(list(map(len, homes)), [1, 1])
            if relation == relations.RANDOM:
                self.assertNotEqual(*homes)
                self.assertTrue(is_contiguous(first) and is_contiguous(second))
            elif relation == relations.NEXT:
                self.assertTrue(is_contiguous(first + second))
            else:
                self.assertTrue(is_contiguous(second + first))

    @parameterized.parameters(*[(rule, mean) for rule in RULES for mean in (6, 25, 90)])
    def test_no_token_is_lost_but_single_ones(self, rule, mean):
        documents = fixtures.random_documents(200, mean)
        pairs, packer = self.pairs(rule, documents, max_length=64)
        counts = collections.Counter()
        for first, second, relation in pairs:
            counts.update(first if relation == relations.RANDOM else first + second)
        self.assertEqual(set(counts.values()), {1})
        lost = packer.num_tokens - len(counts)
        self.assertLess(lost, 100)  # At most the last of each document.
        total = packer.examples.lengths.sum()
        self.assertEqual(packer.num_tokens + packer.num_repeated - total, lost)

    def test_every_sentence_of_a_document_appears(self):
        documents = fixtures.counting_documents([[4] * 50, [4], [3, 3]])
        pairs, packer = self.pairs("sop", documents, max_length=16)
        seen = [token for first, second, _ in pairs for token in first + second]
        self.assertCountEqual(seen, range(packer.num_tokens))

    @parameterized.parameters("nsp", "sop", "sso")
    def test_relations_are_equally_frequent(self, rule):
        documents = fixtures.random_documents(2700, 8, num_sentences=(1, 80))
        pairs, _ = self.pairs(rule, documents, max_length=32)
        self.assertGreater(len(pairs), 30000)
        counts = collections.Counter(relation for _, _, relation in pairs)
        self.assertCountEqual(counts, RULES[rule])
        for relation in RULES[rule]:
            share = counts[relation] / len(pairs)
            self.assertAllClose(share, 1 / len(RULES[rule]), atol=0.01)

    # In the original a chunk of a single sentence is always random: 70 % are.
    def test_relations_are_equally_frequent_where_every_sentence_is_long(self):
        documents = fixtures.counting_documents([[40] * 20] * 1600)
        pairs, _ = self.pairs("nsp", documents, max_length=32)
        self.assertGreater(len(pairs), 30000)
        is_random = [relation == relations.RANDOM for _, _, relation in pairs]
        self.assertAllClose(sum(is_random) / len(pairs), 0.5, atol=0.01)

    def test_first_segment_ends_with_a_sentence(self):
        documents = fixtures.counting_documents([[5] * 40] * 5)
        pairs, _ = self.pairs("nsp", documents, max_length=64, short_seq_prob=0.0)
        full = [pair for pair in pairs if len(pair[0]) + len(pair[1]) == 61]
        self.assertGreater(len(full), 10)
        for first, _, _ in full:
            self.assertEqual(first[-1] % 5, 4)

    def test_random_text_begins_with_a_sentence(self):
        documents = fixtures.counting_documents([[5] * 40] * 5)
        pairs, _ = self.pairs("nsp", documents, max_length=64)
        starts = {second[0] % 5 for _, second, relation in pairs if not relation}
        self.assertEqual(starts, {0})

    def test_text_that_is_cut_at_its_end_keeps_a_quarter_of_the_example(self):
        documents = fixtures.counting_documents([[62] * 100] * 4)
        for rule in ("nsp", "sop"):
            pairs, _ = self.pairs(rule, documents, max_length=67, short_seq_prob=0.0)
            full = [pair for pair in pairs if len(pair[0]) + len(pair[1]) == 64]
            self.assertGreater(len(full), 100)
            for first, second, relation in full:
                later = first if relation == relations.PREVIOUS else second
                self.assertGreaterEqual(len(later), 16)

    def test_document_of_one_sentence_is_cut_in_its_middle(self):
        pairs, packer = self.pairs("sop", [[range(10)]], short_seq_prob=0.0)
        self.assertLen(pairs, 1)
        self.assertEqual(sorted(map(len, pairs[0][:2])), [5, 5])
        self.assertEqual(packer.num_documents, 1)

    def test_document_of_one_token_makes_no_pair_and_is_counted(self):
        pairs, packer = self.pairs("sop", [[[7]], [range(10)]])
        self.assertLen(pairs, 1)
        self.assertEqual(packer.num_documents, 2)
        self.assertEqual(packer.num_tokens - packer.examples.lengths.sum(), 1)

    def test_short_examples_are_made_on_demand_alone(self):
        documents = fixtures.counting_documents([[4] * 5000])
        pairs, _ = self.pairs("sop", documents, short_seq_prob=0.0)
        lengths = [len(first) + len(second) for first, second, _ in pairs]
        self.assertEqual(set(lengths[:-1]), {125})
        pairs, _ = self.pairs("sop", documents, short_seq_prob=0.3)
        short = [len(first) + len(second) < 125 for first, second, _ in pairs]
        self.assertAllClose(sum(short) / len(pairs), 0.3, atol=0.1)

    @parameterized.parameters("nsp", "sso")
    def test_single_document_has_no_random_partner(self, rule):
        with self.assertRaisesRegex(ValueError, "is one document.*--num-out-files"):
            self.pairs(rule, [[range(10)] * 5])

    def test_parts_of_one_document_are_no_partners(self):
        packer = packers.PACKERS["nsp"](fixtures.options())
        for name, is_continued, is_cut in (
            ("a", False, True),
            ("a", True, True),
            ("a", True, False),
        ):
            packer.add(fixtures.sentence(*range(10)))
            packer.end_unit(name, is_continued, is_cut)
        self.assertEqual(packer.num_documents, 1)
        with self.assertRaisesRegex(ValueError, "or parts of one"):
            packer.finish()

    def test_parts_that_are_whole_documents_are_partners(self):
        packer = packers.PACKERS["nsp"](fixtures.options())
        for first in (0, 100):
            for start in (first, first + 50):
                packer.add(fixtures.sentence(*range(start, start + 10)))
                packer.end_document()
            packer.end_unit("a", False, True)
        packer.finish()
        self.assertLen({d.origin for d in packer._documents}, 3)

    def test_same_seed_gives_the_same_pairs(self):
        documents = fixtures.random_documents(20, 10)
        once, _ = self.pairs("sso", documents)
        again, _ = self.pairs("sso", documents)
        other, _ = self.pairs("sso", documents, seed=1)
        self.assertEqual(once, again)
        self.assertNotEqual(once, other)


if __name__ == "__main__":
    tf.test.main()

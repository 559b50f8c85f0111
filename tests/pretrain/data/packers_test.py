"""Tests for pretrain.data.packers: what every rule of packing promises."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import packers
from tests.pretrain.data import fixtures


class PackersTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*packers.PACKERS)
    def test_examples_fit_and_have_their_values(self, rule):
        packer = fixtures.packed(rule, fixtures.random_documents(30, 20), 32)
        first, second = packer.examples.lengths.T
        self.assertAllLessEqual(first + second + 2 + (second > 0), 32)
        for name in packer.VALUES:
            self.assertLen(packer.examples.values(name), len(packer.examples))

    @parameterized.parameters(*packers.PACKERS)
    def test_sentences_given_in_stay_as_they_are(self, rule):
        given = fixtures.sentence(*range(100))
        packer = packers.PACKERS[rule](fixtures.options(64))
        for _ in range(4):
            for _ in range(5):
                packer.add(given)
            packer.end_document()
        packer.finish()
        self.assertEqual(given, fixtures.sentence(*range(100)))

    @parameterized.parameters(*packers.PACKERS)
    def test_empty_line_ends_a_document(self, rule):
        documents = [["abc", "defg"], ["h", "ij"], ["klmno"]]
        packer = packers.PACKERS[rule](fixtures.options(16))
        lines = [line for document in documents for line in (*document, "")]
        packer.feed(lines, lambda texts: [fixtures.points(t) for t in texts], "a.txt")
        packer.finish()
        given = [[fixtures.points(line) for line in each] for each in documents]
        expected = fixtures.packed(rule, given, 16)
        self.assertEqual(packer.num_documents, 3)
        self.assertEqual(fixtures.segments(packer), fixtures.segments(expected))

    @parameterized.parameters(*packers.PACKERS)
    def test_no_text_makes_no_example(self, rule):
        packer = fixtures.packed(rule, [[], [[]]])
        self.assertEmpty(packer.examples)
        self.assertEqual(packer.num_documents, 0)

    def test_rules_across_documents_are_rules(self):
        self.assertContainsSubset(packers.ACROSS_DOCUMENTS, packers.PACKERS)


if __name__ == "__main__":
    tf.test.main()

"""Tests for tools.sample_tasks."""

import os
import random

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tools import sample_corpus, sample_tasks


def sentence(library, i, j):
    return "In %s the trees number %d and %d grow very tall indeed." % (library, i, j)


def documents(count=40, libraries=("ash", "oak")):
    return [
        sample_corpus.Document(
            library,
            "%s%d" % (library, i),
            [[sentence(library, i, j) for j in range(4)]],
        )
        for library in libraries
        for i in range(count)
    ]


class WordOrderTest(tf.test.TestCase):
    def test_shuffled_moves_inner_words_only(self):
        words = "One two three four five six seven eight.".split()
        for seed in range(50):
            result = sample_tasks.shuffled(" ".join(words), random.Random(seed)).split()
            self.assertNotEqual(result, words)
            self.assertCountEqual(result, words)
            self.assertEqual((result[0], result[-1]), (words[0], words[-1]))

    def test_label_one_is_the_original(self):
        known = {s for document in documents() for s in document.sentences()}
        for example in sample_tasks.word_order(documents(), random.Random(0)):
            self.assertEqual(example.texts[0] in known, bool(example.label))


class StrangeWordsTest(tf.test.TestCase):
    def test_inner_words_come_from_the_other(self):
        sentence = "One two three four five six seven eight."
        other = "A b c d e f g h i."
        for seed in range(50):
            result = sample_tasks.mixed(sentence, other, random.Random(seed)).split()
            strangers = [word for word in result if word not in sentence.split()]
            self.assertLen(set(strangers), sample_tasks.STRANGERS)
            self.assertContainsSubset(strangers, other.split()[1:-1])
            self.assertEqual((result[0], result[-1]), ("One", "eight."))
            self.assertLen(result, 8)

    def test_label_one_is_the_original(self):
        known = {s for document in documents() for s in document.sentences()}
        examples = sample_tasks.strange_words(documents(), random.Random(0))
        self.assertLen(examples, len(known))
        for example in examples:
            if example.label:
                self.assertIn(example.texts[0], known)


class SplitDocumentsTest(tf.test.TestCase):
    def test_every_document_goes_to_one_split(self):
        result = sample_tasks.split_documents(documents(), (4, 2, 1), seed=0)
        dealt = [item for split in result.values() for item in split]
        self.assertCountEqual(dealt, documents())

    def test_shares_hold_in_each_library(self):
        result = sample_tasks.split_documents(documents(70), (4, 2, 1), seed=0)
        for library in ("ash", "oak"):
            sizes = [
                sum(item.library == library for item in result[split])
                for split in sample_tasks.SPLITS
            ]
            self.assertAllClose(sizes, [40, 20, 10], atol=2)


class BalancedTest(tf.test.TestCase):
    def test_as_many_of_each_label(self):
        examples = [sample_tasks.Example(("x",), int(i > 5)) for i in range(20)]
        labels = [e.label for e in sample_tasks.balanced(examples, 100)]
        self.assertEqual(labels, [0, 1] * 6)

    def test_a_label_without_examples_is_refused(self):
        examples = [sample_tasks.Example(("x",), 1)] * 3
        with self.assertRaisesRegex(ValueError, "0 and 3 examples of the two labels"):
            sample_tasks.balanced(examples, 10)


class FilesTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()
        self.sizes = sample_tasks.make(documents(), self.folder, (60, 40, 10), seed=0)

    def lines(self, *path):
        with open(os.path.join(self.folder, *path), encoding="utf-8") as stream:
            return [line.rstrip("\n").split("\t") for line in stream]

    def test_sizes_are_as_asked(self):
        asked = {"train": 60, "dev": 40, "test": 10}
        self.assertEqual(self.sizes, {"CoLA": asked, "SST-2": asked})

    def test_cola_has_four_columns_and_no_header(self):
        rows = self.lines("CoLA", "dev.tsv")
        self.assertLen(rows, 40)
        self.assertEqual({len(row) for row in rows}, {4})
        self.assertEqual(sum(row[1] == "1" for row in rows), 20)

    def test_sst_has_a_header(self):
        rows = self.lines("SST-2", "train.tsv")
        self.assertEqual(rows[0], ["sentence", "label"])
        self.assertEqual({row[1] for row in rows[1:]}, {"0", "1"})

    @parameterized.parameters("CoLA", "SST-2")
    def test_test_files_have_no_label(self, folder):
        rows = self.lines(folder, "test.tsv")
        self.assertEqual({len(row) for row in rows}, {2})
        self.assertLen(rows, 11)

    def test_no_sentence_is_in_two_splits(self):
        train = {row[3] for row in self.lines("CoLA", "train.tsv")}
        dev = {row[3] for row in self.lines("CoLA", "dev.tsv")}
        self.assertEmpty(train & dev)

    def test_the_seed_decides(self):
        first = self.lines("CoLA", "train.tsv")
        sample_tasks.make(documents(), self.folder, (60, 40, 10), seed=0)
        self.assertEqual(self.lines("CoLA", "train.tsv"), first)
        sample_tasks.make(documents(), self.folder, (60, 40, 10), seed=1)
        self.assertNotEqual(self.lines("CoLA", "train.tsv"), first)


if __name__ == "__main__":
    tf.test.main()

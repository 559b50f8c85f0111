"""Tests for finetune.tagging.analysis."""

from absl.testing import absltest
import numpy as np

from finetune.tagging import analysis, reader, schemes, tag_set
from tests.finetune.tagging import fixtures

BIO = fixtures.BIO


def analyze(true, said, tags=BIO):
    examples = [
        fixtures.example(
            number, " ".join("w%d" % n for n in range(len(row.split()))), row
        )
        for number, row in enumerate(true)
    ]
    return analysis.analyze(tags, fixtures.predictions(tags, examples, said))


class AnalysisTest(absltest.TestCase):
    def test_groups_are_types(self):
        groups = analyze(["B-PER O B-LOC B-PER"], ["B-PER O B-PER O"]).groups
        self.assertEqual(
            groups,
            {
                "LOC": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
                "PER": {"precision": 50.0, "recall": 50.0, "f1": 50.0, "support": 2},
            },
        )

    def test_confusion_counts_words_by_type(self):
        found = analyze(
            ["B-PER I-PER O B-LOC", "B-ORG O"], ["B-PER O O B-PER", "O B-LOC"]
        )
        self.assertEqual(found.confusion.names, ("O", "LOC", "ORG", "PER"))
        np.testing.assert_array_equal(
            found.confusion.counts,
            [[1, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [1, 0, 0, 1]],
        )

    def test_mistakes_are_sentences_with_wrong_entities_worst_first(self):
        found = analyze(
            ["B-PER I-PER O", "B-LOC", "O B-LOC"], ["B-PER O O", "B-LOC", "O O"]
        )
        first, second = found.mistakes
        self.assertEqual(
            first._asdict(),
            {
                "id": "2",
                "text": "w0 w1",
                "expected": "w1 (LOC)",
                "predicted": "no entity",
                "badness": 3.0,
            },
        )
        self.assertEqual(second.expected, "w0 w1 (PER)")
        self.assertEqual(second.predicted, "w0 (PER)")

    def test_parts_of_texts_are_shown_as_they_stand_there(self):
        example = reader.Example("0", ("李", "白"), None, "李白", ((0, 1), (1, 2)))
        entities = [schemes.Entity("PER", 0, 1)]
        self.assertEqual(analysis.describe(entities, example), "李白 (PER)")

    def test_tags_without_types_have_a_name(self):
        tags = tag_set.TagSet(schemes.BMES, ("",))
        found = analyze(["B I B"], ["S S S"], tags)
        self.assertEqual(list(found.groups), ["_"])
        self.assertEqual(found.confusion.names, ("O", "_"))
        self.assertEqual(found.mistakes[0].expected, "w0 w1 (_), w2 (_)")

    def test_words_with_tags_of_their_own_have_no_outside(self):
        tags = tag_set.TagSet(schemes.WORDS, ("DT", "NN"))
        found = analyze(["DT NN VB"], ["DT DT NN"], tags)
        self.assertEqual(found.confusion.names, ("DT", "NN", "VB"))
        np.testing.assert_array_equal(
            found.confusion.counts, [[1, 0, 0], [1, 0, 0], [0, 1, 0]]
        )
        self.assertEqual(found.groups["NN"]["support"], 1)


if __name__ == "__main__":
    absltest.main()

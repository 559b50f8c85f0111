"""Tests for finetune.tagging.metrics."""

from absl.testing import absltest, parameterized
import numpy as np
from seqeval import metrics as seqeval

from finetune.tagging import metrics, schemes, tag_set
from tests.finetune.tagging import fixtures

BIO = fixtures.BIO


def score(true, said, tags=BIO, **options):
    """Scores one sentence, or several, given by their tags."""
    true, said = ([rows] if isinstance(rows, str) else rows for rows in (true, said))
    examples = [
        fixtures.example(number, "w " * len(row.split()), row)
        for number, row in enumerate(true)
    ]
    return metrics.score(tags, fixtures.predictions(tags, examples, said, **options))


def random_tags(random, count):
    tags = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    return [
        [
            tags[n]
            for n in random.choice(5, size=1 + random.randint(12), p=[0.4] + 4 * [0.15])
        ]
        for _ in range(count)
    ]


class ScoreTest(parameterized.TestCase):
    def test_one_of_two_entities(self):
        scores = score("B-LOC I-LOC O B-PER", "B-LOC I-LOC O B-LOC")
        self.assertEqual(
            scores,
            {
                "precision": 50.0,
                "recall": 50.0,
                "f1": 50.0,
                "accuracy": 75.0,
                "loss": 0.25,
            },
        )

    @parameterized.parameters(
        ("B-PER I-PER", "B-PER O"),
        ("B-PER I-PER", "B-PER B-PER"),
        ("B-PER B-PER", "B-PER I-PER"),
        ("B-PER", "B-LOC"),
    )
    def test_an_entity_must_be_whole(self, true, said):
        self.assertEqual(score(true, said)["f1"], 0.0)

    def test_equal_to_seqeval_on_random_sentences(self):
        random = np.random.RandomState(0)
        true, said = random_tags(random, 200), random_tags(random, 200)
        said = [(row * 12)[: len(each)] for row, each in zip(said, true)]
        mended = [
            [
                schemes.BIO.write(schemes.BIO.read(row).entities, len(row))
                for row in rows
            ]
            for rows in (true, said)
        ]
        scores = score(*[[" ".join(row) for row in rows] for rows in (mended[0], said)])
        self.assertAlmostEqual(scores["f1"], 100 * seqeval.f1_score(*mended))
        self.assertAlmostEqual(scores["recall"], 100 * seqeval.recall_score(*mended))
        self.assertAlmostEqual(
            scores["precision"], 100 * seqeval.precision_score(*mended)
        )
        self.assertAlmostEqual(
            scores["accuracy"], 100 * seqeval.accuracy_score(*mended)
        )
        self.assertGreater(scores["f1"], 1.0)

    def test_the_learned_scheme_does_not_matter(self):
        iobes = score("B-LOC I-LOC O B-PER", "B-LOC E-LOC O S-LOC", fixtures.IOBES)
        self.assertEqual(iobes["f1"], 50.0)
        self.assertEqual(iobes["accuracy"], 75.0)

    def test_a_type_that_is_not_known_counts_as_missed(self):
        scores = score("B-ORG O B-PER", "O O B-PER")
        self.assertEqual((scores["precision"], scores["recall"]), (100.0, 50.0))

    def test_loss_is_the_mean_over_words_that_can_be_learned(self):
        self.assertEqual(score(["O O", "B-ORG O O"], ["O O", "O O O"])["loss"], 3 / 4)

    def test_types_keep_their_hyphens(self):
        tags = tag_set.TagSet(schemes.BIO, ("a", "a-", "a-b"))
        scores = score("B-a B-a- B-a-b", "B-a- B-a- B-a-b", tags)
        self.assertAlmostEqual(scores["precision"], 200 / 3)

    def test_nothing_found_where_nothing_is(self):
        scores = score("O O", "O O")
        self.assertEqual((scores["f1"], scores["accuracy"]), (0.0, 100.0))

    def test_of_words_with_tags_f1_is_the_accuracy(self):
        tags = tag_set.TagSet(schemes.WORDS, ("DT", "NN", "VB"))
        scores = score("DT NN VB NN", "DT DT VB VB", tags)
        self.assertEqual((scores["f1"], scores["accuracy"]), (50.0, 50.0))

    def test_what_is_not_finite_scores_nothing(self):
        scores = score("B-PER", "B-PER", probability=np.nan)
        self.assertEqual(
            scores, {"precision": 0.0, "recall": 0.0, "f1": 0.0, "accuracy": 0.0}
        )

    def test_a_split_without_tags_is_refused(self):
        with self.assertRaisesRegex(ValueError, "without tags"):
            score("B-PER", "B-PER", is_labeled=False)

    def test_scores_by_type(self):
        one = schemes.Entity
        true = [[one("PER", 0, 0), one("", 2, 2)], [one("PER", 1, 2)]]
        found = [[one("PER", 0, 0), one("LOC", 1, 1)], [one("PER", 1, 1)]]
        self.assertEqual(
            metrics.scores_by_type(true, found),
            {
                "": metrics.Scored(0.0, 0.0, 0.0, 1),
                "LOC": metrics.Scored(0.0, 0.0, 0.0, 0),
                "PER": metrics.Scored(50.0, 50.0, 50.0, 2),
            },
        )

    def test_there_may_be_no_types(self):
        self.assertEqual(metrics.scores_by_type([[]], [[]]), {})


class DegenerateTest(absltest.TestCase):
    def reason(self, true, said, **options):
        examples = [fixtures.example(0, "a b", true)]
        said = fixtures.predictions(BIO, examples, [said], **options)
        return metrics.degenerate(BIO, said)

    def test_finding_nothing_is_a_failed_run(self):
        self.assertIn("no entity", self.reason("O B-PER", "O O"))

    def test_finding_the_wrong_is_none(self):
        self.assertIsNone(self.reason("O B-PER", "B-PER O"))

    def test_there_may_be_nothing_to_find(self):
        self.assertIsNone(self.reason("O O", "O O"))

    def test_finding_nothing_in_a_file_without_tags_is_a_failed_run(self):
        self.assertIn("no entity", self.reason(None, "O O", is_labeled=False))

    def test_what_is_not_finite_is_a_failed_run(self):
        self.assertIn(
            "not finite", self.reason("O B-PER", "B-PER O", probability=np.inf)
        )


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.qa.squad_metrics."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune.qa import squad_metrics

# Two questions with an answer, two without.
GOLDS = {"a": ["x"], "b": ["x y"], "c": [], "d": []}


class SquadMetricsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("The Cat", "cat"),
        ("a  cat's\tan", "cats"),
        ("A.N. Other", "other"),  # Points go first and leave an article.
        ("theatre", "theatre"),
        ("「北京」", "「北京」"),  # Punctuation of ASCII only.
        ("the", ""),
    )
    def test_normalize(self, text, expected):
        self.assertEqual(squad_metrics.normalize(text), expected)

    @parameterized.parameters(
        (["1642"], "1642.", 1.0, 1.0),
        (["1642"], "in 1642", 0.0, 2 / 3),
        (["x", "in the 1642"], "in 1642", 1.0, 1.0),
        (["one two three"], "two four", 0.0, 0.4),
        (["dog dog"], "dog", 0.0, 2 / 3),  # Words are counted.
        (["one two"], "two one", 0.0, 1.0),  # Their order is not.
        (["1642"], "1727", 0.0, 0.0),
        (["1642"], "", 0.0, 0.0),
    )
    def test_score(self, golds, predicted, exact, f1):
        for has_unanswerable in (False, True):
            found = squad_metrics.score(golds, predicted, has_unanswerable)
            self.assertEqual(found.exact, exact)
            self.assertAlmostEqual(found.f1, f1)

    def test_nothing_is_right_where_there_is_no_answer(self):
        self.assertEqual(squad_metrics.score([], "", True), (1.0, 1.0))
        self.assertEqual(squad_metrics.score([], "x", True), (0.0, 0.0))

    def test_versions_differ_where_nothing_is_left_of_a_text(self):
        self.assertEqual(squad_metrics.score(["The"], "a", False), (1.0, 0.0))
        self.assertEqual(squad_metrics.score(["The"], "a", True), (1.0, 1.0))
        self.assertEqual(squad_metrics.score(["The", "x"], "a", True), (0.0, 0.0))

    def test_means(self):
        scores = [squad_metrics.Score(1.0, 1.0), squad_metrics.Score(0.0, 0.5)]
        self.assertEqual(
            squad_metrics.means(scores, False), {"exact_match": 50.0, "f1": 75.0}
        )

    def test_version_2_has_another_name_for_exact_match(self):
        self.assertEqual(
            squad_metrics.means([squad_metrics.Score(1.0, 1.0)], True),
            {"exact": 100.0, "f1": 100.0},
        )

    def test_means_of_nothing(self):
        self.assertEqual(
            squad_metrics.means([], False), {"exact_match": 0.0, "f1": 0.0}
        )

    def test_threshold_makes_answers_none(self):
        scores = {name: squad_metrics.Score(0.5, 0.5) for name in GOLDS}
        odds = {"a": 0.1, "b": 0.3, "c": 0.2, "d": 0.3}
        found = squad_metrics.with_threshold(GOLDS, scores, odds, 0.2)
        self.assertEqual(
            {name: score.f1 for name, score in found.items()},
            {"a": 0.5, "b": 0.0, "c": 0.5, "d": 1.0},
        )

    def test_parts(self):
        scores = {
            "a": squad_metrics.Score(1.0, 1.0),
            "b": squad_metrics.Score(0.0, 0.5),
            "c": squad_metrics.Score(1.0, 1.0),
            "d": squad_metrics.Score(1.0, 1.0),
        }
        self.assertEqual(
            squad_metrics.parts(GOLDS, scores),
            {
                "HasAns_exact": 50.0,
                "HasAns_f1": 75.0,
                "HasAns_total": 2,
                "NoAns_exact": 100.0,
                "NoAns_f1": 100.0,
                "NoAns_total": 2,
            },
        )

    def test_parts_of_questions_that_all_have_answers(self):
        scores = {"a": squad_metrics.Score(1.0, 1.0)}
        self.assertNotIn("NoAns_f1", squad_metrics.parts(GOLDS, scores))


class BestThresholdTest(tf.test.TestCase):
    def best(self, scores, odds, predictions=None):
        predictions = predictions or {name: "x" for name in GOLDS}
        return squad_metrics.best_threshold(GOLDS, predictions, scores, odds)

    def test_questions_are_answered_while_it_pays(self):
        # 2 for none; +1 for a, -1 for c, +0.9 for b, -1 for d.
        found = self.best(
            {"a": 1.0, "b": 0.9, "c": 0.0, "d": 0.0},
            {"a": 0.1, "c": 0.2, "b": 0.3, "d": 0.4},
        )
        self.assertEqual(found, (75.0, 0.1))

    def test_later_gains_make_up_for_losses(self):
        found = self.best(
            {"a": 0.5, "b": 1.0, "c": 0.0, "d": 0.0},
            {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4},
        )
        self.assertEqual(found, (87.5, 0.2))

    def test_best_to_answer_none(self):
        found = self.best(
            {"a": 0.0, "b": 0.0, "c": 0.0, "d": 0.0},
            {"a": 3.0, "b": 4.0, "c": 1.0, "d": 2.0},
        )
        self.assertEqual(found, (50.0, 0.0))

    def test_an_answer_that_is_none_costs_nothing(self):
        found = self.best(
            {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0},
            {"a": 4.0, "b": 3.0, "c": 1.0, "d": 2.0},
            {"a": "x", "b": "x y", "c": "", "d": ""},
        )
        self.assertEqual(found, (100.0, 4.0))

    def test_odds_of_other_questions_do_not_matter(self):
        found = self.best(
            {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0},
            {"z": -9.0, "a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4},
        )
        self.assertEqual(found, (100.0, 0.2))

    def test_of_equal_odds_the_first_question_first(self):
        found = self.best(
            {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0},
            {"c": 1.0, "a": 1.0, "b": 1.0, "d": 1.0},
        )
        self.assertEqual(found, (50.0, 0.0))


class UsefulThresholdTest(tf.test.TestCase, parameterized.TestCase):
    def useful(self, golds, odds, f1):
        predictions = {name: "x" for name in golds}
        best = squad_metrics.best_threshold(golds, predictions, f1, odds)
        return squad_metrics.useful_threshold(golds, odds, best)

    def test_it_is_the_official_one_where_answers_pay(self):
        odds = {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}
        f1 = {"a": 0.5, "b": 1.0, "c": 0.0, "d": 0.0}
        self.assertEqual(self.useful(GOLDS, odds, f1), 0.2)

    def test_where_it_is_best_to_answer_none_none_is_answered(self):
        odds = {"a": -3.0, "b": -4.0, "c": -5.0, "d": -2.0}  # All below the official 0.
        threshold = self.useful(GOLDS, odds, dict.fromkeys(GOLDS, 0.0))
        self.assertLess(threshold, -5.0)
        self.assertAlmostEqual(threshold, -5.0)

    @parameterized.parameters(range(5))
    def test_no_other_threshold_is_better(self, seed):
        random = np.random.RandomState(seed)
        golds = {str(n): ["x"] * int(random.randint(2)) for n in range(30)}
        odds = dict(zip(golds, map(float, random.permutation(30) - 15)))
        values = {name: float(random.rand() * bool(golds[name])) for name in golds}
        scores = {name: squad_metrics.Score(0.0, values[name]) for name in golds}

        def f1(threshold):
            kept = squad_metrics.with_threshold(golds, scores, odds, threshold)
            return squad_metrics.means(kept.values(), has_unanswerable=True)["f1"]

        best = max(f1(other) for other in range(-16, 16))
        self.assertAlmostEqual(f1(self.useful(golds, odds, values)), best)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.qa.analysis."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune.qa import analysis, decode, metrics
from tests.finetune.qa import fixtures


class KindTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("What year was it?", "what"),
        ("In which city, and when?", "which"),
        ("WHO wrote it?", "who"),
        ("Whose son was he?", "who"),
        ("How many were there?", "how many"),
        ("How did it end?", "how"),
        ("It was when?", "when"),
        ("Where's that?", "where"),
        ("Why not?", "why"),
        ("Name the whole show.", "other"),
        ("", "other"),
        ("他什么时候出生？", "when"),
        ("哪一年创办？", "when"),
        ("位于哪里？", "where"),
        ("是谁写的？", "who"),
        ("为什么失败？", "why"),
        ("有多少人？", "how many"),
        ("由哪两个公司开发？", "which"),
        ("如何开始？", "how"),
        ("有多大？", "how"),
        ("作品是什么？", "what"),
        ("请介绍一下。", "other"),
    )
    def test_kind(self, question, expected):
        self.assertEqual(analysis.kind(question), expected)


NEVER = 99.0  # A threshold under which every question is answered.


def analyze(threshold=NEVER, losses=(0.5, 1.0, 3.0, 1.0)):
    """Four questions: answered, nearly, wrongly, and one that has no answer."""
    examples = [
        fixtures.example("a", "When was he born?"),
        fixtures.example("b", "When did he die?", ("1727",)),
        fixtures.example("c", "Who is it?", ("Newton",)),
        fixtures.example("d", "Why?", ()),
    ]
    said = fixtures.predictions(
        examples,
        (0, {"1642": 1.0}, -3.0),
        (1, {"in 1727": 1.0}, -3.0),
        (2, {"1642": 1.0}, -3.0),
        (3, {"He": 1.0}, 3.0),
        losses=None if losses is None else np.array(losses),
    )
    judge = metrics.Judge(decode.Decoder(5, True, threshold))
    return analysis.analyze(judge, said)


class AnalysisTest(tf.test.TestCase):
    def test_groups_by_kind_of_question(self):
        groups = analyze().groups
        self.assertEqual(list(groups)[:3], ["when", "who", "why"])
        self.assertAllClose(
            groups["when"],
            {"exact": 50.0, "f1": 100 * (1 + 2 / 3) / 2, "support": 2.0},
        )

    def test_groups_by_whether_there_is_an_answer(self):
        groups = analyze(threshold=0.0).groups
        self.assertEqual(list(groups)[-2:], ["answerable", "unanswerable"])
        self.assertEqual(groups["unanswerable"]["f1"], 100.0)
        self.assertEqual(groups["answerable"]["support"], 3.0)

    def test_no_such_groups_where_every_question_has_an_answer(self):
        said = fixtures.predictions([fixtures.example("a")], (0, {"1642": 1.0}, 0.0))
        judge = metrics.Judge(decode.Decoder(5, True))
        self.assertEqual(list(analysis.analyze(judge, said).groups), ["when"])

    def test_mistakes_are_what_is_not_exact_worst_first(self):
        mistakes = analyze(threshold=0.0).mistakes
        self.assertEqual([mistake.id for mistake in mistakes], ["c", "b"])
        self.assertEqual(mistakes[1][1:4], ("When did he die?", "1727", "in 1727"))

    def test_of_equal_f1_the_greater_loss_is_worse(self):
        for losses, expected in (
            ((0, 0, 3.0, 1.0), ["c", "d", "b"]),
            ((0, 0, 1.0, 3.0), ["d", "c", "b"]),
        ):
            mistakes = analyze(losses=losses).mistakes
            self.assertEqual([mistake.id for mistake in mistakes], expected)
            badness = [mistake.badness for mistake in mistakes]
            self.assertEqual(badness, sorted(badness, reverse=True))

    def test_no_answer_is_spelled_out(self):
        wrong = analyze().mistakes
        self.assertEqual(
            [mistake.expected for mistake in wrong if mistake.id == "d"],
            [analysis.NO_ANSWER],
        )
        lost = analyze(threshold=-9.0).mistakes
        self.assertEqual({mistake.predicted for mistake in lost}, {analysis.NO_ANSWER})

    def test_loss_of_a_question_is_the_mean_of_its_windows(self):
        examples = [fixtures.example("a"), fixtures.example("b")]
        said = fixtures.predictions(
            examples,
            (0, {"1727": 1.0}, 0.0),
            (0, {"1727": 1.0}, 0.0),
            (1, {"1727": 1.0}, 0.0),
            losses=np.array([0.0, 3.0, 2.0]),
        )
        judge = metrics.Judge(decode.Decoder(5, True))
        mistakes = analysis.analyze(judge, said).mistakes
        self.assertEqual([mistake.id for mistake in mistakes], ["b", "a"])

    def test_unlabeled(self):
        with self.assertRaisesRegex(ValueError, "without labels cannot be analyzed"):
            analyze(losses=None)


if __name__ == "__main__":
    tf.test.main()

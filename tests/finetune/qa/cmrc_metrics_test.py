"""Tests for finetune.qa.cmrc_metrics."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.qa import cmrc_metrics


class CmrcMetricsTest(tf.test.TestCase, parameterized.TestCase):
    def test_known_answer(self):
        # The common run has 3 characters: precision 1, recall 0.75.
        found = cmrc_metrics.score(["北京大学"], "北京大")
        self.assertEqual(found.exact, 0.0)
        self.assertAlmostEqual(found.f1, 2 * 0.75 / 1.75)
        self.assertEqual(cmrc_metrics.longest_common_run("北京大学", "北京大"), 3)

    def test_punctuation_does_not_count(self):
        self.assertEqual(
            cmrc_metrics.score(["《北京，大学》。"], "北京大学"), (1.0, 1.0)
        )

    def test_case_does_not_count(self):
        self.assertEqual(cmrc_metrics.score(["USS北京"], "uss北京"), (1.0, 1.0))

    def test_a_full_stop_of_ascii_counts(self):
        self.assertEqual(cmrc_metrics.score(["北京."], "北京").exact, 0.0)

    def test_the_reference_that_fits_best(self):
        found = cmrc_metrics.score(["南京", "北京", "京"], "北京")
        self.assertEqual(found, (1.0, 1.0))

    def test_characters_in_another_order_are_no_run(self):
        found = cmrc_metrics.score(["甲乙丙丁"], "丙丁甲乙")
        self.assertAlmostEqual(found.f1, 0.5)

    def test_nothing_in_common(self):
        self.assertEqual(cmrc_metrics.score(["北京"], "上海"), (0.0, 0.0))

    def test_no_prediction(self):
        self.assertEqual(cmrc_metrics.score(["北京"], ""), (0.0, 0.0))

    @parameterized.parameters(
        ("北京2018年", ["北", "京", "2018", "年"]),
        ("ω-force公司", ["ωforce", "公", "司"]),  # The hyphen goes, its sides join.
        ("Port Royal号", ["port", "royal", "号"]),
        ("约3,000.5万", ["约", "3,000.5", "万"]),
        ("", []),
        ("。，", []),
        ("北 京", ["北", "京"]),
    )
    def test_segments(self, text, expected):
        self.assertEqual(cmrc_metrics.segments(text), expected)

    @parameterized.parameters(
        ("", "", 0),
        ("abc", "", 0),
        ("abcde", "xbcdy", 3),
        ("abab", "baba", 3),
        ("aaa", "aa", 2),
    )
    def test_longest_common_run(self, first, second, expected):
        self.assertEqual(cmrc_metrics.longest_common_run(first, second), expected)
        self.assertEqual(cmrc_metrics.longest_common_run(second, first), expected)

    # As the Penn Treebank's rules cut them; the end of a sentence only at the end.
    @parameterized.parameters(
        ("u.s. navy ships.", ["u.s.", "navy", "ships", "."]),
        ("(1870–71)", ["(", "1870", "–", "71", ")"]),
        ("$3.5, 40%", ["$", "3.5", ",", "40", "%"]),
        ("what's o'clock", ["what", "'s", "o'clock"]),
        ("don't cannot gonna", ["do", "n't", "can", "not", "gon", "na"]),
        ("cannot1907 wannabe", ["cannot1907", "wannabe"]),
        ("lemme％ d'ye more'n", ["lem", "me", "％", "d", "'ye", "more", "'n"]),
        ("we'll they've dogs'", ["we", "'ll", "they", "'ve", "dogs", "'"]),
        ("'new world'", ["'", "new", "world", "'"]),
        ('say "yes" (no)', ["say", "``", "yes", "''", "(", "no", ")"]),
        ("\"yes\" ''no''", ["``", "yes", "''", "``", "no", "''"]),
        ('""', ["``", "``"]),
        ("''a", ["''", "a"]),
        ("said:'x", ["said", ":", "'", "x"]),
        ("a\t'b\u3000c", ["a", "'", "b", "c"]),
        ("10:30; a:b...", ["10:30", ";", "a", ":", "b", "..."]),
        ("shari'a", ["shari'a"]),
        ("why?!", ["why", "?", "!"]),
    )
    def test_words(self, text, expected):
        self.assertEqual(cmrc_metrics.words(text), expected)


if __name__ == "__main__":
    tf.test.main()

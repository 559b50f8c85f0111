"""Tests for finetune.self_attention.labels."""

from absl.testing import absltest

from finetune.self_attention import labels, settings


class RulesTest(absltest.TestCase):
    def test_the_published_code_learns_from_what_does_not_flip(self):
        rule = labels.RULES["unflipped"]
        self.assertIsNone(rule.flipped)
        self.assertEqual(rule.unflipped, (0, 1))
        self.assertEqual(rule.original, 1)

    def test_in_the_paper_a_flip_shows_what_matters(self):
        rule = labels.RULES["flip"]
        self.assertEqual(rule.flipped, (1, 0))
        self.assertEqual(rule.unflipped, (0, labels.UNKNOWN))
        self.assertEqual(rule.original, labels.UNKNOWN)

    def test_every_choice_of_the_settings_is_a_rule(self):
        for name in (settings.UNFLIPPED, settings.FLIP):
            self.assertIn(name, labels.RULES)


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.self_attention.settings."""

from absl.testing import absltest, parameterized

from finetune.self_attention import settings


class SelfAttentionSettingsTest(parameterized.TestCase):
    def test_defaults_are_the_published_ones(self):
        self.assertEqual(
            settings.SelfAttentionSettings().to_dict(),
            {
                "ssa": False,
                "ssa_labels": "unflipped",
                "ssa_mode": "hybrid",
                "ssa_cls_weight": 0.5,
                "ssa_attention_threshold": 0.3,
                "ssa_loss_weight": 0.3,
                "ssa_share_weight": True,
                "ssa_aug_threshold": 0.1,
                "ssa_rm_threshold": 0.7,
                "ssa_ratio_per_epoch": 0.2,
                "ssa_double_originals": False,
                "ssa_tolerance": 0.3,
                "ssa_max_rounds": 10,
            },
        )

    @parameterized.parameters(
        ("ssa_labels", "unfliped", "'unflipped'"),
        ("ssa_mode", "co-training", "'co_training'"),
        ("ssa_cls_weight", 1.5, "at most 1"),
        ("ssa_rm_threshold", 0.4, "at least 0.5"),
        ("ssa_aug_threshold", 0.0, "at least 0.001"),  # Would hide nothing.
        ("ssa_ratio_per_epoch", 0.0, "at least 0.01"),
        ("ssa_ratio_per_epoch", 1.0, "at most 0.99"),  # The share would stay 0.
        ("ssa_max_rounds", 0, "at least 1"),
    )
    def test_wrong_values_are_refused(self, name, value, message):
        with self.assertRaisesRegex(ValueError, message):
            settings.SelfAttentionSettings(ssa=True, **{name: value})

    def test_settings_of_what_is_not_done_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "^ssa_labels, ssa_max_rounds is set, but ssa is false"
        ):
            settings.SelfAttentionSettings(ssa_labels="flip", ssa_max_rounds=3)


if __name__ == "__main__":
    absltest.main()

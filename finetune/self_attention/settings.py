"""Settings of self-supervised attention."""

import dataclasses

from util import settings

UNFLIPPED, FLIP = "unflipped", "flip"
HYBRID, CO_TRAINING = "hybrid", "co_training"


@dataclasses.dataclass(frozen=True)
class SelfAttentionSettings(settings.Section):
    """Self-supervised attention (SSA): learning which tokens matter by hiding some."""

    ssa: bool = settings.setting(
        False, "Fine-tune classification and regression with self-supervised attention."
    )
    ssa_labels: str = settings.setting(
        UNFLIPPED,
        "What hiding tokens teaches: where the prediction stays, they do not matter "
        "and all others do (unflipped, the published code); or where it changes, they "
        "matter, and where it stays, they do not (flip, the paper).",
        choices=[UNFLIPPED, FLIP],
    )
    ssa_mode: str = settings.setting(
        HYBRID,
        "Classify from [CLS] and a sum of the tokens weighted by importance (hybrid), "
        "or from [CLS] alone and only learn importance beside it (co_training).",
        choices=[HYBRID, CO_TRAINING],
    )
    ssa_cls_weight: float = settings.setting(
        0.5,
        "Mode hybrid: share of [CLS] in the vector that is classified.",
        low=0.0,
        high=1.0,
    )
    ssa_attention_threshold: float = settings.setting(
        0.3, "Mode hybrid: tokens of less importance are left out.", low=0.0, high=1.0
    )
    ssa_loss_weight: float = settings.setting(
        0.3, "Share of the tokens' loss in the whole loss.", low=0.0, high=1.0
    )
    ssa_share_weight: bool = settings.setting(
        True, "Judge tokens at all positions by the same weights."
    )
    ssa_aug_threshold: float = settings.setting(
        0.1,
        "Probability of each token that a span near it is hidden.",
        low=0.001,
        high=1.0,
    )
    ssa_rm_threshold: float = settings.setting(
        0.7,
        "Share of spans of one or two tokens; as many have two as have three.",
        low=0.5,
        high=1.0,
    )
    ssa_ratio_per_epoch: float = settings.setting(
        0.2,
        "Growth of the share of examples with learned token labels from epoch to "
        "epoch; it begins with 0 and stays below 1.",
        low=0.01,
        high=0.99,
    )
    ssa_double_originals: bool = settings.setting(
        False, "Add all original examples to every epoch made anew."
    )
    ssa_tolerance: float = settings.setting(
        0.3,
        "Regression: largest difference of two values that count as the same, in the "
        "unit of the labels.",
        low=0.0,
    )
    ssa_max_rounds: int = settings.setting(
        10,
        "Most times in an epoch that tokens of all examples are hidden; then original "
        "examples fill it up.",
        low=1,
    )

    def check(self):
        if self.changed() and not self.ssa:
            raise ValueError(
                "%s is set, but ssa is false; set it to true, or leave out all that "
                "begins with ssa_." % ", ".join(self.changed())
            )

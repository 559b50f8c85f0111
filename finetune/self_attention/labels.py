"""What hiding tokens teaches about them: two rules.

`unflipped` is that of the published code (https://github.com/koukoulala/ssa_BERT). A
prediction that is right and stays so without some tokens shows that they do not
matter; all others are taken to matter. Where the prediction changes, nothing is
learned, and tokens that nothing is known of are taken to matter.

`flip` is that of the paper (https://arxiv.org/abs/2004.03808). Where a right
prediction changes, the hidden tokens matter, and the others do not: they alone were
not enough. Where it stays, the hidden ones do not matter, and nothing is known of the
others.
"""

from typing import Dict, NamedTuple, Optional

from finetune.self_attention import settings as settings_lib

MATTERS, DOES_NOT, UNKNOWN = 1, 0, -1


class TokenLabels(NamedTuple):
    """Labels of an example's tokens: MATTERS, DOES_NOT or UNKNOWN.

    Attributes:
      masked: Of the tokens that were hidden.
      others: Of all others; special tokens have none.
    """

    masked: int
    others: int


class Rule(NamedTuple):
    """What a right prediction and one with hidden tokens teach.

    Attributes:
      flipped: If they differ; None if nothing is learned.
      unflipped: If they are the same.
      original: Label of all tokens of an example that nothing was hidden of.
    """

    flipped: Optional[TokenLabels]
    unflipped: TokenLabels
    original: int


RULES: Dict[str, Rule] = {
    settings_lib.UNFLIPPED: Rule(
        flipped=None, unflipped=TokenLabels(DOES_NOT, MATTERS), original=MATTERS
    ),
    settings_lib.FLIP: Rule(
        flipped=TokenLabels(MATTERS, DOES_NOT),
        unflipped=TokenLabels(DOES_NOT, UNKNOWN),
        original=UNKNOWN,
    ),
}

"""Two language models, one from left to right and one from right to left.

See "Deep contextualized word representations" (ELMo), section 3.1,
https://arxiv.org/abs/1802.05365. Both name tokens by the same output weights.
"""

import tensorflow.compat.v1 as tf

from model import heads
from model.encoders import base
from pretrain import objective
from pretrain.objectives import lm

OFFSETS = {"forward": 1, "backward": -1}  # Of the token that each half names.


class BidirectionalLanguageModel(objective.Objective):
    """Half of the units name the next token, the other half the one before."""

    name = "bilm"
    needs_clean_text = True

    def check(self, encoder, max_seq_length):
        objective.require_sight(
            self.name,
            encoder,
            (base.HALVES,),
            "one half of the units must read from the left, the other from the right, "
            "and neither what it is to name. Choose encoder bilstm, or objective mlm.",
        )

    @property
    def answers(self):
        return {name: objective.Answers(offset=n) for name, n in OFFSETS.items()}

    def multiplications(self, length):
        half = self.settings.encoder.hidden_size // 2
        return {"bilm head": 2 * lm.next_token_multiplications(self.settings, half)}

    def score(self, output, batch, change):
        table = output.token_table if self.settings.objective.tie_weights else None
        scored = []
        halves = tf.split(output.sequence, 2, axis=-1)
        for (name, offset), half in zip(OFFSETS.items(), halves):
            logits = heads.language_model(
                half, table, self.settings.encoder, "lm_predictions"
            )
            scored.append(lm.score_tokens(name, logits, batch, offset))
        forward, backward = scored
        return objective.ObjectiveOutput(
            loss=forward.loss + backward.loss,
            metrics=dict(forward.metrics, **backward.metrics),
            parts=dict(forward.parts, **backward.parts),
        )

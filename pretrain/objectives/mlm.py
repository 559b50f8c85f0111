"""Masked language modelling, BERT's objective.

See "BERT: Pre-training of Deep Bidirectional Transformers", section 3.1,
https://arxiv.org/abs/1810.04805.
"""

from model import flops
from pretrain import masking, objective
from pretrain.objectives import masked_lm


class Mlm(objective.Objective):
    """The main encoder names the hidden tokens."""

    name = "mlm"
    is_corrupting = True

    def check(self, encoder, max_seq_length):
        self.settings.masking.num_predictions(max_seq_length)

    @property
    def answers(self):
        return {"masked_lm": objective.Answers()}

    def multiplications(self, length):
        share = self.settings.masking.num_predictions(length) / length
        return {"mlm head": flops.masked_lm_head(self.settings.encoder, share)}

    def corrupt(self, view, encode):
        settings = self.settings.masking
        choice = masking.choose(view, self.tokens, settings, self.name)
        rates = (settings.mlm_replace_prob, settings.mlm_random_prob)
        return masking.hide(view, choice, self.tokens, rates, self.name), choice

    def score(self, output, batch, change):
        choice = change
        prediction = masked_lm.predict_by_main_encoder(self.settings, output, choice)
        return objective.ObjectiveOutput(
            loss=prediction.loss,
            metrics=masked_lm.metrics(prediction, choice),
            parts={"masked_lm_loss": prediction.loss},
        )

"""Masked language modelling, BERT's objective.

See "BERT: Pre-training of Deep Bidirectional Transformers", section 3.1,
https://arxiv.org/abs/1810.04805.
"""

from pretrain import masking, objective
from pretrain.objectives import masked_lm


class Mlm(objective.Objective):
    """The main encoder names the hidden tokens.

    The variables of its head are where the published code keeps them,
    `generator_predictions`. There ELECTRA's generator has its own head, of another
    width, so that beside objective electra this one is called `mlm_predictions`.
    """

    name = "mlm"

    def check(self, encoder, max_seq_length):
        self.settings.masking.num_predictions(max_seq_length)

    @property
    def head_scope(self) -> str:
        has_generator = "electra" in self.settings.objective.names
        return "mlm_predictions" if has_generator else "generator_predictions"

    def record_features(self, max_seq_length):
        return masked_lm.record_features(max_seq_length)

    def compute(self, features, encode, is_training):
        """See `objective.Objective.compute`."""
        settings = self.settings.masking
        inputs = masked_lm.inputs_of(features)
        choice = masking.choose(inputs, self.tokens, settings, self.name)
        rates = (settings.mlm_replace_prob, settings.mlm_random_prob)
        hidden = masking.hide(inputs, choice, self.tokens, rates, self.name)
        return self.score(hidden, choice, encode)

    def score(self, hidden, choice, encode) -> objective.ObjectiveOutput:
        """Computes the loss on a given corruption.

        Args:
          hidden: `modeling.Inputs`, the corrupted batch.
          choice: `masking.Choice`, what was corrupted.
          encode: As in `compute`.
        """
        prediction = masked_lm.predict(
            encode(hidden), choice, self.settings.encoder, self.head_scope
        )
        return objective.ObjectiveOutput(
            loss=prediction.loss,
            metrics=masked_lm.metrics(prediction, choice),
            parts={"masked_lm_loss": prediction.loss},
        )

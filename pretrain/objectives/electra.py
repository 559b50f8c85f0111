"""Replaced token detection: a small generator fills holes, the encoder finds which.

See "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators",
section 2, https://arxiv.org/abs/2003.10555.
"""

import dataclasses
from typing import Dict, NamedTuple, Optional

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import encoders, flops, heads, layers, vocabulary_softmax
from model.encoders import base
from pretrain import masking, objective
from pretrain import metrics as metrics_lib
from pretrain.objectives import masked_lm
from util import randomness
from util import settings as settings_lib

UNLIKELY = -1e9  # The logit of a token that must not be sampled.


@dataclasses.dataclass(frozen=True)
class ElectraSettings(settings_lib.Section):
    """The generator of objective electra and the weights of the two losses."""

    gen_weight: float = settings_lib.setting(
        1.0, "Factor of the generator's loss.", low=0.0
    )
    disc_weight: float = settings_lib.setting(
        50.0, "Factor of the discriminator's loss.", low=0.0
    )
    uniform_generator: bool = settings_lib.setting(
        False, "Fill the holes with tokens drawn uniformly; there is no generator."
    )
    untied_generator: bool = settings_lib.setting(
        True, "Give the generator layers of its own; false: the encoder is both."
    )
    untied_generator_embeddings: bool = settings_lib.setting(
        False, "Give the untied generator embeddings of its own, as wide as itself."
    )
    generator_hidden_size: float = settings_lib.setting(
        0.25, "Width of the generator as a share of hidden_size.", low=0.0
    )
    generator_layers: float = settings_lib.setting(
        1.0, "Layers of the generator as a share of num_hidden_layers.", low=0.0
    )
    disallow_correct: bool = settings_lib.setting(
        False, "Never fill a hole with the token that was there."
    )
    temperature: float = settings_lib.setting(
        1.0, "Divides the generator's logits before sampling.", low=1e-3
    )

    def check(self) -> None:
        if self.untied_generator_embeddings and not self.has_own_layers:
            raise ValueError(
                "untied_generator_embeddings needs a generator of its own: set "
                "untied_generator to true and uniform_generator to false."
            )

    @property
    def has_own_layers(self) -> bool:
        return self.untied_generator and not self.uniform_generator


class Replaced(NamedTuple):
    """What was put in the place of tokens."""

    choice: masking.Choice
    generated: Optional[masked_lm.Prediction]  # None of a uniform generator.
    sampled: tf.Tensor  # int32 [B, M]
    labels: tf.Tensor  # int32 [B, T]; 1 where another token stands than before
    weights: tf.Tensor  # float32 [B, T]; 0 padding, and what others have hidden


class Guess(NamedTuple):
    """What the discriminator says about a batch with replaced tokens."""

    logits: tf.Tensor  # float32 [B, T]; positive: replaced
    labels: tf.Tensor  # int32 [B, T]; 1 replaced
    losses: tf.Tensor  # float32 [B, T], cross-entropy
    weights: tf.Tensor  # float32 [B, T]
    loss: tf.Tensor  # float32 [], their weighted mean


class Electra(objective.Objective):
    """Generator and discriminator trained together, each by its own loss."""

    name = "electra"
    rank = 2
    is_corrupting = True

    def check(self, encoder, max_seq_length):
        objective.require_sight(
            self.name,
            encoder,
            (base.BOTH, base.HALVES),
            "whether a token was replaced shows in what comes after it, too.",
        )
        self.settings.masking.num_predictions(max_seq_length)
        if self.settings.electra.has_own_layers:
            generator = self.generator_config()
            encoders.ENCODERS[generator.encoder].check(generator)
        elif encoder.embedding_delta:
            raise ValueError(
                "embedding_delta adds to the embeddings of a generator, and there is "
                "none: set untied_generator to true and uniform_generator to false."
            )

    def generator_config(self) -> config_lib.EncoderConfig:
        """Returns the architecture of the network that fills the holes."""
        electra = self.settings.electra
        if not electra.untied_generator:
            return self.settings.encoder
        config = config_lib.generator_config(
            self.settings.encoder,
            electra.generator_hidden_size,
            electra.generator_layers,
        )
        if electra.untied_generator_embeddings:
            config = dataclasses.replace(config, embedding_size=config.hidden_size)
        # Where the discriminator adds a delta, the table itself is the generator's.
        return dataclasses.replace(config, embedding_delta=False)

    @property
    def answers(self):
        return {"masked_lm": objective.Answers()}

    def multiplications(self, length):
        hidden = self.settings.encoder.hidden_size
        counts = {"discriminator head": float(hidden * (hidden + 1))}
        if not self.settings.electra.uniform_generator:
            generator = self.generator_config()
            share = self.settings.masking.num_predictions(length) / length
            counts["generator"] = sum(flops.encoder(generator, length).values())
            counts["generator head"] = flops.masked_lm_head(generator, share)
        return counts

    def corrupt(self, view, encode):
        settings = self.settings.masking
        choice = masking.choose(view, self.tokens, settings, self.name)
        rates = (settings.replace_prob, 0.0)
        hidden = masking.hide(view, choice, self.tokens, rates, self.name)
        generated = self.generate(hidden.inputs, choice, encode)
        return self.replace(view, choice, generated, self.sample(generated, choice))

    def replace(self, view, choice, generated, sampled):
        """Returns (view with the sampled tokens, `Replaced`).

        Args:
          view: `masking.View` before anything was replaced.
          choice: `masking.Choice`.
          generated: Of `generate`.
          sampled: int32 [B, M]; a token equal to the original counts as original.
        """
        filled = masking.put(view.inputs, choice, sampled)
        labels = tf.cast(tf.not_equal(filled.ids, view.inputs.ids), tf.int32)
        weights = tf.cast(view.inputs.mask, tf.float32)
        weights *= tf.cast(tf.logical_not(view.touched), tf.float32)
        change = Replaced(choice, generated, sampled, labels, weights)
        return masking.touch(view._replace(inputs=filled), choice), change

    def score(self, output, batch, change):
        return self.add_up(change, self.discriminate(output.sequence, change))

    def generate(self, hidden, choice, encode) -> Optional[masked_lm.Prediction]:
        """Runs the generator; None where tokens are drawn uniformly.

        Args:
          hidden: `modeling.Inputs` with [MASK] at the chosen positions.
          choice: `masking.Choice`.
          encode: As in `corrupt`.
        """
        electra = self.settings.electra
        if electra.uniform_generator:
            return None
        config = self.generator_config()
        if not electra.untied_generator:
            output = encode(hidden)
        elif electra.untied_generator_embeddings:
            output = encode(hidden, config=config, scope="generator")
        else:
            output = encode(
                hidden, config=config, scope="generator", embeddings_scope="electra"
            )
        return masked_lm.predict(
            output,
            choice,
            config,
            "generator_predictions",
            self.settings.objective.tie_weights,
        )

    def sample(self, generated, choice) -> tf.Tensor:
        """Draws a token for each chosen position from what the generator says.

        Args:
          generated: Of `generate`.
          choice: `masking.Choice`.

        Returns:
          int32 [B, M], in [0, V). No gradient passes.
        """
        if generated is None:
            return self._sample_uniformly(choice)
        logits, weights = generated.logits, generated.weights
        if self.settings.electra.temperature != 1.0:
            logits, weights = logits / self.settings.electra.temperature, None
        if self.settings.electra.disallow_correct:
            logits, weights = _without(logits, tf.reshape(choice.labels, [-1])), None
        ids = vocabulary_softmax.draw(logits, "electra/sample", weights)
        return tf.reshape(ids, tf.shape(choice.labels))

    def _sample_uniformly(self, choice):
        is_other = int(self.settings.electra.disallow_correct)
        ids = tf.random.stateless_uniform(
            layers.shape_list(choice.labels),
            randomness.seed_pair("electra/sample"),
            minval=0,
            maxval=self.tokens.vocab_size - is_other,
            dtype=tf.int32,
        )
        if is_other:  # Step over the correct token.
            ids += tf.cast(ids >= choice.labels, tf.int32)
        return ids

    def discriminate(self, sequence, change: Replaced) -> Guess:
        """Asks the encoder, of every token, whether it was replaced.

        Args:
          sequence: float32 [B, T, H]; what the encoder made of the changed batch.
          change: What was replaced.
        """
        logits = heads.token_binary(
            sequence, self.settings.encoder, scope="discriminator_predictions"
        )  # [B, T]
        losses = tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(change.labels, tf.float32), logits=logits
        )
        loss = metrics_lib.weighted_mean(losses, change.weights)
        return Guess(logits, change.labels, losses, change.weights, loss)

    def add_up(self, change: Replaced, guess: Guess) -> objective.ObjectiveOutput:
        """Returns the loss and the metrics of both networks."""
        choice, generated = change.choice, change.generated
        electra = self.settings.electra
        loss = electra.disc_weight * guess.loss
        parts = {"disc_loss": guess.loss}
        metrics: Dict[str, metrics_lib.Metric] = {
            "sampled_masked_lm_accuracy": masked_lm.accuracy(change.sampled, choice)
        }
        metrics.update(discriminator_metrics(guess))
        if generated is not None:
            loss += electra.gen_weight * generated.loss
            parts["masked_lm_loss"] = generated.loss
            metrics.update(masked_lm.metrics(generated, choice))
        return objective.ObjectiveOutput(loss, metrics, parts)


def _without(logits: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
    """Returns logits [B*M, V] with no chance left for one token of each row."""
    rows = tf.range(tf.shape(ids)[0])
    return tf.tensor_scatter_nd_update(
        logits, tf.stack([rows, ids], axis=1), tf.fill(tf.shape(ids), UNLIKELY)
    )


def discriminator_metrics(guess: Guess) -> Dict[str, metrics_lib.Metric]:
    """Returns the metrics under their published names; padding has no weight."""
    labels = tf.cast(guess.labels, tf.float32)
    is_called = tf.cast(guess.logits > 0, tf.float32)
    is_right = tf.cast(tf.equal(is_called, labels), tf.float32)
    return {
        "disc_loss": metrics_lib.Mean(guess.losses, guess.weights),
        "disc_accuracy": metrics_lib.Mean(is_right, guess.weights),
        "disc_precision": metrics_lib.Mean(labels, is_called * guess.weights),
        "disc_recall": metrics_lib.Mean(is_called, labels * guess.weights),
        "disc_auc": metrics_lib.Auc(
            guess.labels, tf.nn.sigmoid(guess.logits), guess.weights
        ),
    }

"""Replaced token detection: a small generator fills holes, the encoder finds which.

See "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators",
section 2, https://arxiv.org/abs/2003.10555.
"""

import dataclasses
from typing import Dict, NamedTuple, Optional

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import heads, layers, vocabulary_softmax
from pretrain import masking, objective
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


class Guess(NamedTuple):
    """What the discriminator says about a batch with replaced tokens."""

    logits: tf.Tensor  # float32 [B, T]; positive: replaced
    labels: tf.Tensor  # int32 [B, T]; 1 replaced
    losses: tf.Tensor  # float32 [B, T], cross-entropy
    weights: tf.Tensor  # float32 [B, T]; 0 padding
    loss: tf.Tensor  # float32 [], their weighted mean


class Electra(objective.Objective):
    """Generator and discriminator trained together, each by its own loss."""

    name = "electra"

    def check(self, encoder, max_seq_length):
        self.settings.masking.num_predictions(max_seq_length)
        if self.settings.electra.has_own_layers:
            self.generator_config()

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
        return config

    def record_features(self, max_seq_length):
        return masked_lm.record_features(max_seq_length)

    def compute(self, features, encode, is_training):
        """See `objective.Objective.compute`."""
        settings = self.settings.masking
        inputs = masked_lm.inputs_of(features)
        choice = masking.choose(inputs, self.tokens, settings, self.name)
        rates = (settings.replace_prob, 0.0)
        hidden = masking.hide(inputs, choice, self.tokens, rates, self.name)
        generated = self.generate(hidden, choice, encode)
        sampled = self.sample(generated, choice)
        guess = self.discriminate(inputs, choice, sampled, encode)
        return self.add_up(generated, choice, sampled, guess)

    def generate(self, hidden, choice, encode) -> Optional[masked_lm.Prediction]:
        """Runs the generator; None where tokens are drawn uniformly.

        Args:
          hidden: `modeling.Inputs` with [MASK] at the chosen positions.
          choice: `masking.Choice`.
          encode: As in `compute`.
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
        return masked_lm.predict(output, choice, config, "generator_predictions")

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

    def discriminate(self, inputs, choice, sampled, encode) -> Guess:
        """Asks the encoder, of every token, whether it was replaced.

        Args:
          inputs: `modeling.Inputs`, the uncorrupted batch.
          choice: `masking.Choice`.
          sampled: int32 [B, M]; a token equal to the original counts as original.
          encode: As in `compute`.
        """
        filled = masking.put(inputs, choice, sampled)
        logits = heads.token_binary(
            encode(filled).sequence,
            self.settings.encoder,
            scope="discriminator_predictions",
        )  # [B, T]
        labels = tf.cast(tf.not_equal(filled.ids, inputs.ids), tf.int32)
        weights = tf.cast(inputs.mask, tf.float32)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(labels, tf.float32), logits=logits
        )
        loss = objective.weighted_mean(losses, weights)
        return Guess(logits, labels, losses, weights, loss)

    def add_up(self, generated, choice, sampled, guess) -> objective.ObjectiveOutput:
        """Returns the loss and the metrics of both networks.

        Args:
          generated: Of `generate`.
          choice: `masking.Choice`.
          sampled: Of `sample`.
          guess: Of `discriminate`.
        """
        electra = self.settings.electra
        loss = electra.disc_weight * guess.loss
        parts = {"disc_loss": guess.loss}
        metrics: Dict[str, objective.Metric] = {
            "sampled_masked_lm_accuracy": masked_lm.accuracy(sampled, choice)
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


def discriminator_metrics(guess: Guess) -> Dict[str, objective.Metric]:
    """Returns the metrics under their published names; padding has no weight."""
    labels = tf.cast(guess.labels, tf.float32)
    is_called = tf.cast(guess.logits > 0, tf.float32)
    is_right = tf.cast(tf.equal(is_called, labels), tf.float32)
    return {
        "disc_loss": objective.Mean(guess.losses, guess.weights),
        "disc_accuracy": objective.Mean(is_right, guess.weights),
        "disc_precision": objective.Mean(labels, is_called * guess.weights),
        "disc_recall": objective.Mean(is_called, labels * guess.weights),
        "disc_auc": objective.Auc(
            guess.labels, tf.nn.sigmoid(guess.logits), guess.weights
        ),
    }

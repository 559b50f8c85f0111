"""How many multiplications an encoder costs, part by part.

Counted are the products of matrices and of convolutions, a multiplication with the
addition that follows it as one; elementwise work is not. A training step costs three
times the forward pass.
"""

from typing import Dict

from model import config as config_lib
from model import encoders

TRAINING_PER_FORWARD = 3
FLOPS_PER_MULTIPLICATION = 2


def encoder(config: config_lib.EncoderConfig, length: int) -> Dict[str, float]:
    """Returns the multiplications per token of an encoder's forward pass, by part.

    Args:
      config: Architecture.
      length: T; each token attends to as many.
    """
    return encoders.ENCODERS[config.encoder].multiplications(config, length)


def masked_lm_head(config: config_lib.EncoderConfig, positions_per_token: float):
    """Returns the multiplications per token of the head over the vocabulary.

    Args:
      config: Of the encoder below.
      positions_per_token: Share of the tokens that are predicted.
    """
    size = config.embedding_size
    return positions_per_token * size * (config.hidden_size + config.vocab_size)


def electra_training_step(
    config: config_lib.EncoderConfig,
    generator: config_lib.EncoderConfig,
    length: int,
    num_predictions: int,
) -> float:
    """Returns the FLOPs per token of a step of replaced token detection.

    Args:
      config: The discriminator.
      generator: The generator.
      length: T.
      num_predictions: M, tokens that are masked in each sequence.
    """
    forward = sum(encoder(config, length).values())
    forward += sum(encoder(generator, length).values())
    forward += masked_lm_head(generator, num_predictions / length)
    forward += config.hidden_size * (config.hidden_size + 1)  # Discriminator's head.
    return FLOPS_PER_MULTIPLICATION * TRAINING_PER_FORWARD * forward

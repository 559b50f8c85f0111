"""How many multiplications an encoder costs, part by part.

Counted are the products of matrices and of convolutions, a multiplication with the
addition that follows it as one; elementwise work is not. A training step costs three
times the forward pass.
"""

from typing import Dict

from model import config as config_lib

TRAINING_PER_FORWARD = 3
FLOPS_PER_MULTIPLICATION = 2


def encoder(config: config_lib.EncoderConfig, length: int) -> Dict[str, float]:
    """Returns the multiplications per token of an encoder's forward pass, by part.

    Args:
      config: Architecture.
      length: T; each token attends to as many.
    """
    hidden, heads = config.hidden_size, config.num_kept_heads * config.head_size
    kernel = config.conv_kernel_size
    per_layer = {
        "query, key, value": 3 * hidden * heads,
        "attention": 2 * length * heads,
        "output": hidden * heads,
        "feed-forward": 2 * hidden * config.intermediate_size / config.linear_groups,
    }
    if config.has_convolution:
        num_kernel_weights = config.num_kept_heads * kernel
        per_layer.update(
            {
                "convolution's input": hidden * heads,
                "convolution's kernels": hidden * (kernel + heads)
                + heads * num_kernel_weights,
                "span convolution": kernel * heads,
                "output": 2 * hidden * heads,
            }
        )
    parts = {
        name: config.num_hidden_layers * float(count)
        for name, count in per_layer.items()
    }
    if config.embedding_size != config.hidden_size:
        parts["embedding projection"] = float(config.embedding_size * hidden)
    return parts


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

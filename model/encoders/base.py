"""What an encoder is: how it runs, what its outputs see, which shapes it can have."""

from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Tuple

import tensorflow.compat.v1 as tf

from model import config as config_lib

# Which tokens an output can depend on.
BOTH = "both"  # Every output: on all of them.
LEFT = "left"  # Output t: on tokens up to t.
HALVES = "halves"  # First half of the units: on tokens up to t; second half: from t.
SIGHTS: Dict[str, str] = {  # As an error says what the outputs see.
    BOTH: "the whole text",
    LEFT: "only what is to their left",
    HALVES: "what is to their left in one half of the units, to their right in the "
    "other",
}

# Settings that only some encoders have, each with the value that means "not there".
NEUTRAL: Dict[str, Any] = {
    "num_attention_heads": 1,
    "head_ratio": 1,
    "conv_type": config_lib.NO_CONVOLUTION,
    "linear_groups": 1,
    "parameter_sharing": False,
    "bidirectional": False,
}
CONVOLUTION_SETTINGS = ("conv_type", "head_ratio")
TRANSFORMER_SETTINGS = (
    "num_attention_heads",
    "head_ratio",
    "conv_type",
    "linear_groups",
    "parameter_sharing",
)

# Nothing normalizes the vectors between recurrent or convolutional layers: with first
# weights as small as a Transformer's, narrow ones learn next to nothing.
WIDE_INITIALIZER_RANGE = 0.1

Encoded = Tuple[List[tf.Tensor], List[tf.Tensor]]


class Encoder(NamedTuple):
    """One kind of encoder.

    Attributes:
      encode: (embedded, mask, config) -> (hidden_layers, attention). `embedded` is
        [B, T, E], before any projection, `mask` int32 [B, T], 1 for a token and 0 for
        padding; hidden_layers are float Tensors [B, T, H], the last one the output;
        attention are float Tensors [B, N, T, T], none without attention. The
        config's dropout rates are applied as they are.
      sight: config -> BOTH, LEFT or HALVES.
      check: config -> None; raises ValueError for a shape that it cannot have.
      multiplications: (config, length) -> multiplications per token of the forward
        pass, by part.
      unused: Names in `NEUTRAL` of the settings that mean nothing to it.
      initializer_range: Standard deviation of first weights where nobody says
        otherwise.
    """

    encode: Callable[[tf.Tensor, tf.Tensor, config_lib.EncoderConfig], Encoded]
    sight: Callable[[config_lib.EncoderConfig], str]
    check: Callable[[config_lib.EncoderConfig], None]
    multiplications: Callable[[config_lib.EncoderConfig, int], Dict[str, float]]
    unused: Tuple[str, ...]
    initializer_range: float = config_lib.EncoderConfig.initializer_range


def sees_both(config: config_lib.EncoderConfig) -> str:
    """Returns BOTH: the sight of encoders whatever their config says."""
    del config
    return BOTH


def sees_left(config: config_lib.EncoderConfig) -> str:
    """Returns LEFT: the sight of encoders whatever their config says."""
    del config
    return LEFT


def check_unused(config: config_lib.EncoderConfig, names: Iterable[str]) -> None:
    """Refuses settings that would be ignored.

    Args:
      config: Architecture.
      names: Settings in `NEUTRAL` that mean nothing to the encoder.

    Raises:
      ValueError: One of them says that something is there.
    """
    for name in names:
        if getattr(config, name) != NEUTRAL[name]:
            raise ValueError(
                "%s is %r, which the encoder %r cannot have; set it to %r or choose "
                "another encoder."
                % (name, getattr(config, name), config.encoder, NEUTRAL[name])
            )


def check_even_width(config: config_lib.EncoderConfig) -> None:
    """Refuses a width that two directions cannot share.

    Raises:
      ValueError: hidden_size is odd.
    """
    if config.hidden_size % 2:
        raise ValueError(
            "hidden_size must be even, for the encoder %r has two directions of half "
            "as many units; got %d, use %d or %d."
            % (
                config.encoder,
                config.hidden_size,
                config.hidden_size - 1,
                config.hidden_size + 1,
            )
        )


def in_all_layers(
    config: config_lib.EncoderConfig, per_layer: Dict[str, float]
) -> Dict[str, float]:
    """Returns the multiplications of all layers from those of one, by part."""
    return {
        name: config.num_hidden_layers * float(count)
        for name, count in per_layer.items()
    }


def projection_multiplications(config: config_lib.EncoderConfig) -> Dict[str, float]:
    """Returns the multiplications of `embeddings.project`, {} where it does nothing."""
    if config.embedding_size == config.hidden_size:
        return {}
    return {"embedding projection": float(config.embedding_size * config.hidden_size)}

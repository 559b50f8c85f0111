"""What an encoder is: every number that fixes its shape, checked before any graph."""

import dataclasses
from typing import Any, Dict, Mapping, Optional

from util import registry, settings

SPAN_CONVOLUTION = "sdconv"
NO_CONVOLUTION = "noconv"
BERT_EMBEDDING, WORD_EMBEDDING = "bert", "word"
DENSE_SYNTHESIZER, RANDOM_SYNTHESIZER = "dense", "random"


@dataclasses.dataclass(frozen=True)
class EncoderConfig(settings.Section):
    """Architecture of one encoder. Immutable; derive with `dataclasses.replace`.

    Sizes count tokens, units or heads; the names are those of BERT and ConvBERT.
    """

    vocab_size: int = settings.setting(30522, "Tokens in the vocabulary.", low=1)
    embedding_size: int = settings.setting(
        128, "Width of the token table; projected where it is not hidden_size.", low=1
    )
    hidden_size: int = settings.setting(384, "Width between the layers.", low=1)
    num_hidden_layers: int = settings.setting(12, "Layers.", low=1)
    num_attention_heads: int = settings.setting(
        8, "Heads before head_ratio divides them.", low=1
    )
    intermediate_size: int = settings.setting(
        1536, "Width inside the feed-forward block.", low=1
    )
    hidden_act: str = settings.setting(
        "gelu",
        "Activation of the feed-forward block and of the prediction heads.",
        choices=["gelu", "relu", "tanh", "linear"],
    )
    hidden_dropout_prob: float = settings.setting(
        0.1, "Dropout of embeddings and of every block's output, in [0, 1).", low=0.0
    )
    attention_probs_dropout_prob: float = settings.setting(
        0.1, "Dropout of the attention weights, in [0, 1).", low=0.0
    )
    max_position_embeddings: int = settings.setting(
        512, "The longest sequence there are position embeddings for.", low=1
    )
    type_vocab_size: int = settings.setting(2, "Segments with an embedding.", low=1)
    initializer_range: float = settings.setting(
        0.02, "Standard deviation of the initial weights.", low=0.0
    )
    conv_type: str = settings.setting(
        SPAN_CONVOLUTION,
        "sdconv pairs every attention head with a span convolution; noconv does not.",
        choices=[SPAN_CONVOLUTION, NO_CONVOLUTION],
    )
    conv_kernel_size: int = settings.setting(
        9,
        "Tokens under the convolution; a span convolution needs an odd number, so "
        "that its span is centred.",
        low=1,
    )
    head_ratio: int = settings.setting(
        2, "Divides num_attention_heads; 1 with noconv is plain attention.", low=1
    )
    linear_groups: int = settings.setting(
        1, "Block-diagonal groups of the feed-forward block.", low=1
    )
    mask_convolution: bool = settings.setting(
        True, "Hide padding from the convolution; published checkpoints need false."
    )
    span_convolution: str = settings.setting(
        "fast",
        "fast has a hand-written gradient, plain leaves it to TensorFlow.",
        choices=["fast", "plain"],
    )
    encoder: str = settings.setting("transformer", "Name in model/encoders.")
    embedding: str = settings.setting(
        BERT_EMBEDDING,
        "bert adds up token, segment and position; word is the token alone.",
        choices=[BERT_EMBEDDING, WORD_EMBEDDING],
    )
    embedding_delta: bool = settings.setting(
        False,
        "Freeze the token table here and learn what is added to it, from zero: for a "
        "discriminator that reads the table which its generator trains.",
    )
    parameter_sharing: bool = settings.setting(
        False, "All layers of a transformer have the variables of the first, as ALBERT."
    )
    bidirectional: bool = settings.setting(
        False, "lstm and gru read both ways, with half of the units each."
    )
    block_size: int = settings.setting(
        2, "Layers of gatedcnn under one residual connection.", low=1
    )
    synt_type: str = settings.setting(
        DENSE_SYNTHESIZER,
        "What synt makes attention weights of: dense, each token; random, its place.",
        choices=[DENSE_SYNTHESIZER, RANDOM_SYNTHESIZER],
    )

    def check(self) -> None:
        """Checks that the numbers fit together.

        Raises:
          ValueError: They do not; the message names both settings.
        """
        self._check_multiple("hidden_size", "num_attention_heads")
        self._check_multiple("num_attention_heads", "head_ratio")
        self._check_multiple("hidden_size", "linear_groups")
        self._check_multiple("intermediate_size", "linear_groups")
        if self.conv_type == SPAN_CONVOLUTION and self.conv_kernel_size % 2 == 0:
            raise ValueError(
                "conv_kernel_size must be odd so that the span is centred on its "
                "token, got %d; use %d or %d."
                % (
                    self.conv_kernel_size,
                    self.conv_kernel_size - 1,
                    self.conv_kernel_size + 1,
                )
            )
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            if getattr(self, name) >= 1.0:
                raise ValueError(
                    "%s must be below 1, got %s; 0 turns dropout off."
                    % (name, getattr(self, name))
                )

    def _check_multiple(self, name: str, divisor_name: str) -> None:
        value, divisor = getattr(self, name), getattr(self, divisor_name)
        if value % divisor:
            raise ValueError(
                "%s (%d) must be a multiple of %s (%d)."
                % (name, value, divisor_name, divisor)
            )

    @property
    def head_size(self) -> int:
        """D: units in one head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def num_kept_heads(self) -> int:
        """N: heads that head_ratio leaves; as many convolve with sdconv."""
        return self.num_attention_heads // self.head_ratio

    @property
    def has_convolution(self) -> bool:
        return self.conv_type == SPAN_CONVOLUTION

    @property
    def ignores_padding(self) -> bool:
        """Whether the output is the same however much padding there is.

        It is not where a convolution reads padding, as in published checkpoints.
        """
        return self.mask_convolution or not self.has_convolution

    def without_dropout(self) -> "EncoderConfig":
        """Returns the same architecture as evaluation runs it."""
        return dataclasses.replace(
            self, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "EncoderConfig":
        """Makes a config from a mapping such as `to_dict` returns.

        Raises:
          ValueError: A key is unknown (the nearest is named) or a value is wrong.
        """
        return settings.from_dict(cls, values)


@dataclasses.dataclass(frozen=True)
class Size:
    """A published size, from which heads and feed-forward width follow.

    `num_attention_heads` is hidden_size / head_size and `intermediate_size` is
    4 * hidden_size, for the published width and for any other.
    """

    hidden_size: int
    num_hidden_layers: int
    head_size: int = 64
    embedding_size: Optional[int] = None  # None: as wide as the hidden states.
    linear_groups: int = 1
    conv_type: str = SPAN_CONVOLUTION
    generator_hidden_size: float = 0.25  # ELECTRA's generator, share of hidden_size.


def _attention_only(hidden_size: int, num_hidden_layers: int, **others: Any) -> Size:
    return Size(hidden_size, num_hidden_layers, conv_type=NO_CONVOLUTION, **others)


SIZES: Dict[str, Size] = {
    "tiny": Size(128, 4, head_size=32, embedding_size=64),
    "small": Size(256, 12, embedding_size=128),
    "medium-small": Size(384, 12, head_size=48, embedding_size=128, linear_groups=2),
    "base": Size(768, 12, generator_hidden_size=1 / 3),
    "electra-small": _attention_only(256, 12, embedding_size=128),
    "electra-base": _attention_only(768, 12, generator_hidden_size=1 / 3),
    "electra-large": _attention_only(1024, 24),
    "bert-base": _attention_only(768, 12),
    "bert-large": _attention_only(1024, 24),
}


def size(model_size: str) -> Size:
    """Returns a size by its name.

    Raises:
      ValueError: There is no such size; the nearest name is given.
    """
    if model_size not in SIZES:
        raise registry.unknown_name("model_size", model_size, SIZES)
    return SIZES[model_size]


def encoder_config(model_size: str, vocab_size: int, **overrides: Any) -> EncoderConfig:
    """Returns a published architecture with changes.

    Args:
      model_size: A name in `SIZES`.
      vocab_size: Tokens in the vocabulary.
      **overrides: Values of `EncoderConfig`; None means the size's own. Heads and
        feed-forward width follow an overridden hidden_size unless given too.

    Raises:
      ValueError: An unknown size or setting, or a shape that is impossible.
    """
    preset = size(model_size)
    changes = {name: value for name, value in overrides.items() if value is not None}
    hidden_size = changes.get("hidden_size", preset.hidden_size)
    values = dict(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        embedding_size=preset.embedding_size or hidden_size,
        num_hidden_layers=preset.num_hidden_layers,
        num_attention_heads=max(1, int(hidden_size) // preset.head_size),
        intermediate_size=4 * hidden_size,
        linear_groups=preset.linear_groups,
        conv_type=preset.conv_type,
        head_ratio=2 if preset.conv_type == SPAN_CONVOLUTION else 1,
    )
    values.update(changes)
    return EncoderConfig.from_dict(values)


def generator_config(
    config: EncoderConfig, generator_hidden_size: float, generator_layers: float = 1.0
) -> EncoderConfig:
    """Returns the architecture of the generator that ELECTRA trains beside `config`.

    The generator keeps the size of the heads, so that it has fewer of them. Where
    fewer than head_ratio remain, head_ratio falls to their number: the generator
    of `small` has one attention and one convolution head, which concatenated are
    twice as wide as its hidden states. It has no embedding_delta: its gradient is
    what trains the token table.

    Args:
      config: The discriminator.
      generator_hidden_size: Its width as a share of the discriminator's.
      generator_layers: Its layers as a share of the discriminator's.

    Raises:
      ValueError: The shares lead to an impossible shape.
    """
    hidden_size = int(config.hidden_size * generator_hidden_size)
    num_heads = max(1, hidden_size // config.head_size)
    try:
        return dataclasses.replace(
            config,
            hidden_size=hidden_size,
            num_hidden_layers=int(config.num_hidden_layers * generator_layers),
            num_attention_heads=num_heads,
            intermediate_size=4 * hidden_size,
            head_ratio=min(config.head_ratio, num_heads),
            embedding_delta=False,
        )
    except ValueError as error:
        raise ValueError(
            "generator_hidden_size %s and generator_layers %s of a discriminator with "
            "%d units and %d layers give no possible generator: %s"
            % (
                generator_hidden_size,
                generator_layers,
                config.hidden_size,
                config.num_hidden_layers,
                error,
            )
        ) from error

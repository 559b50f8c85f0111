"""The settings by which users choose an encoder: a size, and what they change in it."""

import dataclasses
from typing import Any, Dict, Optional

from model import config, encoders
from model.encoders import base
from util import settings

# Settings that a size brings along and that have a flat name of their own.
_FLAT = (
    "embedding_size",
    "conv_type",
    "conv_kernel_size",
    "linear_groups",
    "head_ratio",
    "mask_convolution",
)


@dataclasses.dataclass(frozen=True)
class ArchitectureSettings(settings.Section):
    """Which encoder to build; None leaves a value to the size."""

    model_size: str = settings.setting(
        "medium-small",
        "Published architecture to start from.",
        choices=list(config.SIZES),
    )
    model_hparam_overrides: Dict[str, Any] = settings.setting(
        {}, "Changes to the size by BERT's names: {'num_hidden_layers': 6}."
    )
    vocab_size: Optional[int] = settings.setting(
        None,
        "Rows of the token table; as many as the vocabulary has by default.",
        low=1,
    )
    embedding_size: Optional[int] = settings.setting(
        None, "Width of the token table.", low=1
    )
    conv_type: Optional[str] = settings.setting(
        None,
        "sdconv: span-based dynamic convolution beside attention; noconv: none.",
        choices=[config.SPAN_CONVOLUTION, config.NO_CONVOLUTION],
    )
    conv_kernel_size: Optional[int] = settings.setting(
        None, "Tokens under the convolution; odd.", low=1
    )
    linear_groups: Optional[int] = settings.setting(
        None, "Block-diagonal groups of the feed-forward block.", low=1
    )
    head_ratio: Optional[int] = settings.setting(
        None, "Divides the heads that attend; 1 with noconv is BERT.", low=1
    )
    mask_convolution: Optional[bool] = settings.setting(
        None,
        "Hide padding from the convolution; published checkpoints were trained "
        "with false.",
    )

    def check(self) -> None:
        """Checks that the size with its changes is a possible encoder.

        Raises:
          ValueError: A changed setting does not exist or the shape is impossible.
        """
        self.encoder(vocab_size=self.vocab_size or 1)

    def encoder(self, vocab_size: int) -> config.EncoderConfig:
        """Returns the encoder that these settings describe.

        Args:
          vocab_size: Tokens in the vocabulary.

        Raises:
          ValueError: `self.vocab_size` has no row for some of them, or there is no
            such encoder, or it cannot have that shape.
        """
        if self.vocab_size is not None and self.vocab_size < vocab_size:
            raise ValueError(
                "vocab_size is %d, but the vocabulary has %d tokens. Leave vocab_size "
                "out to take the vocabulary's." % (self.vocab_size, vocab_size)
            )
        overrides = self.model_hparam_overrides
        encoder = encoders.ENCODERS[
            overrides.get("encoder") or config.EncoderConfig.encoder
        ]
        changes: Dict[str, Any] = {name: getattr(self, name) for name in _FLAT}
        changes["initializer_range"] = encoder.initializer_range
        changes.update(self._neutral(encoder), **overrides)
        chosen = config.encoder_config(
            self.model_size, self.vocab_size or vocab_size, **changes
        )
        encoder.check(chosen)
        return chosen

    def _neutral(self, encoder: base.Encoder) -> Dict[str, Any]:
        """Returns neutral values in place of the size's for what is not in an encoder.

        A flat setting that is not the size's own is the user's word and stays.
        """
        own = config.encoder_config(self.model_size, 1)
        return {
            name: base.NEUTRAL[name]
            for name in encoder.unused
            if getattr(self, name, None) in (None, getattr(own, name))
        }

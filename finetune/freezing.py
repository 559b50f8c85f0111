"""Which layers are trained, and when: lower ones may rest, or join later."""

import dataclasses

from model import config as config_lib
from util import settings


@dataclasses.dataclass(frozen=True)
class FreezingSettings(settings.Section):
    """Which layers of the encoder are not trained."""

    freeze_layers: int = settings.setting(
        0,
        "Lowest layers of the encoder that are not trained, nor are the embeddings; 0 "
        "trains everything.",
        low=0,
    )
    gradual_unfreezing: bool = settings.setting(
        False,
        "Train the upper third of the layers in the first epoch, the upper two thirds "
        "in the second, everything from the third on.",
    )


def check(freezing: FreezingSettings, encoder: config_lib.EncoderConfig) -> None:
    """Refuses what the encoder cannot do.

    Raises:
      ValueError: It has too few layers, or its layers share their weights, or no layer
        is left that could join later.
    """
    if freezing.freeze_layers > encoder.num_hidden_layers:
        raise ValueError(
            "freeze_layers is %d, but the encoder has %d layers."
            % (freezing.freeze_layers, encoder.num_hidden_layers)
        )
    freezes = freezing.freeze_layers or freezing.gradual_unfreezing
    if freezes and encoder.parameter_sharing:
        raise ValueError(
            "The layers of this encoder share their weights, so none can be frozen "
            "alone; set freeze_layers to 0 and gradual_unfreezing to false."
        )
    num_layers = encoder.num_hidden_layers
    at_first = num_frozen(freezing, num_layers, 0)
    if freezing.gradual_unfreezing and at_first == freezing.freeze_layers:
        raise ValueError(
            "gradual_unfreezing changes nothing for an encoder of %d layers with "
            "freeze_layers %d: the same layers rest in every epoch. Set it to false."
            % (num_layers, freezing.freeze_layers)
        )


def num_frozen(freezing: FreezingSettings, num_layers: int, epoch: int) -> int:
    """Returns how many of the lowest layers rest in an epoch, counted from 0."""
    if not freezing.gradual_unfreezing:
        return freezing.freeze_layers
    return max(freezing.freeze_layers, num_layers // 3 * max(2 - epoch, 0))


def is_trained(name: str, num_frozen_layers: int, scope: str) -> bool:
    """Whether a variable is trained while the lowest layers rest.

    Args:
      name: Of the variable.
      num_frozen_layers: Layers that rest, the embeddings with them; 0 for none.
      scope: The encoder's variable scope.
    """
    if num_frozen_layers == 0:
        return True
    resting = ["embeddings", "embeddings_project"]
    resting += ["encoder/layer_%d" % layer for layer in range(num_frozen_layers)]
    return not any(name.startswith("%s/%s/" % (scope, part)) for part in resting)

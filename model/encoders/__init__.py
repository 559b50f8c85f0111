"""Encoders by name: functions (hidden, mask, config) -> (layers, attention weights)."""

from typing import Callable

from model.encoders import transformer
from util import registry

ENCODERS: "registry.Registry[Callable]" = registry.Registry("encoder")
ENCODERS.register("transformer", transformer.encode)

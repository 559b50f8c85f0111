"""The model that is asked: found as fine-tuning finds it, without a run around it."""

import os
from typing import Any, Mapping, NamedTuple

from finetune import job
from finetune import pretrained as pretrained_lib
from model import checkpoints, folder, tokenization
from util import gfile


class Model(NamedTuple):
    """A model and what belongs to it.

    Attributes:
      pretrained: Architecture, tokenizer settings, checkpoint.
      tokenizer: The tokenizer.
      max_seq_length: Longest sequence that it was trained with; where nobody wrote
        that down, the longest there are position embeddings for.
    """

    pretrained: job.Pretrained
    tokenizer: tokenization.Tokenizer
    max_seq_length: int


def load(path: str, asked: Mapping[str, Any]) -> Model:
    """Opens a model folder or a checkpoint, ours or a published one.

    Args:
      path: The folder, or the prefix of a checkpoint in it.
      asked: The user's settings of architecture and tokenizer by flat name; may hold
        any others too.

    Raises:
      FileNotFoundError: There is no checkpoint or no vocabulary.
      ValueError: The settings contradict the model, or its files each other.
    """
    checkpoints.resolve(path)  # Its error speaks of checkpoints alone.
    if not gfile.isdir(path):
        path = os.path.join(os.path.dirname(path) or ".", os.path.basename(path))
    home = path if gfile.isdir(path) else os.path.dirname(path)
    found = pretrained_lib.load(pretrained_lib.Request(path, home, asked))
    tokenizer = tokenization.build(found.tokenizer)
    job.check_vocabulary(found, tokenizer)
    told = folder.read(home, found.checkpoint).settings
    longest = found.encoder.max_position_embeddings
    return Model(found, tokenizer, min(_trained_length(told) or longest, longest))


def _trained_length(settings: Mapping[str, Any]) -> int:
    """Returns the longest sequence of a run, 0 if its settings do not say."""
    parts = [settings, *(settings.get("phases") or [])]
    return max(part.get("max_seq_length") or 0 for part in parts)

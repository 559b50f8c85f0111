"""The model folder: a checkpoint with all that is needed to use it.

`config.json` beside the checkpoint holds the encoder, the tokenizer, every setting
and the seed; the vocabulary is copied next to it. Pre-training writes such folders,
everything else reads them, so that nobody repeats an architecture by hand.
"""

import os
import platform
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np
import tensorflow.compat.v1 as tf

from model import checkpoints, tokenization
from model import config as config_lib
from util import files, gfile
from util import settings as settings_lib

CONFIG_FILE = "config.json"
BERT_CONFIG_FILE = "bert_config.json"
FORMAT_VERSION = 1
PUBLISHED = "published checkpoint"
_KEYS = ("encoder", "format_version", "kind", "settings", "tokenizer", "vocab_sha256")


class ModelFolder(NamedTuple):
    """A model that was trained."""

    path: str
    checkpoint: str  # Prefix of the weights.
    encoder: config_lib.EncoderConfig
    tokenizer: Optional[tokenization.TokenizerSettings]  # None if nobody wrote it down.
    settings: Dict[str, Any]  # All of the run's, by flat name; empty if unknown.
    kind: str  # "pretraining", "finetuned" or PUBLISHED.


def write(
    model_dir: str,
    encoder: config_lib.EncoderConfig,
    tokenizer: tokenization.TokenizerSettings,
    settings: Dict[str, Any],
    kind: str,
    seed: int,
) -> None:
    """Writes config.json and copies the vocabulary; the checkpoint comes later.

    Args:
      model_dir: Folder of the run; made if missing.
      encoder: Architecture.
      tokenizer: Tokenizer with its vocabulary file.
      settings: Every setting of the run by flat name.
      kind: What the run does: "pretraining", "finetuned".
      seed: Seed of the run.

    Raises:
      FileNotFoundError: The vocabulary does not exist.
    """
    vocab_file = files.require_file(str(tokenizer.vocab_file), "vocabulary")
    name = os.path.basename(vocab_file)
    _copy(vocab_file, os.path.join(model_dir, name))
    content = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "encoder": encoder.to_dict(),
        "tokenizer": dict(tokenizer.to_dict(), vocab_file=name),
        "vocab_sha256": files.sha256(vocab_file),
        "settings": settings,
        "seed": seed,
        "versions": {
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }
    files.write_json(os.path.join(model_dir, CONFIG_FILE), content)


def _copy(source: str, target: str) -> None:
    if gfile.exists(target) and files.sha256(target) == files.sha256(source):
        return
    with gfile.open(source, "rb") as stream:
        files.write_bytes(target, stream.read())


def read(model_dir: str, checkpoint: Optional[str] = None) -> ModelFolder:
    """Opens a model folder, ours or one with a published checkpoint.

    Without config.json the encoder follows from the shapes of the weights and, where
    there is one, from bert_config.json; the tokenizer is not known.

    Args:
      model_dir: The folder.
      checkpoint: Prefix of its weights; the latest by default.

    Raises:
      FileNotFoundError: The folder, its checkpoint or its vocabulary is missing.
      ValueError: config.json is of another format, the vocabulary is not the one the
        model was trained with, or the checkpoint is damaged.
    """
    files.require_dir(model_dir, "model folder")
    checkpoint = checkpoints.resolve(checkpoint or model_dir)
    config_file = os.path.join(model_dir, CONFIG_FILE)
    if not gfile.exists(config_file):
        encoder = _published_encoder(model_dir, checkpoint)
        return ModelFolder(model_dir, checkpoint, encoder, None, {}, PUBLISHED)
    content = files.read_json(config_file)
    _check_format(config_file, content)
    vocab_file = os.path.join(model_dir, content["tokenizer"]["vocab_file"])
    _check_vocabulary(vocab_file, content["vocab_sha256"])
    tokenizer = dict(content["tokenizer"], vocab_file=os.path.abspath(vocab_file))
    return ModelFolder(
        path=model_dir,
        checkpoint=checkpoint,
        encoder=config_lib.EncoderConfig.from_dict(content["encoder"]),
        tokenizer=settings_lib.from_dict(tokenization.TokenizerSettings, tokenizer),
        settings=content["settings"],
        kind=content["kind"],
    )


def check_encoder(folder: ModelFolder, encoder: config_lib.EncoderConfig) -> None:
    """Refuses an architecture that is not the one of the folder's weights.

    Args:
      folder: From `read`.
      encoder: What the settings describe.

    Raises:
      ValueError: They differ; a table says where.
    """
    known = checkpoints.infer_encoder(folder.checkpoint)
    if folder.kind != PUBLISHED:
        known["hidden_act"] = folder.encoder.hidden_act
        known["mask_convolution"] = folder.encoder.mask_convolution
    table = checkpoints.differences(known, encoder)
    if table:
        raise ValueError(
            "The weights in %s are of another architecture than the settings; leave "
            "these settings out or correct them:\n%s" % (folder.path, table)
        )


def _published_encoder(model_dir: str, checkpoint: str) -> config_lib.EncoderConfig:
    """Returns the encoder of a folder without config.json."""
    values: Dict[str, Any] = {"mask_convolution": False}
    bert_config_file = os.path.join(model_dir, BERT_CONFIG_FILE)
    inferred = checkpoints.infer_encoder(checkpoint)
    if gfile.exists(bert_config_file):
        known = config_lib.EncoderConfig.__dataclass_fields__
        told = files.read_json(bert_config_file)
        values.update({name: told[name] for name in told if name in known})
        inferred.pop("num_attention_heads", None)  # The file knows better.
    values.update(inferred)
    if "num_attention_heads" not in values:
        raise ValueError(
            "The number of attention heads does not follow from the shapes in %s; put "
            'a %s with {"num_attention_heads": ...} beside it.'
            % (checkpoint, BERT_CONFIG_FILE)
        )
    return config_lib.EncoderConfig.from_dict(values)


def _check_format(config_file: str, content: Any) -> None:
    version = content.get("format_version") if isinstance(content, dict) else None
    if version != FORMAT_VERSION:
        raise ValueError(
            "%s has format_version %s, this program reads %d; use the version of it "
            "that wrote the folder." % (config_file, version, FORMAT_VERSION)
        )
    missing: List[str] = [name for name in _KEYS if name not in content]
    if missing:
        raise ValueError("%s has no %s." % (config_file, ", ".join(missing)))


def _check_vocabulary(vocab_file: str, digest: str) -> None:
    files.require_file(vocab_file, "vocabulary")
    found = files.sha256(vocab_file)
    if found != digest:
        raise ValueError(
            "%s is not the vocabulary that the model was trained with: SHA-256 is %s, "
            "config.json has %s. Put the original file back."
            % (vocab_file, found, digest)
        )

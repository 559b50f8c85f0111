"""The folder of a run: opened for what the settings describe, or refused.

A checkpoint continues to mean what it was trained to mean. Settings that shape the
model may not change between two runs in one folder; others may, with a notice.
"""

import os
import sys
from typing import Any, Dict, List, Tuple

import tensorflow.compat.v1 as tf

from model import folder
from pretrain import objective
from util import files, gfile

DEBUG_SUFFIX = "-debug"
NOT_ARCHITECTURE = (  # How the encoder is computed or trained, not what it is.
    "span_convolution",
    "initializer_range",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
)
NOT_TOKENS = ("vocab_file", "allow_damaged_vocab")  # They change no token id.
OBJECTIVE_NAMES = ("objectives", "electra_objective")
PATHS = ("model_dir", "vocab_file", "pretrain_tfrecords", "init_checkpoint")

Difference = Tuple[str, Any, Any]  # Setting, value in the folder, value now.


def open_for(config: Any, will_train: bool) -> None:
    """Makes the folder of a new run, or checks that of an earlier one.

    Args:
      config: A `PretrainingConfig`.
      will_train: Whether the run changes the model; otherwise nothing is written.

    Raises:
      ValueError: The folder holds another model, or `debug` would wipe a model that
        it did not make.
    """
    path = config.run.model_dir
    if config.pretrain.debug and will_train:
        _wipe(path)
    config_file = os.path.join(path, folder.CONFIG_FILE)
    if gfile.exists(config_file):
        _compare(path, files.read_json(config_file), config)
    elif tf.train.latest_checkpoint(path) is not None:
        folder.check_encoder(folder.read(path), config.encoder)
    if will_train:
        folder.write(
            path,
            config.encoder,
            config.tokenization,
            config.to_dict(),
            kind="pretraining",
            seed=config.run.seed,
        )


def _wipe(path: str) -> None:
    """Empties the folder of an earlier debug run, and no other."""
    if not gfile.exists(path):
        return
    if not path.rstrip("/").endswith(DEBUG_SUFFIX):
        raise ValueError(
            "debug starts in an empty folder, but %s exists and its name does not end "
            "in %s. Choose another model_dir." % (path, DEBUG_SUFFIX)
        )
    gfile.rmtree(path)


def _compare(path: str, saved: Dict[str, Any], config: Any) -> None:
    """Raises ValueError where the model differs; prints what else does."""
    fixed = _architecture_differences(saved, config)
    fixed += _objective_differences(saved.get("settings", {}), config)
    fixed += _tokenizer_differences(saved, config)
    if fixed:
        raise ValueError(
            "%s holds a model with other settings; choose another --model-name, or "
            "set these back:\n%s" % (path, _listed(fixed))
        )
    told_elsewhere = PATHS + tuple(config.tokenization.to_dict()) + OBJECTIVE_NAMES
    changed = [
        difference
        for difference in _differences(saved.get("settings", {}), config.to_dict())
        if difference[0] not in told_elsewhere
    ]
    if changed:
        print(
            "Settings that changed since the last run in this folder:\n%s"
            % _listed(changed),
            file=sys.stderr,
        )


def _architecture_differences(saved: Dict[str, Any], config: Any) -> List[Difference]:
    differences = _differences(saved.get("encoder", {}), config.encoder.to_dict())
    return [each for each in differences if each[0] not in NOT_ARCHITECTURE]


def _objective_differences(saved: Dict[str, Any], config: Any) -> List[Difference]:
    """Compares what is learned; the objectives by their names, however given."""
    shaping = dict(
        config.electra.to_dict(),
        tie_weights=config.objective.tie_weights,
        num_labels=config.classification.num_labels,
        next_sentence_label=config.sentence_pair.next_sentence_label,
    )
    now = dict(shaping, objectives=config.objective.names)
    then = {name: saved[name] for name in shaping if name in saved}
    given = {name: saved[name] for name in OBJECTIVE_NAMES if name in saved}
    then["objectives"] = objective.ObjectiveSettings(**given).names
    return _differences(then, now)


def _tokenizer_differences(saved: Dict[str, Any], config: Any) -> List[Difference]:
    """Compares tokenizers; a vocabulary is its content, wherever it lies."""
    now = dict(
        config.tokenization.to_dict(),
        vocabulary=files.sha256(config.tokenization.vocab_file),
    )
    then = dict(saved.get("tokenizer", {}), vocabulary=saved.get("vocab_sha256"))
    return [each for each in _differences(then, now) if each[0] not in NOT_TOKENS]


def _differences(saved: Dict[str, Any], now: Dict[str, Any]) -> List[Difference]:
    """Returns what differs; a key that only one side knows is no difference."""
    return [
        (name, saved[name], now[name])
        for name in sorted(set(saved) & set(now))
        if saved[name] != now[name]
    ]


def _listed(differences: List[Difference]) -> str:
    return "\n".join("  %s: was %r, is %r" % each for each in differences)

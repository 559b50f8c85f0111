"""What fine-tuning starts from: the model's folder says it, users need not.

Architecture, vocabulary and casing are read from config.json; a published checkpoint
without one is understood from the shapes of its variables. Settings that the user
gives all the same are compared with what is there, and refused where they contradict.
"""

import dataclasses
import os
from typing import Any, Dict, List, Mapping, Optional, Tuple

from finetune import job
from finetune import settings as settings_lib
from model import architecture, checkpoints, folder, tokenization
from model import config as config_lib
from util import gfile

# Settings of the computation, not of the model: a user may change them.
FREE = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "initializer_range",
    "span_convolution",
)
VOCABULARY = "vocab.txt"
CONFIG_FILE = "config.json"

Difference = Tuple[str, Any, Any]  # Setting, value of the model, value asked for.


@dataclasses.dataclass(frozen=True)
class Request:
    """What the user says about the model to start from.

    Attributes:
      model_dir: Folder of the pre-trained model.
      data_dir: Where a vocabulary may lie that the model's folder lacks.
      asked: Settings given by the user, by flat name; may hold any others too.
      init_checkpoint: Checkpoint or folder to use instead; "none" for random weights.
      needs_weights: Whether anything is trained.
    """

    model_dir: str
    data_dir: str
    asked: Mapping[str, Any]
    init_checkpoint: Optional[str] = None
    needs_weights: bool = True


def load(request: Request) -> job.Pretrained:
    """Finds the model and checks it against what the user asked for.

    Raises:
      FileNotFoundError: There is no checkpoint or no vocabulary.
      ValueError: Settings contradict the model; the message lists them.
    """
    is_random = request.init_checkpoint == settings_lib.RANDOM_WEIGHTS
    path = request.model_dir
    if request.init_checkpoint and not is_random:
        path = request.init_checkpoint
    needs_weights = request.needs_weights and not is_random
    checkpoint = _checkpoint(path) if needs_weights else None
    home = path if gfile.isdir(path) else os.path.dirname(path)
    if not gfile.exists(os.path.join(home, CONFIG_FILE)) and checkpoint is None:
        return _from_settings(request, home)
    found = folder.read(home, checkpoint)
    encoder = _encoder(found.encoder, request, home)
    tokenizer = _tokenizer(found.tokenizer, request, home)
    return job.Pretrained(encoder, tokenizer, checkpoint)


def _checkpoint(path: str) -> str:
    try:
        return checkpoints.resolve(path)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            "%s Fine-tuning starts from pre-trained weights: check --model-name, or "
            "name a checkpoint with init_checkpoint; init_checkpoint=none starts from "
            "random weights on purpose." % error
        ) from error


def _from_settings(request: Request, home: str) -> job.Pretrained:
    """Returns a model of random weights, described by the user's settings alone.

    Raises:
      FileNotFoundError: There is neither a model nor a description of one.
    """
    if "model_size" not in request.asked:
        raise FileNotFoundError(
            "%s has no %s that describes a model. Set model_size to describe it, or "
            "check --model-name." % (home, CONFIG_FILE)
        )
    tokenizer = _tokenizer(None, request, home)
    size = tokenization.build(tokenizer).vocab_size
    encoder = _architecture(request.asked).encoder(vocab_size=size)
    return job.Pretrained(encoder, tokenizer, None)


def _architecture(asked: Mapping[str, Any]) -> architecture.ArchitectureSettings:
    names = [
        field.name for field in dataclasses.fields(architecture.ArchitectureSettings)
    ]
    return architecture.ArchitectureSettings(
        **{name: asked[name] for name in names if name in asked}
    )


def _encoder(
    actual: config_lib.EncoderConfig, request: Request, home: str
) -> config_lib.EncoderConfig:
    """Returns the model's encoder with the user's free settings.

    Raises:
      ValueError: The user describes another model.
    """
    wanted = _wanted_encoder(actual, request.asked)
    has_config = gfile.exists(os.path.join(home, CONFIG_FILE))
    free = FREE if has_config else FREE + ("mask_convolution", "hidden_act")
    changes = {name: wanted[name] for name in free if name in wanted}
    differences = [
        (name, getattr(actual, name), value)
        for name, value in sorted(wanted.items())
        if name not in free and getattr(actual, name) != value
    ]
    _refuse(differences, home)
    return dataclasses.replace(actual, **changes)


def _wanted_encoder(
    actual: config_lib.EncoderConfig, asked: Mapping[str, Any]
) -> Dict[str, Any]:
    """Returns the encoder settings that the user's settings amount to."""
    fields = [field.name for field in dataclasses.fields(config_lib.EncoderConfig)]
    given = {
        name: asked[name]
        for name in fields
        if name in asked and asked[name] is not None
    }
    given.update(asked.get("model_hparam_overrides") or {})
    if "model_size" not in asked:
        return given
    vocab_size = given.get("vocab_size", actual.vocab_size)
    described = dataclasses.replace(_architecture(asked), vocab_size=None)
    wanted = described.encoder(vocab_size=vocab_size).to_dict()
    # A size says nothing about these; only the user's own word counts.
    for name in (*FREE, "mask_convolution", "hidden_act"):
        wanted.pop(name, None)
    return dict(wanted, **given)


def _tokenizer(
    actual: Optional[tokenization.TokenizerSettings], request: Request, home: str
) -> tokenization.TokenizerSettings:
    """Returns the model's tokenizer, or the user's where the model has none.

    Raises:
      FileNotFoundError: There is no vocabulary.
      ValueError: The user describes another tokenizer.
    """
    fields = [
        field.name for field in dataclasses.fields(tokenization.TokenizerSettings)
    ]
    asked = {name: request.asked[name] for name in fields if name in request.asked}
    if actual is None:
        asked["vocab_file"] = asked.get("vocab_file") or _vocabulary(request, home)
        return tokenization.TokenizerSettings(**asked)
    checked = [
        name for name in asked if name not in ("vocab_file", "allow_damaged_vocab")
    ]
    differences = [
        (name, getattr(actual, name), asked[name])
        for name in sorted(checked)
        if getattr(actual, name) != asked[name]
    ]
    differences += _vocabulary_difference(actual, asked.get("vocab_file"))
    _refuse(differences, home)
    return actual


def _vocabulary_difference(
    actual: tokenization.TokenizerSettings, asked: Optional[str]
) -> List[Difference]:
    """Compares vocabularies by what is in them, not by their paths."""
    if not asked or asked == actual.vocab_file:
        return []
    wanted = dataclasses.replace(actual, vocab_file=asked)
    digests = [tokenization.build(each).digest for each in (actual, wanted)]
    if digests[0] == digests[1]:
        return []
    return [("vocab_file", actual.vocab_file, asked)]


def _vocabulary(request: Request, home: str) -> str:
    folders = dict.fromkeys((home, request.model_dir, request.data_dir))
    candidates = [os.path.join(each, VOCABULARY) for each in folders]
    for path in candidates:
        if gfile.exists(path):
            return path
    raise FileNotFoundError(
        "There is no vocabulary for the model in %s. Looked for %s; put the vocabulary "
        "that it was pre-trained with beside the checkpoint, or set vocab_file."
        % (home, ", ".join(candidates))
    )


def _refuse(differences: List[Difference], home: str) -> None:
    if differences:
        raise ValueError(
            "The settings contradict the model in %s:\n%s\nLeave them out; the model's "
            "folder knows them."
            % (
                home,
                "\n".join(
                    "  %s: the model has %r, the settings say %r" % difference
                    for difference in differences
                ),
            )
        )

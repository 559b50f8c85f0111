"""Every setting of pre-training, put together from the sections of the library.

`docs/configuration.md` lists them. Values are merged in one order, the later
winning: defaults < model size < debug < user.
"""

import functools
from typing import Any, Dict

from model import architecture, optimization, tokenization
from model import config as config_lib
from pretrain import inputs, masking, objective, phases, run
from pretrain.objectives import cls, electra, sentence_pair, wso
from util import run_settings, settings

# What the published sizes were trained with, where it differs from the defaults.
SIZE_DEFAULTS: Dict[str, Dict[str, Any]] = {
    "tiny": {"learning_rate": 1e-3, "train_batch_size": 32, "eval_batch_size": 32},
    "small": {"learning_rate": 3e-4},
    "base": {
        "learning_rate": 2e-4,
        "train_batch_size": 256,
        "eval_batch_size": 256,
    },
    "electra-base": {
        "learning_rate": 2e-4,
        "train_batch_size": 256,
        "eval_batch_size": 256,
    },
    "electra-large": {
        "learning_rate": 2e-4,
        "train_batch_size": 2048,
        "eval_batch_size": 256,
    },
    "bert-base": {
        "learning_rate": 1e-4,
        "train_batch_size": 256,
        "eval_batch_size": 256,
    },
    "bert-large": {
        "learning_rate": 1e-4,
        "train_batch_size": 256,
        "eval_batch_size": 256,
    },
}

DEBUG: Dict[str, Any] = {
    "train_batch_size": 8,
    "eval_batch_size": 4,
    "num_train_steps": 20,
    "num_warmup_steps": 2,
    "num_eval_steps": 2,
    "save_checkpoints_steps": 10,
    "log_steps": 1,
    "iterations_per_loop": 1,
    "model_hparam_overrides": {
        "num_hidden_layers": 3,
        "hidden_size": 144,
        "num_attention_heads": 4,
    },
}


class PretrainingConfig(settings.Settings):
    """The settings of one pre-training run.

    Attributes of the sections' names (`config.optimizer`) give a section, those of
    the settings' names (`config.learning_rate`) a value.
    """

    SECTIONS = {
        "architecture": architecture.ArchitectureSettings,
        "tokenization": tokenization.TokenizerSettings,
        "objective": objective.ObjectiveSettings,
        "electra": electra.ElectraSettings,
        "masking": masking.MaskingSettings,
        "sentence_pair": sentence_pair.SentencePairSettings,
        "word_order": wso.WordOrderSettings,
        "classification": cls.ClassificationSettings,
        "input": inputs.InputSettings,
        "optimizer": optimization.OptimizerSettings,
        "pretrain": run.PretrainSettings,
        "run": run_settings.RunSettings,
    }

    def __init__(self, model_name: str, data_dir: str, **hparams: Any):
        """Merges the user's settings over the defaults.

        Args:
          model_name: Names the model's folder under `data_dir`/models.
          data_dir: Folder of vocabulary, records and models.
          **hparams: The user's settings by their flat names.

        Raises:
          ValueError: A name is unknown, a value is wrong, or the encoder that the
            settings describe is impossible.
        """
        self.model_name = model_name
        self.data_dir = data_dir
        self._hparams = hparams
        size = hparams.get("model_size", architecture.ArchitectureSettings.model_size)
        debug = hparams.get("debug") is True
        super().__init__(
            _size_defaults(size),
            _paths(model_name + "-debug" if debug else model_name, data_dir),
            DEBUG if debug else {},
            _steps_of_phases(hparams),
            hparams,
        )

    def replace(self, **changes: Any) -> "PretrainingConfig":
        """Returns the settings of a run with some of them changed."""
        return PretrainingConfig(
            self.model_name, self.data_dir, **dict(self._hparams, **changes)
        )

    @functools.lru_cache(maxsize=None)  # noqa: B019  (a config lives as long as its run)
    def _vocab_size(self) -> int:
        return tokenization.build(self.tokenization).vocab_size

    @property
    def encoder(self) -> config_lib.EncoderConfig:
        """The encoder, with a row per token of the vocabulary; reads `vocab_file`."""
        return self.architecture.encoder(self._vocab_size())

    @property
    def electra_objective(self) -> bool:
        return "electra" in self.objective.names

    @property
    def max_predictions_per_seq(self) -> int:
        return self.masking.num_predictions(self.max_seq_length)


def _size_defaults(model_size: Any) -> Dict[str, Any]:
    """Returns what a size sets, by flat names; nothing for an unknown size."""
    size = config_lib.SIZES.get(model_size)
    if size is None:
        return {}
    has_convolution = size.conv_type == config_lib.SPAN_CONVOLUTION
    values: Dict[str, Any] = {
        "conv_type": size.conv_type,
        "conv_kernel_size": config_lib.EncoderConfig.conv_kernel_size,
        "linear_groups": size.linear_groups,
        "head_ratio": 2 if has_convolution else 1,
        "generator_hidden_size": size.generator_hidden_size,
    }
    values.update(SIZE_DEFAULTS.get(model_size, {}))
    return values


def _steps_of_phases(hparams: Dict[str, Any]) -> Dict[str, Any]:
    """Returns the number of steps that the user's phases add up to.

    Raises:
      ValueError: A phase cannot be understood, or the user says another number.
    """
    listed = hparams.get("phases")
    if not listed or not isinstance(listed, list):
        return {}
    phases.check(listed)
    total = phases.num_steps(listed)
    if hparams.get("num_train_steps", total) != total:
        raise ValueError(
            "num_train_steps is %s, but the phases have %d steps together; leave it "
            "out." % (hparams["num_train_steps"], total)
        )
    return {"num_train_steps": total}


def _paths(folder: str, data_dir: str) -> Dict[str, Any]:
    """Returns the published layout under `data_dir`."""
    return {
        "vocab_file": "%s/vocab.txt" % data_dir,
        "pretrain_tfrecords": "%s/pretrain_tfrecords/pretrain_data.tfrecord*"
        % data_dir,
        "model_dir": "%s/models/%s" % (data_dir, folder),
    }

"""Every setting of fine-tuning, put together from the sections of the library.

`docs/configuration.md` lists them. Values are merged in one order, the later
winning: defaults < model size < task < debug < user. What the encoder is stands in
the model folder; settings of the architecture are only compared with it.
"""

from typing import Any, Dict, Mapping

from finetune import distillation, freezing, mixture, selection, top
from finetune import settings as finetune_settings
from finetune.self_attention import settings as self_attention
from model import architecture, optimization, tokenization
from model import config as config_lib
from util import run_settings, settings


class FinetuningConfig(settings.Settings):
    """The settings of fine-tuning one pre-trained model.

    Attributes of the sections' names (`config.optimizer`) give a section, those of
    the settings' names (`config.learning_rate`) a value.
    """

    SECTIONS = {
        "finetune": finetune_settings.FinetuneSettings,
        "mixture": mixture.MixtureSettings,
        "selection": selection.SelectionSettings,
        "freezing": freezing.FreezingSettings,
        "top": top.TopSettings,
        "self_attention": self_attention.SelfAttentionSettings,
        "distillation": distillation.DistillationSettings,
        "question_answering": finetune_settings.QuestionAnsweringSettings,
        "tagging": finetune_settings.TaggingSettings,
        "architecture": architecture.ArchitectureSettings,
        "tokenization": tokenization.TokenizerSettings,
        "optimizer": optimization.OptimizerSettings,
        "run": run_settings.RunSettings,
    }
    HIDDEN = frozenset(["num_train_steps"])  # They follow from num_train_epochs.

    def __init__(self, model_name: str, data_dir: str, **hparams: Any):
        """Merges the user's settings over the defaults.

        Args:
          model_name: The pre-trained model, a folder under `data_dir`/models.
          data_dir: Folder of vocabulary, tasks and models.
          **hparams: The user's settings by their flat names.

        Raises:
          ValueError: A name is unknown or a value is wrong.
        """
        self.model_name = model_name
        self.data_dir = data_dir
        self.user = dict(hparams)
        self._merge({}, {})

    def _merge(self, size: Mapping[str, Any], task: Mapping[str, Any]) -> None:
        debug = self.user.get("debug") is True
        super().__init__(
            finetune_settings.DEFAULTS,
            _paths(self.model_name, self.data_dir),
            size,
            task,
            finetune_settings.DEBUG_DEFAULTS if debug else {},
            self.user,
        )

    def for_task(
        self, encoder: config_lib.EncoderConfig, task_defaults: Mapping[str, Any]
    ) -> "FinetuningConfig":
        """Returns the settings with what the encoder's size and a task change.

        Args:
          encoder: Of the pre-trained model.
          task_defaults: Settings by flat name.
        """
        is_wide = encoder.hidden_size >= finetune_settings.WIDE_HIDDEN_SIZE
        result = FinetuningConfig(self.model_name, self.data_dir, **self.user)
        result._merge(finetune_settings.WIDE_DEFAULTS if is_wide else {}, task_defaults)
        return result


def _paths(model_name: str, data_dir: str) -> Dict[str, Any]:
    """Returns the published layout under `data_dir`."""
    return {"model_dir": "%s/models/%s" % (data_dir, model_name)}

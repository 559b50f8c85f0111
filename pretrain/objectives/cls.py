"""Supervised pre-training: name the class of a labelled text.

Records built with --documents labelled have the label. See UER-py,
https://arxiv.org/abs/1909.05658, section 3.
"""

import dataclasses
from typing import Optional

import tensorflow.compat.v1 as tf

from model import heads
from pretrain import objective
from util import records
from util import settings as settings_lib

FEATURE = "label"


@dataclasses.dataclass(frozen=True)
class ClassificationSettings(settings_lib.Section):
    """Objective cls."""

    num_labels: Optional[int] = settings_lib.setting(
        None, "Classes; labels are 0 to num_labels - 1.", low=2
    )


class Classification(objective.Objective):
    """The class of the whole text."""

    name = "cls"

    def check(self, encoder, max_seq_length):
        if self.settings.classification.num_labels is None:
            raise ValueError("Objective 'cls' needs num_labels, the number of classes.")

    def record_features(self, max_seq_length):
        return [records.FeatureSpec(FEATURE, (1,), "int", None)]

    @property
    def answers(self):
        num_labels = self.settings.classification.num_labels
        return {self.name: objective.Answers(FEATURE, num_labels)}

    def multiplications(self, length):
        hidden = self.settings.encoder.hidden_size
        num_labels = self.settings.classification.num_labels
        return {self.name + " head": hidden * (hidden + num_labels) / length}

    def check_record(self, values):
        (label,) = values[FEATURE]
        if label >= self.settings.classification.num_labels:
            raise ValueError(
                "label is %d, but num_labels is %d; labels are 0 to num_labels - 1."
                % (label, self.settings.classification.num_labels)
            )

    def score(self, output, batch, change):
        logits = heads.pooled_classification(
            output.pooled,
            self.settings.classification.num_labels,
            self.settings.encoder,
            "cls_predictions",
        )
        weights = tf.cast(batch.view.inputs.mask[:, 0], tf.float32)
        return objective.classification(
            self.name, logits, batch.features[FEATURE][:, 0], weights
        )

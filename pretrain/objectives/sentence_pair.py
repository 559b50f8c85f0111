"""Sentence pairs: how the second segment of an example relates to the first.

Records built with --segmentation nsp, sop or sso say it (`sentence_relation`). `nsp`
tells the next sentence from a random one (BERT, section 3.1,
https://arxiv.org/abs/1810.04805), `sop` two sentences in order from two swapped ones
(ALBERT, section 3.1, https://arxiv.org/abs/1909.11942), `sso` all three cases
(StructBERT, section 2.3, https://arxiv.org/abs/1908.04577).
"""

import abc
import dataclasses
from typing import Dict

import tensorflow.compat.v1 as tf

from model import heads
from pretrain import objective
from pretrain.data import relations
from util import records
from util import settings as settings_lib


@dataclasses.dataclass(frozen=True)
class SentencePairSettings(settings_lib.Section):
    """Objectives nsp and sop."""

    next_sentence_label: int = settings_lib.setting(
        0,
        "Class of two sentences in the order of the text, in nsp and sop: 0 in BERT, "
        "ALBERT and UER-py; some texts call it 1.",
        low=0,
        high=1,
    )


class SentencePair(objective.Objective):
    """Classifies the relation of two segments."""

    @property
    @abc.abstractmethod
    def classes(self) -> Dict[int, int]:
        """Returns the class of each relation that may occur."""

    def check(self, encoder, max_seq_length):
        if encoder.embedding == "bert" and encoder.type_vocab_size < 2:
            raise ValueError(
                "Objective %r needs an embedding for each of two segments; "
                "type_vocab_size is %d." % (self.name, encoder.type_vocab_size)
            )

    def record_features(self, max_seq_length):
        return [records.FeatureSpec(relations.FEATURE, (1,), "int", None)]

    @property
    def answers(self):
        num_relations = len(relations.NAMES)
        return {self.name: objective.Answers(relations.FEATURE, num_relations)}

    def multiplications(self, length):
        hidden, num_classes = self.settings.encoder.hidden_size, len(self.classes)
        return {self.name + " head": hidden * (hidden + num_classes) / length}

    def check_record(self, values):
        (relation,) = values[relations.FEATURE]
        if relation not in self.classes:
            raise ValueError(
                "%s is %d, which objective %r does not know; build the records with "
                "--segmentation %s."
                % (relations.FEATURE, relation, self.name, self.segmentation)
            )

    def score(self, output, batch, change):
        labels = _classes_of(batch.features[relations.FEATURE][:, 0], self.classes)
        logits = heads.pooled_classification(
            output.pooled,
            len(set(self.classes.values())),
            self.settings.encoder,
            self.name + "_predictions",
        )
        weights = tf.cast(batch.view.inputs.mask[:, 0], tf.float32)
        return objective.classification(self.name, logits, labels, weights)


class NextSentence(SentencePair):
    """Does the second segment follow the first, or is it from another document?"""

    name = segmentation = "nsp"

    @property
    def classes(self):
        label = self.settings.sentence_pair.next_sentence_label
        return {relations.NEXT: label, relations.RANDOM: 1 - label}


class SentenceOrder(SentencePair):
    """Are two segments of one text in order, or swapped?"""

    name = segmentation = "sop"

    @property
    def classes(self):
        label = self.settings.sentence_pair.next_sentence_label
        return {relations.NEXT: label, relations.PREVIOUS: 1 - label}


class SentenceStructure(SentencePair):
    """Does the second segment follow the first, precede it, or neither?"""

    name = segmentation = "sso"

    @property
    def classes(self):
        return {each: each for each in range(len(relations.NAMES))}


def _classes_of(relation: tf.Tensor, classes: Dict[int, int]) -> tf.Tensor:
    """Maps relations to classes, int32 [B]; the records were checked for others."""
    table = [classes.get(each, 0) for each in range(len(relations.NAMES))]
    return tf.gather(tf.constant(table), relation)

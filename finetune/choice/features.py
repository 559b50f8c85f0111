"""Questions to arrays: one sequence per choice, all of them in one record.

Glossary: B questions in the batch, T tokens in the longest sequence, K choices.
"""

import dataclasses
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.choice import reader
from finetune.classification import features as pair_features
from model import layers, modeling
from util import records

BATCH = 1024  # Questions handed to the tokenizer at a time.

# How a sequence is put together.
CHOICE_FIRST = "choice_question_context"  # [CLS] choice [SEP] question [SEP] context.
CONTINUATION = "context_continuation"  # [CLS] context [SEP] question choice [SEP].
LAYOUTS = (CHOICE_FIRST, CONTINUATION)


@dataclasses.dataclass(frozen=True)
class ChoiceFeatures(task_lib.FeatureBuilder):
    """Features of questions with up to K choices.

    Sequences are [T, K]: token by token, the choices side by side, so that they are
    padded as sequences are. A choice that a question lacks has length 0.

    Attributes:
      num_choices: K.
      layout: One of LAYOUTS.
    """

    num_choices: int
    layout: str = CHOICE_FIRST

    def specs(self):
        rows = (-1, self.num_choices)
        return [
            records.FeatureSpec("input_ids", rows, "int", 0),
            records.FeatureSpec("segment_ids", rows, "int", 0),
            records.FeatureSpec("length", (self.num_choices,), "int", None),
            records.FeatureSpec("num_choices", (), "int", None),
            records.FeatureSpec("label", (), "int", None),
        ]

    def build(self, examples, context):
        for start in range(0, len(examples), BATCH):
            batch = examples[start : start + BATCH]
            for example, parts in zip(batch, _encoded(batch, context.tokenizer)):
                yield self._features(example, parts, context)

    def fingerprint(self, context):
        return {
            "format": 1,
            "features": dataclasses.asdict(self),
            "max_seq_length": context.max_seq_length,
        }

    def inputs(self, features):
        """Returns the choices as sequences of their own, [B * K, T].

        A choice that a question lacks shows one token, as an encoder has to see one.
        """
        ids = _by_choice(features["input_ids"])
        lengths = tf.maximum(tf.reshape(features["length"], [-1]), 1)  # [B * K]
        mask = tf.sequence_mask(lengths, layers.shape_list(ids)[1], tf.int32)
        return modeling.Inputs(ids, mask, _by_choice(features["segment_ids"]))

    def _features(
        self,
        example: reader.Example,
        parts: Tuple[List[int], List[int], List[List[int]]],
        context: task_lib.FeatureContext,
    ) -> Dict[str, Any]:
        passage, question, choices = parts
        join = join_choice_first if self.layout == CHOICE_FIRST else join_continuation
        sequences = [
            join(passage, question, choice, context.tokenizer, context.max_seq_length)
            for choice in choices
        ]
        lengths = np.zeros([self.num_choices], np.int64)
        lengths[: len(choices)] = [len(ids) for ids, _ in sequences]
        columns = np.zeros([2, lengths.max(), self.num_choices], np.int64)
        for number, sequence in enumerate(sequences):
            columns[:, : lengths[number], number] = sequence
        return {
            "input_ids": columns[0],  # [T, K]
            "segment_ids": columns[1],
            "length": lengths,
            "num_choices": len(choices),
            "label": 0 if example.label is None else example.label,
        }


def join_choice_first(
    context: List[int],
    question: List[int],
    choice: List[int],
    tokenizer: Any,
    max_seq_length: int,
) -> Tuple[List[int], List[int]]:
    """Returns (ids, segments) of [CLS] choice [SEP] question [SEP] context [SEP].

    What is too long is cut off the end of the context; choice and question lose
    tokens only where they do not fit without any context.
    """
    room = max_seq_length - 4
    question, choice = _fitting(question, choice, room)
    context = context[: room - len(question) - len(choice)]
    first = [tokenizer.cls_id] + choice + [tokenizer.sep_id]
    first += question + [tokenizer.sep_id]
    second = context + [tokenizer.sep_id]
    return first + second, [0] * len(first) + [1] * len(second)


def join_continuation(
    context: List[int],
    question: List[int],
    choice: List[int],
    tokenizer: Any,
    max_seq_length: int,
) -> Tuple[List[int], List[int]]:
    """Returns (ids, segments) of [CLS] context [SEP] question choice [SEP].

    What is too long is cut as in `join_choice_first`.
    """
    room = max_seq_length - 3
    question, choice = _fitting(question, choice, room)
    context = context[: room - len(question) - len(choice)]
    first = [tokenizer.cls_id] + context + [tokenizer.sep_id]
    second = question + choice + [tokenizer.sep_id]
    return first + second, [0] * len(first) + [1] * len(second)


def _fitting(
    question: List[int], choice: List[int], room: int
) -> Tuple[List[int], List[int]]:
    """Returns question and choice cut to fit; most of them do."""
    question, cut = pair_features.truncate(question, choice, room)
    return question, cut or []


def _encoded(
    examples: List[reader.Example], tokenizer: Any
) -> Iterator[Tuple[List[int], List[int], List[List[int]]]]:
    """Yields the ids of context, question and each choice."""
    texts = [
        text
        for example in examples
        for text in (example.context, example.question, *example.choices)
    ]
    encoded = iter(tokenizer.encode_batch(texts))
    for example in examples:
        context, question = list(next(encoded)), list(next(encoded))
        yield context, question, [list(next(encoded)) for _ in example.choices]


def _by_choice(values: tf.Tensor) -> tf.Tensor:
    """[B, T, K] -> [B * K, T]."""
    batch_size, length, num_choices = layers.shape_list(values)
    rows = tf.transpose(values, [0, 2, 1])
    return tf.reshape(rows, [batch_size * num_choices, length])

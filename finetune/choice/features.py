"""Questions to arrays: one sequence per choice, all of them in one record.

Glossary: B questions in the batch, T tokens in the longest sequence, K choices.
"""

import dataclasses
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

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
CLOZE = "cloze"  # [CLS] context with the choice in its blank [SEP].


class _Parts(NamedTuple):
    """What a sequence is put together from: texts, or their ids.

    Attributes:
      context: What there is to know; of a cloze, what stands before the blank.
      question: What is asked; of a cloze, what stands after the blank.
      choice: One of the choices.
    """

    context: Any
    question: Any
    choice: Any


@dataclasses.dataclass(frozen=True)
class ChoiceFeatures(task_lib.FeatureBuilder):
    """Features of questions with up to K choices.

    Sequences are [T, K]: token by token, the choices side by side, so that they are
    padded as sequences are. A choice that a question lacks has length 0.

    Attributes:
      num_choices: K.
      layout: One of LAYOUTS.
      blank: What stands in a context for the choice; for CLOZE only. If it stands
        there several times, the choice is put into all of them.
    """

    num_choices: int
    layout: str = CHOICE_FIRST
    blank: str = ""

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
            texts = [self._parts(example) for example in batch]
            encoded = _encoded(texts, context.tokenizer)
            for example, parts in zip(batch, encoded):
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

    def _parts(self, example: reader.Example) -> List[_Parts]:
        """Returns the texts of each choice's sequence."""
        if self.layout != CLOZE:
            return [
                _Parts(example.context, example.question, choice)
                for choice in example.choices
            ]
        before, _, after = example.context.partition(self.blank)
        return [
            _Parts(before, after.replace(self.blank, choice), choice)
            for choice in example.choices
        ]

    def _features(
        self,
        example: reader.Example,
        parts: List[_Parts],
        context: task_lib.FeatureContext,
    ) -> Dict[str, Any]:
        join = _JOINS[self.layout]
        sequences = [
            join(*each, context.tokenizer, context.max_seq_length) for each in parts
        ]
        lengths = np.zeros([self.num_choices], np.int64)
        lengths[: len(sequences)] = [len(ids) for ids, _ in sequences]
        columns = np.zeros([2, lengths.max(), self.num_choices], np.int64)
        for number, sequence in enumerate(sequences):
            columns[:, : lengths[number], number] = sequence
        return {
            "input_ids": columns[0],  # [T, K]
            "segment_ids": columns[1],
            "length": lengths,
            "num_choices": len(sequences),
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


def join_cloze(
    before: List[int],
    after: List[int],
    choice: List[int],
    tokenizer: Any,
    max_seq_length: int,
) -> Tuple[List[int], List[int]]:
    """Returns (ids, segments) of [CLS] before choice after [SEP].

    Where it is too long, what is farthest from the blank is cut off, on both sides as
    long as both have something.
    """
    room = max_seq_length - 2
    choice = choice[:room]
    room -= len(choice)
    num_before = min(len(before), max(room // 2, room - len(after)))
    text = before[len(before) - num_before :] + choice + after[: room - num_before]
    ids = [tokenizer.cls_id] + text + [tokenizer.sep_id]
    return ids, [0] * len(ids)


_JOINS = {
    CHOICE_FIRST: join_choice_first,
    CONTINUATION: join_continuation,
    CLOZE: join_cloze,
}
LAYOUTS = tuple(_JOINS)


def _fitting(
    question: List[int], choice: List[int], room: int
) -> Tuple[List[int], List[int]]:
    """Returns question and choice cut to fit; most of them do."""
    question, cut = pair_features.truncate(question, choice, room)
    return question, cut or []


def _encoded(examples: List[List[_Parts]], tokenizer: Any) -> Iterator[List[_Parts]]:
    """Yields the ids of texts; each text is encoded once."""
    texts = list(
        dict.fromkeys(text for parts in examples for each in parts for text in each)
    )
    by_text = dict(zip(texts, map(list, tokenizer.encode_batch(texts))))
    for parts in examples:
        yield [_Parts(*map(by_text.__getitem__, each)) for each in parts]


def _by_choice(values: tf.Tensor) -> tf.Tensor:
    """[B, T, K] -> [B * K, T]."""
    batch_size, length, num_choices = layers.shape_list(values)
    rows = tf.transpose(values, [0, 2, 1])
    return tf.reshape(rows, [batch_size * num_choices, length])

"""Texts to arrays: [CLS] A [SEP] or [CLS] A [SEP] B [SEP], cut to fit."""

import dataclasses
from typing import Any, Dict, Iterator, List, Optional, Tuple

from finetune import task as task_lib
from finetune.classification import cropping, tables
from util import records

BATCH = 4096  # Texts handed to the tokenizer at a time.


@dataclasses.dataclass(frozen=True)
class TextFeatures(task_lib.FeatureBuilder):
    """Features of a text or a pair of texts with one label.

    Attributes:
      label_is_class: Whether the label is a class index, else a number.
      unordered: Whether (A, B) means the same as (B, A); such pairs are trained on
        both ways when `double_unordered` is set.
    """

    label_is_class: bool = True
    unordered: bool = False

    def specs(self):
        return [
            records.FeatureSpec("input_ids", task_lib.ANY_LENGTH, "int", 0),
            records.FeatureSpec("segment_ids", task_lib.ANY_LENGTH, "int", 0),
            records.FeatureSpec("length", (), "int", None),
            records.FeatureSpec(
                "label", (), "int" if self.label_is_class else "float", None
            ),
        ]

    def build(self, examples, context):
        for start in range(0, len(examples), BATCH):
            for example, text_a, text_b in _encoded(
                examples[start : start + BATCH], context.tokenizer
            ):
                shown = cropped(example, text_a, text_b, context)
                for pair in self._orders(shown, text_b, context):
                    yield self._features(pair, example, context)

    def fingerprint(self, context):
        return {
            "format": 2,
            "features": dataclasses.asdict(self),
            "max_seq_length": context.max_seq_length,
            "doubled": self._doubles(context),
        }

    def _doubles(self, context: task_lib.FeatureContext) -> bool:
        return self.unordered and context.is_training and context.double_unordered

    def _orders(self, text_a, text_b, context):
        if text_b is not None and self._doubles(context):
            return [(text_a, text_b), (text_b, text_a)]
        return [(text_a, text_b)]

    def _features(self, pair, example, context) -> Dict[str, Any]:
        ids, segments = join(
            pair[0], pair[1], context.tokenizer, context.max_seq_length
        )
        return {
            "input_ids": ids,
            "segment_ids": segments,
            "length": len(ids),
            "label": 0 if example.label is None else example.label,
        }


def join(
    text_a: List[int],
    text_b: Optional[List[int]],
    tokenizer: Any,
    max_seq_length: int,
) -> Tuple[List[int], List[int]]:
    """Returns (ids, segments) of one example, at most `max_seq_length` long."""
    room = max_seq_length - _num_special(text_b)
    text_a, text_b = truncate(text_a, text_b, room)
    ids = [tokenizer.cls_id] + text_a + [tokenizer.sep_id]
    segments = [0] * len(ids)
    if text_b is not None:
        ids += text_b + [tokenizer.sep_id]
        segments += [1] * (len(text_b) + 1)
    return ids, segments


def truncate(
    text_a: List[int], text_b: Optional[List[int]], max_tokens: int
) -> Tuple[List[int], Optional[List[int]]]:
    """Cuts tokens off the end of the longer text until both fit, as BERT does.

    Where both are equally long, the second loses a token.
    """
    if text_b is None:
        return text_a[:max_tokens], None
    surplus = len(text_a) + len(text_b) - max_tokens
    length_a, length_b = len(text_a), len(text_b)
    for _ in range(surplus):
        if length_a > length_b:
            length_a -= 1
        else:
            length_b -= 1
    return text_a[:length_a], text_b[:length_b]


def _num_special(text_b: Optional[List[int]]) -> int:
    return 2 if text_b is None else 3


def cropped(
    example: Any,
    text_a: List[int],
    text_b: Optional[List[int]],
    context: task_lib.FeatureContext,
) -> List[int]:
    """Returns the first text, short enough if the example says what must stay of it.

    Args:
      example: Where it has `kept`, its `text_a` is cut around these characters.
      text_a: Tokens of the first text.
      text_b: Tokens of the second text, or None.
      context: Says how much fits.

    Texts that are tokens already have no characters to look for.
    """
    kept = getattr(example, "kept", ())
    if not kept or not isinstance(example.text_a, str):
        return text_a
    room = context.max_seq_length - _num_special(text_b)
    length = len(truncate(text_a, text_b, room)[0])
    if length == len(text_a):
        return text_a
    return cropping.around(example.text_a, kept, context.tokenizer, length)


def _encoded(
    examples: List[tables.Example], tokenizer: Any
) -> Iterator[Tuple[tables.Example, List[int], Optional[List[int]]]]:
    """Yields (example, ids of the first text, ids of the second or None)."""
    first = tokenizer.encode_batch([example.text_a for example in examples])
    second = iter(
        tokenizer.encode_batch(
            [example.text_b for example in examples if example.text_b is not None]
        )
    )
    for example, text_a in zip(examples, first):
        text_b = None if example.text_b is None else list(next(second))
        yield example, list(text_a), text_b

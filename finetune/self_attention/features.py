"""Features of a task with token labels beside them.

Where the tokens of a text end up, what is cut off and whether a pair is also turned
round is for the task's own features to decide. They are asked twice: once with the
tokens, and once with a code in the place of every token, which comes back where the
token does.
"""

import dataclasses
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from finetune import task as task_lib
from finetune.classification import features as text_features
from finetune.self_attention import examples as examples_lib
from finetune.self_attention import labels as labels_lib
from util import records

BATCH = 4096  # Examples handed to the tokenizer at a time.
SPECIAL = -1  # Code of [CLS] and [SEP]; of text A 0 to 2, of text B 3 to 5.

Pair = Tuple[List[int], Optional[List[int]]]  # Something for every token of two texts.


@dataclasses.dataclass(frozen=True)
class TokenLabelFeatures(task_lib.FeatureBuilder):
    """Features of a task whose examples have one or two texts and a label.

    Beside those of the task: `token_labels` (UNKNOWN where there are none), `is_text`
    (0 for special tokens) and `text_lengths`, the tokens of either text.

    Attributes:
      inner: Of the task.
      original_label: Label of all tokens of original examples in training.
    """

    inner: task_lib.FeatureBuilder
    original_label: int

    def specs(self):
        length = task_lib.ANY_LENGTH
        return self.inner.specs() + [
            records.FeatureSpec("token_labels", length, "int", labels_lib.UNKNOWN),
            records.FeatureSpec("is_text", length, "int", 0),
            records.FeatureSpec("text_lengths", (2,), "int", None),
        ]

    def build(self, examples, context):
        for start in range(0, len(examples), BATCH):
            yield from self._build(examples[start : start + BATCH], context)

    def fingerprint(self, context):
        return {
            "format": 2,
            "inner": self.inner.fingerprint(context),
            "original_label": self.original_label,
        }

    def inputs(self, features):
        return self.inner.inputs(features)

    def _build(
        self, examples: List[Any], context: task_lib.FeatureContext
    ) -> Iterator[Dict[str, Any]]:
        tokenizer = context.tokenizer
        sources = [_source(example) for example in examples]
        encoded = _encode(sources, context)
        shown = [
            _shown(example, texts, tokenizer.mask_id)
            for example, texts in zip(examples, encoded)
        ]
        coded = [
            self._coded(example, texts, context.is_training)
            for example, texts in zip(examples, encoded)
        ]
        tokens = self._place(
            sources, shown, context, _Encoded(tokenizer.cls_id, tokenizer.sep_id)
        )
        codes = self._place(sources, coded, context, _Encoded(SPECIAL, SPECIAL))
        for features, placed in zip(tokens, codes):
            yield dict(features, **_decoded(placed["input_ids"]))

    def _place(self, sources, texts, context, tokenizer) -> Iterator[Dict[str, Any]]:
        """Builds the task's features of examples with other texts."""
        changed = [
            source._replace(text_a=text_a, text_b=text_b)
            for source, (text_a, text_b) in zip(sources, texts)
        ]
        return self.inner.build(
            changed, dataclasses.replace(context, tokenizer=tokenizer)
        )

    def _coded(self, example: Any, texts: Pair, is_training: bool) -> Pair:
        """Returns a code for every token of an example."""
        label = self.original_label if is_training else labels_lib.UNKNOWN
        labels = labels_lib.TokenLabels(label, label)
        masked: Tuple[Sequence[int], Sequence[int]] = ((), ())
        if isinstance(example, examples_lib.Example):
            unknown = labels_lib.TokenLabels(labels_lib.UNKNOWN, labels_lib.UNKNOWN)
            labels = example.labels or unknown
            masked = (example.masked_a, example.masked_b)
        codes = [
            None
            if text is None
            else _replaced([code + labels.others] * len(text), at, code + labels.masked)
            for text, at, code in zip(texts, masked, (1, 4))
        ]
        return codes[0] or [], codes[1]


class _Encoded(NamedTuple):
    """Stands in for a tokenizer where texts are numbers already."""

    cls_id: int
    sep_id: int

    def encode_batch(self, texts: Sequence[Sequence[int]]) -> List[List[int]]:
        return [list(text) for text in texts]


def _source(example: Any) -> Any:
    return example.source if isinstance(example, examples_lib.Example) else example


def _encode(sources: List[Any], context: task_lib.FeatureContext) -> List[Pair]:
    """Returns the tokens of every example's texts.

    First texts of which some characters must stay are cut here, because later nobody
    sees characters.
    """
    tokenizer = context.tokenizer
    first = tokenizer.encode_batch([source.text_a for source in sources])
    second = iter(
        tokenizer.encode_batch(
            [source.text_b for source in sources if source.text_b is not None]
        )
    )
    pairs: List[Pair] = [
        (list(text_a), None if source.text_b is None else list(next(second)))
        for source, text_a in zip(sources, first)
    ]
    return [
        (text_features.cropped(source, text_a, text_b, context), text_b)
        for source, (text_a, text_b) in zip(sources, pairs)
    ]


def _shown(example: Any, texts: Pair, mask_id: int) -> Pair:
    """Returns the tokens that the model sees."""
    is_question = isinstance(example, examples_lib.Example) and not example.labels
    if not is_question:
        return texts
    text_a, text_b = texts
    return (
        _replaced(text_a, example.masked_a, mask_id),
        None if text_b is None else _replaced(text_b, example.masked_b, mask_id),
    )


def _replaced(values: List[int], places: Sequence[int], value: int) -> List[int]:
    result = list(values)
    for place in places:
        result[place] = value
    return result


def _decoded(codes: List[int]) -> Dict[str, Any]:
    """Returns what the codes of one sequence say."""
    length_b = sum(code > 2 for code in codes)
    length_a = sum(code >= 0 for code in codes) - length_b
    return {
        "token_labels": [
            labels_lib.UNKNOWN if code == SPECIAL else code % 3 - 1 for code in codes
        ],
        "is_text": [int(code != SPECIAL) for code in codes],
        "text_lengths": [length_a, length_b],
    }

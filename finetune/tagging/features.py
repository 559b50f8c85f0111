"""Sentences to arrays: [CLS] words [SEP], with a tag at the first piece of each word.

Features of a record, besides those that every task has:
- tag [T]: class of the word plus 1 at its first piece; 0 where there is nothing to
  learn.
- word [T]: number of the word in its sentence plus 1 at its first piece; 0 where
  nothing is asked.
- example: number of the sentence.
- num_words: words in the sentence.
"""

import dataclasses
from typing import Any, Dict, Iterator, List

from finetune import task as task_lib
from finetune.tagging import reader, tag_set, windows
from util import records

FORMAT_VERSION = 1
BATCH = 1024  # Sentences whose words are handed to the tokenizer together.


@dataclasses.dataclass(frozen=True)
class TagFeatures(task_lib.FeatureBuilder):
    """Features of sentences; a long one has several records.

    Attributes:
      tags: What is learned.
      stride: Words that neighbouring windows over a long sentence share.
    """

    tags: tag_set.TagSet
    stride: int

    def specs(self):
        return [
            records.FeatureSpec("input_ids", task_lib.ANY_LENGTH, "int", 0),
            records.FeatureSpec("segment_ids", task_lib.ANY_LENGTH, "int", 0),
            records.FeatureSpec("length", (), "int", None),
            records.FeatureSpec("tag", task_lib.ANY_LENGTH, "int", 0),
            records.FeatureSpec("word", task_lib.ANY_LENGTH, "int", 0),
            records.FeatureSpec("example", (), "int", None),
            records.FeatureSpec("num_words", (), "int", None),
        ]

    def build(self, examples, context):
        for start in range(0, len(examples), BATCH):
            batch = examples[start : start + BATCH]
            words = [word for example in batch for word in example.words]
            pieces = iter(context.tokenizer.encode_batch(words))
            for number, example in enumerate(batch, start):
                of_words = [next(pieces) for _ in example.words]
                yield from self._sentence(number, example, of_words, context)

    def fingerprint(self, context):
        return {
            "format": FORMAT_VERSION,
            "classes": list(self.tags.classes),
            "stride": self.stride,
            "max_seq_length": context.max_seq_length,
        }

    def _sentence(
        self,
        number: int,
        example: reader.Example,
        pieces: List[List[int]],
        context: task_lib.FeatureContext,
    ) -> Iterator[Dict[str, Any]]:
        """Yields the records of a sentence.

        A word of which the tokenizer leaves nothing, such as a control character, is
        unknown to the model, but there; a word longer than a window is cut.
        """
        tokenizer = context.tokenizer
        budget = context.max_seq_length - 2
        pieces = [ids[:budget] or [tokenizer.unk_id] for ids in pieces]
        numbers = [0] * len(pieces)
        if example.tags is not None:
            numbers = self.tags.numbers(example.tags)
        sizes = [len(ids) for ids in pieces]
        for window in windows.cover(sizes, budget, self.stride):
            record = _window(window, pieces, numbers, tokenizer)
            yield dict(record, example=number, num_words=len(pieces))


def _window(
    window: windows.Window,
    pieces: List[List[int]],
    numbers: List[int],
    tokenizer: Any,
) -> Dict[str, Any]:
    """Returns what a window shows and asks."""
    ids, tags, words = [tokenizer.cls_id], [0], [0]
    for position in range(window.start, window.end):
        is_own = window.own_start <= position < window.own_end
        rest = [0] * (len(pieces[position]) - 1)
        ids += pieces[position]
        tags += [numbers[position] if is_own else 0] + rest
        words += [position + 1 if is_own else 0] + rest
    return {
        "input_ids": ids + [tokenizer.sep_id],
        "segment_ids": [0] * (len(ids) + 1),
        "length": len(ids) + 1,
        "tag": tags + [0],
        "word": words + [0],
    }

"""Sentences, tokenizers and predictions for the tests of tagging."""

import os

import numpy as np

from finetune import task as task_lib
from finetune.tagging import reader, schemes, tag_set
from tests.finetune import fakes

IOBES = tag_set.TagSet(schemes.IOBES, ("LOC", "PER"))
BIO = tag_set.TagSet(schemes.BIO, ("LOC", "PER"))


class Letters(fakes.Tokenizer):
    """A letter is a token; nothing is left of control characters."""

    def encode(self, text):
        return [5 + ord(letter) % 59 for letter in text if letter.isprintable()]


def write(folder, name, content):
    """Writes text or bytes; returns the path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())
    return path


def example(number, words, tags=None):
    """Returns an example from words and tags with spaces between them."""
    return reader.Example(
        str(number), tuple(words.split()), tags and tuple(tags.split())
    )


def predictions(tags, examples, said, is_labeled=True, probability=0.5):
    """Returns what a model says that tags sentences so, a record for each.

    Args:
      tags: What the model has learned.
      examples: The sentences.
      said: Learned tags of each, with spaces between them.
      is_labeled: Whether there are losses: 1, 2, ...
      probability: Of every tag.
    """
    width = 2 + max(len(each.words) for each in examples)
    tag, word = np.zeros([2, len(examples), width], np.int32)
    for row, (each, line) in enumerate(zip(examples, said)):
        count = len(each.words)
        tag[row, 1 : count + 1] = [tags.classes.index(name) for name in line.split()]
        word[row, 1 : count + 1] = np.arange(count) + 1
    outputs = {
        "tag": tag,
        "word": word,
        "probability": np.full(tag.shape, probability, np.float32),
        "example": np.arange(len(examples)),
    }
    losses = np.arange(1.0, len(examples) + 1) if is_labeled else None
    return task_lib.Predictions(list(examples), outputs, losses)

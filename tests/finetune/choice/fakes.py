"""Stand-ins for the tests of multiple choice and ranking."""

import numpy as np

from finetune import task as task_lib
from finetune.choice import reader


class Tokenizer:
    """A text is written as its ids: "7 8" is [7, 8]."""

    pad_id, unk_id, cls_id, sep_id, mask_id = range(5)
    vocab_size = 64

    def encode_batch(self, texts):
        return [[int(word) for word in text.split()] for text in texts]


def context(max_seq_length=16):
    return task_lib.FeatureContext(Tokenizer(), max_seq_length, is_training=False)


def batch(builder, examples, max_seq_length=16):
    """Returns the features of examples as the input pipeline joins them, in NumPy."""
    built = list(builder.build(examples, context(max_seq_length)))
    longest = max(len(features["input_ids"]) for features in built)
    result = {}
    for spec in builder.specs():
        values = [np.asarray(features[spec.name]) for features in built]
        if spec.shape[:1] == (-1,):
            values = [
                np.pad(v, [(0, longest - len(v))] + [(0, 0)] * (v.ndim - 1), "constant")
                for v in values
            ]
        result[spec.name] = np.stack(values).astype(np.int32)
    return result


def question(name="q", label=0, choices=("10", "11 12"), context="20 21", asked="30"):
    return reader.Example(name, context, asked, tuple(choices), label)


def said(examples, logits, losses=None):
    """Returns predictions with these logits, [n, K]; -1e9 marks a missing choice."""
    logits = np.array(logits, np.float32)
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    probabilities = exponentials / exponentials.sum(-1, keepdims=True)
    return task_lib.Predictions(
        examples,
        {"logits": logits, "probabilities": probabilities},
        None if losses is None else np.array(losses, np.float32),
    )

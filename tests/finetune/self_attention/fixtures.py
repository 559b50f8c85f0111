"""Texts whose words are their token ids, and models that anybody understands."""

import numpy as np

from finetune import task as task_lib
from finetune.classification import features as text_features
from finetune.classification import tables
from finetune.self_attention import features, labels

Example = tables.Example
CLS, SEP, MASK = 2, 3, 4
X = 99  # The token that the fake model looks for.


class Tokenizer:
    cls_id, sep_id, mask_id = CLS, SEP, MASK

    def encode_batch(self, texts):
        return [[int(word) for word in text.split()] for text in texts]


def context(is_training=False, max_seq_length=64):
    return task_lib.FeatureContext(Tokenizer(), max_seq_length, is_training)


def builder(inner=None, original_label=labels.MATTERS):
    inner = inner or text_features.TextFeatures()
    return features.TokenLabelFeatures(inner, original_label)


def examples(count, length=20, seed=0, pair=False):
    """Returns texts of which one half contain X once; the label tells which."""
    random = np.random.RandomState(seed)
    result = []
    for number in range(count):
        tokens = random.randint(10, 90, size=length).tolist()
        if number % 2:
            tokens[random.randint(length)] = X
        middle = length // 2 if pair else length
        result.append(
            Example(
                str(number),
                " ".join(map(str, tokens[:middle])),
                " ".join(map(str, tokens[middle:])) if pair else None,
                number % 2,
            )
        )
    return result


def asker(believe, name="logits", max_seq_length=64):
    """Returns a model that believes something of the tokens that it sees.

    Args:
      believe: List of token ids -> class, or value if `name` is "value".
      name: Of the output.
      max_seq_length: Of the sequences.
    """

    def ask(asked):
        built = list(builder().build(asked, context(max_seq_length=max_seq_length)))
        said = np.array([believe(features["input_ids"]) for features in built])
        outputs = {
            name: np.eye(2)[said] if name == "logits" else said,
            "text_lengths": np.array([each["text_lengths"] for each in built]),
        }
        return task_lib.Predictions(asked, outputs, np.zeros(len(asked)))

    return ask


def contains_x(ids):
    return int(X in ids)

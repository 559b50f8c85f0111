"""Records of random tokens: how fast a step is does not depend on what they say."""

import os

import numpy as np

from util import files, records

VOCAB_SIZE = 30522
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
NUM_SHARDS = 4  # The original shuffles the names of several.
RECORDS_PER_SHARD = 2000


def write(data_dir: str, length: int) -> None:
    """Makes the folder that both `run_pretraining.py` read.

    Args:
      data_dir: The folder.
      length: Tokens in a record; none of it is padding.
    """
    words = ["word%d" % i for i in range(VOCAB_SIZE - len(SPECIAL_TOKENS))]
    tokens = list(SPECIAL_TOKENS) + words
    files.write_text(
        os.path.join(data_dir, "vocab.txt"), "".join(t + "\n" for t in tokens)
    )
    specs = [
        records.FeatureSpec(name, (length,))
        for name in ("input_ids", "input_mask", "segment_ids")
    ]
    random = np.random.RandomState(0)
    os.makedirs(os.path.join(data_dir, "pretrain_tfrecords"))
    for number in range(NUM_SHARDS):
        name = "pretrain_data.tfrecord-%d-of-%d" % (number, NUM_SHARDS)
        examples = (_example(random, length) for _ in range(RECORDS_PER_SHARD))
        records.write(
            os.path.join(data_dir, "pretrain_tfrecords", name),
            (records.serialize(example, specs) for example in examples),
        )


def _example(random: np.random.RandomState, length: int):
    ids = random.randint(len(SPECIAL_TOKENS), VOCAB_SIZE, size=length)
    ids[0], ids[length // 2], ids[-1] = 2, 3, 3
    return {
        "input_ids": ids,
        "input_mask": np.ones([length], np.int64),
        "segment_ids": (np.arange(length) > length // 2).astype(np.int64),
    }

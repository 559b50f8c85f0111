"""A data dir for pre-training that is made in milliseconds."""

import os

import numpy as np

import configure_pretraining
from util import files, records

LENGTH = 12
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = tuple(
    "the a red blue green fox dog cat sees hears likes 猫 狗 看 听 喜".split()
)
VOCABULARY = SPECIAL + WORDS
VOCAB_SIZE = len(VOCABULARY)
NAMES = ("input_ids", "input_mask", "segment_ids")
SPECS = [records.FeatureSpec(name, (LENGTH,)) for name in NAMES]


def example(random, length=LENGTH):
    """[CLS] words [SEP]; words follow one another in the vocabulary's order."""
    num_words = random.randint(3, length - 1)
    first = random.randint(len(WORDS))
    words = [len(SPECIAL) + (first + i) % len(WORDS) for i in range(num_words)]
    ids = [2] + words + [3]
    padding = [0] * (length - len(ids))
    return {
        "input_ids": ids + padding,
        "input_mask": [1] * len(ids) + padding,
        "segment_ids": [0] * length,
    }


def write_data_dir(data_dir, num_shards=4, num_records=20):
    """Writes vocab.txt and shards without a manifest, as the published builder."""
    files.write_text(
        os.path.join(data_dir, "vocab.txt"), "".join(t + "\n" for t in VOCABULARY)
    )
    random = np.random.RandomState(0)
    for number in range(num_shards):
        write_shard(
            shard_path(data_dir, number, num_shards),
            [example(random) for _ in range(num_records)],
        )


def shard_path(data_dir, number, num_shards=4):
    name = "pretrain_data.tfrecord-%d-of-%d" % (number, num_shards)
    return os.path.join(data_dir, "pretrain_tfrecords", name)


def write_shard(path, examples, specs=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    specs = specs or SPECS
    return records.write(path, (records.serialize(each, specs) for each in examples))


def config(data_dir, model_name="model", **hparams):
    """Returns a PretrainingConfig of a model that trains in seconds."""
    values = dict(
        model_size="tiny",
        embedding_size=12,
        generator_hidden_size=0.5,
        model_hparam_overrides={
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 4,
            "max_position_embeddings": 16,
        },
        max_seq_length=LENGTH,
        train_batch_size=4,
        eval_batch_size=8,
        num_train_steps=6,
        num_warmup_steps=2,
        save_checkpoints_steps=3,
        log_steps=1,
    )
    values.update(hparams)
    return configure_pretraining.PretrainingConfig(model_name, data_dir, **values)

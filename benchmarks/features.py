"""Compares ways to make vectors of short sentences, such as CoLA's, in one run.

An encoder with random weights is asked in turns: with every sentence padded to 128
tokens, and in batches of sentences of about the same length.
"""

import argparse
import os
import tempfile
import time
from typing import Any, Dict, List

import tensorflow.compat.v1 as tf

from benchmarks import commands, finetuning, pretraining_data
from finetune import formats
from infer import extractor
from model import config, folder, modeling, tokenization
from util import compat

LENGTH = 128
CONTESTANTS = {"padded": False, "by length": True}
TEXTS = {"padded": 256, "by length": 8192}  # Of a turn.


def write_model(model_dir: str, model_size: str) -> None:
    """Writes a model with random weights."""
    pretraining_data.write(model_dir, LENGTH)
    tokenizer = tokenization.TokenizerSettings(vocab_file=model_dir + "/vocab.txt")
    encoder = config.encoder_config(model_size, pretraining_data.VOCAB_SIZE)
    told = {"max_seq_length": LENGTH}
    folder.write(model_dir, encoder, tokenizer, told, kind="pretraining", seed=0)
    with tf.Graph().as_default(), tf.Session() as session:
        ids = tf.ones([1, 4], tf.int32)
        modeling.encode(modeling.Inputs(ids, ids, ids), encoder, is_training=False)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, os.path.join(model_dir, "model.ckpt"))


def measure(arguments: argparse.Namespace) -> List[Dict[str, Any]]:
    """Returns a row per contestant; their first turn does not count."""
    compat.activate()
    seconds = dict.fromkeys(CONTESTANTS, 0.0)
    with tempfile.TemporaryDirectory() as data_dir:
        finetuning.write_task(data_dir)
        path = data_dir + "/finetuning_data/cola/train.tsv"
        texts = [row[3] for _, row in formats.unquoted_rows(path)]
        write_model(data_dir, arguments.model_size)
        made = {
            name: extractor.Extractor(data_dir, pooling="mean", pad_to_longest=value)
            for name, value in CONTESTANTS.items()
        }
        for turn in range(1 + arguments.rounds):
            for name, contestant in made.items():
                start = time.monotonic()
                list(contestant.extract(texts[: TEXTS[name]]))
                seconds[name] += (time.monotonic() - start) * (turn > 0)
    rates = {name: arguments.rounds * TEXTS[name] / seconds[name] for name in made}
    rows = [(name, rate, rate / rates["padded"]) for name, rate in rates.items()]
    return [dict(zip(("name", "rate", "ratio"), row)) for row in rows]


def table(rows: List[Dict[str, Any]]) -> str:
    """Returns rows as a Markdown table."""
    lines = ["| batches | examples/s | ratio |", "|---|---:|---:|"]
    lines += ["| %(name)s | %(rate).1f | %(ratio).2f |" % row for row in rows]
    return "\n".join(lines)


def main() -> None:
    """Runs the command."""
    parser = commands.parser(__doc__)
    parser.add_argument("--model-size", default="small", help="Default: %(default)s.")
    parser.add_argument("--rounds", type=int, default=5, help="Default: %(default)s.")
    commands.run(parser, measure, table, "features.md")


if __name__ == "__main__":
    main()

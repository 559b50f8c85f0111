"""A tiny pre-trained model and jobs that start from it."""

import atexit
import os
import shutil
import tempfile
from typing import Any, Dict

import tensorflow.compat.v1 as tf

from finetune import job
from finetune import settings as settings_lib
from model import folder, modeling, optimization, tokenization
from tests.finetune import fakes
from tests.testing import task as task_testing
from util import run_settings

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


WORDS = SPECIAL + fakes.WORDS + ["thing", "##s"]
VOCAB_SIZE = len(WORDS)


def write_vocabulary(path):
    """Writes a vocabulary with the words of `fakes`."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(WORDS) + "\n")


def write_pretrained(model_dir, with_config=True, **changes):
    """Writes a model folder with random weights; returns its `Pretrained`."""
    key = (with_config, tuple(sorted(changes.items())))
    if key not in _WRITTEN:
        _WRITTEN[key] = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, _WRITTEN[key], ignore_errors=True)
        _write(_WRITTEN[key], with_config, changes)
    os.makedirs(model_dir, exist_ok=True)
    for name in os.listdir(_WRITTEN[key]):
        shutil.copy(os.path.join(_WRITTEN[key], name), model_dir)
    vocab_file = os.path.join(model_dir, "vocab.txt")
    return job.Pretrained(
        _encoder(changes),
        tokenization.TokenizerSettings(vocab_file=vocab_file),
        os.path.join(model_dir, "model.ckpt-7"),
    )


_WRITTEN: Dict[
    Any, str
] = {}  # Making a checkpoint takes a second, copying one does not.


def _encoder(changes):
    return task_testing.tiny_encoder(**dict(dict(vocab_size=VOCAB_SIZE), **changes))


def _write(model_dir, with_config, changes):
    vocab_file = os.path.join(model_dir, "vocab.txt")
    write_vocabulary(vocab_file)
    encoder = _encoder(changes)
    tokenizer = tokenization.TokenizerSettings(vocab_file=vocab_file)
    if with_config:
        folder.write(model_dir, encoder, tokenizer, {}, kind="pretraining", seed=1)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(5)
        ids = tf.ones([1, 4], tf.int32)
        modeling.encode(modeling.Inputs(ids, ids, ids), encoder, is_training=False)
        tf.train.get_or_create_global_step()
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver()
        saver.save(session, os.path.join(model_dir, "model.ckpt"), global_step=7)


def tiny_job(data_dir, tasks=("cola",), run=None, optimizer=None, **finetune):
    """Returns a job on <data_dir>/finetuning_data from <data_dir>/models/tiny.

    Settings of the job's other sections go in as `mixture`, `selection`, ...
    """
    model_dir = os.path.join(data_dir, "models", "tiny")
    values = dict(
        max_seq_length=8, train_batch_size=4, eval_batch_size=4, predict_batch_size=3
    )
    pretrained = finetune.pop("pretrained", None) or write_pretrained(model_dir)
    optimizer_values = dict(
        learning_rate=0.01,
        num_warmup_steps=0,
        layerwise_lr_decay=0.8,
    )
    sections = {
        name: finetune.pop(name)
        for name in ("top", "mixture", "freezing", "selection")
        if name in finetune
    }
    return job.Job(
        tasks=tuple(
            fakes.task(each) if isinstance(each, str) else each for each in tasks
        ),
        pretrained=pretrained,
        data_dir=data_dir,
        model_dir=model_dir,
        optimizer=optimization.OptimizerSettings(
            **dict(optimizer_values, **(optimizer or {}))
        ),
        run=run_settings.RunSettings(
            **dict(dict(save_checkpoints_steps=5, log_steps=100), **(run or {}))
        ),
        finetune=settings_lib.FinetuneSettings(**dict(values, **finetune)),
        **sections,
    )

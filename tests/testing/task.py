"""What every task must do, checked on a few of its own examples.

`check_task` is one row in the test of a new task: features fit their specs and
survive the records, the graph builds with unknown batch and length, every variable
gets a gradient, nothing is random outside of training, a wrong label is refused,
and scores and writers accept what the head gives.
"""

import dataclasses
import os
from typing import Any, List

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import data, inputs, model_fn, prediction, submission
from finetune import task as task_lib
from model import config as config_lib
from tests.finetune import fakes


def check_task(case: tf.test.TestCase, task: task_lib.Task, examples: List[Any]):
    """Runs every check; the examples must be labeled."""
    records = _records(case, task, examples)
    _check_records(case, task, examples, records)
    outputs = _check_graph(case, task, records)
    split = task.with_role(task_lib.DEV)[0]
    dataset = task_lib.Dataset("dev.tsv", examples)
    prepared = data.Prepared(split, dataset, records)
    said = prediction.collect(outputs, prepared)
    _check_scores(case, task, said)
    _check_writer(case, task, said)


def _records(case, task, examples) -> inputs.RecordFile:
    context = task_lib.FeatureContext(fakes.Tokenizer(), 16, is_training=False)
    split = task.with_role(task_lib.DEV)[0]
    dataset = task_lib.Dataset("dev.tsv", examples)
    cache = os.path.join(case.get_temp_dir(), task.name)
    return inputs.prepare(task, split, dataset, context, cache)


def _check_records(case, task, examples, records):
    case.assertEqual(records.count, len(examples))
    names = [spec.name for spec in task.features.specs()]
    for required in ("input_ids", "segment_ids", "length", "label", "index"):
        case.assertIn(required, names)


def _check_graph(case, task, records):
    with tf.Graph().as_default(), case.session() as session:
        dataset = inputs.predict_dataset(records, task.features.specs(), batch_size=2)
        features = tf.data.make_one_shot_iterator(dataset).get_next()
        case.assertEqual(features["input_ids"].shape.as_list(), [None, None])
        head = model_fn.compute(task, tiny_encoder(), features, is_training=False)
        case.assertEqual(head.losses.shape.as_list(), [None])
        variables = tf.trainable_variables()
        for variable, gradient in zip(variables, tf.gradients(head.losses, variables)):
            case.assertIsNotNone(gradient, variable.name)
        scopes = {variable.op.name.split("/")[0] for variable in variables}
        case.assertEqual(scopes, {"electra", "task_specific"})
        own = [name.op.name for name in variables if "task_specific" in name.op.name]
        for name in own:
            case.assertStartsWith(name, task.scope + "/")
        session.run(tf.global_variables_initializer())
        wanted = dict(head.outputs, losses=head.losses)
        wanted.update(index=features["index"], label=features["label"])
        return _run_all(session, wanted)


def _run_all(session, wanted):
    batches = []
    while True:
        try:
            batches.append(session.run(wanted))
        except tf.errors.OutOfRangeError:
            break
    return {name: np.concatenate([batch[name] for batch in batches]) for name in wanted}


def _check_scores(case, task, said):
    scores = task.metrics(said)
    for name in task.score:
        case.assertIn(name, scores)
    for name, value in scores.items():
        case.assertTrue(np.isfinite(value), name)


def _check_writer(case, task, said):
    values = task.writer.values(said)
    case.assertLen(values, len(said.ids))
    path = os.path.join(case.get_temp_dir(), "%s.jsonl" % task.name)
    submission.write_predictions(path, task.writer, said)
    rows = list(submission.read_predictions(path))
    case.assertEqual([row["official"] for row in rows], values)
    case.assertEqual([row["id"] for row in rows], said.ids)


def tiny_encoder(**changes: Any) -> config_lib.EncoderConfig:
    """Returns an encoder small enough for a test."""
    config = config_lib.EncoderConfig(
        vocab_size=64,
        embedding_size=8,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=32,
        conv_kernel_size=3,
    )
    return dataclasses.replace(config, **changes)

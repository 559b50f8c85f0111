"""What every task must do, checked on a few of its own examples.

`check_task` is one row in the test of a new task: features fit their specs and
survive the records, the graph builds with unknown batch and length, every variable
gets a gradient and has its place, records of other tasks do no harm, and scores,
writers and analysis accept what the head gives.
"""

import dataclasses
import json
import os
from typing import Any, List

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import cache, data, inputs, model_fn, prediction, submission
from finetune import task as task_lib
from model import config as config_lib
from model import optimization
from tests.finetune import fakes
from util import run_settings


def check_task(
    case: tf.test.TestCase,
    task: task_lib.Task,
    examples: List[Any],
    max_seq_length: int = 16,
):
    """Runs every check; the examples must be labeled."""
    records = _records(case, task, examples, max_seq_length)
    names = [spec.name for spec in task.features.specs()]
    for required in task_lib.SHARED_FEATURES:
        case.assertIn(required, names)
    case.assertNotIn(task_lib.INDEX, names)
    case.assertGreaterEqual(records.count, len(examples))
    split = task.with_role(task_lib.DEV)[0]
    dataset = task_lib.Dataset("dev.tsv", examples)
    prepared = data.Prepared(task, split, dataset, records)
    said = prediction.collect(iter(_check_graph(case, task, records)), prepared)
    case.assertTrue(submission.is_finite(said))
    _check_scores(case, task, said)
    _check_writer(case, task, said)
    _check_analysis(case, task, said)


def _records(case, task, examples, max_seq_length) -> cache.RecordFile:
    context = task_lib.FeatureContext(
        fakes.Tokenizer(), max_seq_length, is_training=False
    )
    split = task.with_role(task_lib.DEV)[0]
    dataset = task_lib.Dataset("dev.tsv", examples)
    folder = os.path.join(case.get_temp_dir(), task.name)
    return cache.prepare(task, split, dataset, context, folder)


def _check_graph(case, task, records):
    """Returns the predictions of all batches."""
    plan = model_fn.Plan(
        (task,),
        tiny_encoder(),
        optimization.OptimizerSettings(),
        run_settings.RunSettings(),
    )
    with tf.Graph().as_default(), case.session() as session:
        dataset = inputs.predict_dataset(
            records.path, records.count, inputs.specs_of([task]), inputs.PredictPlan(2)
        )
        features = tf.data.make_one_shot_iterator(dataset).get_next()
        case.assertEqual(features["input_ids"].shape.as_list()[:2], [None, None])
        (head,) = model_fn.compute(plan, features, is_training=False)
        case.assertEqual(head.losses.shape.as_list(), [None])
        case.assertEqual(head.losses.dtype, tf.float32)
        _check_variables(case, task, head.losses)
        session.run(tf.global_variables_initializer())
        wanted = dict(head.outputs, losses=head.losses)
        named = {model_fn.output_name(task, name): wanted[name] for name in wanted}
        named[task_lib.INDEX] = features[task_lib.INDEX]
        batches = _run_all(session, named)
        _check_foreign_records(case, plan, session)
    return batches


def _check_variables(case, task, losses):
    variables = tf.trainable_variables()
    for variable, gradient in zip(variables, tf.gradients(losses, variables)):
        case.assertIsNotNone(gradient, variable.name)
    scopes = {variable.op.name.split("/")[0] for variable in variables}
    case.assertEqual(scopes, {"electra", "task_specific"})
    for variable in variables:
        if variable.op.name.startswith("task_specific/"):
            case.assertStartsWith(variable.op.name, task.scope + "/")


def _run_all(session, wanted):
    batches = []
    while True:
        try:
            batches.append(session.run(wanted))
        except tf.errors.OutOfRangeError:
            return batches


def _check_foreign_records(case, plan, session):
    """Records of another task, whose features are zero here, have finite losses."""
    (task,) = plan.tasks
    features = {}
    for spec in inputs.specs_of([task]):
        shape = [2] + [5 if size == -1 else size for size in spec.shape]
        dtype = tf.int32 if spec.dtype == "int" else tf.float32
        is_length = spec.name == "length"
        features[spec.name] = tf.cast(tf.fill(shape, 5 if is_length else 0), dtype)
    for is_training in (False, True):
        (head,) = model_fn.compute(plan, features, is_training)
        case.assertTrue(np.all(np.isfinite(session.run(head.losses))))


def _check_scores(case, task, said):
    scores = task.metrics(said)
    case.assertContainsSubset(scores, task.metric_names)
    for name in task.score:
        case.assertIn(name, scores)
    for name, value in scores.items():
        case.assertTrue(np.isfinite(value), name)


def _check_writer(case, task, said):
    path = os.path.join(case.get_temp_dir(), "%s.predictions.jsonl" % task.name)
    submission.write_predictions(path, task.writer, said)
    rows = list(submission.read_predictions(path))
    case.assertEqual([row["id"] for row in rows], said.ids)
    for row in rows:
        case.assertIn("prediction", row)
    if task.writer.values is not None:
        values = task.writer.values(said)
        case.assertEqual([row["official"] for row in rows], values)


def _check_analysis(case, task, said):
    analysis = task.analyze(said)
    json.dumps(analysis.groups)
    badness = [mistake.badness for mistake in analysis.mistakes]
    case.assertEqual(badness, sorted(badness, reverse=True))
    ids = {mistake.id for mistake in analysis.mistakes}
    case.assertContainsSubset(ids, said.ids)


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

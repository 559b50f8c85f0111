"""The graph of pre-training: objectives, optimizer, metrics."""

import dataclasses
import functools
import sys
from typing import Any, Callable, Dict, Optional

import tensorflow.compat.v1 as tf

from model import accumulation, checkpoints, modeling, optimization
from model import trainer as trainer_lib
from pretrain import metrics as metrics_lib
from pretrain import objective
from util import estimator, randomness

LARGEST_KEY = 2**31 - 1
WARMUP_SHARE = 0.1  # Of a limited time, where the settings leave it open.

Features = Dict[str, tf.Tensor]


def build(
    settings: Any,
    objectives: objective.WeightedSum,
    init_checkpoint: Optional[str] = None,
) -> Callable[..., estimator.AnySpec]:
    """Returns the model function of the Estimator.

    Args:
      settings: Composed settings; `encoder`, `optimizer` and `run` are used here.
      objectives: What to learn.
      init_checkpoint: Prefix of the checkpoint whose weights training starts from,
        or None to start from random ones.
    """

    def model_fn(features, labels, mode, params):
        del labels, params
        estimator.prepare_graph(settings.run)
        is_training = mode == tf.estimator.ModeKeys.TRAIN
        encode = functools.partial(
            modeling.encode, config=settings.encoder, is_training=is_training
        )
        if not is_training:
            with randomness.keyed_by(content_key(features)):
                output = objectives.compute(features, encode, is_training)
            return estimator.spec(mode, _evaluation(output), settings.run)
        outputs = _training(
            lambda part: objectives.compute(part, encode, is_training),
            features,
            settings,
        )
        if init_checkpoint:
            scaffold_fn = _initialize(init_checkpoint, settings.run.use_tpu)
            outputs = outputs._replace(scaffold_fn=scaffold_fn)
        return estimator.spec(mode, outputs, settings.run)

    return model_fn


def content_key(features: Features) -> tf.Tensor:
    """Returns int32 [], a number that depends on the tokens of a batch alone.

    Keyed by it, masks and samples of an evaluation batch are the same whenever it
    comes up: evaluations differ because the model does.
    """
    ids = tf.cast(tf.reshape(features["input_ids"], [-1]), tf.int64)
    places = tf.range(1, tf.size(ids, out_type=tf.int64) + 1)
    return tf.cast(tf.reduce_sum(ids * places) % LARGEST_KEY, tf.int32)


def _evaluation(output: objective.ObjectiveOutput) -> estimator.Outputs:
    metric_fn, metric_inputs = metrics_lib.eval_metrics(output.metrics)
    return estimator.Outputs(
        loss=output.loss, metric_fn=metric_fn, metric_inputs=metric_inputs
    )


def _training(
    compute: Callable[[Features], objective.ObjectiveOutput],
    features: Features,
    settings: Any,
) -> estimator.Outputs:
    """Adds the update of the weights, and the scalars that tell how it goes."""

    def compute_part(part: Features) -> accumulation.Computed:
        output = compute(part)
        scalars = dict(output.parts)
        for name, value in metrics_lib.batch_means(output.metrics).items():
            scalars.setdefault(name, value)
        return accumulation.Computed(output.loss, scalars)

    trainer = trainer_lib.Trainer(
        _optimizer_settings(settings),
        settings.run.num_train_steps,
        num_hidden_layers=settings.encoder.num_hidden_layers,
        use_tpu=settings.run.use_tpu,
        has_time_budget=settings.pretrain.max_hours is not None,
    )
    gradients = accumulation.compute(
        compute_part,
        features,
        settings.optimizer.gradient_accumulation_steps,
        trainer.gradients,
        is_mean=True,
    )
    training = trainer.apply(gradients.pairs)
    return estimator.Outputs(
        loss=gradients.computed.loss,
        train_op=training.train_op,
        scalars=dict(gradients.computed.scalars, **training.scalars),
    )


def _optimizer_settings(settings: Any) -> optimization.OptimizerSettings:
    """Returns how weights are updated, with the warm-up that the run's end asks for.

    Nobody knows how many steps a limited time has, so that a number of steps, where
    the user gives none, might be more than there ever are.
    """
    chosen: optimization.OptimizerSettings = settings.optimizer
    is_open = chosen.num_warmup_steps is None and not chosen.warmup_proportion
    if is_open and settings.pretrain.max_hours is not None:
        return dataclasses.replace(chosen, warmup_proportion=WARMUP_SHARE)
    return chosen


def _initialize(prefix: str, use_tpu: bool):
    """Loads what the checkpoint has, says what it lacks; see `model.checkpoints`."""
    report = checkpoints.plan(
        prefix, tf.trainable_variables(), required_scopes=["electra"]
    )
    print("First weights from %s:\n%s" % (prefix, report.table()), file=sys.stderr)
    return checkpoints.restore(report, use_tpu)

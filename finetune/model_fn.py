"""The Estimator's model function of fine-tuning: encoder, heads, loss, update."""

import dataclasses
import functools
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple

import tensorflow.compat.v1 as tf

from finetune import freezing, heads
from finetune import task as task_lib
from finetune import top as top_lib
from model import accumulation, checkpoints, modeling, optimization
from model import config as config_lib
from model import trainer as trainer_lib
from util import estimator, run_settings

ENCODER_SCOPE = "electra"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is trained, and from where.

    Attributes:
      tasks: The tasks, trained together.
      encoder: The encoder's architecture.
      optimizer: How the weights are updated.
      run: Devices and folders; `num_train_steps` ends the decay of the learning rate.
      checkpoint: Prefix of the weights to start from; None for random weights.
      top: What lies between encoder and heads.
      num_frozen_layers: Lowest layers that rest.
    """

    tasks: Tuple[task_lib.Task, ...]
    encoder: config_lib.EncoderConfig
    optimizer: optimization.OptimizerSettings
    run: run_settings.RunSettings
    checkpoint: Optional[str] = None
    top: top_lib.TopSettings = top_lib.TopSettings()
    num_frozen_layers: int = 0


def build(plan: Plan) -> Callable[..., estimator.AnySpec]:
    """Returns the model function of the tasks of a plan."""

    def model_fn(
        features: Dict[str, tf.Tensor], labels: Any, mode: str, params: Dict[str, Any]
    ) -> estimator.AnySpec:
        """Builds the graph.

        Args:
          features: A batch with the features of `inputs.specs_of`.
          labels: Not used; labels are features.
          mode: A `tf.estimator.ModeKeys`.
          params: Not used.
        """
        del labels, params
        estimator.prepare_graph(plan.run)
        if mode == tf.estimator.ModeKeys.TRAIN:
            return estimator.spec(mode, _training(plan, features), plan.run)
        predictions = {task_lib.INDEX: features[task_lib.INDEX]}
        for task, head in zip(plan.tasks, compute(plan, features, is_training=False)):
            named = dict(head.outputs, losses=head.losses)
            for name, value in named.items():
                predictions[output_name(task, name)] = value
        return estimator.spec(
            mode, estimator.Outputs(predictions=predictions), plan.run
        )

    return model_fn


def output_name(task: task_lib.Task, name: str) -> str:
    """Returns what an output of a task's head is called in predictions."""
    return "%s/%s" % (task.name, name)


def compute(
    plan: Plan, features: Dict[str, tf.Tensor], is_training: bool
) -> List[heads.HeadOutput]:
    """Returns the output of every task's head for a batch.

    Each head sees all of it; what it says of other tasks' records means nothing.
    """
    first = plan.tasks[0]
    inputs = first.features.inputs(first.own(features))
    encoded = modeling.encode(inputs, plan.encoder, is_training, scope=ENCODER_SCOPE)
    config = plan.encoder if is_training else plan.encoder.without_dropout()
    encoded = top_lib.apply(encoded, inputs.mask, plan.top, config)
    return [
        task.head.compute(encoded, task.own(features), is_training, task.scope)
        for task in plan.tasks
    ]


def _losses(plan: Plan, features: Dict[str, tf.Tensor]) -> Dict[str, tf.Tensor]:
    """Returns the losses of the records of each task, [B], 0 for those of others."""
    computed = zip(plan.tasks, compute(plan, features, is_training=True))
    if len(plan.tasks) == 1:
        return {task.name: head.losses for task, head in computed}
    return {
        task.name: tf.where(
            tf.equal(features[task.mark], 1), head.losses, tf.zeros_like(head.losses)
        )
        for task, head in computed
    }


def _training(plan: Plan, features: Dict[str, tf.Tensor]) -> estimator.Outputs:
    """Returns the training step's outputs.

    The loss is the sum over the batch, not the mean, as published: the gradient's
    norm is nearly always clipped, so that the sum changes which steps are.
    """

    def compute_part(part: Dict[str, tf.Tensor]) -> accumulation.Computed:
        losses = _losses(plan, part)
        total = tf.add_n(list(losses.values()))
        scalars = {"loss_per_example": tf.reduce_mean(total)}
        if len(plan.tasks) > 1:
            for task in plan.tasks:
                count = tf.reduce_sum(tf.cast(part[task.mark], tf.float32))
                scalars[_loss_name(task)] = tf.reduce_sum(losses[task.name])
                scalars[task.mark] = count
        return accumulation.Computed(tf.reduce_sum(total), scalars)

    trainer = trainer_lib.Trainer(
        plan.optimizer,
        plan.run.num_train_steps,
        num_hidden_layers=_num_layers(plan.encoder),
        use_tpu=plan.run.use_tpu,
        scope=ENCODER_SCOPE,
        is_trained=functools.partial(
            freezing.is_trained,
            num_frozen_layers=plan.num_frozen_layers,
            scope=ENCODER_SCOPE,
        ),
    )
    gradients = accumulation.compute(
        compute_part,
        features,
        plan.optimizer.gradient_accumulation_steps,
        trainer.gradients,
        is_mean=False,
    )
    scaffold_fn = _load(plan)
    training = trainer.apply(gradients.pairs)
    return estimator.Outputs(
        loss=gradients.computed.loss,
        train_op=training.train_op,
        scalars=dict(_means(plan, gradients.computed.scalars), **training.scalars),
        scaffold_fn=scaffold_fn,
    )


def _num_layers(encoder: config_lib.EncoderConfig) -> int:
    """Returns how many layers have weights of their own, and a learning rate."""
    return 1 if encoder.parameter_sharing else encoder.num_hidden_layers


def _loss_name(task: task_lib.Task) -> str:
    return "%s_loss_per_example" % task.name


def _means(plan: Plan, scalars: Dict[str, tf.Tensor]) -> Dict[str, tf.Tensor]:
    """Divides each task's loss by its count.

    Both come from all parts of the batch: one part may have no record of a task.
    """
    means = dict(scalars)
    for task in plan.tasks if len(plan.tasks) > 1 else ():
        total, count = means[_loss_name(task)], means.pop(task.mark)
        means[_loss_name(task)] = tf.math.divide_no_nan(total, count)
    return means


def _load(plan: Plan) -> Optional[Callable[[], tf.train.Scaffold]]:
    """Makes the encoder start from its checkpoint; returns how on a TPU."""
    model_dir = plan.run.model_dir
    is_resumed = model_dir and tf.train.latest_checkpoint(model_dir)
    if plan.checkpoint is None or is_resumed:
        return None
    report = checkpoints.plan(
        plan.checkpoint, tf.trainable_variables(), required_scopes=[ENCODER_SCOPE]
    )
    print("Weights from %s\n%s" % (plan.checkpoint, report.table()), file=sys.stderr)
    return checkpoints.restore(report, use_tpu=plan.run.use_tpu)

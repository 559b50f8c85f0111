"""The Estimator's model function of fine-tuning: encoder, head, loss, update."""

import dataclasses
import sys
from typing import Any, Callable, Dict, Optional

import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from model import accumulation, checkpoints, modeling, optimization
from model import config as config_lib
from model import trainer as trainer_lib
from util import estimator, run_settings

ENCODER_SCOPE = "electra"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is trained, and from where.

    Attributes:
      task: The task.
      encoder: The encoder's architecture.
      optimizer: How the weights are updated.
      run: Devices and folders; `num_train_steps` ends the decay of the learning rate.
      checkpoint: Prefix of the weights to start from; None for random weights.
    """

    task: task_lib.Task
    encoder: config_lib.EncoderConfig
    optimizer: optimization.OptimizerSettings
    run: run_settings.RunSettings
    checkpoint: Optional[str] = None


def build(plan: Plan) -> Callable[..., estimator.AnySpec]:
    """Returns the model function of one task."""

    def model_fn(
        features: Dict[str, tf.Tensor], labels: Any, mode: str, params: Dict[str, Any]
    ) -> estimator.AnySpec:
        """Builds the graph.

        Args:
          features: `input_ids` and `segment_ids`, int32 [B, T]; `length`, `label`
            and `index`, [B].
          labels: Not used; labels are features, which predictions carry through.
          mode: A `tf.estimator.ModeKeys`.
          params: Not used.
        """
        del labels, params
        estimator.prepare_graph(plan.run)
        if mode == tf.estimator.ModeKeys.TRAIN:
            return estimator.spec(mode, _training(plan, features), plan.run)
        head = compute(plan.task, plan.encoder, features, is_training=False)
        predictions = dict(head.outputs, losses=head.losses, index=features["index"])
        predictions["label"] = features["label"]
        return estimator.spec(
            mode, estimator.Outputs(predictions=predictions), plan.run
        )

    return model_fn


def compute(
    task: task_lib.Task,
    encoder: config_lib.EncoderConfig,
    features: Dict[str, tf.Tensor],
    is_training: bool,
):
    """Returns the head's output for a batch; a `heads.HeadOutput`."""
    ids = features["input_ids"]
    mask = tf.sequence_mask(features["length"], tf.shape(ids)[1], tf.int32)  # [B, T]
    inputs = modeling.Inputs(ids, mask, features["segment_ids"])
    encoded = modeling.encode(inputs, encoder, is_training, scope=ENCODER_SCOPE)
    return task.head.compute(encoded, features, is_training, task.scope)


def _training(plan: Plan, features: Dict[str, tf.Tensor]) -> estimator.Outputs:
    """Returns the training step's outputs.

    The loss is the sum over the batch, not the mean, as published: the gradient's
    norm is nearly always clipped, so that the sum changes which steps are.
    """

    def compute_part(part: Dict[str, tf.Tensor]) -> accumulation.Computed:
        losses = compute(plan.task, plan.encoder, part, is_training=True).losses
        mean = tf.reduce_mean(losses)
        return accumulation.Computed(tf.reduce_sum(losses), {"loss_per_example": mean})

    trainer = trainer_lib.Trainer(
        plan.optimizer,
        plan.run.num_train_steps,
        num_hidden_layers=plan.encoder.num_hidden_layers,
        use_tpu=plan.run.use_tpu,
        scope=ENCODER_SCOPE,
    )
    gradients = accumulation.compute(
        compute_part,
        features,
        plan.optimizer.gradient_accumulation_steps,
        trainer.gradients,
        is_mean=False,
    )
    scaffold_fn = None
    if plan.checkpoint is not None:
        report = checkpoints.plan(
            plan.checkpoint, tf.trainable_variables(), required_scopes=[ENCODER_SCOPE]
        )
        print(
            "Weights from %s\n%s" % (plan.checkpoint, report.table()), file=sys.stderr
        )
        scaffold_fn = checkpoints.restore(report, use_tpu=plan.run.use_tpu)
    training = trainer.apply(gradients.pairs)
    return estimator.Outputs(
        loss=gradients.computed.loss,
        train_op=training.train_op,
        scalars=dict(gradients.computed.scalars, **training.scalars),
        scaffold_fn=scaffold_fn,
    )

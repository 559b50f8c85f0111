"""The training step: gradients of a loss, learning rate, update of the weights."""

import functools
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import tensorflow.compat.v1 as tf

from model import layerwise, loss_scale, optimization
from util import precision, time_budget


class Training(NamedTuple):
    """What a training step does and reports."""

    train_op: tf.Operation  # Updates the variables, then adds 1 to the global step.
    learning_rate: tf.Tensor  # float32 []; before layer-wise factors.
    grad_norm: tf.Tensor  # float32 []; over all replicas, before clipping.
    loss_scale: Optional[tf.Tensor]  # float32 []; None without loss scaling.

    @property
    def scalars(self) -> Dict[str, tf.Tensor]:
        """What is worth reporting of a step, by name."""
        named = self._asdict()
        del named["train_op"]
        return {name: value for name, value in named.items() if value is not None}


class Trainer:
    """The update of every trainable variable that a loss depends on.

    In a replica of `tf.distribute` or a TPU shard, the loss is the replica's own;
    gradients are reduced over the replicas first and clipped after.
    """

    def __init__(
        self,
        optimizer_settings: optimization.OptimizerSettings,
        num_train_steps: int,
        num_hidden_layers: Optional[int] = None,
        use_tpu: bool = False,
        scope: str = "electra",
        has_time_budget: bool = False,
        is_trained: Optional[Callable[[str], bool]] = None,
    ):
        """Adds the learning rate to the graph.

        Args:
          optimizer_settings: `OptimizerSettings`.
          num_train_steps: Step at which the learning rate reaches zero.
          num_hidden_layers: Layers of the encoder; for layer-wise decay only.
          use_tpu: Whether the graph is one shard of a TPU program.
          scope: The encoder's variable scope; for layer-wise decay only.
          has_time_budget: Whether a `time_budget.TimeBudgetHook` limits the training.
          is_trained: From a variable's name to whether it changes; None trains all.

        Raises:
          ValueError: `num_train_steps` is not positive, or layer-wise decay lacks
            the number of layers.
        """
        self._is_trained = is_trained or (lambda name: True)
        self._global_step = tf.train.get_or_create_global_step()
        self._budget = time_budget.Budget() if has_time_budget else None
        self._rate = optimization.learning_rate(
            optimizer_settings,
            self._global_step,
            num_train_steps,
            self._budget.used_share if self._budget else None,
        )
        self._loss_scale: Optional[tf.Tensor] = None
        scaling = None
        if precision.needs_loss_scaling():
            scaling = loss_scale.LossScale()
            self._loss_scale = scaling.read()
        self._adam = optimization.AdamWeightDecay(
            self._rate,
            optimizer_settings,
            _layerwise_factors(optimizer_settings, num_hidden_layers, scope),
            scaling,
            optimizer_settings.corrects_bias(num_train_steps, has_time_budget),
        )
        self._optimizer: tf.train.Optimizer = self._adam
        if use_tpu:
            self._optimizer = tf.tpu.CrossShardOptimizer(self._adam)

    def gradients(self, loss: tf.Tensor) -> List[Tuple[Any, tf.Variable]]:
        """Returns (gradient or None, variable) of all trainable variables.

        Those that rest have no gradient, and nothing is computed for them. With loss
        scaling, they are those of the scaled loss; `apply` knows.

        Args:
          loss: float Tensor, [].
        """
        if self._loss_scale is not None:
            loss *= self._loss_scale
        variables = tf.trainable_variables()
        trained = [each for each in variables if self._is_trained(each.op.name)]
        pairs = self._optimizer.compute_gradients(
            loss,
            trained,
            # Clipping waits for all gradients anyway, before any variable changes.
            gate_gradients=tf.train.Optimizer.GATE_NONE,
        )
        gradients = {variable.op.name: gradient for gradient, variable in pairs}
        return [(gradients.get(each.op.name), each) for each in variables]

    def apply(self, gradients: List[Tuple[Any, tf.Variable]]) -> Training:
        """Returns the step that updates the variables by these gradients.

        Raises:
          ValueError: No variable has a gradient, or one has no place in the
            layer-wise table.
        """
        train_op = self._optimizer.apply_gradients(gradients, self._global_step)
        if self._budget:
            train_op = tf.group(train_op, self._budget.update)
        return Training(train_op, self._rate, self._adam.grad_norm, self._loss_scale)


def _layerwise_factors(
    optimizer_settings: optimization.OptimizerSettings,
    num_hidden_layers: Optional[int],
    scope: str,
) -> Optional[optimization.RateFactors]:
    """Returns what gives the learning rate factors; None if all are 1."""
    decay_factor = optimizer_settings.lr_decay_factor
    if decay_factor != 1.0 and num_hidden_layers is not None:
        return functools.partial(
            layerwise.structbert_factors,
            decay_factor=decay_factor,
            num_hidden_layers=num_hidden_layers,
            scope=scope,
        )
    if optimizer_settings.layerwise_lr_decay in (0.0, 1.0):
        return None
    if num_hidden_layers is None:
        raise ValueError(
            "layerwise_lr_decay is %s, which needs the number of hidden layers; set "
            "it to 0 to train all layers alike." % optimizer_settings.layerwise_lr_decay
        )
    return functools.partial(
        layerwise.factors,
        decay=optimizer_settings.layerwise_lr_decay,
        num_hidden_layers=num_hidden_layers,
        rule=optimizer_settings.layerwise_lr_rule,
        scope=scope,
    )

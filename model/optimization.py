"""AdamW as ConvBERT, ELECTRA and BERT are trained with it.

The published optimizer differs from Loshchilov and Hutter's AdamW
(https://arxiv.org/abs/1711.05101) in one point: Adam's moments are not corrected
for their start at zero (`adam_bias_correction` does it). For a gradient g, clipped by
the global norm, and a learning rate r that follows warm-up and polynomial decay:

    m <- beta1 * m + (1 - beta1) * g
    v <- beta2 * v + (1 - beta2) * g^2
    w <- w - r * (m / (sqrt(v) + epsilon) + weight_decay * w)

The moments are stored as `<variable>/adam_m` and `<variable>/adam_v`, the names
of the published checkpoints.
"""

import dataclasses
import re
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Sequence,
    Tuple,
)

import tensorflow.compat.v1 as tf

from model import loss_scale as loss_scale_lib
from util import settings

SHORT_RUN = 10000  # Steps below which the start of Adam's means matters.
LONGEST_WARMUP = 10000  # Steps, where the settings leave it open.
NOT_DECAYED = re.compile("LayerNorm|layer_norm|bias")

RateFactors = Callable[[List[str]], Dict[str, float]]


@dataclasses.dataclass(frozen=True)
class OptimizerSettings(settings.Section):
    """How the weights are updated."""

    learning_rate: float = settings.setting(
        5e-4, "Highest learning rate, reached after warm-up.", low=0.0
    )
    lr_decay_power: float = settings.setting(
        1.0, "Power of the learning rate's decay to zero; 1 is linear.", low=0.0
    )
    weight_decay_rate: float = settings.setting(
        0.01, "Decoupled weight decay; not on biases and layer norms.", low=0.0
    )
    num_warmup_steps: Optional[int] = settings.setting(
        None,
        "Steps over which the learning rate rises from zero; None: 10000, or a tenth "
        "of all steps if these are fewer than 100000.",
        low=0,
    )
    warmup_proportion: float = settings.setting(
        0.0,
        "Warm-up as a share of all steps; if num_warmup_steps is given too, the longer "
        "of the two counts.",
        low=0.0,
        high=1.0,
    )
    layerwise_lr_decay: float = settings.setting(
        0.0,
        "Factor of the learning rate per layer below the task's head; 0 is off.",
        low=0.0,
        high=1.0,
    )
    layerwise_lr_rule: str = settings.setting(
        "published",
        "The published rule decays the top layer twice; the corrected one once.",
        choices=["published", "corrected"],
    )
    lr_decay_factor: float = settings.setting(
        1.0,
        "StructBERT's way, instead of layerwise_lr_decay: of L layers, the i-th from "
        "below learns at the rate divided by this number to the power of i / L, heads "
        "like the top layer; above 1 the top learns slowest, below 1 fastest.",
        low=0.01,
    )
    gradient_accumulation_steps: int = settings.setting(
        1,
        "Parts that each batch is computed in, one after the other; memory is needed "
        "for one part only.",
        low=1,
    )
    max_grad_norm: float = settings.setting(
        1.0, "Gradients are scaled down to this global norm; 0 is off.", low=0.0
    )
    adam_beta1: float = settings.setting(
        0.9, "Decay of Adam's mean of gradients.", low=0.0, high=1.0
    )
    adam_beta2: float = settings.setting(
        0.999, "Decay of Adam's mean of squared gradients.", low=0.0, high=1.0
    )
    adam_epsilon: float = settings.setting(
        1e-6, "Added to the root of the mean of squared gradients.", low=0.0
    )
    adam_bias_correction: Optional[bool] = settings.setting(
        None,
        "Correct Adam's means for their start at zero, as published models did not: "
        "without it the first steps are up to six times as large. None: in runs of "
        "fewer than 10000 steps, or whose time is limited.",
    )

    def corrects_bias(self, num_train_steps: int, is_timed: bool = False) -> bool:
        """Returns whether Adam's means are corrected; time may end a run sooner."""
        if self.adam_bias_correction is not None:
            return self.adam_bias_correction
        return is_timed or num_train_steps < SHORT_RUN

    def warmup_steps(self, num_train_steps: int) -> float:
        """Returns the length of the warm-up in a run of so many steps.

        A share need not be whole steps; it is not cut off, as published.
        """
        by_share = num_train_steps * self.warmup_proportion
        if self.num_warmup_steps is not None:
            return max(self.num_warmup_steps, by_share)
        return by_share or min(LONGEST_WARMUP, num_train_steps // 10)


def learning_rate(
    optimizer_settings: OptimizerSettings,
    step: tf.Tensor,
    num_train_steps: int,
    used_share: Optional[tf.Tensor] = None,
) -> tf.Tensor:
    """Returns the learning rate of a step: warm-up times polynomial decay to zero.

    Args:
      optimizer_settings: `OptimizerSettings`.
      step: int Tensor, []; 0 for the first step, whose rate is 0 if there is
        warm-up.
      num_train_steps: Step at which the rate reaches zero.
      used_share: float32 Tensor, []; of a budget of time, if there is one: the rate
        reaches zero when it is 1, if not before, and `warmup_proportion` is of it.

    Returns:
      float32 Tensor, [].
    """
    if num_train_steps < 1:
        raise ValueError(
            "num_train_steps must be at least 1, got %d." % num_train_steps
        )
    done = tf.cast(step, tf.float32)
    share = done / float(num_train_steps)
    if used_share is not None:
        share = tf.maximum(share, used_share)
    left = 1.0 - tf.minimum(share, 1.0)
    rate = optimizer_settings.learning_rate * left**optimizer_settings.lr_decay_power
    proportion = optimizer_settings.warmup_proportion
    if used_share is not None and proportion:
        return rate * tf.minimum(1.0, used_share / proportion)
    num_warmup_steps = optimizer_settings.warmup_steps(num_train_steps)
    if num_warmup_steps:
        rate *= tf.minimum(1.0, done / float(num_warmup_steps))
    return rate


class AdamWeightDecay(tf.train.Optimizer):
    """The update of the module's docstring, as an optimizer of TensorFlow 1.

    `apply_gradients` runs in replica context: it adds up the gradients of all
    replicas, clips them by their global norm and updates each replica's copy of
    the variables. A step whose gradients are not finite changes no weight and no
    moment.
    """

    def __init__(
        self,
        rate: tf.Tensor,
        optimizer_settings: OptimizerSettings,
        rate_factors: Optional[RateFactors] = None,
        loss_scale: Optional[loss_scale_lib.LossScale] = None,
        corrects_bias: bool = False,
        name: str = "AdamWeightDecay",
    ):
        """Keeps the settings; variables are made by `apply_gradients`.

        Args:
          rate: float Tensor, []; learning rate.
          optimizer_settings: `OptimizerSettings`.
          rate_factors: From the variables' names to the factor of the learning rate
            by name; None where all are 1.
          loss_scale: What the loss was multiplied by; None for 1.
          corrects_bias: Whether the moments are corrected for their start at zero.
          name: Of the operations.
        """
        super().__init__(use_locking=False, name=name)
        self._rate = rate
        self._settings = optimizer_settings
        self._rate_factors = rate_factors
        self._loss_scale = loss_scale
        self._corrects_bias = corrects_bias
        self.grad_norm: Optional[tf.Tensor] = None  # Set by `apply_gradients`.

    def apply_gradients(
        self,
        grads_and_vars: Iterable[Tuple[Any, tf.Variable]],
        global_step: Optional[tf.Variable] = None,
        name: Optional[str] = None,
    ) -> tf.Operation:
        """Updates the variables, then adds 1 to the global step.

        Args:
          grads_and_vars: Pairs of gradient (Tensor, IndexedSlices or None) and
            variable; those without a gradient keep their values and moments.
          global_step: The step counter, or None.
          name: Of the operation.

        Raises:
          ValueError: No variable has a gradient.
        """
        all_pairs = list(grads_and_vars)
        pairs = [pair for pair in all_pairs if pair[0] is not None]
        if not pairs:
            raise ValueError("The loss depends on no trainable variable.")
        variables = [variable for _, variable in pairs]
        resting = [variable for gradient, variable in all_pairs if gradient is None]
        with tf.name_scope(name, self._name):
            gradients = [tf.convert_to_tensor(gradient) for gradient, _ in pairs]
            update, self.grad_norm = tf.distribute.get_replica_context().merge_call(
                self._reduce_and_update,
                args=(gradients, variables, resting, global_step),
            )
        return update

    def _reduce_and_update(
        self,
        strategy: tf.distribute.Strategy,
        gradients: List[tf.Tensor],
        variables: List[tf.Variable],
        resting: List[tf.Variable],
        global_step: Optional[tf.Variable],
    ) -> Tuple[tf.Operation, tf.Tensor]:
        """Returns (update, gradient norm); runs once for all replicas."""
        gradients = strategy.extended.batch_reduce_to(
            tf.distribute.ReduceOp.SUM, list(zip(gradients, variables))
        )
        norm = _norm(
            [strategy.experimental_local_results(gradient)[0] for gradient in gradients]
        )
        loss_scale = self._loss_scale.read() if self._loss_scale else tf.constant(1.0)
        norm /= loss_scale
        is_finite = tf.math.is_finite(norm)
        with tf.init_scope():
            self._create_slots(variables + resting)  # They may be trained later.
        scale = self._clipping_factor(norm) / loss_scale
        coefficients = self._coefficients(is_finite, global_step)
        rule_of = self._update_rules(
            [v.op.name for v in variables], scale, is_finite, coefficients
        )
        updates = []
        for gradient, variable in zip(gradients, variables):
            updates += strategy.extended.update(
                variable,
                rule_of(variable.op.name),
                args=(gradient,),
                group=False,
            )
        if self._loss_scale:
            updates += self._loss_scale.updates(strategy, is_finite)
            norm = loss_scale_lib.reported(norm, loss_scale)
        if global_step is None:
            return tf.group(*updates), norm
        with tf.control_dependencies(updates):
            return strategy.extended.update(global_step, _increment), norm

    def _clipping_factor(self, norm: tf.Tensor) -> tf.Tensor:
        """Returns the factor that clips; 0 if the gradients are not finite."""
        scale = tf.ones_like(norm)
        if self._settings.max_grad_norm:
            limit = self._settings.max_grad_norm
            scale = limit / tf.maximum(norm, limit)
        return tf.where(tf.math.is_finite(norm), scale, tf.zeros_like(norm))

    def _coefficients(
        self, is_finite: tf.Tensor, global_step: Optional[tf.Variable]
    ) -> Dict[str, tf.Tensor]:
        """Returns what the kernel of Adam needs, the same for all variables.

        Of gradients that are not finite, moments that do not decay leave everything as
        it was, with rates of 0.
        """
        beta1, beta2 = self._settings.adam_beta1, self._settings.adam_beta2
        powers = [tf.constant(0.0)] * 2  # They switch the bias correction off.
        if self._corrects_bias and global_step is not None:
            number = tf.cast(tf.identity(global_step), tf.float32) + 1.0
            powers = [beta**number for beta in (beta1, beta2)]
        return {
            "beta1_power": powers[0],
            "beta2_power": powers[1],
            "beta1": tf.where(is_finite, beta1, 1.0),
            "beta2": tf.where(is_finite, beta2, 1.0),
            "epsilon": tf.constant(self._settings.adam_epsilon),
        }

    def _update_rules(
        self,
        names: List[str],
        scale: tf.Tensor,
        is_finite: tf.Tensor,
        coefficients: Dict[str, tf.Tensor],
    ):
        """Returns the function name -> (function (variable, gradient) -> operation).

        The variables share the scalars: one constant each would be a third of the
        graph's operations.
        """
        factors = self._rate_factors(names) if self._rate_factors else {}
        rate = tf.where(is_finite, self._rate, tf.zeros_like(self._rate))
        rates = {f: rate * f for f in set(factors.values()) | {1.0}}
        kept = {  # What the decay leaves of a weight.
            factor: 1.0 - rate * self._settings.weight_decay_rate
            for factor, rate in rates.items()
        }

        def rule_of(name):
            factor = factors[name] if factors else 1.0
            is_decayed = self._settings.weight_decay_rate and not NOT_DECAYED.search(
                name
            )

            def update(variable, gradient):
                # The product is 0, not NaN, where the scale is 0.
                clipped = tf.math.multiply_no_nan(gradient, scale)
                # The decay must wait until no gradient needs the old value any more.
                with tf.control_dependencies([clipped]):
                    decay = []
                    if is_decayed:
                        decay = [variable.assign(variable * kept[factor])]
                    with tf.control_dependencies(decay):
                        return self._adam(
                            variable,
                            dict(coefficients, lr=rates[factor], grad=clipped),
                        )

            return update

        return rule_of

    def _adam(
        self, variable: tf.Variable, arguments: Dict[str, tf.Tensor]
    ) -> tf.Operation:
        """Applies the fused kernel."""
        moments = [self.get_slot(variable, "m"), self.get_slot(variable, "v")]
        if hasattr(variable, "handle"):
            handles = [state.handle for state in [variable] + moments]
            return tf.raw_ops.ResourceApplyAdam(
                var=handles[0], m=handles[1], v=handles[2], **arguments
            )
        return tf.raw_ops.ApplyAdam(
            var=variable, m=moments[0], v=moments[1], **arguments
        ).op

    def _create_slots(self, var_list: Sequence[tf.Variable]) -> None:
        zeros = _SharedZeros()
        for variable in var_list:
            for slot in ("m", "v"):
                self._get_or_make_slot_with_initializer(
                    variable,
                    zeros,
                    variable.shape,
                    variable.dtype.base_dtype,
                    slot,
                    "adam_%s" % slot,
                )


class _SharedZeros:
    """An initializer that makes one tensor for all variables of a shape."""

    def __init__(self) -> None:
        self._made: Dict[Any, tf.Tensor] = {}  # By shape and type.

    def __call__(self, shape: Any, dtype: Any, partition_info: Any = None) -> tf.Tensor:
        del partition_info  # Of no use to zeros.
        sizes = tuple(tf.TensorShape(shape).as_list())
        key = (sizes, tf.as_dtype(dtype))
        if key not in self._made:
            self._made[key] = tf.zeros(sizes, dtype)
        return self._made[key]


def _norm(gradients: List[tf.Tensor]) -> tf.Tensor:
    """Returns the global norm; the many vectors are taken as one."""
    vectors = [gradient for gradient in gradients if gradient.shape.ndims == 1]
    others = [gradient for gradient in gradients if gradient.shape.ndims != 1]
    if len(vectors) > 1:
        vectors = [tf.concat(vectors, axis=0)]
    return tf.global_norm(vectors + others)


def _increment(counter: tf.Variable) -> tf.Operation:
    return counter.assign_add(1).op

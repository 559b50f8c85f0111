"""A training run of a straight line: as a module for tests, as a program to kill.

`python -m tests.testing.small_run MODEL_DIR NUM_STEPS SECONDS_PER_STEP`
"""

import sys
import time

from util import compat, logs, run_settings

if __name__ == "__main__":
    logs.quiet()
    compat.activate()

import tensorflow.compat.v1 as tf

from util import estimator as estimator_lib
from util import (
    hooks,
    training,
)

SLOPE = 3.0


class SlowHook(tf.train.SessionRunHook):
    def __init__(self, seconds):
        self.seconds = seconds

    def after_run(self, run_context, run_values):
        time.sleep(self.seconds)


def model_fn(features, labels, mode, params):
    slope = tf.get_variable("slope", initializer=0.0)
    loss = tf.reduce_mean((features * slope - labels) ** 2)
    train_op = tf.train.GradientDescentOptimizer(params["rate"]).minimize(
        loss, tf.train.get_or_create_global_step()
    )
    outputs = estimator_lib.Outputs(
        loss=loss,
        train_op=train_op,
        scalars={"slope_squared": slope**2},
        metric_fn=lambda values: {"mean_feature": tf.metrics.mean(values)},
        metric_inputs={"values": features},
    )
    return estimator_lib.spec(mode, outputs, params["run"])


def dataset(num_batches=None):
    def make_dataset(shard):
        features = tf.data.Dataset.from_tensors(tf.ones([shard.batch_size]))
        pairs = features.map(lambda feature: (feature, feature * SLOPE))
        return pairs.repeat(num_batches)

    return make_dataset


def settings_for(model_dir, num_steps, **values):
    return run_settings.RunSettings(
        model_dir=model_dir,
        num_train_steps=num_steps,
        **dict(dict(save_checkpoints_steps=2, log_steps=1), **values),
    )


def train(run, every=None, seconds_per_step=0.0, on_result=None, rate=0.1):
    """Returns the metrics of the last evaluation; None for `every` has none."""
    sizes = estimator_lib.BatchSizes(4, 4, 4)
    estimator = estimator_lib.build(model_fn, run, {"run": run, "rate": rate}, sizes)
    evaluation = None
    if every is not None:
        evaluation = training.Evaluation(
            input_fn=estimator_lib.input_fn(dataset(2), run, 4),
            every=every,
            on_result=on_result,
        )
    return training.train_and_evaluate(
        estimator,
        estimator_lib.input_fn(dataset(), run, 4),
        run.num_train_steps,
        evaluation,
        hooks.training_hooks(run, 4) + [SlowHook(seconds_per_step)],
    )


if __name__ == "__main__":
    train(
        settings_for(sys.argv[1], int(sys.argv[2])),
        every=2,
        seconds_per_step=float(sys.argv[3]),
    )

"""Tests that training on two devices equals training on one."""

import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import accumulation, loss_scale, optimization, trainer
from util import estimator, precision, progress, run_settings, training_log

NUM_STEPS = 6
BATCH_SIZE = 8


def examples():
    random = np.random.RandomState(3)
    features = random.normal(size=[BATCH_SIZE * NUM_STEPS, 3]).astype(np.float32)
    labels = (features @ [[1.0], [-2.0], [40.0]] + 3.0).astype(np.float32)
    return features, labels


def make_dataset(shard):
    return tf.data.Dataset.from_tensor_slices(examples()).batch(
        shard.batch_size, drop_remainder=True
    )


def model_fn(features, labels, mode, params):
    precision.enable(params["precision"])
    kernel = tf.get_variable("kernel", initializer=tf.zeros([3, 1]))
    bias = tf.get_variable("bias", initializer=tf.zeros([1]))

    def compute_part(part):
        loss = tf.reduce_mean(
            (precision.product(part["x"], kernel) + bias - part["y"]) ** 2
        )
        return accumulation.Computed(loss, {"part_loss": loss})

    settings = optimization.OptimizerSettings(learning_rate=0.1, num_warmup_steps=2)
    steps = trainer.Trainer(settings, NUM_STEPS)
    gradients = accumulation.compute(
        compute_part,
        {"x": features, "y": labels},
        params["num_parts"],
        steps.gradients,
        is_mean=True,
    )
    training = steps.apply(gradients.pairs)
    outputs = estimator.Outputs(
        loss=gradients.computed.loss,
        train_op=training.train_op,
        scalars=training.scalars,
    )
    return estimator.spec(mode, outputs, params["run"])


class TwoDevicesTest(tf.test.TestCase, parameterized.TestCase):
    def train(self, num_devices, num_parts=1, factors="float32"):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        run = run_settings.RunSettings(
            model_dir=folder, num_gpus=num_devices, log_steps=1
        )
        devices = ["/cpu:0", "/cpu:1"] if num_devices == 2 else None
        config = estimator.run_config(run, devices)
        config.session_config.device_count["CPU"] = 2
        params = {"run": run, "num_parts": num_parts, "precision": factors}
        trained = tf.estimator.Estimator(model_fn, config=config, params=params)
        trained.train(
            estimator.input_fn(make_dataset, run, BATCH_SIZE),
            max_steps=NUM_STEPS,
            hooks=[progress.ProgressHook(folder, NUM_STEPS, 1, log_steps=1)],
        )
        values = {name: trained.get_variable_value(name) for name in VARIABLES}
        return values, training_log.read(training_log.path_in(folder)).train

    @parameterized.parameters(1, 2)
    def test_weights_slots_and_reports_are_those_of_one_device(self, num_parts):
        one, one_log = self.train(1)
        two, two_log = self.train(2, num_parts)
        for name in VARIABLES:
            self.assertAllClose(one[name], two[name], rtol=1e-5, msg=name)
        # Gradients are far beyond the norm of 1, so clipping decides the result.
        self.assertAllGreater([norm for _, norm in one_log["grad_norm"]], 10.0)
        self.assertAllClose(one_log["grad_norm"], two_log["grad_norm"], rtol=1e-5)
        self.assertAllClose(one_log["loss"], two_log["loss"], rtol=1e-5)

    @parameterized.parameters((1, 1), (2, 1), (2, 2))
    def test_loss_scale_falls_until_float16_holds_the_gradients(self, devices, parts):
        with mock.patch.object(loss_scale, "FIRST_SCALE", 8192.0):
            values, log = self.train(devices, parts, "float16")
        scales = [scale for _, scale in log["loss_scale"]]
        self.assertLess(scales[-1], scales[0])  # Gradients begin in the hundreds.
        norms = [norm for _, norm in log["grad_norm"]]
        self.assertEqual(norms[0], 0.0)
        self.assertGreater(max(norms), 10.0)
        self.assertNotAllEqual(values["kernel"], np.zeros([3, 1]))


VARIABLES = [
    "global_step",
    "kernel",
    "kernel/adam_m",
    "kernel/adam_v",
    "bias",
    "bias/adam_m",
    "bias/adam_v",
]

if __name__ == "__main__":
    tf.test.main()

"""Tests for util.estimator."""

from typing import Any, Dict
from unittest import mock

import tensorflow.compat.v1 as tf

from util import estimator, run_settings, telemetry

TPU: Dict[str, Any] = dict(
    use_tpu=True,
    tpu_name="grpc://10.0.0.1:8470",
    model_dir="gs://bucket/model",
    num_tpu_cores=8,
    iterations_per_loop=50,
    tpu_job_name="worker_0",
)
SIZES = estimator.BatchSizes(train=32, evaluate=16, predict=8)
MODES = tf.estimator.ModeKeys


def model_fn(features, labels, mode, params):
    raise AssertionError("These tests build no graph.")


class BuildTest(tf.test.TestCase):
    def build(self, **values):
        run = run_settings.RunSettings(model_dir=self.get_temp_dir(), **values)
        return estimator.build(model_fn, run, {"x": 3}, SIZES)

    def test_cpu_gets_a_plain_estimator(self):
        built = self.build()
        self.assertIs(type(built), tf.estimator.Estimator)
        self.assertEqual(built.params["x"], 3)
        self.assertIsNone(built.config.train_distribute)

    def test_seed_and_saving_follow_the_settings(self):
        config = self.build(
            seed=7, save_checkpoints_steps=11, keep_checkpoint_max=2
        ).config
        self.assertEqual(config.tf_random_seed, 7)
        self.assertEqual(config.save_checkpoints_steps, 11)
        self.assertEqual(config.keep_checkpoint_max, 2)

    def test_missing_model_dir_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'model_dir' is not set"):
            estimator.build(model_fn, run_settings.RunSettings(), {}, SIZES)

    def test_more_gpus_than_visible_are_refused(self):
        with self.assertRaisesRegex(ValueError, "num_gpus is 64, but TensorFlow sees"):
            self.build(num_gpus=64)

    def test_several_gpus_mirror_the_model(self):
        run = run_settings.RunSettings(model_dir=self.get_temp_dir(), num_gpus=2)
        with mock.patch.object(estimator, "gpu_count", return_value=2):
            self.assertEqual(estimator.gpu_devices(2), ["/gpu:0", "/gpu:1"])
        config = estimator.run_config(run, ["/cpu:0", "/cpu:1"])
        self.assertEqual(config.train_distribute.num_replicas_in_sync, 2)

    def test_gpu_memory_is_taken_as_needed(self):
        config = self.build().config.session_config
        self.assertTrue(config.gpu_options.allow_growth)

    def test_gpus_that_are_not_asked_for_are_left_to_others(self):
        with mock.patch.object(estimator, "gpu_count", return_value=4):
            config = self.build().config.session_config
        self.assertEqual(config.gpu_options.visible_device_list, "0")

    def test_no_gpus_means_the_cpu(self):
        config = self.build(num_gpus=0).config.session_config
        self.assertEqual(config.device_count["GPU"], 0)

    def test_graphs_on_a_cpu_are_rewritten_little(self):
        config = self.build(num_gpus=0).config.session_config
        options = config.graph_options.rewrite_options
        self.assertEqual(options.constant_folding, options.OFF)
        self.assertNotEqual(options.remapping, options.OFF)

    def test_graphs_on_a_gpu_are_rewritten_as_tensorflow_likes(self):
        with mock.patch.object(estimator, "gpu_count", return_value=1):
            config = self.build().config.session_config
        options = config.graph_options.rewrite_options
        self.assertEqual(options.constant_folding, options.DEFAULT)

    def test_threads_follow_the_settings(self):
        config = self.build(intra_op_threads=3, inter_op_threads=2)
        config = config.config.session_config
        self.assertEqual(config.intra_op_parallelism_threads, 3)
        self.assertEqual(config.inter_op_parallelism_threads, 2)


class TpuTest(tf.test.TestCase):
    def test_builds_a_tpu_estimator_with_its_settings(self):
        built = estimator.build(model_fn, run_settings.RunSettings(**TPU), {}, SIZES)
        self.assertIsInstance(built, tf.estimator.tpu.TPUEstimator)
        tpu_config = built.config.tpu_config
        self.assertEqual(tpu_config.num_shards, 8)
        self.assertEqual(tpu_config.iterations_per_loop, 50)
        self.assertEqual(tpu_config.tpu_job_name, "worker_0")
        self.assertEqual(
            tpu_config.per_host_input_for_training,
            tf.estimator.tpu.InputPipelineConfig.PER_HOST_V2,
        )
        self.assertIn("10.0.0.1:8470", built.config.master)

    def test_tpu_is_found_by_name_zone_and_project(self):
        run = run_settings.RunSettings(
            **dict(TPU, tpu_name="t", tpu_zone="z", gcp_project="p")
        )
        real = tf.distribute.cluster_resolver.TPUClusterResolver
        with mock.patch.object(
            tf.distribute.cluster_resolver,
            "TPUClusterResolver",
            side_effect=lambda *_, **__: real(TPU["tpu_name"]),
        ) as resolver:
            estimator.tpu_run_config(run)
        resolver.assert_called_once_with("t", zone="z", project="p")

    def test_local_model_dir_is_refused(self):
        run = run_settings.RunSettings(**dict(TPU, model_dir="/tmp/model"))
        with self.assertRaisesRegex(ValueError, "gs://.*model_dir = /tmp/model"):
            estimator.build(model_fn, run, {}, SIZES)

    def test_all_local_paths_are_listed(self):
        with self.assertRaisesRegex(ValueError, "b = x, c = y;"):
            estimator.check_tpu_paths({"a": "gs://z", "b": "x", "c": "y"})

    def test_scalars_go_to_the_host(self):
        run = run_settings.RunSettings(**TPU)
        with tf.Graph().as_default():
            tf.train.get_or_create_global_step()
            outputs = estimator.Outputs(
                loss=tf.constant(1.0), train_op=tf.no_op(), scalars={"a": tf.ones([])}
            )
            spec = estimator.spec(MODES.TRAIN, outputs, run)
            self.assertIsNone(telemetry.published())
        _, tensors = spec.host_call
        self.assertEqual(sorted(tensors), ["a", "step"])
        self.assertEqual(tensors["a"].shape.as_list(), [1])

    def test_metrics_are_computed_on_the_host(self):
        run = run_settings.RunSettings(**TPU)
        with tf.Graph().as_default():
            inputs = {"values": tf.ones([4])}
            outputs = estimator.Outputs(
                loss=tf.constant(1.0), metric_fn=mean_metric, metric_inputs=inputs
            )
            spec = estimator.spec(MODES.EVAL, outputs, run)
        self.assertEqual(spec.eval_metrics, (mean_metric, inputs))

    def test_scaffold_function_is_kept(self):
        with tf.Graph().as_default():
            outputs = estimator.Outputs(
                loss=tf.constant(1.0),
                train_op=tf.no_op(),
                scaffold_fn=tf.train.Scaffold,
            )
            spec = estimator.spec(MODES.TRAIN, outputs, run_settings.RunSettings(**TPU))
        self.assertIs(spec.scaffold_fn, tf.train.Scaffold)


def mean_metric(values):
    return {"mean": tf.metrics.mean(values)}


class SpecTest(tf.test.TestCase):
    def spec(self, mode, **outputs):
        return estimator.spec(
            mode, estimator.Outputs(**outputs), run_settings.RunSettings()
        )

    def test_training_publishes_the_loss_and_its_parts(self):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            part = tf.constant(2.0)
            self.spec(
                MODES.TRAIN,
                loss=tf.constant(5.0),
                train_op=step.assign_add(1),
                scalars={"part": part},
            )
            published = telemetry.published()
            assert published is not None
            self.assertEqual(published.names, ["loss", "part"])
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                values, step = session.run([published.values, published.step])
        self.assertAllEqual(values, [5.0, 2.0])
        self.assertEqual(step, 1)

    def test_evaluation_has_metrics(self):
        with tf.Graph().as_default():
            spec = self.spec(
                MODES.EVAL,
                loss=tf.constant(1.0),
                metric_fn=mean_metric,
                metric_inputs={"values": tf.ones([4])},
            )
        self.assertEqual(list(spec.eval_metric_ops), ["mean"])

    def test_prediction_has_predictions(self):
        with tf.Graph().as_default():
            spec = self.spec(MODES.PREDICT, predictions={"ids": tf.ones([2])})
        self.assertEqual(list(spec.predictions), ["ids"])


class InputTest(tf.test.TestCase):
    def shard(self, run, batch_size, params):
        return estimator.input_fn(lambda shard: shard, run, batch_size)(params)

    def test_one_device_gets_the_whole_batch(self):
        run = run_settings.RunSettings()
        self.assertEqual(self.shard(run, 12, {}), estimator.Shard(12, 0, 1))

    def test_replicas_share_the_batch_and_one_pipeline(self):
        run = run_settings.RunSettings(num_gpus=4)
        self.assertEqual(self.shard(run, 12, {}), estimator.Shard(3, 0, 1))

    def test_hosts_of_a_tpu_share_the_files(self):
        context = mock.Mock()
        context.current_input_fn_deployment.return_value = ("/cpu:0", 1, 2, 8)
        shard = self.shard(run_settings.RunSettings(**TPU), 64, {"context": context})
        self.assertEqual(shard, estimator.Shard(8, 1, 2))

    def test_batch_that_cannot_be_shared_is_refused(self):
        with self.assertRaisesRegex(ValueError, "batch of 10 .* among 4 devices"):
            self.shard(run_settings.RunSettings(num_gpus=4), 10, {})

    def test_parts_divide_what_a_device_gets(self):
        run = run_settings.RunSettings(num_gpus=4)
        self.assertEqual(estimator.examples_per_device(run, 24, num_parts=3), 6)
        with self.assertRaisesRegex(ValueError, "in 5 parts each; .* multiple of 20"):
            estimator.examples_per_device(run, 24, num_parts=5)


if __name__ == "__main__":
    tf.test.main()

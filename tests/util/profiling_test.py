"""Tests for util.profiling."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tests.testing import small_run
from util import estimator as estimator_lib
from util import profiling

VARIABLES = [
    "electra/embeddings/word_embeddings",
    "electra/encoder/layer_0/attention/self/query/kernel",
    "electra/encoder/layer_11/output/dense/kernel",
    "discriminator_predictions/dense/kernel",
    "kernel",
]


class PartsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("electra/encoder/layer_0/attention/self/Mul", False, "layer/attention/self"),
        ("electra_1/encoder/layer_11/output_1/dense/Add", False, "layer/output"),
        ("gradients/electra/encoder/layer_11/output/a_grad/b", True, "layer/output"),
        ("while/gradients_1/electra/embeddings/a_grad/b", True, "electra/embeddings"),
        ("discriminator_predictions/dense/BiasAdd", False, "discriminator_predictions"),
        ("AdamWeightDecay/ResourceApplyAdam_3", False, profiling.UPDATE),
        ("IteratorGetNext", False, profiling.INPUT),
        ("MatMul_7", False, profiling.REST),
        ("gradients/AddN", True, profiling.REST),
        ("elsewhere/encoder/Add", False, profiling.REST),
    )  # fmt: skip
    def test_operations_belong_to_scopes_of_variables(self, name, is_backward, part):
        found, direction = profiling.Parts(VARIABLES).of(name)
        self.assertEndsWith(found, part)
        self.assertEqual(direction, is_backward)


class TraceTest(tf.test.TestCase):
    def stats(self, *devices):
        step = tf.RunMetadata().step_stats
        for name in devices:
            node = step.dev_stats.add(device=name).node_stats.add(
                node_name="a/MatMul:MatMul",
                timeline_label="a/MatMul = MatMul(b, c)",
                op_start_rel_micros=5,
            )
            node.op_end_rel_micros = 25
        return step

    def test_names_types_and_times_are_read(self):
        (node,) = profiling.traced_nodes(self.stats("/task:0/device:CPU:0"))
        self.assertEqual((node.name, node.kind), ("a/MatMul", "MatMul"))
        self.assertAlmostEqual(node.seconds, 2e-5)

    def test_kernels_of_a_gpu_count_and_not_their_launches(self):
        gpu = "/task:0/device:GPU:0"
        nodes = profiling.traced_nodes(self.stats(gpu, gpu + "/stream:all"))
        self.assertLen(nodes, 1)


class TableTest(tf.test.TestCase):
    def test_largest_first_and_nothing_tiny(self):
        times = profiling.Times(
            step=0.01,
            forward={"a": 0.001, "b": 0.002, "c": 1e-8},
            backward={"a": 0.003},
            kinds={"MatMul": 0.004, "Add": 0.002},
        )
        self.assertEqual(
            profiling.table(times).splitlines(),
            [
                "A step takes 10.0 ms; its operations 6.0 ms, side by side.",
                "",
                "| part | forward ms | backward ms | share |",
                "|---|---:|---:|---:|",
                "| a | 1.0 | 3.0 | 66.7 % |",
                "| b | 2.0 | 0.0 | 33.3 % |",
                "",
                "| operation | ms | share |",
                "|---|---:|---:|",
                "| MatMul | 4.0 | 66.7 % |",
                "| Add | 2.0 | 33.3 % |",
            ],
        )


class MeasureTest(tf.test.TestCase):
    def test_times_of_a_small_run(self):
        run = small_run.settings_for(self.get_temp_dir(), profiling.NUM_STEPS)
        estimator = estimator_lib.build(
            small_run.model_fn,
            run,
            {"run": run, "rate": 0.1},
            estimator_lib.BatchSizes(4, 4, 4),
        )
        input_fn = estimator_lib.input_fn(small_run.dataset(), run, 4)
        times = profiling.measure(estimator, input_fn)
        self.assertGreater(times.step, 0.0)
        self.assertTrue(any(times.backward.values()))
        self.assertIn("ResourceApplyGradientDescent", times.kinds)


if __name__ == "__main__":
    tf.test.main()

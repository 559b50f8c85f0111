"""Tests for benchmarks.scaling."""

import argparse

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from benchmarks import interleave, pretraining_data, run, scaling


class ScalingTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(("16x128", (16, 128, 1)), ("64x512:4", (64, 512, 4)))
    def test_sizes_are_read(self, text, size):
        self.assertEqual(scaling.parse(text), size)

    @parameterized.parameters("16", "ax128", "16x128:b", "1x2x3")
    def test_other_texts_are_refused(self, text):
        with self.assertRaisesRegex(ValueError, "A size is BATCHxLENGTH"):
            scaling.parse(text)

    def test_rows(self):
        per_token = run.flops_per_token("small", 128)
        result = interleave.Result("x", [0.5, 0.5], 9.0, 1000.0)
        gflops = {"gflops": 2048 * per_token / 1e9}  # A step takes a second at best.
        arguments = argparse.Namespace(
            model_size="small", sizes=["16x128:2"], seconds=1.0, output="out"
        )
        with tf.test.mock.patch.object(
            run, "measured", return_value=gflops
        ), tf.test.mock.patch.object(
            pretraining_data, "write"
        ), tf.test.mock.patch.object(
            interleave, "measure", return_value=[result]
        ) as measured:
            rows = scaling.measure(arguments)
        self.assertEqual(
            scaling.table(rows).splitlines()[-1],
            "| 16 | 128 | 2 | 0.500 | 244 | 200 % | 1000 |",
        )
        ((contestant,),) = measured.call_args[0][:1]
        self.assertIn('"gradient_accumulation_steps": 2', contestant.command[-1])


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.prediction."""

import dataclasses
import os
import tempfile

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import job as job_lib
from finetune import prediction
from tests.finetune import fakes, models


class PredictionTest(tf.test.TestCase):
    def collect(self, index, count=3):
        records = tf.test.mock.Mock(count=count)
        outputs = {
            "index": np.array(index),
            "logits": 10.0 * np.array(index),
            "label": np.zeros(len(index)),
            "losses": np.zeros(len(index)),
        }
        return prediction.collect(outputs, fakes.prepared("dev.tsv", count, records))

    def test_every_example_in_order(self):
        said = self.collect([0, 1, 2])
        self.assertEqual(said.ids, ["0", "1", "2"])
        self.assertEqual(list(said.outputs), ["logits"])

    def test_examples_are_put_back_in_order(self):
        said = self.collect([2, 0, 1])
        self.assertAllEqual(said.outputs["logits"], [0.0, 10.0, 20.0])

    def test_what_fills_a_tpu_batch_is_dropped(self):
        self.assertLen(self.collect([0, 1, 2, 0]).outputs["logits"], 3)

    def test_lost_or_doubled_examples_are_an_error(self):
        for index in ([0, 1], [0, 1, 1], [1, 2, 3]):
            with self.assertRaisesRegex(RuntimeError, "lost or doubled"):
                self.collect(index)


class PredictTest(tf.test.TestCase, parameterized.TestCase):
    def estimator(self, job, batch_shapes):
        """Returns what answers with the index, and notes the shapes of its batches."""

        def predict(input_fn, yield_single_examples):
            self.assertFalse(yield_single_examples)
            with tf.Graph().as_default(), self.session() as session:
                features = tf.data.make_one_shot_iterator(input_fn({})).get_next()
                for _ in range(100):
                    try:
                        values = session.run(features)
                    except tf.errors.OutOfRangeError:
                        return
                    batch_shapes.append(values["input_ids"].shape)
                    index = values["index"]
                    yield {"index": index, "losses": index, "label": index, "x": index}

        return tf.test.mock.Mock(predict=tf.test.mock.Mock(side_effect=predict))

    @parameterized.parameters(dict(), dict(bucket_by_length=False), dict(use_tpu=True))
    def test_one_session_answers_for_all_splits(self, use_tpu=False, **changes):
        data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        fakes.write_cola(os.path.join(data_dir, "finetuning_data"))
        ready = job_lib.prepare(models.tiny_job(data_dir, **changes))
        job = ready.job
        if use_tpu:
            run = dataclasses.replace(job.run, use_tpu=True, tpu_name="t")
            job = dataclasses.replace(job, run=run)
        splits = [ready.splits["dev"], ready.splits["test"]]
        shapes = []
        estimator = self.estimator(job, shapes)
        dev, test = prediction.predict(job, estimator, splits)
        self.assertEqual(estimator.predict.call_count, 1)
        self.assertAllEqual(dev.outputs["x"], np.arange(9))
        self.assertAllEqual(test.outputs["x"], np.arange(5))
        self.assertIsNone(test.losses)
        sizes = [3, 3, 3, 3, 3] if use_tpu else [4, 4, 1, 3, 2]
        self.assertEqual([shape[0] for shape in shapes], sizes)

    def test_nothing_is_asked_about_nothing(self):
        self.assertEqual(prediction.predict(None, None, []), [])


if __name__ == "__main__":
    tf.test.main()

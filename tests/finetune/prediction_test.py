"""Tests for finetune.prediction."""

import dataclasses
import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import job as job_lib
from finetune import prediction
from tests.finetune import fakes, models


def batch(index, **outputs):
    """Returns what the model function gives of some records of cola."""
    index = np.array(index)
    named = dict(outputs or {"logits": 10.0 * index}, losses=np.zeros(len(index)))
    return dict({"cola/%s" % name: named[name] for name in named}, index=index)


class CollectTest(tf.test.TestCase):
    def collect(self, *batches, count=3):
        records = mock.Mock(count=count)
        return prediction.collect(
            iter(batches), fakes.prepared("dev.tsv", count, records)
        )

    def test_every_example_in_order(self):
        said = self.collect(batch([0, 1, 2]))
        self.assertEqual(said.ids, ["0", "1", "2"])
        self.assertEqual(list(said.outputs), ["logits"])

    def test_examples_are_put_back_in_order(self):
        said = self.collect(batch([2, 0]), batch([1]))
        self.assertAllEqual(said.outputs["logits"], [0.0, 10.0, 20.0])

    def test_what_fills_a_tpu_batch_is_dropped(self):
        self.assertLen(self.collect(batch([0, 1, 2, 0])).outputs["logits"], 3)

    def test_lost_or_doubled_examples_are_an_error(self):
        for index in ([0, 1], [0, 1, 1], [1, 2, 3]):
            with self.assertRaisesRegex(RuntimeError, "lost or doubled"):
                self.collect(batch(index))

    def test_outputs_as_long_as_their_batch_are_filled_up(self):
        said = self.collect(
            batch([0, 1], tags=np.ones([2, 2], int)),
            batch([2], tags=np.array([[7, 8, 9]])),
        )
        self.assertAllEqual(said.outputs["tags"], [[1, 1, 0], [1, 1, 0], [7, 8, 9]])

    def test_outputs_of_other_tasks_are_left_out(self):
        answer = dict(batch([0, 1, 2]), **{"rte/logits": np.ones(3)})
        self.assertEqual(list(self.collect(answer).outputs), ["logits"])


class PredictorTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        fakes.write_cola(os.path.join(self.data_dir, "finetuning_data"))
        self.ready = job_lib.prepare(models.tiny_job(self.data_dir))
        self.splits = [self.ready.splits["dev"], self.ready.splits["test"]]

    def predictor(self, **changes):
        job = dataclasses.replace(self.ready.job, **changes)
        predictor = prediction.Predictor(job)
        self.addCleanup(predictor.close)
        return predictor

    def checkpoint(self, seed):
        """Returns a checkpoint with the variables that predict, drawn at random."""
        job = self.ready.job
        prefix = os.path.join(self.data_dir, "drawn-%d" % seed)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(seed)
            features = {
                "input_ids": tf.zeros([1, 4], tf.int32),
                "segment_ids": tf.zeros([1, 4], tf.int32),
                "length": tf.constant([4]),
                "cola/label": tf.constant([0]),
            }
            prediction.model_fn.compute(job.plan(job.run), features, is_training=False)
            session.run(tf.global_variables_initializer())
            return tf.train.Saver().save(session, prefix, write_meta_graph=False)

    def test_one_graph_answers_for_all_splits_and_checkpoints(self):
        predictor = self.predictor()
        first, second = self.checkpoint(1), self.checkpoint(2)
        build = prediction.model_fn.build
        with mock.patch.object(prediction.model_fn, "build", side_effect=build) as made:
            dev, test = predictor.predict(first, self.splits)
            (other,) = predictor.predict(second, self.splits[:1])
            (again,) = predictor.predict(first, self.splits[:1])
        self.assertEqual(made.call_count, 1)
        self.assertLen(dev.outputs["logits"], 9)
        self.assertLen(test.outputs["logits"], 5)
        self.assertIsNone(test.losses)
        self.assertNotAllClose(dev.outputs["logits"], other.outputs["logits"])
        self.assertAllEqual(dev.outputs["logits"], again.outputs["logits"])

    @parameterized.parameters(
        dict(bucket_by_length=False), dict(eval_batch_size=2), dict(eval_batch_size=50)
    )
    def test_batches_do_not_change_what_is_said(self, **changes):
        finetune = dataclasses.replace(self.ready.job.finetune, **changes)
        said = [
            predictor.predict(self.checkpoint(1), self.splits[:1])[0].outputs["logits"]
            for predictor in (self.predictor(), self.predictor(finetune=finetune))
        ]
        self.assertAllClose(said[0], said[1], atol=1e-6)

    def test_examples_without_a_file_can_be_asked_about(self):
        task, dev = self.ready.job.tasks[0], self.splits[0]
        predictor, checkpoint = self.predictor(), self.checkpoint(1)
        (want,) = predictor.predict(checkpoint, [dev])
        said = predictor.ask(
            checkpoint, task, dev.dataset.examples[3:5], self.ready.tokenizer
        )
        self.assertEqual(said.ids, ["3", "4"])
        self.assertAllClose(said.outputs["logits"], want.outputs["logits"][3:5])

    def test_tpu_is_asked_through_its_estimator(self):
        run = dataclasses.replace(self.ready.job.run, use_tpu=True, tpu_name="t")
        shapes = []

        def predict(input_fn, checkpoint_path, yield_single_examples):
            self.assertEqual(checkpoint_path, "model.ckpt-9")
            self.assertFalse(yield_single_examples)
            with tf.Graph().as_default(), self.session() as session:
                features = tf.data.make_one_shot_iterator(input_fn({})).get_next()
                for _ in range(3):
                    values = session.run(features)
                    shapes.append(values["input_ids"].shape)
                    yield batch(values["index"])

        estimator = mock.Mock(predict=predict)
        with mock.patch.object(
            prediction.estimator_lib, "build", return_value=estimator
        ):
            (dev,) = self.predictor(run=run).predict("model.ckpt-9", self.splits[:1])
        self.assertLen(dev.outputs["logits"], 9)
        self.assertEqual(shapes, [(3, 8)] * 3)


if __name__ == "__main__":
    tf.test.main()

"""Tests for util.telemetry."""

import glob
import os

import tensorflow.compat.v1 as tf

from util import telemetry


class PublishTest(tf.test.TestCase):
    def test_graph_that_publishes_nothing(self):
        with tf.Graph().as_default():
            self.assertIsNone(telemetry.published())

    def test_step_is_the_one_after_the_update(self):
        with tf.Graph().as_default(), tf.Session() as session:
            step = tf.train.get_or_create_global_step()
            telemetry.publish({"a": tf.constant(3.0)}, step.assign_add(1).op)
            session.run(tf.global_variables_initializer())
            published = telemetry.published()
            assert published is not None
            steps = [session.run(published.step) for _ in range(3)]
        self.assertEqual(steps, [1, 2, 3])

    def test_graph_with_scalars_can_be_saved(self):
        with tf.Graph().as_default() as graph:
            step = tf.train.get_or_create_global_step()
            telemetry.publish({"a": tf.constant(3.0)}, step.assign_add(1).op)
            saved = tf.train.export_meta_graph()
            names = saved.collection_def[telemetry.NAMES_KEY].bytes_list.value
            self.assertEqual(list(names), [b"a"])
            self.assertIsNotNone(graph)


class HostCallTest(tf.test.TestCase):
    def test_nothing_to_tell_needs_no_call(self):
        self.assertIsNone(telemetry.host_call({}, "unused"))

    def test_host_writes_the_mean_over_cores(self):
        folder = self.get_temp_dir()
        with tf.Graph().as_default() as graph, tf.Session() as session:
            tf.train.get_or_create_global_step()
            call = telemetry.host_call({"loss": tf.constant(1.0)}, folder)
            assert call is not None
            write, tensors = call
            self.assertEqual(sorted(tensors), ["loss", "step"])
            steps = tf.constant([5, 5], tf.int64)
            written = write(step=steps, loss=tf.constant([1.0, 3.0]))
            # TPUEstimator opens the writers of the graph by itself.
            session.run(operations(graph, "CreateSummaryFileWriter"))
            session.run(written)
        events = [
            event
            for path in glob.glob(os.path.join(folder, "*"))
            for event in tf.train.summary_iterator(path)
            if event.summary.value
        ]
        self.assertEqual([event.step for event in events], [5])
        self.assertEqual(events[0].summary.value[0].tag, "loss")
        value = tf.make_ndarray(events[0].summary.value[0].tensor)
        self.assertAllEqual(value, 2.0)


def operations(graph, kind):
    return [operation for operation in graph.get_operations() if operation.type == kind]


if __name__ == "__main__":
    tf.test.main()

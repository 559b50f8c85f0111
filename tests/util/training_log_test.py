"""Tests for util.training_log."""

import os

import tensorflow.compat.v1 as tf

from util import training_log


class TrainingLogTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.path = training_log.path_in(self.get_temp_dir())

    def write(self, text):
        with open(self.path, "w") as stream:
            stream.write(text)

    def test_lies_in_the_model_folder(self):
        self.assertEqual(os.path.basename(self.path), "training_log.jsonl")

    def test_training_and_held_out_values_are_told_apart(self):
        training_log.start(self.path, 0)
        training_log.append(self.path, 10, {"loss": 3.0, "accuracy": 0.5})
        training_log.append(self.path, 20, {"loss": 2.0})
        training_log.append_evaluation(self.path, 20, {"loss": 2.5})
        log = training_log.read(self.path)
        self.assertEqual(log.train["loss"], [(10, 3.0), (20, 2.0)])
        self.assertEqual(log.train["accuracy"], [(10, 0.5)])
        self.assertEqual(log.evaluation, {"loss": [(20, 2.5)]})

    def test_steps_that_a_resumed_run_repeats_count_once(self):
        training_log.start(self.path, 0)
        for step in (10, 20, 30):
            training_log.append(self.path, step, {"loss": float(step)})
        training_log.append_evaluation(self.path, 20, {"loss": 9.0})
        training_log.append_evaluation(self.path, 30, {"loss": 8.0})
        training_log.start(self.path, 20)
        training_log.append(self.path, 30, {"loss": 31.0})
        log = training_log.read(self.path)
        self.assertEqual(log.train["loss"], [(10, 10.0), (20, 20.0), (30, 31.0)])
        self.assertEqual(log.evaluation["loss"], [(20, 9.0)])

    def test_step_that_is_measured_again_counts_once(self):
        for loss in (9.0, 8.0):
            training_log.append_evaluation(self.path, 20, {"loss": loss})
            training_log.start(self.path, 20)
        self.assertEqual(training_log.read(self.path).evaluation["loss"], [(20, 8.0)])

    def test_line_that_a_killed_process_left_unfinished_is_not_read(self):
        self.write('{"step": 1, "time": 0, "loss": 2.0}\n{"step": 2, "ti')
        self.assertEqual(training_log.read(self.path).train, {"loss": [(1, 2.0)]})

    def test_resumed_run_removes_an_unfinished_line(self):
        self.write('{"step": 1, "time": 0, "loss": 2.0}\n{"step": 2, "ti')
        training_log.start(self.path, 1)
        training_log.append(self.path, 2, {"loss": 1.0})
        log = training_log.read(self.path)
        self.assertEqual(log.train["loss"], [(1, 2.0), (2, 1.0)])

    def test_unfinished_first_line_is_removed_too(self):
        self.write('{"step": 1')
        training_log.start(self.path, 0)
        self.assertEqual(training_log.read(self.path).train, {})

    def test_damaged_line_is_refused_with_its_place(self):
        self.write('{"step": 1}\nnonsense\n{"step": 2}\n')
        with self.assertRaisesRegex(ValueError, r"training_log.jsonl:2: not JSON"):
            training_log.read(self.path)

    def test_missing_file_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "training log"):
            training_log.read(self.path)


if __name__ == "__main__":
    tf.test.main()

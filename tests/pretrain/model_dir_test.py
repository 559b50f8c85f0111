"""Tests for pretrain.model_dir."""

import contextlib
import io
import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain import model_dir
from tests.testing import pretraining as testing
from util import files


class OpenForTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = self.get_temp_dir()
        testing.write_data_dir(self.data_dir, num_shards=1, num_records=1)

    def open(self, will_train=True, **hparams):
        """Opens the folder; returns (path, what was printed)."""
        config = testing.config(self.data_dir, **hparams)
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed):
            model_dir.open_for(config, will_train)
        return config.run.model_dir, printed.getvalue()

    def test_new_folder_gets_config_and_vocabulary(self):
        path, _ = self.open()
        self.assertContainsSubset(["config.json", "vocab.txt"], os.listdir(path))

    def test_same_settings_are_accepted_in_silence(self):
        self.open()
        self.assertEqual(self.open()[1], "")

    @parameterized.parameters(
        (dict(embedding_size=8), "embedding_size: was 12, is 8"),
        (dict(objectives=["mlm"]), "objectives: was .'electra'., is .'mlm'."),
        (dict(electra_objective=False), "objectives: was .'electra'., is .'mlm'."),
        (dict(temperature=2.0), "temperature: was 1.0, is 2.0"),
        (dict(do_lower_case=False), "do_lower_case: was True, is False"),
    )
    def test_other_model_is_refused_with_the_difference(self, changes, message):
        self.open()
        with self.assertRaisesRegex(ValueError, "another --model-name.*\n.*" + message):
            self.open(**changes)

    def test_other_vocabulary_is_refused(self):
        self.open()
        vocab_file = os.path.join(self.data_dir, "vocab.txt")
        tokens = list(testing.VOCABULARY[:-1]) + ["new"]
        files.write_text(vocab_file, "\n".join(tokens) + "\n")
        with self.assertRaisesRegex(ValueError, "vocabulary: was"):
            self.open()

    def test_objectives_may_be_given_in_another_way(self):
        self.open()
        self.assertEqual(self.open(objectives=["electra"])[1], "")

    def test_vocabulary_may_move(self):
        self.open()
        moved = os.path.join(self.data_dir, "moved.txt")
        os.rename(os.path.join(self.data_dir, "vocab.txt"), moved)
        self.assertEqual(self.open(vocab_file=moved)[1], "")

    def test_schedule_may_change_with_a_notice(self):
        self.open()
        _, printed = self.open(learning_rate=0.5, num_train_steps=9)
        self.assertIn("learning_rate: was 0.001, is 0.5", printed)
        self.assertIn("num_train_steps: was 6, is 9", printed)

    def test_evaluation_writes_nothing(self):
        path, _ = self.open(will_train=False)
        self.assertFalse(os.path.exists(path))

    def test_debug_empties_the_folder_of_an_earlier_debug_run(self):
        path, _ = self.open(debug=True)
        left = os.path.join(path, "left")
        files.write_text(left, "")
        self.open(debug=True)
        self.assertFalse(os.path.exists(left))

    def test_debug_leaves_a_folder_alone_that_it_evaluates(self):
        # The original empties it in that case too.
        path, _ = self.open(debug=True)
        left = os.path.join(path, "left")
        files.write_text(left, "")
        self.open(will_train=False, debug=True)
        self.assertTrue(os.path.exists(left))

    def test_debug_refuses_to_empty_another_folder(self):
        path, _ = self.open()
        with self.assertRaisesRegex(ValueError, "does not end in -debug"):
            self.open(debug=True, model_dir=path)
        self.assertTrue(os.path.exists(os.path.join(path, "config.json")))

    def test_folder_with_unknown_weights_is_compared_by_shapes(self):
        path = testing.config(self.data_dir).run.model_dir
        os.makedirs(path)
        with tf.Graph().as_default(), self.session() as session:
            tf.get_variable("electra/embeddings/word_embeddings", [5, 4])
            session.run(tf.global_variables_initializer())
            tf.train.Saver().save(session, os.path.join(path, "model.ckpt"))
        with self.assertRaises(ValueError):
            self.open()


if __name__ == "__main__":
    tf.test.main()

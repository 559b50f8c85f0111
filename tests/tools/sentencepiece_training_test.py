"""Tests for tools.sentencepiece_training."""

import ast

import tensorflow.compat.v1 as tf

from tools import sentencepiece_training

LINES = ["the garden behind the house", "the river behind the garden"] * 5


class TrainTest(tf.test.TestCase):
    def test_same_lines_give_the_same_model(self):
        options = dict(model_type="bpe", vocab_size=30, num_threads=1)
        once = sentencepiece_training.train(LINES, **options)
        self.assertEqual(sentencepiece_training.train(iter(LINES), **options), once)
        self.assertIn("▁the".encode(), once)

    def test_refusal_of_the_trainer_is_one_line(self):
        with self.assertRaises(ValueError) as caught:
            sentencepiece_training.train(LINES, model_type="bpe", vocab_size=90000)
        message = str(caught.exception)
        self.assertStartsWith(message, "sentencepiece cannot train: ")
        self.assertNotIn("\n", message)

    def test_training_process_never_imports_tensorflow(self):
        with open(sentencepiece_training.__file__, encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
        imported = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        standard = {"json", "os", "subprocess", "sys", "tempfile"}
        self.assertEqual(imported, standard | {"sentencepiece"})


if __name__ == "__main__":
    tf.test.main()

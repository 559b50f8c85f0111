"""Tests for pretrain.baseline."""

import types

import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import baseline, objective, shards
from tests.testing import pretraining as testing

PAD, CLS, SEP, A, B = 0, 2, 3, 5, 6


class ScoreTest(tf.test.TestCase):
    def test_scores_the_counts_of_other_text(self):
        guess = baseline.score(np.array([A, A, A, B]), np.array([A, B]), num_answers=8)
        # Counts with one added to each of 8: 4 and 2 of 12.
        self.assertAllClose(guess.loss, -np.log([4 / 12, 2 / 12]).mean())
        self.assertEqual(guess.accuracy, 0.5)

    def test_unseen_answer_costs_no_infinity(self):
        guess = baseline.score(np.array([A]), np.array([7]), num_answers=8)
        self.assertAllClose(guess.loss, np.log(9.0))
        self.assertEqual(guess.accuracy, 0.0)

    def test_nothing_to_score(self):
        empty = np.zeros([0], np.int64)
        self.assertEqual(baseline.score(empty, empty, 8), (0.0, 0.0))


class GuessesTest(tf.test.TestCase):
    def guesses(self, held_out=True):
        folder = self.get_temp_dir()
        ids = [CLS, A, A, B, SEP] + [PAD] * 7
        example = dict(input_ids=ids, input_mask=[1] * 12, segment_ids=[0] * 12)
        path = testing.shard_path(folder, 0)
        testing.write_shard(path, [example] * 3)
        found = [shards.Shard(path)]
        prepared = types.SimpleNamespace(
            split=shards.Split(train=found, held_out=found if held_out else []),
            tokenizer=types.SimpleNamespace(special_ids={"p": PAD, "c": CLS, "s": SEP}),
            config=types.SimpleNamespace(encoder=types.SimpleNamespace(vocab_size=8)),
        )
        objectives = types.SimpleNamespace(answers={"lm": objective.Answers()})
        return baseline.guesses(objectives, prepared)

    def test_words_are_counted_and_special_tokens_are_not(self):
        found = self.guesses()
        self.assertAllClose(found["lm_accuracy"], 2 / 3)
        expected = -np.log([7 / 17, 7 / 17, 4 / 17]).mean()
        self.assertAllClose(found["lm_loss"], expected)
        self.assertAllClose(found["lm_perplexity"], np.exp(expected))

    def test_nothing_is_guessed_without_held_out_records(self):
        self.assertEqual(self.guesses(held_out=False), {})


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.baseline."""

import types
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import baseline, objective, shards
from tests.testing import pretraining as testing

PAD, UNK, CLS, SEP, A, B = 0, 1, 2, 3, 5, 6


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


class GuessesTest(tf.test.TestCase, parameterized.TestCase):
    def shard(self, number, texts):
        """Returns a file of [CLS] text [SEP] padding."""
        examples = []
        for text in texts:
            used = len(text) + 2
            ids = [CLS, *text, SEP] + [PAD] * (12 - used)
            mask = [1] * used + [0] * (12 - used)
            examples.append(dict(input_ids=ids, input_mask=mask, segment_ids=[0] * 12))
        path = testing.shard_path(self.get_temp_dir(), number)
        testing.write_shard(path, examples)
        return shards.Shard(path)

    def guesses(self, train=None, held_out=None, num_eval_steps=100, **answers):
        """Returns the guesses of a metric `lm`; the files hold A A B thrice."""
        usual = self.shard(0, [[A, A, B]] * 3)
        train = [usual] if train is None else train
        held_out = [usual] if held_out is None else held_out
        special = {"[PAD]": PAD, "[UNK]": UNK, "[CLS]": CLS, "[SEP]": SEP}
        prepared = types.SimpleNamespace(
            split=shards.Split(train, held_out),
            tokenizer=types.SimpleNamespace(special_ids=special),
            config=types.SimpleNamespace(
                encoder=types.SimpleNamespace(vocab_size=8),
                pretrain=types.SimpleNamespace(num_eval_steps=num_eval_steps),
                input=types.SimpleNamespace(eval_batch_size=2),
            ),
        )
        objectives = types.SimpleNamespace(answers={"lm": objective.Answers(**answers)})
        return baseline.guesses(objectives, prepared)

    def test_words_are_counted_and_special_tokens_are_not(self):
        found = self.guesses()
        self.assertAllClose(found["lm_accuracy"], 2 / 3)
        expected = -np.log([7 / 17, 7 / 17, 4 / 17]).mean()
        self.assertAllClose(found["lm_loss"], expected)
        self.assertAllClose(found["lm_perplexity"], np.exp(expected))

    def test_unknown_words_are_words(self):
        text = [self.shard(1, [[UNK, UNK, A]])]
        found = self.guesses(train=text, held_out=text)
        self.assertAllClose(found["lm_accuracy"], 2 / 3)

    # A A B and one special token per record; three of each counted, and one more.
    @parameterized.parameters(1, -1)
    def test_language_model_names_the_special_token_at_the_end_too(self, offset):
        found = self.guesses(offset=offset)
        self.assertAllClose(found["lm_accuracy"], 2 / 4)
        expected = -np.log([7 / 20, 7 / 20, 4 / 20, 4 / 20]).mean()
        self.assertAllClose(found["lm_loss"], expected)

    def test_records_of_an_evaluation_are_scored(self):
        held_out = [self.shard(1, [[A, A, A]] * 2), self.shard(2, [[B]] * 2)]
        for num_eval_steps, expected in ((1, 1.0), (2, 6 / 8), (3, 6 / 8)):
            found = self.guesses(held_out=held_out, num_eval_steps=num_eval_steps)
            self.assertAllClose(found["lm_accuracy"], expected)

    def test_so_many_records_are_counted_at_the_most(self):
        train = [self.shard(1, [[A]] * 3 + [[B]] * 9), self.shard(2, [[A]] * 3)]
        with mock.patch.object(baseline, "MOST_RECORDS", 6):
            found = self.guesses(train=train)
        # Six times A and never B, with one added to each of 8.
        expected = -np.log([7 / 14, 7 / 14, 1 / 14]).mean()
        self.assertAllClose(found["lm_loss"], expected)

    def test_nothing_is_guessed_without_held_out_records(self):
        self.assertEqual(self.guesses(held_out=[]), {})


if __name__ == "__main__":
    tf.test.main()

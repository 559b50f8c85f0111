"""Tests for finetune.tagging.viterbi."""

import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune.tagging import schemes, tag_set, viterbi

TAGS = tag_set.TagSet(schemes.IOBES, ("A",))  # O, B-A, I-A, E-A, S-A
LEGAL = TAGS.legal()


def best_by_trying(scores, starts, ends):
    """Returns the best legal classes of words with scores [words, C]."""
    best, best_score = None, -np.inf
    for path in itertools.product(range(len(LEGAL)), repeat=len(scores)):
        around = ([0] if starts else []) + list(path) + ([0] if ends else [])
        if all(LEGAL[a, b] for a, b in zip(around, around[1:])):
            score = sum(scores[n, c] for n, c in enumerate(path))
            if score > best_score:
                best, best_score = path, score
    return list(best)


class ViterbiTest(tf.test.TestCase, parameterized.TestCase):
    def decode(self, scores, is_word, starts, ends):
        with tf.Graph().as_default(), self.session() as session:
            held = tf.placeholder(tf.float32, [None, None, scores.shape[-1]])
            found = viterbi.decode(
                held,
                tf.constant(is_word),
                LEGAL,
                tf.constant(starts),
                tf.constant(ends),
            )
            return session.run(found, {held: scores})

    def test_equal_to_trying_every_sequence(self):
        random = np.random.RandomState(0)
        scores = np.log(random.dirichlet([0.3] * 5, size=[24, 7]))
        is_word = random.rand(24, 7) < 0.6
        is_word[0] = False
        starts, ends = random.rand(24) < 0.5, random.rand(24) < 0.5
        found = self.decode(scores, is_word, starts, ends)
        for row in range(1, 24):
            words = np.flatnonzero(is_word[row])
            if len(words):
                want = best_by_trying(scores[row, words], starts[row], ends[row])
                self.assertEqual(found[row, words].tolist(), want, row)

    @parameterized.parameters(
        (True, True, [4]),  # S-A: the sentence is this word.
        (True, False, [1]),  # B-A: it may go on in the next window.
        (False, True, [3]),  # E-A: it may have begun in the last.
        (False, False, [2]),  # I-A.
    )
    def test_windows_are_open_where_the_sentence_goes_on(self, starts, ends, want):
        scores = np.log([[[0.01, 0.2, 0.5, 0.2, 0.09]]])
        found = self.decode(scores, [[True]], [starts], [ends])
        self.assertEqual(found.tolist(), [want])

    def test_a_sure_end_makes_an_unsure_beginning(self):
        scores = np.log(
            [[[0.6, 0.3, 0.04, 0.02, 0.04], [0.01, 0.01, 0.01, 0.96, 0.01]]]
        )
        found = self.decode(scores, [[True, True]], [True], [True])
        self.assertEqual(found.tolist(), [[1, 3]])


if __name__ == "__main__":
    tf.test.main()

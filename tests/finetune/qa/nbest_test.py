"""Tests for finetune.qa.nbest."""

import numpy as np
import tensorflow.compat.v1 as tf

from finetune.qa import nbest


def run(function):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(function())


def features():
    """Two records of seven tokens; the second is padded and starts later."""
    return {
        "input_ids": tf.zeros([2, 7], tf.int32),
        "length": tf.constant([7, 5]),
        "context_start": tf.constant([2, 3]),
        "is_max_context": tf.constant([[0, 0, 1, 1, 0, 1, 0], [0, 0, 0, 1, 0, 0, 0]]),
        "char_starts": tf.constant([[0, 0, 0, 4, 8, 12, 0], [0, 0, 0, 5, 0, 0, 0]]),
        "char_ends": tf.constant([[0, 0, 3, 7, 11, 15, 0], [0, 0, 0, 9, 0, 0, 0]]),
    }


class ViewTest(tf.test.TestCase):
    def test_passage_is_between_the_question_and_the_last_mark(self):
        view = run(lambda: nbest.view(features()))
        self.assertAllEqual(
            view.is_passage.astype(int),
            [[0, 0, 1, 1, 1, 1, 0], [0, 0, 0, 1, 0, 0, 0]],
        )

    def test_the_first_token_may_be_an_answer_but_none_of_the_question(self):
        view = run(lambda: nbest.view(features()))
        self.assertAllEqual(
            view.is_answer.astype(int),
            [[1, 0, 1, 1, 1, 1, 0], [1, 0, 0, 1, 0, 0, 0]],
        )

    def test_answers_start_where_no_other_window_sees_better(self):
        view = run(lambda: nbest.view(features()))
        self.assertAllEqual(
            view.may_start.astype(int),
            [[0, 0, 1, 1, 0, 1, 0], [0, 0, 0, 1, 0, 0, 0]],
        )


class BestTest(tf.test.TestCase):
    def spans(self, function):
        result = run(function)
        return [
            [
                (int(start), int(end), round(float(score), 3))
                for start, end, score in zip(*row)
                if score > nbest.NOTHING / 2
            ]
            for row in zip(result.starts, result.ends, result.scores)
        ]

    def test_band_compares_all_spans_of_a_length(self):
        random = np.random.RandomState(0)
        starts, ends = random.randn(3, 11), random.randn(3, 11)
        expected = []
        for row in range(3):
            spans = [
                (first, last, round(starts[row, first] + ends[row, last], 3))
                for first in range(11)
                for last in range(first, min(first + 4, 11))
            ]
            expected.append(sorted(spans, key=lambda span: -span[2])[:6])
        found = self.spans(
            lambda: nbest.of_band(
                tf.constant(starts, tf.float32), tf.constant(ends, tf.float32), 4, 6
            )
        )
        self.assertEqual(found, expected)

    def test_the_lecture_s_example(self):
        # Weather, forecast, shows, today, highest, 37, degrees: the answer is the
        # sixth and seventh word.
        starts = np.log([[0.01, 0.01, 0.01, 0.04, 0.10, 0.80, 0.03]])
        ends = np.log([[0.01, 0.01, 0.01, 0.03, 0.04, 0.10, 0.80]])
        (found,) = self.spans(
            lambda: nbest.of_band(
                tf.constant(starts, tf.float32), tf.constant(ends, tf.float32), 30, 1
            )
        )
        self.assertEqual(found[0][:2], (5, 6))

    def test_beam_keeps_to_order_and_length(self):
        scores = np.zeros([1, 2, 6])
        scores[0, 0] = [9, 1, 2, 3, 8, 8]  # From token 1, at most three tokens.
        scores[0, 1] = [9, 9, 9, 9, 5, 4]  # From token 4.
        (found,) = self.spans(
            lambda: nbest.of_beam(
                tf.constant([[1, 4]]), tf.constant(scores, tf.float32), 3, 9
            )
        )
        self.assertEqual(
            found, [(4, 4, 5.0), (4, 5, 4.0), (1, 3, 3.0), (1, 2, 2.0), (1, 1, 1.0)]
        )

    def test_top_of_fewer_than_asked_for(self):
        best, places = run(lambda: nbest.top(tf.constant([[1.0, 3.0]]), 4))
        self.assertAllEqual(best, [[3.0, 1.0, nbest.NOTHING, nbest.NOTHING]])
        self.assertAllEqual(places, [[1, 0, 1, 1]])

    def test_allow(self):
        scores = run(
            lambda: nbest.allow(tf.constant([1.0, 2.0]), tf.constant([True, False]))
        )
        self.assertEqual(scores[0], 1.0)
        self.assertLess(scores[1], nbest.NOTHING / 2)


class OutputsTest(tf.test.TestCase):
    def test_spans_become_characters(self):
        spans = nbest.Spans(
            tf.constant([[2.0, 1.0], [3.0, nbest.NOTHING]]),
            tf.constant([[2, 3], [3, 3]]),
            tf.constant([[3, 3], [3, 3]]),
        )
        with self.session() as session:
            outputs = session.run(nbest.outputs(spans, features()))
        self.assertAllEqual(outputs["span_starts"], [[0, 4], [5, 0]])
        self.assertAllEqual(outputs["span_ends"], [[7, 7], [9, 0]])


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.self_attention.spans."""

from absl.testing import absltest, parameterized
import numpy as np

from finetune.self_attention import spans


def random(seed=0):
    return np.random.RandomState(seed)


def shares(sizes):
    """Returns the shares of sizes 1, 2 and 3."""
    return np.bincount(sizes, minlength=4)[1:] / len(sizes)


class DrawTest(parameterized.TestCase):
    def test_spans_have_one_two_or_three_tokens_in_the_published_shares(self):
        drawn = spans.draw([40] * 40000, 0.1, 0.7, random())
        inside = drawn.last - drawn.start >= 2
        sizes = (drawn.last - drawn.first + 1)[inside]
        self.assertGreater(len(sizes), 100000)
        np.testing.assert_allclose(shares(sizes), [0.4, 0.3, 0.3], atol=0.01)

    def test_where_three_do_not_fit_there_is_one(self):
        # As published: two are for a p of their own, not for what has no room.
        drawn = spans.draw([40] * 20000, 0.1, 0.7, random())
        second = drawn.last - drawn.start == 1
        sizes = (drawn.last - drawn.first + 1)[second]
        np.testing.assert_allclose(shares(sizes), [0.7, 0.3, 0.0], atol=0.01)

    def test_the_first_token_of_a_quarter_is_a_span_alone(self):
        drawn = spans.draw([40] * 2000, 0.1, 0.7, random())
        first = drawn.last == drawn.start
        self.assertTrue(np.any(first))
        np.testing.assert_array_equal(drawn.first[first], drawn.last[first])

    @parameterized.parameters(1, 2, 3, 4, 5, 7, 8, 13, 40)
    def test_spans_stay_in_their_quarter(self, length):
        drawn = spans.draw([length] * 500, 0.5, 0.7, random())
        self.assertTrue(np.all(drawn.first >= drawn.start))
        self.assertTrue(np.all(drawn.last < drawn.end))
        self.assertTrue(np.all((drawn.start >= 0) & (drawn.end <= length)))

    @parameterized.parameters(
        (8, [0, 0, 2, 2, 4, 4, 6, 6], [2, 2, 4, 4, 6, 6, 8, 8]),
        (5, [0, 1, 2, 3, 3], [1, 2, 3, 5, 5]),
        (3, [0, 1, 2], [1, 2, 3]),
        (2, [0, 1], [1, 2]),
        (1, [0], [1]),
    )
    def test_quarters(self, length, starts, ends):
        drawn = spans.draw([length], 1.0, 0.7, random())
        self.assertEqual(drawn.start.tolist(), starts)
        self.assertEqual(drawn.end.tolist(), ends)

    def test_a_span_ends_anywhere_in_the_quarter(self):
        drawn = spans.draw([16] * 20000, 0.1, 0.7, random())
        third = drawn.start == 8  # Tokens 8 to 11.
        places = np.bincount(drawn.last[third] - 8) / np.sum(third)
        np.testing.assert_allclose(places, [0.25] * 4, atol=0.02)

    def test_every_token_gives_rise_to_a_span_with_the_probability(self):
        drawn = spans.draw([50] * 4000, 0.1, 0.7, random())
        self.assertAlmostEqual(len(drawn.text) / 200000, 0.1, delta=0.003)

    def test_threshold_1_hides_single_tokens(self):
        drawn = spans.draw([40] * 500, 0.2, 1.0, random())
        np.testing.assert_array_equal(drawn.first, drawn.last)

    def test_threshold_one_half_hides_no_single_token_where_there_is_room(self):
        drawn = spans.draw([40] * 500, 0.2, 0.5, random())
        inside = drawn.last - drawn.start >= 2
        self.assertTrue(np.all((drawn.last - drawn.first)[inside] >= 1))

    def test_the_source_of_chance_decides(self):
        lengths = [10, 0, 30]
        first, again, other = (
            spans.draw(lengths, 0.3, 0.7, random(seed)) for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(first.last, again.last)
        self.assertNotEqual(first.last.tolist(), other.last.tolist())


class PlacesTest(absltest.TestCase):
    def test_places_of_every_text(self):
        drawn = spans.Spans(
            text=np.array([0, 2, 2]),
            first=np.array([1, 0, 2]),
            last=np.array([1, 2, 3]),
            start=np.array([0, 0, 2]),
            end=np.array([2, 3, 4]),
        )
        self.assertEqual(spans.places([2, 5, 4], drawn), [(1,), (), (0, 1, 2, 3)])

    def test_texts_without_tokens(self):
        drawn = spans.draw([0, 0], 1.0, 0.7, random())
        self.assertEqual(spans.places([0, 0], drawn), [(), ()])

    def test_no_place_is_outside_its_text(self):
        lengths = random().randint(0, 12, size=500)
        drawn = spans.draw(lengths, 0.5, 0.7, random())
        for length, hidden in zip(lengths, spans.places(lengths, drawn)):
            self.assertTrue(all(0 <= place < length for place in hidden))
            self.assertEqual(list(hidden), sorted(set(hidden)))

    def test_places_are_plain_numbers(self):
        drawn = spans.draw([3], 1.0, 0.7, random())
        (hidden,) = spans.places([3], drawn)
        self.assertEqual({type(place) for place in hidden}, {int})


if __name__ == "__main__":
    absltest.main()

"""Tests for pretrain.masking."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import modeling, tokenization
from pretrain import masking
from pretrain.data import corpora, settings, shard
from tests.pretrain.data import fixtures
from tests.testing import objective as testing
from util import parsing, records

RULES = (masking.WITHOUT_REPLACEMENT, masking.WITH_REPLACEMENT)


def choose(features, settings, seed=1, key=0, stream="test"):
    """Returns a `masking.Choice` of NumPy arrays."""

    def make():
        view = testing.view_of(features, settings)
        return masking.choose(view, testing.TOKENS, settings, stream)

    return testing.run_with_seed(make, seed, key)


def hide(features, settings, rates, seed=1):
    """Returns (choice, hidden inputs) as NumPy arrays."""

    def make():
        view = testing.view_of(features, settings)
        choice = masking.choose(view, testing.TOKENS, settings, "test")
        hidden = masking.hide(view, choice, testing.TOKENS, rates, "test")
        return choice, hidden.inputs

    return testing.run_with_seed(make, seed)


class MaskingSettingsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((0.15, 128, 19), (0.15, 512, 79), (0.0, 8, 1))
    def test_number_of_slots_is_the_published_one(self, mask_prob, length, expected):
        settings = masking.MaskingSettings(mask_prob=mask_prob)
        self.assertEqual(settings.num_predictions(length), expected)

    def test_number_of_slots_can_be_given(self):
        settings = masking.MaskingSettings(max_predictions_per_seq=7)
        self.assertEqual(settings.num_predictions(128), 7)

    def test_more_slots_than_tokens_are_refused(self):
        settings = masking.MaskingSettings(max_predictions_per_seq=200)
        with self.assertRaisesRegex(ValueError, r"\(200\) must be at most .* \(128\)"):
            settings.num_predictions(128)

    def test_shares_above_one_are_refused(self):
        with self.assertRaisesRegex(ValueError, "add up to 1.2"):
            masking.MaskingSettings(mlm_replace_prob=0.9, mlm_random_prob=0.3)


class ChooseTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*RULES)
    def test_positions_are_distinct_words_in_range(self, rule):
        features = testing.batch([12, 7, 3, 12] * 50)
        settings = masking.MaskingSettings(mask_prob=0.4, masking_rule=rule)
        choice = choose(features, settings)
        self.assertAllInRange(choice.positions, 0, testing.LENGTH - 1)
        for row in range(200):
            chosen = choice.positions[row][choice.weights[row] > 0]
            self.assertLen(set(chosen), len(chosen))
            self.assertAllGreater(features["input_ids"][row][chosen], 4)
            self.assertAllGreater(features["input_mask"][row][chosen], 0)

    def test_number_of_positions_follows_the_length(self):
        # round(12 * .3) = 4 = M at most, round(7 * .3) = 2; 3 tokens are 1 word.
        settings = masking.MaskingSettings(mask_prob=0.3, max_predictions_per_seq=4)
        choice = choose(testing.batch([12, 7, 3]), settings)
        self.assertAllEqual(choice.weights.sum(1), [4, 2, 1])

    def test_no_more_positions_than_words(self):
        settings = masking.MaskingSettings(mask_prob=1.0)
        choice = choose(testing.batch([5]), settings)
        self.assertAllEqual(choice.weights.sum(1), [3])

    @parameterized.parameters(*RULES)
    def test_nothing_to_hide_has_weight_zero(self, rule):
        # The published rule samples from 0 / 0 here and gets a position out of range.
        settings = masking.MaskingSettings(masking_rule=rule)
        choice = choose(testing.batch([2, 0]), settings)
        self.assertAllEqual(choice.weights, np.zeros_like(choice.weights))
        self.assertAllEqual(choice.positions, np.zeros_like(choice.positions))

    @parameterized.parameters(*RULES)
    def test_every_word_is_equally_likely(self, rule):
        num_rows = 4000
        features = testing.batch([12] * num_rows)
        settings = masking.MaskingSettings(
            mask_prob=0.15, max_predictions_per_seq=2, masking_rule=rule
        )
        choice = choose(features, settings)
        chosen = choice.positions[choice.weights > 0]
        shares = np.bincount(chosen, minlength=testing.LENGTH) / len(chosen)
        self.assertAllEqual(shares[[0, -1]], [0, 0])
        self.assertAllClose(shares[1:-1], np.full(10, 0.1), atol=0.015)

    def test_special_mask_tokens_of_the_text_are_not_chosen(self):
        features = testing.batch([12])
        features["input_ids"][0, 1:10] = testing.TOKENS.mask_id
        choice = choose(features, masking.MaskingSettings(mask_prob=1.0))
        self.assertAllEqual(choice.positions[choice.weights > 0], [10])

    def test_with_replacement_chooses_fewer_distinct_positions(self):
        features = testing.batch([12] * 500)
        counts = [
            choose(
                features, masking.MaskingSettings(mask_prob=0.5, masking_rule=rule)
            ).weights.sum()
            for rule in RULES
        ]
        self.assertEqual(counts[0], 3000)
        # Of 6 draws from 10 words, 10 * (1 - .9 ** 6) = 4.69 are distinct.
        self.assertAllClose(counts[1] / 500, 4.69, atol=0.1)

    def test_labels_are_the_original_tokens(self):
        features = testing.batch([12, 9])
        choice = choose(features, masking.MaskingSettings(mask_prob=0.5))
        rows = np.arange(2)[:, None]
        self.assertAllEqual(
            choice.labels, features["input_ids"][rows, choice.positions]
        )

    def test_same_seed_and_step_repeat_the_draw(self):
        features, settings = testing.batch([12] * 8), masking.MaskingSettings()
        first = choose(features, settings, seed=5, key=9)
        again = choose(features, settings, seed=5, key=9)
        self.assertAllEqual(first.positions, again.positions)

    @parameterized.parameters(
        dict(seed=6, key=9), dict(seed=5, key=10), dict(seed=5, key=9, stream="other")
    )
    def test_seed_step_and_stream_change_the_draw(self, **place):
        features, settings = testing.batch([12] * 8), masking.MaskingSettings()
        first = choose(features, settings, seed=5, key=9)
        other = choose(features, settings, **place)
        self.assertNotAllEqual(first.positions, other.positions)


class UnitTest(tf.test.TestCase, parameterized.TestCase):
    """Whole words, spans."""

    def settings(self, **changes):
        return masking.MaskingSettings(
            mask_prob=0.5, max_predictions_per_seq=6, **changes
        )

    @parameterized.parameters("vocabulary", "records")
    def test_words_are_hidden_whole(self, word_boundaries):
        features = testing.batch([12] * 200)
        goes_on = np.array(testing.TOKENS.continuations)[features["input_ids"]]
        if word_boundaries == "records":
            goes_on = np.random.RandomState(1).rand(*goes_on.shape) < 0.5
            features[masking.CONTINUES_WORD] = goes_on.astype(np.int32)
        settings = self.settings(masking_unit="word", word_boundaries=word_boundaries)
        choice = choose(features, settings)
        self.assertGreater(choice.weights.sum(), 200 * 4)
        for row in range(200):
            chosen = set(choice.positions[row][choice.weights[row] > 0])
            self.assertNoCommonElements(chosen, [0, 11])
            for place in range(2, 11):  # Place 1 follows [CLS]: a word in any case.
                if goes_on[row, place]:
                    self.assertEqual(place in chosen, place - 1 in chosen)

    @parameterized.parameters("word", "span")
    def test_no_more_than_wanted_and_distinct(self, unit):
        choice = choose(
            testing.batch([12, 7, 3, 2] * 50), self.settings(masking_unit=unit)
        )
        counts = choice.weights.sum(1).reshape(50, 4)
        self.assertAllInRange(counts, 0, [6, 4, 2, 0])
        for row in range(200):
            chosen = choice.positions[row][choice.weights[row] > 0]
            self.assertLen(set(chosen), len(chosen))

    def test_spans_of_length_one_are_tokens(self):
        settings = self.settings(masking_unit="span", span_geo_prob=1.0)
        choice = choose(testing.batch([12] * 4), settings)
        self.assertAllEqual(choice.weights.sum(1), [6] * 4)

    def test_a_span_has_one_coin(self):
        settings = self.settings(
            masking_unit="span", span_geo_prob=0.01, span_max_length=5
        )
        choice, hidden = hide(testing.batch([12] * 300), settings, (0.5, 0.0))
        same = total = 0
        for row in range(300):
            chosen = np.sort(choice.positions[row][choice.weights[row] > 0])
            is_hidden = hidden.ids[row] == testing.TOKENS.mask_id
            pairs = chosen[:-1][np.diff(chosen) == 1]
            same += np.sum(is_hidden[pairs] == is_hidden[pairs + 1])
            total += len(pairs)
        self.assertGreater(same / total, 0.8)  # Coins of their own agree in half.

    def test_single_tokens_are_needed_with_replacement(self):
        with self.assertRaisesRegex(ValueError, "masking_unit must be token, got span"):
            self.settings(masking_unit="span", masking_rule="with_replacement")


class SegmentedTextTest(fixtures.TestCase):
    WORDS = "我 小时候 常常 去 茶馆 喝茶 。 孩子们 在 岸边 放 风筝 。".split()

    def features(self, num_rows):
        """Returns the record of one example so many times."""
        self.write("zh/a.txt", " ".join(self.WORDS) + "\n")
        data = settings.DataSettings(
            max_seq_length=32, documents="line", word_segmentation="spaces"
        )
        (source,) = corpora.find(self.path("zh"))
        unit = corpora.Unit(source, 0, source.size)
        task = shard.Task(0, self.path("shard"), [unit])
        tokenizer = tokenization.build(fixtures.TOKENIZER)
        shard.build(task, data, tokenizer, lambda *_: None)
        (record,) = map(parsing.decode, records.read(self.path("shard")))
        return {
            name: np.array([values] * num_rows, np.int32)
            for name, values in record.items()
        }, masking.tokens_of(tokenizer, tokenizer.vocab_size)

    def test_words_of_chinese_text_with_spaces_are_hidden_whole(self):
        features, tokens = self.features(num_rows=300)
        masks = masking.MaskingSettings(
            masking_unit="word", word_boundaries="records", mask_prob=0.3
        )

        def make():
            view = masking.view_of(features, tokens, masks)
            choice = masking.choose(view, tokens, masks, "test")
            return masking.hide(view, choice, tokens, (1.0, 0.0), "test").inputs.ids

        is_hidden = testing.run_with_seed(make, 1) == tokens.mask_id
        ends = 1 + np.cumsum([len(word) for word in self.WORDS])
        for word, end in zip(self.WORDS, ends):
            of_word = is_hidden[:, end - len(word) : end]
            self.assertAllEqual(of_word.all(axis=1), of_word.any(axis=1), word)
            self.assertBetween(of_word[:, 0].mean(), 0.1, 0.5, word)


class StaticMaskTest(tf.test.TestCase):
    FEATURES = testing.batch([12] * 30)

    def hidden_at(self, step, dup_factor):
        settings = masking.MaskingSettings(mask_prob=0.4, dup_factor=dup_factor)

        def make():
            view = testing.view_of(self.FEATURES, settings)
            choice = masking.choose(view, testing.TOKENS, settings, "test")
            view = masking.hide(view, choice, testing.TOKENS, (0.8, 0.1), "test")
            return view.inputs.ids

        return testing.run_with_seed(make, 1, step)

    def test_one_mask_is_the_same_in_every_pass(self):
        self.assertAllEqual(self.hidden_at(1, 1), self.hidden_at(2, 1))

    def test_examples_have_masks_of_their_own(self):
        ids = self.FEATURES["input_ids"]
        places = [tuple(np.flatnonzero(row)) for row in self.hidden_at(1, 1) != ids]
        self.assertGreater(len(set(places)), 20)

    def test_an_example_has_as_many_masks_as_dup_factor(self):
        seen = [set() for _ in range(30)]
        for step in range(40):
            for row, ids in enumerate(self.hidden_at(step, 3)):
                seen[row].add(tuple(ids))
        self.assertEqual({len(masks) for masks in seen}, {3})

    def test_without_it_masks_are_new(self):
        self.assertNotAllEqual(self.hidden_at(1, None), self.hidden_at(2, None))


class TouchTest(tf.test.TestCase):
    def test_what_is_touched_is_not_chosen_again(self):
        features = testing.batch([12] * 100)
        settings = masking.MaskingSettings(mask_prob=0.4)

        def make():
            view = testing.view_of(features, settings)
            first = masking.choose(view, testing.TOKENS, settings, "first")
            view = masking.touch(view, first)
            return first, masking.choose(view, testing.TOKENS, settings, "second")

        first, second = testing.run_with_seed(make, 1)
        for row in range(100):
            chosen = [c.positions[row][c.weights[row] > 0] for c in (first, second)]
            self.assertNoCommonElements(*chosen)


class HideTest(tf.test.TestCase):
    def shares(self, rates):
        """Returns the shares of chosen tokens shown as [MASK] and as themselves."""
        features = testing.batch([12] * 2000)
        settings = masking.MaskingSettings(mask_prob=0.5)
        choice, hidden = hide(features, settings, rates)
        shown = hidden.ids[np.arange(2000)[:, None], choice.positions]
        is_chosen = choice.weights > 0
        is_mask = (shown == testing.TOKENS.mask_id)[is_chosen]
        is_kept = (shown == choice.labels)[is_chosen]
        return is_mask.mean(), is_kept.mean()

    def test_electra_shows_masks_or_the_token(self):
        masked, kept = self.shares((0.85, 0.0))
        self.assertAllClose(masked, 0.85, atol=0.01)
        self.assertAllClose(masked + kept, 1.0)

    def test_mlm_shows_random_tokens_too(self):
        masked, kept = self.shares((0.8, 0.1))
        # One random token in 40 is the right one, one in 40 is [MASK].
        self.assertAllClose(masked, 0.8 + 0.1 / 40, atol=0.01)
        self.assertAllClose(kept, 0.1 + 0.1 / 40, atol=0.01)

    def test_only_chosen_positions_change(self):
        features = testing.batch([12, 7, 2])
        choice, hidden = hide(features, masking.MaskingSettings(), (1.0, 0.0))
        expected = features["input_ids"].copy()
        for row in range(3):
            chosen = choice.positions[row][choice.weights[row] > 0]
            expected[row, chosen] = testing.TOKENS.mask_id
        self.assertAllEqual(hidden.ids, expected)
        self.assertAllEqual(hidden.mask, features["input_mask"])


class PutTest(tf.test.TestCase):
    def test_empty_slots_leave_the_first_token_alone(self):
        # Empty slots point at position 0, as a real choice there also may.
        inputs = modeling.Inputs(*(tf.constant([[7, 8, 9]]),) * 3)
        choice = masking.Choice(
            positions=tf.constant([[0, 2, 0]]),
            weights=tf.constant([[1.0, 1.0, 0.0]]),
            labels=tf.constant([[7, 9, 7]]),
        )
        filled = masking.put(inputs, choice, tf.constant([[17, 19, 27]]))
        with self.session():
            self.assertAllEqual(filled.ids.eval(), [[17, 8, 19]])


if __name__ == "__main__":
    tf.test.main()

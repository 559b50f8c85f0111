"""Tests for finetune.self_attention.renewal."""

import json

from absl.testing import absltest, parameterized
import numpy as np

from finetune import task as task_lib
from finetune.self_attention import examples, renewal
from finetune.self_attention import settings as settings_lib
from tests.finetune.self_attention import fixtures


def renew(originals, ask, epoch=1, seed=0, **changes):
    """Returns (learned samples, originals, report)."""
    settings = settings_lib.SelfAttentionSettings(ssa=True, **changes)
    chosen, report = renewal.Renewal(settings).examples(epoch, originals, ask, seed)
    samples = [each for each in chosen if isinstance(each, examples.Example)]
    rest = [each for each in chosen if not isinstance(each, examples.Example)]
    return samples, rest, report


def hides_x(sample):
    tokens = [int(word) for word in sample.source.text_a.split()]
    return any(tokens[place] == fixtures.X for place in sample.masked_a)


class RatioTest(parameterized.TestCase):
    @parameterized.parameters(
        (0.2, [0.0, 0.2, 0.4, 0.6, 0.8, 0.8, 0.8]),
        (0.3, [0.0, 0.3, 0.6, 0.9, 0.9]),
        (0.5, [0.0, 0.5, 0.5]),
        (0.6, [0.0, 0.6, 0.6]),
        (1.0, [0.0, 0.0]),
        (0.1, [round(0.1 * epoch, 1) for epoch in range(10)] + [0.9]),
    )
    def test_grows_by_a_step_and_stays_below_one(self, step, expected):
        found = [renewal.ratio(epoch, step) for epoch in range(len(expected))]
        self.assertEqual(found, expected)


class NumberOfExamplesTest(parameterized.TestCase):
    @parameterized.parameters(
        (0, 0), (1, 20), (2, 40), (3, 60), (4, 80), (5, 80), (9, 80)
    )
    def test_every_epoch_has_as_many_as_the_file(self, epoch, learned):
        originals = fixtures.examples(100)
        ask = fixtures.asker(fixtures.contains_x)
        samples, rest, _ = renew(originals, ask, epoch)
        self.assertLen(samples, learned)
        self.assertLen(rest, 100 - learned)
        self.assertLen(set(rest), len(rest))

    def test_twice_as_many_with_all_originals_besides(self):
        originals = fixtures.examples(50)
        ask = fixtures.asker(fixtures.contains_x)
        samples, rest, _ = renew(originals, ask, 2, ssa_double_originals=True)
        self.assertLen(samples, 20)
        self.assertLen(rest, 80)
        self.assertEqual(set(rest), set(originals))

    @parameterized.parameters((False, 30), (True, 60))
    def test_is_known_before(self, doubles, expected):
        settings = settings_lib.SelfAttentionSettings(
            ssa=True, ssa_double_originals=doubles
        )
        self.assertEqual(renewal.Renewal(settings).num_examples(30), expected)

    def test_the_first_epoch_asks_nothing(self):
        samples, rest, report = renew(fixtures.examples(10), None, epoch=0)
        self.assertEqual((len(samples), len(rest)), (0, 10))
        self.assertEqual(report["rounds"], 0)

    def test_the_originals_are_not_changed(self):
        originals = fixtures.examples(10)
        ask = fixtures.asker(fixtures.contains_x)
        renew(originals, ask, ssa_double_originals=True)
        self.assertEqual(originals, fixtures.examples(10))


class LabelsTest(parameterized.TestCase):
    def test_unflipped_never_learns_that_what_decides_does_not_matter(self):
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, report = renew(fixtures.examples(300), ask, epoch=4)
        self.assertLen(samples, 240)
        self.assertGreater(report["flipped"], 0)
        for sample in samples:
            self.assertFalse(hides_x(sample))
            self.assertEqual(sample.labels, (0, 1))

    def test_flip_learns_that_what_decides_matters(self):
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, report = renew(
            fixtures.examples(300), ask, epoch=4, ssa_labels="flip"
        )
        self.assertLen(samples, 240)
        self.assertEqual({hides_x(sample) for sample in samples}, {True, False})
        for sample in samples:
            self.assertEqual(sample.labels, (1, 0) if hides_x(sample) else (0, -1))
        self.assertEqual(report["of_them_flipped"], sum(map(hides_x, samples)))

    def test_flip_takes_what_matters_first(self):
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, report = renew(
            fixtures.examples(300), ask, ssa_labels="flip", ssa_ratio_per_epoch=0.05
        )
        self.assertGreater(report["flipped"], 15)
        self.assertLen(samples, 15)
        self.assertTrue(all(map(hides_x, samples)))

    def test_nothing_is_learned_from_examples_that_are_wrong(self):
        wrong = [each._replace(label=1 - each.label) for each in fixtures.examples(40)]
        originals = fixtures.examples(40, seed=1) + wrong
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, report = renew(originals, ask, epoch=2)
        self.assertEqual(report["right"], 40)
        for sample in samples:
            self.assertIn(sample.source, originals[:40])

    def test_tokens_of_both_texts_of_a_pair_are_hidden(self):
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, _ = renew(fixtures.examples(60, pair=True), ask, epoch=4)
        self.assertTrue(any(sample.masked_a for sample in samples))
        self.assertTrue(any(sample.masked_b for sample in samples))
        for sample in samples:
            self.assertTrue(all(0 <= at < 10 for at in sample.masked_a))
            self.assertTrue(all(0 <= at < 10 for at in sample.masked_b))

    def test_no_token_is_hidden_that_was_cut_off(self):
        ask = fixtures.asker(lambda ids: 0, max_seq_length=8)
        originals = [each._replace(label=0) for each in fixtures.examples(60)]
        samples, _, _ = renew(originals, ask, epoch=4)
        places = {at for sample in samples for at in sample.masked_a}
        self.assertEqual(places, set(range(6)))

    def test_samples_differ(self):
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, report = renew(fixtures.examples(10, length=12), ask, epoch=4)
        self.assertLen(set(samples), len(samples))
        self.assertEqual(report["with_token_labels"], 8)


class RegressionTest(absltest.TestCase):
    def renew(self, labels, **changes):
        """The model says 3, and 1 less where two tokens or more are hidden."""

        def believe(ids):
            return 2.0 if ids.count(fixtures.MASK) > 1 else 3.0

        originals = [
            fixtures.Example(str(number), "10 11 12 13 14 15", None, label)
            for number, label in enumerate(labels)
        ]
        ask = fixtures.asker(believe, "value")
        return renew(originals, ask, epoch=2, **changes)

    def test_right_is_what_lies_within_the_tolerance(self):
        samples, _, report = self.renew([2.7, 3.25, 2.5, 3.4, 0.0] * 20)
        self.assertEqual(report["right"], 40)
        self.assertEqual({sample.label for sample in samples}, {2.7, 3.25})

    def test_so_is_what_stays_the_same(self):
        samples, _, report = self.renew([3.0] * 50)
        self.assertGreater(report["flipped"], 0)
        self.assertEqual({len(sample.masked_a) for sample in samples}, {1})

    def test_the_tolerance_can_be_set(self):
        samples, _, report = self.renew([3.0] * 50, ssa_tolerance=1.0)
        self.assertEqual(report["flipped"], 0)
        self.assertLen(samples, 20)


class EndTest(absltest.TestCase):
    def test_a_model_that_always_flips_is_not_asked_for_ever(self):
        ask = fixtures.asker(lambda ids: int(fixtures.MASK in ids))
        originals = [each._replace(label=0) for each in fixtures.examples(20)]
        samples, rest, report = renew(originals, ask, ssa_max_rounds=3)
        self.assertEmpty(samples)
        self.assertCountEqual(rest, originals)
        self.assertEqual(report["rounds"], 3)
        self.assertEqual(report["missing"], 4)
        self.assertEqual(report["flipped"], report["asked"])

    def test_a_model_that_is_always_wrong_is_asked_once(self):
        ask = fixtures.asker(lambda ids: 1 - fixtures.contains_x(ids))
        samples, rest, report = renew(fixtures.examples(20), ask)
        self.assertEqual((len(samples), len(rest)), (0, 20))
        self.assertEqual((report["rounds"], report["asked"]), (0, 0))
        self.assertEqual(report["missing"], 4)

    def test_where_no_token_is_hidden_there_is_nothing_to_ask(self):
        ask = fixtures.asker(fixtures.contains_x)
        originals = [each._replace(text_a="") for each in fixtures.examples(20)]
        samples, _, report = renew(originals, ask)
        self.assertEmpty(samples)
        self.assertEqual((report["rounds"], report["asked"]), (10, 0))

    def test_rounds_go_on_until_there_are_enough(self):
        ask = fixtures.asker(fixtures.contains_x)
        samples, _, report = renew(fixtures.examples(100, length=4), ask, epoch=4)
        self.assertLen(samples, 80)
        self.assertGreater(report["rounds"], 1)

    def test_a_model_that_is_silent_on_some_is_an_error(self):
        def ask(asked):
            outputs = {"logits": np.zeros([len(asked) - 1, 2])}
            return task_lib.Predictions(asked, outputs, None)

        with self.assertRaisesRegex(RuntimeError, "about 10 .* logits of 9"):
            renew(fixtures.examples(10), ask)


class ChanceTest(absltest.TestCase):
    def test_seed_and_epoch_decide(self):
        ask = fixtures.asker(fixtures.contains_x)
        originals = fixtures.examples(50)
        first = renew(originals, ask, epoch=4, seed=1)
        self.assertEqual(renew(originals, ask, epoch=4, seed=1), first)
        self.assertNotEqual(renew(originals, ask, epoch=4, seed=2)[0], first[0])
        self.assertNotEqual(renew(originals, ask, epoch=5, seed=1)[0], first[0])

    def test_rounds_hide_other_tokens(self):
        asked = []

        def ask(examples_):
            asked.append(examples_)
            return fixtures.asker(lambda ids: int(fixtures.MASK in ids))(examples_)

        originals = [each._replace(label=0) for each in fixtures.examples(20)]
        renew(originals, ask, ssa_max_rounds=2)
        self.assertLen(asked, 3)  # The originals, then a round and another one.
        self.assertNotEqual(asked[1], asked[2])

    def test_the_report_can_be_written_as_json(self):
        ask = fixtures.asker(fixtures.contains_x)
        _, _, report = renew(fixtures.examples(50), ask, epoch=2)
        read = json.loads(json.dumps(report))
        self.assertEqual(read, report)
        self.assertEqual(read["share_wanted"], 0.4)
        self.assertEqual(read["wanted"], 20)
        self.assertEqual(read["examples"], 50)
        self.assertEqual(read["right"], 50)


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.freezing."""

from absl.testing import absltest, parameterized

from finetune import freezing
from tests.testing import task as task_testing


def settings(**values):
    return freezing.FreezingSettings(**values)


class FreezingTest(parameterized.TestCase):
    @parameterized.parameters(
        (12, [8, 4, 0, 0]),  # The upper third, two thirds, all.
        (24, [16, 8, 0, 0]),
        (4, [2, 1, 0, 0]),
        (2, [0, 0, 0, 0]),
    )
    def test_layers_that_rest_in_each_epoch(self, num_layers, expected):
        gradual = settings(gradual_unfreezing=True)
        found = [freezing.num_frozen(gradual, num_layers, epoch) for epoch in range(4)]
        self.assertEqual(found, expected)

    def test_layers_that_always_rest(self):
        found = [freezing.num_frozen(settings(freeze_layers=5), 12, e) for e in (0, 7)]
        self.assertEqual(found, [5, 5])

    def test_unfreezing_stops_at_layers_that_always_rest(self):
        both = settings(freeze_layers=5, gradual_unfreezing=True)
        found = [freezing.num_frozen(both, 12, epoch) for epoch in range(3)]
        self.assertEqual(found, [8, 5, 5])

    def test_embeddings_rest_with_the_lowest_layers(self):
        names = [
            "electra/embeddings/word_embeddings",
            "electra/embeddings_project/kernel",
            "electra/encoder/layer_0/output/dense/kernel",
            "electra/encoder/layer_1/output/dense/kernel",
            "electra/encoder/layer_10/output/dense/kernel",
            "task_specific/rte/dense/kernel",
        ]
        found = [freezing.is_trained(name, 2, "electra") for name in names]
        self.assertEqual(found, [False, False, False, False, True, True])
        for name in names:
            self.assertTrue(freezing.is_trained(name, 0, "electra"))

    def test_more_layers_than_there_are_are_refused(self):
        with self.assertRaisesRegex(ValueError, "freeze_layers is 2.*has 1 layers"):
            freezing.check(settings(freeze_layers=2), task_testing.tiny_encoder())

    @parameterized.parameters((2, 0), (3, 2), (12, 8), (12, 12))
    def test_unfreezing_that_changes_nothing_is_refused(self, num_layers, always):
        values = settings(gradual_unfreezing=True, freeze_layers=always)
        encoder = task_testing.tiny_encoder(num_hidden_layers=num_layers)
        with self.assertRaisesRegex(
            ValueError, "changes nothing .* %d layers" % num_layers
        ):
            freezing.check(values, encoder)

    def test_unfreezing_needs_three_layers_and_one_that_joins(self):
        for num_layers, always in ((3, 0), (3, 1), (12, 7)):
            values = settings(gradual_unfreezing=True, freeze_layers=always)
            encoder = task_testing.tiny_encoder(num_hidden_layers=num_layers)
            freezing.check(values, encoder)
            first, last = (
                freezing.num_frozen(values, num_layers, epoch) for epoch in (0, 9)
            )
            self.assertGreater(first, last)

    def test_layers_with_the_same_weights_cannot_rest_alone(self):
        shared = task_testing.tiny_encoder(parameter_sharing=True)
        freezing.check(settings(), shared)
        for values in (dict(freeze_layers=1), dict(gradual_unfreezing=True)):
            with self.assertRaisesRegex(ValueError, "share their weights"):
                freezing.check(settings(**values), shared)


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.self_attention.wrapping."""

import dataclasses

from absl.testing import absltest, parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import catalog, distillation, heads
from finetune import task as task_lib
from finetune.classification import features as text_features
from finetune.self_attention import features, head, renewal, wrapping
from finetune.self_attention import settings as settings_lib
from tests.finetune import fakes
from tests.finetune.self_attention import fixtures
from tests.testing import task as task_testing


def plain_task(task_head=None):
    return task_lib.Task(
        name="toy",
        splits=(task_lib.Split("train", task_lib.TRAIN),),
        reader=None,
        features=text_features.TextFeatures(),
        head=task_head or heads.Classification(2),
        metrics=lambda predictions: {},
        metric_names=(),
        score=(),
        writer=task_lib.Writer(
            rows=lambda said: ({"id": each.id} for each in said.examples)
        ),
        is_degenerate=lambda predictions: None,
        analyze=lambda predictions: None,
        labels=("no", "yes"),
    )


def wrap(task, **changes):
    settings = settings_lib.SelfAttentionSettings(**dict(changes, ssa=True))
    return wrapping.wrap(task, settings, 64)


class WrapTest(parameterized.TestCase):
    def test_without_ssa_the_task_stays_as_it_is(self):
        task = plain_task()
        settings = settings_lib.SelfAttentionSettings()
        self.assertIs(wrapping.wrap(task, settings, 64), task)

    def test_features_head_and_examples_are_others(self):
        task = plain_task()
        wrapped = wrap(task)
        self.assertEqual(
            wrapped.features, features.TokenLabelFeatures(task.features, 1)
        )
        self.assertIsInstance(wrapped.head, head.SelfAttention)
        self.assertIs(wrapped.head.inner, task.head)
        self.assertEqual(wrapped.head.max_seq_length, 64)
        self.assertIsInstance(wrapped.renewal, renewal.Renewal)

    def test_all_else_is_the_task_s(self):
        task = plain_task()
        wrapped = wrap(task)
        for field in dataclasses.fields(task):
            if field.name not in ("features", "head", "renewal", "writer"):
                self.assertIs(getattr(wrapped, field.name), getattr(task, field.name))

    @parameterized.parameters(("unflipped", 1), ("flip", -1))
    def test_originals_have_the_label_of_the_rule(self, rule, label):
        wrapped = wrap(plain_task(), ssa_labels=rule)
        self.assertEqual(wrapped.features.original_label, label)

    def test_a_regression_can_be_wrapped(self):
        wrapped = wrap(plain_task(heads.Regression(0.0, 5.0)))
        self.assertIsInstance(wrapped.head.inner, heads.Regression)

    def test_a_distilled_task_can_be_wrapped(self):
        teacher = distillation.DistillationSettings(distill_from="data")
        wrapped = wrap(distillation.wrap(plain_task(), teacher))
        self.assertIsInstance(wrapped.head.inner, distillation.Distilled)
        example = fixtures.examples(1)[0]._replace(soft_targets=(1.0, -1.0))
        (built,) = wrapped.features.build([example], fixtures.context(True))
        self.assertEqual(built["soft_targets"], [1.0, -1.0])
        self.assertLen(built["token_labels"], built["length"])
        self.assertEqual(built["label"], example.label)

    def test_other_tasks_are_refused(self):
        class Tagging(heads.Head):
            def compute(self, encoded, features, is_training, scope):
                """Is never asked."""

        with self.assertRaisesRegex(ValueError, "toy is neither: its head is Tagging"):
            wrap(plain_task(Tagging()))


class HarnessTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("cola", {}),
        ("mrpc", {"ssa_share_weight": False}),
        ("sts", {"ssa_labels": "flip"}),
        ("mnli", {"ssa_mode": "co_training"}),
    )
    def test_does_what_every_task_must_do(self, name, changes):
        task = catalog.build(name, {}, task_lib.Surroundings("."))
        pairs = fakes.examples(5, pair=name != "cola")
        task_testing.check_task(self, wrap(task, **changes), pairs)

    def test_a_distilled_task_does_so_too(self):
        task = catalog.build("cola", {}, task_lib.Surroundings("."))
        teacher = distillation.DistillationSettings(distill_from="data")
        wrapped = wrap(distillation.wrap(task, teacher))
        task_testing.check_task(self, wrapped, fakes.examples(5))


class RowsTest(absltest.TestCase):
    def test_rows_say_how_much_every_token_matters(self):
        importance = np.array([[0, 0.25, 0.5, 0, 0.123456, 0, 0], [0] * 7])
        said = task_lib.Predictions(
            fixtures.examples(2),
            {"token_importance": importance, "length": np.array([6, 2])},
            None,
        )
        rows = list(wrap(plain_task()).writer.rows(said))
        self.assertEqual(
            rows,
            [
                {"id": "0", "token_importance": [0.0, 0.25, 0.5, 0.0, 0.1235, 0.0]},
                {"id": "1", "token_importance": [0.0, 0.0]},
            ],
        )


if __name__ == "__main__":
    absltest.main()

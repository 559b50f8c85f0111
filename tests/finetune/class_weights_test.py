"""Tests for finetune.class_weights."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import class_weights, distillation, heads
from finetune import settings as settings_lib
from finetune import task as task_lib
from finetune.self_attention import settings as self_attention
from finetune.self_attention import wrapping
from tests.finetune import fakes


class ClassWeightsTest(tf.test.TestCase, parameterized.TestCase):
    def apply(self, name="cola", labels=(0, 0, 0, 1), **values):
        task = fakes.task(name)
        examples = [
            example._replace(label=label)
            for example, label in zip(fakes.examples(len(labels)), labels)
        ]
        datasets = {task.splits[0]: task_lib.Dataset("train.tsv", examples)}
        finetune = settings_lib.FinetuneSettings(**values)
        return class_weights.apply(task, datasets, finetune).head

    def test_classes_weigh_the_same_by_default(self):
        self.assertEqual(self.apply(), heads.Classification(2))

    def test_rare_classes_weigh_more(self):
        weights = self.apply(balance_classes=True).class_weights
        self.assertAllClose(weights, [4 / (2 * 3), 4 / (2 * 1)], atol=1e-6)

    def test_class_without_examples_does_not_lighten_the_others(self):
        labels = [1, 1, 1, 2]
        weights = self.apply("mnli", labels, balance_classes=True).class_weights
        self.assertAllClose(weights, [1.0, 4 / (2 * 3), 4 / (2 * 1)], atol=1e-6)
        self.assertAllClose(np.mean(np.take(weights, labels)), 1.0, atol=1e-6)

    def test_named_weights(self):
        weights = self.apply("rte", class_weights={"not_entailment": 3}).class_weights
        self.assertEqual(weights, (1.0, 3.0))

    def test_head_around_another_leaves_it_to_the_inner_one(self):
        task = fakes.task("rte")
        settings = distillation.DistillationSettings(distill_from="data")
        taught = distillation.wrap(task, settings)
        finetune = settings_lib.FinetuneSettings(class_weights={"not_entailment": 3})
        head = class_weights.apply(taught, {}, finetune).head
        self.assertEqual(vars(head)["inner"].class_weights, (1.0, 3.0))

    def test_weights_without_a_part_of_the_labels_are_refused(self):
        settings = distillation.DistillationSettings("data", distill_alpha=1.0)
        taught = distillation.wrap(fakes.task("rte"), settings)
        attentive = wrapping.wrap(
            taught, self_attention.SelfAttentionSettings(ssa=True), 64
        )
        finetune = settings_lib.FinetuneSettings(class_weights={"entailment": 3})
        for task in (taught, attentive):
            with self.assertRaisesRegex(ValueError, "distill_alpha 1 leaves out"):
                class_weights.apply(task, {}, finetune)

    @parameterized.parameters("3", -1, True, math.nan, math.inf, None)
    def test_a_weight_is_a_number_from_0(self, weight):
        with self.assertRaisesRegex(ValueError, "for 'entailment'; a weight is a"):
            self.apply("rte", class_weights={"entailment": weight})

    def test_unknown_label_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'entailment'"):
            self.apply("rte", class_weights={"entailmnt": 3})

    def test_numbers_have_no_classes(self):
        with self.assertRaisesRegex(ValueError, "sts does not weigh classes"):
            self.apply("sts", balance_classes=True)

    def test_two_ways_at_once_are_refused(self):
        with self.assertRaisesRegex(ValueError, "not both"):
            self.apply(balance_classes=True, class_weights={"1": 2})


if __name__ == "__main__":
    tf.test.main()

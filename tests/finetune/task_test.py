"""Tests for finetune.task."""

import dataclasses

from absl.testing import absltest

from finetune import catalog
from finetune import task as task_lib


class TaskTest(absltest.TestCase):
    def test_splits_by_role_keep_their_order(self):
        splits = catalog.TASKS["mnli"].with_role(task_lib.DEV)
        names = [split.name for split in splits]
        self.assertEqual(names, ["dev_matched", "dev_mismatched"])

    def test_scope_of_the_head_is_the_published_one(self):
        self.assertEqual(catalog.TASKS["rte"].scope, "task_specific/rte")

    def test_variants_are_derived_not_subclassed(self):
        variant = dataclasses.replace(catalog.TASKS["rte"], name="rte_hard")
        self.assertEqual(variant.scope, "task_specific/rte_hard")
        self.assertIs(variant.reader, catalog.TASKS["rte"].reader)

    def test_parts_are_abstract(self):
        for part in (task_lib.Reader, task_lib.FeatureBuilder):
            with self.assertRaisesRegex(TypeError, "abstract"):
                part()


if __name__ == "__main__":
    absltest.main()

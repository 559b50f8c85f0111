"""Tests for finetune.task."""

import dataclasses

from absl.testing import absltest

from finetune import task as task_lib
from tests.finetune import fakes
from util import records


class TaskTest(absltest.TestCase):
    def test_splits_by_role_keep_their_order(self):
        splits = fakes.task("mnli").with_role(task_lib.DEV)
        names = [split.name for split in splits]
        self.assertEqual(names, ["dev_matched", "dev_mismatched"])

    def test_scope_of_the_head_is_the_published_one(self):
        self.assertEqual(fakes.task("rte").scope, "task_specific/rte")

    def test_variants_are_derived_not_subclassed(self):
        rte = fakes.task("rte")
        variant = dataclasses.replace(rte, name="rte_hard")
        self.assertEqual(variant.scope, "task_specific/rte_hard")
        self.assertIs(variant.reader, rte.reader)

    def test_records_name_what_is_the_tasks_own(self):
        names = [spec.name for spec in fakes.task("rte").stored_specs()]
        self.assertEqual(
            names,
            "input_ids segment_ids length rte/label index rte/is_mine".split(),
        )

    def test_head_reads_features_by_their_own_names(self):
        rte = fakes.task("rte")
        stored = {spec.name: spec.name for spec in rte.stored_specs()}
        self.assertEqual(rte.own(stored)["label"], "rte/label")
        self.assertEqual(rte.own(stored)["input_ids"], "input_ids")
        self.assertNotIn("index", rte.own(stored))

    def test_sequences_have_an_entry_per_token(self):
        for shape, expected in (((-1,), True), ((-1, 4), True), ((4,), False)):
            spec = records.FeatureSpec("x", shape)
            self.assertEqual(task_lib.is_sequence(spec), expected)

    def test_parts_are_abstract(self):
        for part in (task_lib.Reader, task_lib.FeatureBuilder, task_lib.Renewal):
            with self.assertRaisesRegex(TypeError, "abstract"):
                part()


if __name__ == "__main__":
    absltest.main()

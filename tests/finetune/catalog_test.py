"""Tests for finetune.catalog."""

from absl.testing import absltest, parameterized

from finetune import catalog
from finetune import task as task_lib
from tests.finetune import fakes

NAMES = "cola mnli mrpc qnli qqp rte sst sts wnli".split()


class CatalogTest(parameterized.TestCase):
    def test_names_are_those_of_the_original(self):
        self.assertContainsSubset(NAMES, catalog.TASKS.names())

    @parameterized.parameters(*NAMES)
    def test_every_task_can_be_trained_and_scored(self, name):
        task = fakes.task(name)
        self.assertEqual(task.name, name)
        self.assertLen(task.with_role(task_lib.TRAIN), 1)
        self.assertNotEmpty(task.with_role(task_lib.DEV))
        self.assertNotEmpty(task.score)

    @parameterized.parameters(*NAMES)
    def test_every_test_file_has_an_official_name(self, name):
        for split in fakes.task(name).with_role(task_lib.TEST):
            self.assertEndsWith(split.official, ".tsv")

    @parameterized.parameters(*NAMES)
    def test_split_names_are_unique(self, name):
        names = [split.name for split in fakes.task(name).splits]
        self.assertLen(set(names), len(names))

    def test_unknown_task_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'mrpc'"):
            fakes.task("mprc")


if __name__ == "__main__":
    absltest.main()

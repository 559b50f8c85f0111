"""Tests for finetune.ranking.tasks."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.ranking import tasks
from tests.finetune.choice import fakes
from tests.finetune.ranking import fakes as ranking_fakes
from tests.testing import task as task_testing

HERE = task_lib.Surroundings("raw")
CONTENT = "qid\tlabel\ttext_a\ttext_b\n1\t1\t10\t20 21\n1\t0\t10\t22\n"


def define(**values):
    definition = dict({"type": "ranking", "dev": "dev.tsv"}, **values)
    return tasks.from_definition("mine", definition, HERE)


class TasksTest(tf.test.TestCase, parameterized.TestCase):
    def examples(self, task, folder, content=CONTENT, name="dev.tsv"):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        os.makedirs(os.path.join(root, folder))
        with open(os.path.join(root, folder, name), "w") as stream:
            stream.write(content)
        split = (task.with_role(task_lib.DEV) + task.with_role(task_lib.FINAL))[0]
        return task.reader.read(task.reader.find(root, split), split).examples

    def test_dbqa_is_ranked_by_its_mean_reciprocal_rank(self):
        task = tasks.dbqa(HERE)
        self.assertEqual((task.name, task.score), ("dbqa", ("mrr",)))
        self.assertEqual(task.labels, ("0", "1"))
        self.assertEqual(task.head.num_classes, 2)

    def test_task_does_what_every_task_must(self):
        examples = ranking_fakes.candidates(("p", 0), ("q", 1), ("p", 1), ("q", 0))
        task_testing.check_task(self, tasks.dbqa(HERE), examples)

    def test_candidates_are_pairs_with_a_label(self):
        task = tasks.dbqa(HERE)
        examples = self.examples(task, "DBQA")
        first, second = task.features.build(examples, fakes.context())
        self.assertEqual(first["input_ids"], [2, 10, 3, 20, 21, 3])
        self.assertEqual(first["segment_ids"], [0, 0, 0, 1, 1, 1])
        self.assertEqual((first["label"], second["label"]), (1, 0))

    def test_defined_task_reads_its_files(self):
        task = define(qid="group", defaults={"num_train_epochs": 5.0})
        examples = self.examples(task, "mine", CONTENT.replace("qid", "group"))
        self.assertEqual([example.qid for example in examples], ["1", "1"])
        self.assertEqual(task.defaults, {"num_train_epochs": 5.0})

    def test_format_is_that_of_the_definition(self):
        task = define(format="csv", dev="candidates")
        content = CONTENT.replace("\t", ",")
        (first, _) = self.examples(task, "mine", content, "candidates")
        self.assertEqual(first.text_b, "20 21")

    def test_labels_of_final_files_are_read(self):
        task = define(dev=None, final="final.tsv")
        self.assertEqual(task.splits, (task_lib.Split("final", task_lib.FINAL),))
        (first, _) = self.examples(task, "mine", name="final.tsv")
        self.assertEqual(first.label, 1)

    def test_published_test_file_of_dbqa_has_labels(self):
        (split,) = tasks.dbqa(HERE).with_role(task_lib.FINAL)
        self.assertEqual(split.name, "test")

    def test_file_as_it_was_first_published(self):
        task = define(
            columns=["question", "answer", "label"],
            qid="",
            text_a="question",
            text_b="answer",
            labels=["1", ["2", 3]],
        )
        first, second = self.examples(task, "mine", "10\t20\t3\n10\t21\t1\n")
        self.assertEqual((first.qid, first.text_b, first.label), ("0", "20", 1))
        self.assertEqual((second.qid, second.label), ("0", 0))

    @parameterized.parameters(
        ({"labels": ["1"]}, r"'labels' is \['1'\], expected \[wrong, right\]"),
        ({"labels": "good"}, "'labels' is 'good', expected"),
        ({"labels": ["1", "1"]}, "'labels' is .*, expected"),
        ({"labels": [[], "1"]}, "'labels' is .*, expected"),
        ({"columns": ["a", "a"]}, "'columns' is .*, expected different names"),
        ({"columns": ["qid", "text_a"]}, "'columns' lacks 'text_b', the column of te"),
    )
    def test_what_does_not_fit_is_refused(self, values, message):
        with self.assertRaisesRegex(
            ValueError, "^The definition of task 'mine': " + message
        ):
            define(**values)

    def test_unknown_format_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Unknown format .*'tvs'.*mean 'tsv'"):
            define(format="tvs")

    def test_unknown_key_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'text_B'.*Did you mean 'text_b'"):
            define(text_B="x")

    def test_run_file_is_marked_with_the_name_of_the_task(self):
        writer = define().writer
        self.assertEqual(writer.files.args, ("mine",))


if __name__ == "__main__":
    tf.test.main()

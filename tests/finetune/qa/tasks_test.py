"""Tests for finetune.qa.tasks."""

import dataclasses
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import settings as settings_lib
from finetune import task as task_lib
from finetune.qa import tasks
from tests.finetune.qa import fixtures
from tests.testing import task as task_testing

SURROUNDINGS = task_lib.Surroundings("raw")
NAMES = (
    "squad",
    "squadv1",
    "newsqa",
    "naturalqs",
    "triviaqa",
    "searchqa",
    "cmrc2018",
    "drcd",
)


class KnownTasksTest(tf.test.TestCase, parameterized.TestCase):
    def test_names(self):
        self.assertCountEqual(tasks.FACTORIES, NAMES)

    @parameterized.parameters(*NAMES)
    def test_every_task_reads_long_sequences(self, name):
        # The original forgets naturalqs, whose name has no "squad" and no "qa".
        task = tasks.FACTORIES[name](SURROUNDINGS)
        expected = {
            "max_seq_length": 512,
            "num_train_epochs": 2.0,
            "write_test_outputs": False,
        }
        if name == "cmrc2018":  # A third of its answers is longer than 30 characters.
            expected["max_answer_length"] = 80
        self.assertEqual(dict(task.defaults), expected)
        self.assertEqual(task.name, name)
        self.assertEqual(task.score, ("f1",))
        roles = [split.role for split in task.splits]
        self.assertEqual(roles[:2], [task_lib.TRAIN, task_lib.DEV])

    def test_only_cmrc_has_a_test_file(self):
        with_test = [
            name
            for name in NAMES
            if tasks.FACTORIES[name](SURROUNDINGS).with_role(task_lib.TEST)
        ]
        self.assertEqual(with_test, ["cmrc2018"])

    @parameterized.parameters(
        ("squad", "squad/train.json"),
        ("squad", "SQuAD2.0/train-v2.0.json"),
        ("squadv1", "squadv1/train-v1.1.json"),
        ("newsqa", "newsqa/train.jsonl"),
        ("newsqa", "mrqa/train/NewsQA.jsonl.gz"),
        ("naturalqs", "mrqa/train/NaturalQuestionsShort.jsonl.gz"),
        ("triviaqa", "triviaqa/train.jsonl.gz"),
        ("searchqa", "mrqa/train/SearchQA.jsonl"),
        ("cmrc2018", "cmrc2018/train.json"),
        ("cmrc2018", "CMRC2018/cmrc2018_train.json"),
        ("cmrc2018", "cmrc2018_public/train.json"),
        ("drcd", "drcd/train.json"),
        ("drcd", "DRCD/DRCD_training.json"),
    )
    def test_files_are_found_under_their_published_names(self, name, path):
        folder = tempfile.mkdtemp()
        expected = os.path.join(folder, path)
        fixtures.write(os.path.dirname(expected), os.path.basename(path), "")
        task = tasks.FACTORIES[name](SURROUNDINGS)
        self.assertEqual(task.reader.find(folder, task.splits[0]), expected)

    def test_settings_reach_all_parts(self):
        settings = settings_lib.QuestionAnsweringSettings(
            n_best_size=3,
            doc_stride=7,
            max_query_length=9,
            qa_na_threshold=-1.0,
            answerable_classifier=False,
        )
        surroundings = dataclasses.replace(SURROUNDINGS, question_answering=settings)
        task = tasks.FACTORIES["squad"](surroundings)
        self.assertEqual(task.features.doc_stride, 7)
        self.assertEqual(task.features.max_query_length, 9)
        self.assertEqual(task.head.settings, settings)
        example = fixtures.example("a")
        said = fixtures.predictions([example], (0, {"1642": 3.0}, 2.5))
        scores = task.metrics(said)  # The odds are 2.5 - 3.0, above the threshold.
        self.assertEqual((scores["f1"], scores["best_f1"]), (0.0, 100.0))

    def test_a_task_without_unanswerable_questions_has_no_threshold(self):
        task = tasks.FACTORIES["squadv1"](SURROUNDINGS)
        said = fixtures.predictions([fixtures.example("a")], (0, {"1642": 3.0}, 99.0))
        self.assertEqual(task.metrics(said)["f1"], 100.0)

    @parameterized.parameters((True, -2.75), (False, 0.0))
    def test_development_files_are_scored_under_the_published_threshold(
        self, classifier, threshold
    ):
        settings = settings_lib.QuestionAnsweringSettings(
            answerable_classifier=classifier
        )
        surroundings = dataclasses.replace(SURROUNDINGS, question_answering=settings)
        task = tasks.FACTORIES["squad"](surroundings)
        for odds, is_answered in ((threshold, True), (threshold + 0.1, False)):
            null_score = odds if classifier else odds + 3.0
            said = fixtures.predictions(
                [fixtures.example("a")], (0, {"1642": 3.0}, null_score)
            )
            self.assertEqual(task.metrics(said)["f1"], 100.0 * is_answered)

    def test_other_files_are_predicted_under_what_was_best_on_the_development_file(
        self,
    ):
        task = tasks.FACTORIES["squad"](SURROUNDINGS)
        said = fixtures.predictions([fixtures.example("a")], (0, {"1642": 3.0}, 4.0))
        scores = task.metrics(said)
        self.assertEqual((scores["f1"], scores["null_threshold"]), (0.0, 4.0))
        settled = task.settle(task, scores)
        self.assertEqual(settled.metrics(said)["f1"], 100.0)
        (row,) = settled.writer.rows(said)
        self.assertEqual(row["prediction"], "1642")
        self.assertEqual(settled.analyze(said).mistakes, [])

    def test_without_scores_the_threshold_stays(self):
        task = tasks.FACTORIES["squad"](SURROUNDINGS)
        self.assertIs(task.settle(task, {}), task)

    def test_a_threshold_that_was_set_stays(self):
        settings = settings_lib.QuestionAnsweringSettings(qa_na_threshold=-1.0)
        surroundings = dataclasses.replace(SURROUNDINGS, question_answering=settings)
        self.assertIsNone(tasks.FACTORIES["squad"](surroundings).settle)

    def test_without_unanswerable_questions_there_is_nothing_to_settle(self):
        self.assertIsNone(tasks.FACTORIES["squadv1"](SURROUNDINGS).settle)

    def test_published_test_file_of_drcd_has_answers(self):
        (split,) = tasks.FACTORIES["drcd"](SURROUNDINGS).with_role(task_lib.FINAL)
        self.assertEqual(split.name, "test")

    @parameterized.parameters("cmrc2018", "drcd")
    def test_chinese_is_scored_by_the_metric_of_cmrc(self, name):
        task = tasks.FACTORIES[name](SURROUNDINGS)
        said = fixtures.predictions([fixtures.example("a")], (0, {"1642": 3.0}, 0.0))
        self.assertIn("average", task.metrics(said))

    def test_analysis_and_writer(self):
        task = tasks.FACTORIES["squadv1"](SURROUNDINGS)
        said = fixtures.predictions([fixtures.example("a")], (0, {"1727": 3.0}, 0.0))
        self.assertLen(task.analyze(said).mistakes, 1)
        self.assertLen(list(task.writer.rows(said)), 1)
        self.assertIsNone(task.is_degenerate(said))


class CheckTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("squad", True, True),
        ("squad", True, False),
        ("squadv1", False, True),
        ("cmrc2018", False, False),
    )
    def test_task(self, name, joint, classifier):
        settings = settings_lib.QuestionAnsweringSettings(
            joint_prediction=joint, answerable_classifier=classifier, doc_stride=3
        )
        surroundings = dataclasses.replace(SURROUNDINGS, question_answering=settings)
        examples = [
            fixtures.example("a"),
            fixtures.example("b", "Who was born in 1642 ?", ("Isaac Newton",)),
            fixtures.example("c", "Where ?", ("Woolsthorpe",)),
        ]
        if name == "squad":
            examples.append(fixtures.example("d", "Why ?", ()))
        task_testing.check_task(self, tasks.FACTORIES[name](surroundings), examples)


if __name__ == "__main__":
    tf.test.main()

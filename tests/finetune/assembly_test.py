"""Tests for finetune.assembly."""

import json
import os
import tempfile

import tensorflow.compat.v1 as tf

import configure_finetuning
from finetune import assembly, heads
from tests.finetune import fakes, models
from util import files

REVIEWS = {
    "type": "classification",
    "train": "train.tsv",
    "dev": "dev.tsv",
    "text_a": "text",
    "label": "label",
}


class AssemblyTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.model_dir = os.path.join(self.data_dir, "models", "tiny")
        self.pretrained = models.write_pretrained(self.model_dir)
        self.folder = os.path.join(self.data_dir, "finetuning_data", "reviews")
        rows = [["text", "label"], ["good", "pos"], ["bad", "neg"], ["fine", "pos"]]
        fakes.write(self.folder, "train.tsv", rows)

    def job(self, *names, **hparams):
        config = configure_finetuning.FinetuningConfig("tiny", self.data_dir, **hparams)
        return assembly.job(list(names), config, self.pretrained)

    def test_single_task_brings_its_defaults(self):
        self.assertEqual(self.job("rte").finetune.num_train_epochs, 10.0)

    def test_tasks_trained_together_keep_the_general_defaults(self):
        job = self.job("rte", "cola")
        self.assertEqual(job.finetune.num_train_epochs, 3.0)
        self.assertEqual([task.name for task in job.tasks], ["rte", "cola"])

    def test_settings_reach_their_sections(self):
        job = self.job(
            "rte", pooling="mean", mixing="equal", freeze_layers=1, early_stopping=3
        )
        self.assertEqual(job.top.pooling, "mean")
        self.assertEqual(job.mixture.mixing, "equal")
        self.assertEqual(job.freezing.freeze_layers, 1)
        self.assertEqual(job.selection.early_stopping, 3)

    def test_steps_cannot_be_chosen_without_development_files(self):
        for values in (dict(do_eval=False), dict(skip_splits=["dev"])):
            with self.assertRaisesRegex(ValueError, "there are none; set do_eval"):
                self.job("rte", keep_best=True, **values)
        job = self.job("rte", keep_best=True, do_eval=False, do_train=False)
        self.assertTrue(job.selection.keep_best)

    def test_score_that_no_task_gives_is_refused_before_any_work(self):
        self.job("rte", keep_best=True, best_metric="accuracy")
        for names, metric in ((["rte"], "mcc"), (["rte", "cola"], "accuracy")):
            with self.assertRaisesRegex(
                ValueError, "score .best_metric. '%s'" % metric
            ):
                self.job(*names, keep_best=True, best_metric=metric)
        self.job("rte", "cola", keep_best=True, best_metric="cola/dev/mcc")

    def test_attention_is_not_learned_in_one_epoch(self):
        values = dict(ssa=True, num_train_epochs=1.0)
        with self.assertRaisesRegex(ValueError, "from the second epoch on, .* is 1;"):
            self.job("rte", **values)
        self.assertIsNotNone(self.job("rte", do_train=False, **values).tasks[0].renewal)

    def test_task_of_ones_own_has_the_labels_of_its_training_file(self):
        (task,) = self.job("reviews", task_definitions={"reviews": REVIEWS}).tasks
        self.assertEqual(task.labels, ("neg", "pos"))
        self.assertEqual(task.head, heads.Classification(2))

    def test_definition_may_be_in_a_file(self):
        path = os.path.join(self.data_dir, "reviews.json")
        files.write_text(path, json.dumps(REVIEWS))
        (task,) = self.job("reviews", task_definitions={"reviews": path}).tasks
        self.assertEqual(task.labels, ("neg", "pos"))

    def test_definition_without_a_type_names_the_types(self):
        with self.assertRaisesRegex(ValueError, "with a type, one of .*classification"):
            self.job("reviews", task_definitions={"reviews": {"train": "x"}})

    def test_type_that_does_not_exist_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'classification'"):
            self.job("x", task_definitions={"x": dict(REVIEWS, type="classificaton")})

    def test_trained_model_knows_the_labels(self):
        config = {"settings": {"tasks": {"reviews": {"labels": ["neg", "pos", "so"]}}}}
        trial = os.path.join(
            self.model_dir, "finetuning_models", "reviews_mine_model_1"
        )
        files.write_json(os.path.join(trial, "config.json"), config)
        values = dict(task_definitions={"reviews": REVIEWS}, run_name="mine")
        (task,) = self.job("reviews", do_train=False, **values).tasks
        self.assertEqual(task.labels, ("neg", "pos", "so"))
        (task,) = self.job("reviews", **values).tasks
        self.assertEqual(task.labels, ("neg", "pos"))

    def test_task_may_change_settings_of_its_family(self):
        for hparams, expected in ((dict(), 80), (dict(max_answer_length=9), 9)):
            (task,) = self.job("cmrc2018", **hparams).tasks
            self.assertEqual(task.head.settings.max_answer_length, expected)

    def test_dropout_of_the_head(self):
        (task,) = self.job("rte", classifier_dropout=0.3).tasks
        self.assertEqual(task.head.dropout_rate, 0.3)

    def test_teacher_and_token_labels_wrap_a_task(self):
        (task,) = self.job("rte", ssa=True, distill_from="data").tasks
        self.assertIsNotNone(task.renewal)
        self.assertIn("token_labels", [spec.name for spec in task.features.specs()])
        self.assertIn("soft_targets", [spec.name for spec in task.features.specs()])

    def test_head_without_dropout_refuses_it(self):
        with self.assertRaisesRegex(ValueError, "task squadv1 has no dropout"):
            self.job("squadv1", classifier_dropout=0.3)


if __name__ == "__main__":
    tf.test.main()

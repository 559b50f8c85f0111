"""Tests for finetune.job."""

import contextlib
import dataclasses
import io
import os
import tempfile
from typing import Any, Dict, List
from unittest import mock

import tensorflow.compat.v1 as tf

from finetune import freezing, job, mixture, selection, top
from tests.finetune import fakes, models
from util import estimator


class JobTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.raw = os.path.join(self.data_dir, "finetuning_data")
        self.cola = fakes.write_cola(self.raw)

    def prepare(self, **changes):
        return job.prepare(models.tiny_job(self.data_dir, **changes))

    def test_splits_and_steps(self):
        ready = self.prepare()
        counts = {name: split.records.count for name, split in ready.splits.items()}
        self.assertEqual(counts, {"train": 24, "dev": 9, "test": 5})
        self.assertEqual(ready.num_train_steps, 18)

    def test_missing_test_file_is_found_before_training(self):
        os.remove(os.path.join(self.cola, "test.tsv"))
        with self.assertRaisesRegex(
            FileNotFoundError, "cola: The test file is missing.*skip_splits"
        ):
            self.prepare()

    def test_test_file_is_not_needed_where_it_is_not_predicted(self):
        os.remove(os.path.join(self.cola, "test.tsv"))
        without: List[Dict[str, Any]] = [
            dict(write_test_outputs=False),
            dict(n_writes_test=0),
            dict(skip_splits=["test"]),
        ]
        for changes in without:
            self.assertNotIn("test", self.prepare(**changes).splits)

    def test_training_file_cannot_be_skipped_in_training(self):
        rte = fakes.task("rte")
        bare = dataclasses.replace(rte, splits=rte.splits[1:])
        with self.assertRaisesRegex(
            ValueError, "rte has no training file; take it out"
        ):
            self.prepare(tasks=("cola", bare))
        with self.assertRaisesRegex(ValueError, "cola has no training file"):
            self.prepare(skip_splits=["train"])
        self.prepare(skip_splits=["train"], do_train=False)

    def test_missing_gpus_are_found_before_any_work(self):
        with mock.patch.object(estimator, "gpu_count", return_value=1):
            self.prepare(run=dict(num_gpus=1))
            with self.assertRaisesRegex(ValueError, "num_gpus is 2, but .* sees 1"):
                self.prepare(run=dict(num_gpus=2))

    def test_malformed_row_of_a_test_file_is_found_before_training(self):
        rows = [["index", "sentence"], ["0", "a"], ["1"]]
        fakes.write(self.cola, "test.tsv", rows)
        with self.assertRaisesRegex(ValueError, r"test\.tsv:3: malformed row"):
            self.prepare()

    def test_split_of_another_task_may_be_skipped(self):
        ready = self.prepare(skip_splits=["dev_mismatched"])
        self.assertEqual(set(ready.splits), {"train", "dev", "test"})

    def test_longer_sequences_than_positions_are_refused(self):
        with self.assertRaisesRegex(ValueError, "max_seq_length is 64.*at most 32"):
            self.prepare(max_seq_length=64)

    def test_vocabulary_that_is_too_large_is_refused(self):
        made = models.write_pretrained(os.path.join(self.data_dir, "m"))
        small = made._replace(encoder=models.task_testing.tiny_encoder(vocab_size=3))
        with self.assertRaisesRegex(ValueError, "has 17 tokens.*embeddings for 3"):
            self.prepare(pretrained=small)

    def test_vocabulary_that_is_smaller_than_the_table_is_noted(self):
        made = models.write_pretrained(os.path.join(self.data_dir, "m"))
        wide = made._replace(encoder=models.task_testing.tiny_encoder(vocab_size=18))
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.prepare(pretrained=made)
            self.assertNotIn("embeddings", said.getvalue())
            self.prepare(pretrained=wide)
        self.assertIn("has 17 tokens, but the encoder has", said.getvalue())

    def test_too_few_examples_are_refused(self):
        with self.assertRaisesRegex(ValueError, "make no step"):
            self.prepare(train_batch_size=100)

    def test_batches_that_have_no_such_parts_are_refused(self):
        with self.assertRaisesRegex(ValueError, "batch of 4 examples .* in 3 parts"):
            self.prepare(optimizer=dict(gradient_accumulation_steps=3))

    def test_quick_look_reads_the_first_examples(self):
        ready = self.prepare(max_examples=6)
        self.assertEqual(ready.splits["train"].records.count, 6)
        self.assertEqual(ready.splits["test"].records.count, 5)

    def test_description_has_files_and_steps(self):
        text = job.describe(self.prepare(num_trials=2))
        self.assertIn("24 examples", text)
        self.assertIn("2 trial(s) of 18 steps (3 epochs of 24 records", text)

    def test_evaluation_needs_no_training_file(self):
        os.remove(os.path.join(self.cola, "train.tsv"))
        ready = self.prepare(do_train=False)
        self.assertEqual(sorted(ready.splits), ["dev", "test"])
        text = job.describe(ready)
        self.assertIn("Task cola as fine-tuned\n", text)
        self.assertIn("no training", text)

    def test_batches_have_one_length_where_padding_changes_the_output(self):
        published = models.tiny_job(
            self.data_dir,
            pretrained=models.write_pretrained(
                os.path.join(self.data_dir, "p"), mask_convolution=False
            ),
        )
        self.assertEqual(published.pad_to, 8)
        self.assertIsNone(models.tiny_job(self.data_dir).pad_to)
        self.assertEqual(models.tiny_job(self.data_dir, pad_to_longest=False).pad_to, 8)

    def test_tasks_trained_together_share_steps_and_name_their_splits(self):
        fakes.write_rte(self.raw, train=16, dev=3, test=2)
        ready = self.prepare(tasks=("cola", "rte"), write_test_outputs=False)
        self.assertEqual(
            list(ready.splits), ["cola/train", "cola/dev", "rte/train", "rte/dev"]
        )
        self.assertEqual(ready.num_train_steps, (24 + 16) * 3 // 4)
        self.assertAllClose(ready.shares, [0.6, 0.4])
        self.assertEqual(ready.job.paths.stem, "cola_rte")
        self.assertIn("cola 60.0 %, rte 40.0 %", job.describe(ready))

    def test_shares_follow_the_mixing(self):
        fakes.write_rte(self.raw, train=6)
        ready = self.prepare(
            tasks=("cola", "rte"), mixture=mixture.MixtureSettings(mixing="equal")
        )
        self.assertAllClose(ready.shares, [0.5, 0.5])

    def test_frozen_layers_must_be_there(self):
        with self.assertRaisesRegex(ValueError, "freeze_layers is 2.*has 1 layers"):
            self.prepare(freezing=freezing.FreezingSettings(freeze_layers=2))

    def test_seeds_of_trials_count_up(self):
        ready = self.prepare(run=dict(seed=5))
        self.assertEqual([ready.seed(1), ready.seed(2)], [5, 6])
        self.assertEqual(ready.trial_settings(2)["seed"], 6)

    def test_settings_decide_what_is_another_training(self):
        base = self.prepare().settings
        other: List[Dict[str, Any]] = [
            dict(num_train_epochs=2.0),
            dict(train_batch_size=8),
            dict(max_seq_length=9),
            dict(optimizer=dict(learning_rate=0.5)),
            dict(balance_classes=True),
            dict(top=top.TopSettings(pooling="mean")),
            dict(freezing=freezing.FreezingSettings(freeze_layers=1)),
            dict(selection=selection.SelectionSettings(keep_best=True)),
            dict(run=dict(precision="float16")),
        ]
        for changes in other:
            self.assertNotEqual(self.prepare(**changes).settings, base)
        for changes in (dict(eval_batch_size=7), dict(num_trials=3)):
            self.assertEqual(self.prepare(**changes).settings, base)

    def test_development_files_that_choose_the_step_decide_the_weights(self):
        for values, decides in (
            (dict(evaluations_per_epoch=1), False),
            (dict(keep_best=True), True),
            (dict(early_stopping=2), True),
        ):
            chosen = selection.SelectionSettings(**values)
            fakes.write_cola(self.raw)
            before = self.prepare(selection=chosen).settings
            fakes.write_cola(self.raw, dev=8)
            after = self.prepare(selection=chosen).settings
            self.assertEqual(before != after, decides, values)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.data."""

import contextlib
import dataclasses
import io
import os
import tempfile

import tensorflow.compat.v1 as tf

from finetune import catalog, data
from finetune import settings as settings_lib
from finetune import task as task_lib
from tests.finetune import fakes


class DataTest(tf.test.TestCase):
    def test_left_out_rows_and_notes_are_said(self):
        dataset = task_lib.Dataset(
            "q.tsv",
            fakes.examples(9),
            ((7, "3 columns, expected 6"),),
            ("All is well.",),
        )
        self.assertEqual(
            data.notices(dataset),
            [
                "All is well.",
                "left out 1 of 10 rows: line 7 (3 columns, expected 6)",
            ],
        )

    def test_other_folder_for_raw_files(self):
        self.assertEqual(data.default_dirs("d", None)["raw"], "d/finetuning_data")
        self.assertEqual(data.default_dirs("d", "elsewhere")["raw"], "elsewhere")

    def test_all_files_of_mnli_are_wanted(self):
        splits = data.wanted_splits(fakes.task("mnli"), settings_lib.FinetuneSettings())
        self.assertEqual(
            [split.name for split in splits],
            "train dev_matched dev_mismatched test_matched test_mismatched "
            "diagnostic".split(),
        )

    def test_roles_follow_the_switches(self):
        cola = fakes.task("cola")
        for switch, names in (
            ("do_train", ["dev", "test"]),
            ("do_eval", ["train", "test"]),
            ("write_test_outputs", ["train", "dev"]),
        ):
            chosen = dataclasses.replace(
                settings_lib.FinetuneSettings(), **{switch: False}
            )
            splits = data.wanted_splits(cola, chosen)
            self.assertEqual([split.name for split in splits], names)

    def test_skipped_split_must_be_of_a_task_of_the_run(self):
        tasks = [fakes.task("rte"), fakes.task("mnli")]
        data.check_skipped(tasks, ["dev_mismatched", "test"])
        with self.assertRaisesRegex(
            ValueError, "Unknown split of rte, mnli: 'tets'. Did you mean 'test'"
        ):
            data.check_skipped(tasks, ["dev_mismatched", "tets"])

    def test_left_out_rows_are_said_while_reading(self):
        raw = tempfile.mkdtemp(dir=self.get_temp_dir())
        header = "id qid1 qid2 question1 question2 is_duplicate".split()
        rows = [[str(n), "1", "2", "A?", "B?", "1"] for n in range(10000)]
        fakes.write(os.path.join(raw, "QQP"), "dev.tsv", [header] + rows + [["broken"]])
        chosen = settings_lib.FinetuneSettings(do_train=False, write_test_outputs=False)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            (dataset,) = data.read(fakes.task("qqp"), raw, chosen).values()
        self.assertLen(dataset.examples, 10000)
        self.assertIn("line 10002 (1 columns, expected 6)", said.getvalue())

    def test_labeled_test_file_may_lack_where_no_test_outputs_are_wanted(self):
        raw = tempfile.mkdtemp(dir=self.get_temp_dir())
        for name in ("train.txt", "dev.txt"):
            fakes.write(os.path.join(raw, "chunk"), name, [["the B-NP"], ["cat I-NP"]])
        chunk = catalog.build("chunk", {}, task_lib.Surroundings(raw))
        with self.assertRaisesRegex(FileNotFoundError, "chunk: The test file is miss"):
            data.read(chunk, raw, settings_lib.FinetuneSettings())
        without = settings_lib.FinetuneSettings(write_test_outputs=False)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            found = data.read(chunk, raw, without)
        self.assertEqual([split.name for split in found], ["train", "dev"])
        self.assertIn("chunk: There is no test file.", said.getvalue())

    def test_examples_are_logged_as_tokens(self):
        task = fakes.task("cola")
        dataset = task_lib.Dataset("train.tsv", fakes.examples(5))
        chosen = settings_lib.FinetuneSettings(log_examples=True, max_seq_length=8)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            prepared = data.prepare(
                task,
                {task.splits[0]: dataset},
                fakes.Tokenizer(),
                chosen,
                tempfile.mkdtemp(dir=self.get_temp_dir()),
            )
        self.assertLen(said.getvalue().splitlines(), 3)
        self.assertEqual(
            prepared["train"].to_dict(),
            {
                "path": "train.tsv",
                "examples": 5,
                "records": 5,
                "skipped_rows": [],
                "notes": [],
            },
        )


if __name__ == "__main__":
    tf.test.main()

"""Tests for tools.glue_files."""

import os
import re
import shutil

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.classification import glue as glue_rows
from tests.tools import glue
from tools import glue_files

PARAPHRASES = (
    b"\xef\xbb\xbfQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    b'1\t11\t12\tA " b\tB\n'
    b"0\t21\t22\tC\tD\n"
    b"1\t31\t32\tE\tF \n"
)


class MrpcTest(glue.InstallTestCase):
    def test_split_by_the_development_ids(self):
        parts = glue_files.split_mrpc(PARAPHRASES, PARAPHRASES, b"21\t22\n")
        header = PARAPHRASES.split(b"\n")[0] + b"\n"
        self.assertEqual(parts["dev.tsv"], header + b"0\t21\t22\tC\tD\n")
        self.assertEqual(
            parts["train.tsv"], header + b'1\t11\t12\tA " b\tB\n1\t31\t32\tE\tF \n'
        )
        self.assertEqual(
            parts["test.tsv"],
            b"index\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
            b'0\t11\t12\tA " b\tB\n1\t21\t22\tC\tD\n2\t31\t32\tE\tF \n',
        )

    def test_real_corpus_gives_the_distributed_files(self):
        real = os.path.join(os.environ.get("REAL_DATA_DIR", ""), "glue", "MRPC")
        if not os.path.isdir(real):
            self.skipTest("REAL_DATA_DIR/glue/MRPC is not there.")
        os.makedirs(os.path.join(self.source, "MRPC"))
        for name in (
            "msr_paraphrase_train.txt",
            "msr_paraphrase_test.txt",
            "dev_ids.tsv",
        ):
            shutil.copy(os.path.join(real, name), os.path.join(self.source, "MRPC"))
        self.assertEqual(self.install(glue_files.TASKS["mrpc"]), [])
        for name in ("train.tsv", "dev.tsv", "test.tsv"):
            with open(os.path.join(real, name), "rb") as stream:
                self.assertEqual(self.installed("mrpc")[name], stream.read())


class TableTest(parameterized.TestCase, tf.test.TestCase):
    def test_tasks_are_known_by_both_names(self):
        self.assertEqual(glue_files.canonical_name("SST-2"), "sst")
        self.assertEqual(glue_files.canonical_name("sts"), "sts")
        with self.assertRaisesRegex(ValueError, "Did you mean 'cola'"):
            glue_files.canonical_name("colla")

    def test_files_are_those_that_fine_tuning_reads(self):
        for row in glue_rows.ROWS:
            wanted = [file.layout.file_names[0] for file in row.files]
            task = glue_files.TASKS[row.name]
            self.assertEqual([file.name for file in task.files], wanted)
            self.assertEqual((task.name, task.folder), row.folders)
        names = [row.name for row in glue_rows.ROWS]
        self.assertCountEqual(glue_files.TASKS, names)

    def test_every_archive_has_a_checksum_and_an_address(self):
        for task in glue_files.TASKS.values():
            for archive in task.archives:
                self.assertRegex(archive.sha256, re.compile("^[0-9a-f]{64}$"))
                self.assertNotEmpty(archive.addresses)

    @parameterized.parameters(
        (b"a\nb\n", True, 1), (b"a\nb", True, 1), (b"a\nb\n", False, 2), (b"", False, 0)
    )
    def test_rows_are_counted_without_the_header(self, content, has_header, rows):
        file = glue_files.GlueFile("train.tsv", (rows,), has_header)
        self.assertIsNone(glue_files.check_rows(file, content))

    def test_any_of_the_published_numbers_is_right(self):
        file = glue_files.GlueFile("train.tsv", (2, 3))
        self.assertIsNone(glue_files.check_rows(file, b"h\na\nb\nc\n"))
        self.assertEqual(
            glue_files.check_rows(file, b"h\na\n"),
            "train.tsv has 1 rows, published are 2 or 3",
        )


if __name__ == "__main__":
    tf.test.main()

"""Tests for tools.download_glue and its parts."""

import json
import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tests.tools import glue
from tools import download_glue, glue_files, glue_sources


class FolderTest(glue.InstallTestCase, parameterized.TestCase):
    @parameterized.parameters("CoLA", "cola")
    def test_folder_of_either_name(self, folder):
        self.put(folder, glue.COLA)
        self.assertEqual(self.install(glue.small_cola()), [])
        installed = self.installed("cola")
        installed.pop("manifest.json")
        self.assertEqual(installed, glue.COLA)

    def test_archive_in_the_folder(self):
        members = {"CoLA/" + name: content for name, content in glue.COLA.items()}
        self.put("", {"CoLA.zip": glue.zipped(members)})
        self.assertEqual(self.install(glue.small_cola()), [])
        self.assertEqual(self.installed("cola")["dev.tsv"], glue.COLA["dev.tsv"])

    def test_manifest_has_rows_and_digests(self):
        self.put("CoLA", glue.COLA)
        self.install(glue.small_cola())
        manifest = json.loads(self.installed("cola")["manifest.json"].decode())
        self.assertEqual(
            manifest["files"]["train.tsv"],
            {"rows": 2, "sha256": glue_files.sha256(glue.COLA["train.tsv"])},
        )

    def test_missing_file_installs_nothing_and_is_listed(self):
        self.put("CoLA", {name: glue.COLA[name] for name in ("train.tsv", "dev.tsv")})
        (problem,) = self.install(glue.small_cola())
        self.assertRegex(problem, r"test\.tsv is missing in .*CoLA")
        self.assertEqual(self.installed("cola"), {})

    def test_other_number_of_rows_installs_nothing_and_is_listed(self):
        self.put("CoLA", glue.COLA)
        (problem,) = self.install(glue.small_cola(rows=((3,), (1,), (1,))))
        self.assertEqual(problem, "train.tsv has 2 rows, published are 3")
        self.assertEqual(self.installed("cola"), {})

    def test_partial_installs_and_still_lists(self):
        self.put("CoLA", {"train.tsv": glue.COLA["train.tsv"]})
        self.assertLen(self.install(glue.small_cola(), partial=True), 2)
        self.assertIn("train.tsv", self.installed("cola"))

    def test_new_files_replace_old_ones_whole(self):
        os.makedirs(os.path.join(self.target, "cola"))
        open(os.path.join(self.target, "cola", "old.tsv"), "w").close()
        self.put("CoLA", glue.COLA)
        self.install(glue.small_cola())
        self.assertNotIn("old.tsv", self.installed("cola"))
        self.assertEqual(os.listdir(self.target), ["cola"])

    def test_damaged_archive_is_named(self):
        self.put("", {"CoLA.zip": b"PK no zip"})
        with self.assertRaisesRegex(ValueError, "CoLA.zip is damaged"):
            self.install(glue.small_cola())

    @parameterized.parameters("diagnostic/diagnostic.tsv", "AX.tsv", "diagnostic.tsv")
    def test_diagnostic_file_under_any_name(self, place):
        folder, name = os.path.split(place)
        self.put(folder, {name: b"index\tsentence1\tsentence2\n0\ta\tb\n"})
        task = glue_files.TASKS["mnli"]
        source = glue_sources.FolderSource(self.source, task)
        self.assertIn(b"sentence1", source.get("diagnostic.tsv"))


class MainTest(glue.InstallTestCase):
    def test_what_is_missing_makes_the_exit_code(self):
        self.put("CoLA", glue.COLA)
        arguments = ["--data-dir", self.target, "--from-dir", self.source]
        self.assertEqual(download_glue.main(arguments + ["--tasks", "CoLA,rte"]), 1)

    def test_partial_is_no_failure(self):
        self.put("CoLA", glue.COLA)
        arguments = ["--data-dir", self.target, "--from-dir", self.source]
        arguments += ["--tasks", "cola", "--partial"]
        self.assertEqual(download_glue.main(arguments), 0)
        place = os.path.join(self.target, "finetuning_data", "cola", "train.tsv")
        self.assertTrue(os.path.exists(place))


if __name__ == "__main__":
    tf.test.main()

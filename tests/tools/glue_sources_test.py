"""Tests for tools.glue_sources."""

import tensorflow.compat.v1 as tf

from tests.tools import glue
from tools import glue_files, glue_sources


class NetworkTest(glue.InstallTestCase):
    def setUp(self):
        super().setUp()
        self.archive = glue.zipped(
            {"CoLA/" + name: text for name, text in glue.COLA.items()}
        )
        self.task = glue.small_cola(self.archive)
        self.asked = []

    def hosts(self, answers, mirror=None):
        def opener(address):
            self.asked.append(address)
            for part, answer in answers.items():
                if part in address:
                    return answer
            raise OSError("403 Forbidden")

        return glue_sources.NetworkSource(self.task, mirror, opener)

    def test_first_host(self):
        self.assertEqual(
            self.install(self.task, self.hosts({"fbaipublicfiles": self.archive})), []
        )
        self.assertLen(self.asked, 1)
        self.assertIn("train.tsv", self.installed("cola"))

    def test_next_host_when_the_first_refuses(self):
        self.assertEqual(
            self.install(self.task, self.hosts({"firebase": self.archive})), []
        )
        self.assertLen(self.asked, 2)

    def test_next_host_when_the_checksum_is_wrong(self):
        answers = {"fbaipublicfiles": b"spoilt", "firebase": self.archive}
        self.assertEqual(self.install(self.task, self.hosts(answers)), [])

    def test_mirror_comes_first(self):
        source = self.hosts({"mirror.example": self.archive}, "https://mirror.example/")
        self.assertEqual(self.install(self.task, source), [])
        self.assertEqual(self.asked, ["https://mirror.example/CoLA.zip"])

    def test_no_host_lists_what_each_said(self):
        problems = self.install(self.task, self.hosts({"firebase": b"spoilt"}))
        self.assertLen(problems, 3)
        self.assertIn("403 Forbidden", problems[0])
        self.assertIn("SHA-256 is", problems[0])

    def test_file_address(self):
        self.put("", {"CoLA.zip": self.archive})
        source = glue_sources.NetworkSource(self.task, "file://" + self.source)
        self.assertEqual(self.install(self.task, source), [])


class UnpackTest(tf.test.TestCase):
    def test_members_in_deeper_folders_are_left_alone(self):
        members = {"CoLA/original/raw/train.tsv": b"raw", "CoLA/train.tsv": b"wanted"}
        found = glue_sources.unpack(
            glue_files.TASKS["cola"], {"CoLA.zip": glue.zipped(members)}
        )
        self.assertEqual(found, {"train.tsv": b"wanted"})

    def test_members_outside_of_the_archive_are_left_alone(self):
        members = {
            "../train.tsv": b"a",
            "/etc/train.tsv": b"b",
            "x/../../dev.tsv": b"c",
        }
        found = glue_sources.unpack(
            glue_files.TASKS["cola"], {"CoLA.zip": glue.zipped(members)}
        )
        self.assertNotIn("dev.tsv", found)

    def test_part_of_mrpc_makes_nothing(self):
        found = glue_sources.unpack(
            glue_files.TASKS["mrpc"], {"msr_paraphrase_train.txt": b"x"}
        )
        self.assertEqual(found, {})


if __name__ == "__main__":
    tf.test.main()

"""Tests of the builder as users run it: as a program, which may be killed."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

import build_openwebtext_pretraining_dataset
import build_pretraining_dataset
from pretrain.data import builder, manifest
from tests.pretrain.data import fixtures
from util import cli, files


class ProgramTest(fixtures.TestCase, parameterized.TestCase):
    def arguments(self, corpus, output, *flags):
        return [
            "--corpus-dir=" + corpus,
            "--vocab-file=" + fixtures.VOCAB,
            "--output-dir=" + self.path(output),
            *flags,
        ]

    def run_program(self, program, arguments):
        """Returns the exit code and what was printed."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            with self.assertRaises(SystemExit) as caught:
                cli.main(program.run, arguments)
        return caught.exception.code, output.getvalue()

    def checksums(self, folder):
        return {
            name: files.sha256(self.path(folder, name))
            for name in os.listdir(self.path(folder))
            if name != manifest.FILE_NAME
        }

    @parameterized.parameters(
        build_pretraining_dataset, build_openwebtext_pretraining_dataset
    )
    def test_help_teaches(self, program):
        code, printed = self.run_program(program, ["--help"])
        self.assertEqual(code, 0)
        self.assertIn("examples:", printed)
        self.assertIn("--num-processes", printed)

    def test_wrong_input_is_one_line_and_an_exit_code(self):
        arguments = self.arguments("/nowhere", "records")
        code, printed = self.run_program(build_pretraining_dataset, arguments)
        self.assertEqual(code, 2)
        self.assertIn("error: The corpus /nowhere does not exist", printed)

    def test_second_run_has_nothing_to_do(self):
        arguments = self.arguments(fixtures.CORPUS, "records", "--num-out-files=2")
        for last_words in ("examples", "nothing to do"):
            code, printed = self.run_program(build_pretraining_dataset, arguments)
            self.assertEqual(code, 0)
            self.assertIn(last_words, printed)

    def test_termination_ends_the_build_with_the_code_of_the_signal(self):
        def terminated(_):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

        arguments = self.arguments(fixtures.CORPUS, "records")
        with tf.test.mock.patch.object(builder, "build", terminated):
            code, _ = self.run_program(build_pretraining_dataset, arguments)
        self.assertEqual(code, 128 + signal.SIGTERM)

    def test_killed_build_continues_to_the_same_bytes(self):
        with open(os.path.join(fixtures.CORPUS, "garden.txt"), "rb") as stream:
            corpus = self.write("big.txt", stream.read() * 600)
        flags = ["--num-out-files=12", "--max-seq-length=64"]
        arguments = self.arguments(corpus, "records", *flags)
        process = subprocess.Popen(
            [sys.executable, build_pretraining_dataset.__file__, *arguments]
            + ["--num-processes=2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_for_shard(process)
        process.kill()
        process.wait()
        self.assertFalse(manifest.read(self.path("records")).complete)
        time.sleep(0.5)  # The workers notice it at once.
        for folder in ("records", "whole"):
            arguments = self.arguments(corpus, folder, *flags)
            code, printed = self.run_program(build_pretraining_dataset, arguments)
            self.assertEqual(code, 0, printed)
        self.assertEqual(self.checksums("records"), self.checksums("whole"))

    def wait_for_shard(self, process):
        deadline = time.time() + 60
        while process.poll() is None and time.time() < deadline:
            listed = manifest.read(self.path("records"))
            if listed and listed.shards:
                return
            time.sleep(0.02)


if __name__ == "__main__":
    tf.test.main()

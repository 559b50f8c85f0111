"""Tests for benchmarks.commands."""

import contextlib
import io
import os
from unittest import mock

import tensorflow.compat.v1 as tf

from benchmarks import commands


class CommandsTest(tf.test.TestCase):
    def run_with(self, *flags, file_name="table.md"):
        """Returns what a benchmark of two numbers prints, and its folder."""
        folder = os.path.join(self.get_temp_dir(), "results")
        parser = commands.parser("Adds.")
        parser.add_argument("--size", type=int, default=3)

        def measure(arguments):
            self.assertTrue(os.path.isdir(arguments.output))
            return [arguments.size, 2 * arguments.size]

        printed = io.StringIO()
        program = ["adds", "--output", folder, *flags]
        with mock.patch("sys.argv", program), contextlib.redirect_stdout(printed):
            commands.run(
                parser, measure, lambda rows: "| %d | %d |" % tuple(rows), file_name
            )
        return printed.getvalue(), folder

    def test_table_is_printed_and_kept(self):
        printed, folder = self.run_with("--size", "4")
        self.assertEqual(printed, "| 4 | 8 |\n")
        with open(os.path.join(folder, "table.md")) as stream:
            self.assertEqual(stream.read(), "| 4 | 8 |\n")

    def test_file_may_be_named_after_arguments(self):
        _, folder = self.run_with(file_name="of_%(size)d.md")
        self.assertEqual(os.listdir(folder), ["of_3.md"])

    def test_description_keeps_its_lines(self):
        text = commands.parser("First.\n\n    python -m second").format_help()
        self.assertIn("First.\n\n    python -m second", text)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.tagging.layouts."""

import os
import tempfile

from absl.testing import absltest, parameterized

from finetune.tagging import layouts
from tests.finetune.tagging import fixtures


class FormatTest(parameterized.TestCase):
    def found(self, name, content="", **layout):
        path = fixtures.write(tempfile.mkdtemp(), name, content)
        return layouts.format_of(path, layouts.Layout(**layout))

    @parameterized.parameters(
        ("a.json", "json"),
        ("a.JSONL", "json"),
        ("a.csv", "csv"),
        ("a.txt", "column"),
        ("a", "column"),
    )
    def test_endings_tell(self, name, want):
        self.assertEqual(self.found(name), want)

    @parameterized.parameters(
        ("text_a\tlabel\n", "tsv"),
        ("label\ttext_a\n", "tsv"),
        ("text_a\n", "tsv"),
        ("text_a B-X\n", "column"),
        ("Rome\tB-LOC\n", "column"),
    )
    def test_headers_tell(self, content, want):
        self.assertEqual(self.found("a.tsv", content), want)

    def test_headers_may_have_other_names(self):
        found = self.found("a.tsv", "words\ttags\n", words="words")
        self.assertEqual(found, "tsv")

    def test_what_is_told_holds(self):
        self.assertEqual(self.found("a.json", format="column"), "column")

    def test_a_missing_file_is_said(self):
        path = os.path.join(tempfile.mkdtemp(), "a.txt")
        with self.assertRaisesRegex(FileNotFoundError, "does not exist"):
            layouts.format_of(path, layouts.Layout())

    def test_a_file_in_another_encoding_is_said(self):
        with self.assertRaisesRegex(ValueError, "a.txt:1: not UTF-8"):
            self.found("a.txt", b"\xff")


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.classification.loose_texts."""

import os
import tempfile

import tensorflow.compat.v1 as tf

from finetune.classification import loose_texts


class LooseTextsTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, name, content):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return path


class MatchingTest(LooseTextsTestCase):
    def rows(self, pattern, content):
        path = self.write("train.label", content)
        found = loose_texts.matching(pattern)
        self.assertTrue(found.has_keys)
        return list(found.rows(path))

    def test_groups_are_columns(self):
        rows = self.rows(
            r"(?P<label>\w+):(?P<kind>\w+) (?P<text>.*)",
            "DESC:manner How did : it go ?\r\nENTY:food What ?\n",
        )
        first = {"label": "DESC", "kind": "manner", "text": "How did : it go ?"}
        second = {"label": "ENTY", "kind": "food", "text": "What ?"}
        self.assertEqual(rows, [(1, first), (2, second)])

    def test_group_that_is_not_there_is_none(self):
        rows = self.rows(r"(?:__label__(?P<label>\w+) )?(?P<text>.*)", "good one\n")
        self.assertEqual(rows, [(1, {"label": None, "text": "good one"})])

    def test_line_is_matched_whole_or_refused(self):
        message = r"train\.label:2: the line 'b c' does not match the pattern"
        with self.assertRaisesRegex(ValueError, message):
            self.rows(r"(?P<text>\w)", "a\nb c\n")


class FoldersTest(LooseTextsTestCase):
    def rows(self):
        return list(loose_texts.in_folders(self.root))

    def test_row_for_each_file_of_each_folder(self):
        self.write("pos/0_9.txt", "good\n\tfine\n")
        self.write("neg/1.txt", "bad")
        self.write("neg/0.txt", "")
        self.assertEqual(
            self.rows(),
            [
                (1, {"text": "", "label": "neg", "file": "neg/0.txt"}),
                (2, {"text": "bad", "label": "neg", "file": "neg/1.txt"}),
                (3, {"text": "good\n\tfine", "label": "pos", "file": "pos/0_9.txt"}),
            ],
        )

    def test_what_is_no_text_is_passed_over(self):
        self.write("pos/0.txt", "good")
        self.write("pos/.DS_Store", b"\xff")
        self.write(".git/config", "x")
        self.write("urls_pos.txt", "x")
        self.assertLen(self.rows(), 1)

    def test_other_encodings_are_refused_with_the_file(self):
        self.write("pos/0.txt", b"\xff")
        with self.assertRaisesRegex(ValueError, r"pos/0\.txt:1: not UTF-8"):
            self.rows()

    def test_file_is_refused(self):
        path = self.write("train.tsv", "")
        with self.assertRaisesRegex(ValueError, r"train\.tsv: not a folder, as the"):
            list(loose_texts.in_folders(path))


if __name__ == "__main__":
    tf.test.main()

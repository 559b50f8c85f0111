"""Tests for tools.diff_vocab."""

import contextlib
import io
import json

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tests.model import sentencepiece_tokenizer_test
from tests.pretrain.data import fixtures
from tools import diff_vocab

A = "[PAD]\n今\nthe\nfox\n天\n"
B = "[PAD]\n天\nthe\ndog\n"


class DiffVocabTest(fixtures.TestCase, parameterized.TestCase):
    def run_tool(self, *flags, a=A, b=B):
        self.paths = [self.write("a.txt", a), self.write("b.txt", b)]
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            self.assertEqual(diff_vocab.main(self.paths + list(flags)), 0)
        return stream.getvalue()

    def test_differences_are_told(self):
        printed = self.run_tool()
        self.assertEqual(
            printed.splitlines(),
            [
                "A: %s: 5 tokens" % self.paths[0],
                "B: %s: 4 tokens" % self.paths[1],
                "only in A: 2, such as '今', 'fox'",
                "only in B: 1, such as 'dog'",
                "in both: 3, such as '[PAD]', 'the', '天'",
                "of these with another id: 1, such as '天' (4 in A, 1 in B)",
            ],
        )

    def test_json_has_the_same(self):
        self.assertEqual(
            json.loads(self.run_tool("--json", "--num-examples=1")),
            {
                "size_a": 5,
                "size_b": 4,
                "repeated_a": 0,
                "repeated_b": 0,
                "only_a": 2,
                "only_b": 1,
                "shared": 3,
                "moved": 1,
                "examples": {
                    "only_a": ["今"],
                    "only_b": ["dog"],
                    "shared": ["[PAD]"],
                    "moved": [{"token": "天", "id_in_a": 4, "id_in_b": 1}],
                },
            },
        )

    def test_json_leaves_chinese_readable(self):
        self.assertIn("今", self.run_tool("--json"))

    def test_same_vocabulary_has_no_difference(self):
        printed = self.run_tool(b=A.replace("\n", "\r\n"))
        self.assertIn("only in A: 0\nonly in B: 0\nin both: 5", printed)
        self.assertEndsWith(printed, "of these with another id: 0\n")

    def test_repeated_tokens_are_counted(self):
        printed = self.run_tool(a="x\ny\nx\n", b="x\ny\n")
        self.assertIn("3 tokens (1 of them repeat another)", printed)
        self.assertIn("with another id: 1, such as 'x' (2 in A, 0 in B)", printed)

    def test_sentencepiece_models_are_compared(self):
        options = dict(sentencepiece_tokenizer_test.GOOD)
        model = sentencepiece_tokenizer_test.model_bytes(**options)
        printed = self.run_tool("--tokenizer=sentencepiece", a=model, b=model)
        self.assertIn("only in A: 0\nonly in B: 0\nin both: 100", printed)

    @parameterized.parameters(
        (b"\x00\x01", "is a binary file.*set tokenizer to 'sentencepiece'"),
        ("a\n\nb\n", "b.txt:2: an empty line"),
        (b"a\n\xff\n", "b.txt:2: not UTF-8"),
    )
    def test_what_is_no_vocabulary_is_refused(self, content, message):
        with self.assertRaisesRegex(ValueError, message):
            self.run_tool(b=content)

    def test_missing_file_is_named(self):
        path = self.write("a.txt", A)
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.txt does not exist"):
            diff_vocab.main([path, "nowhere.txt"])

    def test_number_of_examples_is_checked(self):
        with self.assertRaisesRegex(ValueError, "--num-examples is -1, expected 0"):
            self.run_tool("--num-examples=-1")


if __name__ == "__main__":
    tf.test.main()

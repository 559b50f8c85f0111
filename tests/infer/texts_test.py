"""Tests for infer.texts."""

import gzip
import io
import os
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from infer import texts
from util import files


class TextsTest(tf.test.TestCase, parameterized.TestCase):
    def write(self, content, name="texts.txt"):
        path = os.path.join(self.get_temp_dir(), name)
        files.write_bytes(path, content)
        return path

    def read(self, content, name="texts.txt"):
        return list(texts.read(self.write(content, name)))

    @parameterized.named_parameters(
        ("texts", "good\n好 bad\n", ["good", "好 bad"]),
        ("no_newline_at_the_end", "good\nbad", ["good", "bad"]),
        ("blank_lines", "\ngood\n\n\n", ["", "good", "", ""]),
        ("windows", "good\r\nbad\r\n", ["good", "bad"]),
        ("byte_order_mark", "\ufeffgood\n\ufeffbad\n", ["good", "\ufeffbad"]),
        ("other_line_ends", "a\x0bb\u2028c\x85d\n", ["a\x0bb\u2028c\x85d"]),
        ("pairs", "good ||| bad\n", [("good", "bad")]),
        ("tabs", "good\tbad\n", [("good", "bad")]),
        ("tab_in_a_text_of_a_pair", "a\tb ||| c\n", [("a\tb", "c")]),
        ("bars_without_spaces", "a|||b\n", ["a|||b"]),
        ("empty_second_text", "good\t\n", [("good", "")]),
        ("nothing", "", []),
    )
    def test_lines(self, content, expected):
        self.assertEqual(self.read(content.encode("utf-8")), expected)

    def test_compressed(self):
        content = gzip.compress("\ufeffgood\nbad\n".encode("utf-8"))
        self.assertEqual(self.read(content, "texts.gz"), ["good", "bad"])

    def test_standard_input(self):
        stream = mock.Mock(buffer=io.BytesIO("好\nbad ||| fine\n".encode()))
        with mock.patch("sys.stdin", stream):
            self.assertEqual(list(texts.read("-")), ["好", ("bad", "fine")])

    @parameterized.parameters(
        (b"good\n\xff\n", r"texts\.txt:2: not UTF-8 text"),
        (b"a\tb\tc\n", r"texts\.txt:1: found 3 texts with '\\t' between them"),
        (b"a\nb ||| c ||| d ||| e\n", r"texts\.txt:2: found 4 texts with ' \|\|\| '"),
    )
    def test_wrong_lines_are_named(self, content, message):
        with self.assertRaisesRegex(ValueError, message):
            self.read(content)

    def test_wrong_line_of_standard_input(self):
        with mock.patch("sys.stdin", mock.Mock(buffer=io.BytesIO(b"\xff"))):
            with self.assertRaisesRegex(ValueError, "standard input:1: not UTF-8"):
                list(texts.read("-"))

    @parameterized.parameters(b"no gzip at all", gzip.compress(b"good\n" * 99)[:-12])
    def test_damaged_compressed_file(self, content):
        with self.assertRaisesRegex(ValueError, r"texts\.gz: not a whole gzip file"):
            self.read(content, "texts.gz")

    def test_missing_file(self):
        with self.assertRaisesRegex(FileNotFoundError, "text file nowhere does not"):
            list(texts.read("nowhere"))

    def test_errors_of_reading_are_not_called_damage(self):
        stream = mock.Mock(readline=mock.Mock(side_effect=OSError("disk on fire")))
        with self.assertRaisesRegex(OSError, "disk on fire"):
            list(texts._lines(stream, "texts.txt"))


if __name__ == "__main__":
    tf.test.main()

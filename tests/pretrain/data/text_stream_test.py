"""Tests for pretrain.data.text_stream."""

import io

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import text_stream
from tests.pretrain.data import fixtures


class BlocksTest(tf.test.TestCase, parameterized.TestCase):
    def blocks(self, data, length=None, whole_lines=False):
        stream = io.BytesIO(data)
        return list(
            text_stream.blocks(
                stream, len(data) if length is None else length, whole_lines
            )
        )

    @parameterized.parameters(1, 2, 3, 7, 100)
    def test_blocks_end_with_lines_and_lose_nothing(self, size):
        data = b"one\ntwo two\n\nthree three three\nfour"
        with tf.test.mock.patch.object(text_stream, "BLOCK_SIZE", size):
            blocks = self.blocks(data)
        self.assertEqual(b"".join(blocks), data)
        for block in blocks[:-1]:
            self.assertEqual(block[-1:], b"\n")

    def test_length_is_respected(self):
        self.assertEqual(self.blocks(b"one\ntwo\nthree", 8), [b"one\ntwo\n"])

    def test_endless_line_is_cut_at_a_space(self):
        data = b"word " * 100
        with tf.test.mock.patch.multiple(text_stream, BLOCK_SIZE=12, LONGEST_LINE=30):
            blocks = self.blocks(data)
            self.assertLen(self.blocks(data, whole_lines=True), 1)
        self.assertEqual(b"".join(blocks), data)
        self.assertGreater(len(blocks), 5)
        for block in blocks:
            self.assertEqual(block[-1:], b" ")

    def test_endless_line_without_spaces_is_cut_between_characters(self):
        data = ("中" * 50).encode("utf-8")
        with tf.test.mock.patch.multiple(text_stream, BLOCK_SIZE=4, LONGEST_LINE=9):
            blocks = self.blocks(data)
        self.assertEqual("".join(block.decode("utf-8") for block in blocks), "中" * 50)


class DecodeTest(fixtures.TestCase):
    def decode(self, blocks, errors="strict", start=0):
        self.tally = text_stream.Tally()
        place = text_stream.Place(self.path("a.txt"), start)
        return list(text_stream.decode(blocks, place, errors, self.tally))

    def test_byte_order_mark_is_removed(self):
        self.assertEqual(self.decode([b"\xef\xbb\xbfone", b"two"]), ["one", "two"])

    def test_error_names_path_and_line(self):
        with self.assertRaisesRegex(ValueError, "a.txt:4: not UTF-8: byte 0xe9"):
            self.decode([b"one\ntwo\n", b"three\ncaf\xe9\n"])

    def test_error_counts_the_lines_before_the_part(self):
        self.write("a.txt", "1\n2\n3\n4\n")
        with self.assertRaisesRegex(ValueError, "a.txt:5: not UTF-8"):
            self.decode([b"x\n\xff"], start=6)

    def test_replacements_are_counted(self):
        blocks = [b"caf\xe9 \xef\xbf\xbd \xff\n"]
        self.assertEqual(self.decode(blocks, "replace"), ["caf\ufffd \ufffd \ufffd\n"])
        self.assertEqual(self.tally.replaced, 2)
        self.assertEqual(self.tally.text_bytes, len(blocks[0]))


class JsonTest(fixtures.TestCase, parameterized.TestCase):
    def lines(self, *blocks):
        place = text_stream.Place(self.path("a.jsonl"))
        return list(text_stream.json_texts(blocks, place, "text"))

    def test_each_text_ends_a_document(self):
        blocks = self.lines('{"text": "one\\n two"}\n\n', '{"text": "three"}')
        self.assertEqual(blocks, [["one", "two", ""], ["three", ""]])

    @parameterized.named_parameters(
        ("no_json", "{nonsense", "not JSON"),
        ("no_field", '{"body": "x", "id": 1}', "no field 'text'; it has body, id"),
        ("no_object", '["x"]', "no field 'text'; it has no fields"),
        ("no_string", '{"text": null}', "field 'text' holds None, not a string"),
    )
    def test_bad_line_is_named(self, line, message):
        with self.assertRaisesRegex(ValueError, "a.jsonl:3: " + message):
            self.lines('{"text": "one"}\n{"text": "two"}\n', line + "\n")


if __name__ == "__main__":
    tf.test.main()

"""Tests for model.vocabulary."""

import os
import tempfile
import warnings

import tensorflow.compat.v1 as tf

from model import vocabulary

SPECIAL = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"


class VocabularyTest(tf.test.TestCase):
    def write(self, content):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "vocab.txt")
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, content, **options):
        return vocabulary.load(self.write(content), **options)

    def test_id_is_the_number_of_the_line(self):
        loaded = self.load(SPECIAL + "a\n##b\n")
        self.assertEqual(loaded.ids["[PAD]"], 0)
        self.assertEqual(loaded.ids["##b"], 6)
        self.assertEqual(loaded.tokens[5], "a")

    def test_line_ends_of_windows_are_removed(self):
        loaded = self.load((SPECIAL + "a\n").replace("\n", "\r\n"))
        self.assertEqual(loaded.tokens[-1], "a")
        self.assertEqual(loaded.tokens[0], "[PAD]")

    def test_last_line_needs_no_end(self):
        self.assertEqual(self.load(SPECIAL + "a").tokens[-1], "a")

    def test_token_that_is_white_space_stays(self):
        self.assertEqual(self.load(SPECIAL + "\u2028\na\n").ids["a"], 6)

    def test_missing_special_tokens_are_listed(self):
        with self.assertRaisesRegex(ValueError, r"lacks \[CLS\], \[MASK\]\."):
            self.load("[PAD]\n[UNK]\n[SEP]\na\n")

    def test_padding_must_come_first(self):
        with self.assertRaisesRegex(ValueError, r":2: \[PAD\] has id 1, expected 0"):
            self.load("a\n" + SPECIAL)

    def test_duplicates_are_counted_and_refused(self):
        message = r"2 of its 9 lines repeat another \(such as 'x', 'y'\)"
        with self.assertRaisesRegex(ValueError, message):
            self.load(SPECIAL + "x\ny\nx\ny\n")

    def test_replacement_characters_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"1 hold the replacement character"):
            self.load(SPECIAL + "caf\ufffd\n")

    def test_damaged_file_can_be_accepted_with_one_warning(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            loaded = self.load(SPECIAL + "x\n\ufffd\nx\n", allow_damaged=True)
        self.assertLen(caught, 1)
        self.assertEqual(loaded.ids["x"], 7)  # The last one, as in the original.
        self.assertLen(loaded.tokens, 8)

    def test_empty_line_is_named(self):
        with self.assertRaisesRegex(ValueError, r"vocab.txt:6: an empty line"):
            self.load(SPECIAL + "\nx\n")

    def test_other_encoding_is_named(self):
        with self.assertRaisesRegex(ValueError, r"vocab.txt:6: not UTF-8"):
            self.load(SPECIAL.encode() + b"caf\xe9\n")

    def test_sentencepiece_model_is_recognized(self):
        with self.assertRaisesRegex(ValueError, "set tokenizer to 'sentencepiece'"):
            self.load(b"\x0a\x0e\x0a\x05<pad>\x15\x00\x00\x00\x00")

    def test_folder_is_refused(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        with self.assertRaisesRegex(ValueError, "is a folder; name the file itself"):
            vocabulary.load(folder)

    def test_missing_file_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.txt does not exist"):
            vocabulary.load("nowhere.txt")

    def test_digest_is_that_of_the_bytes(self):
        first = vocabulary.digest(self.write(SPECIAL))
        self.assertEqual(first, vocabulary.digest(self.write(SPECIAL)))
        self.assertNotEqual(first, vocabulary.digest(self.write(SPECIAL + "a\n")))


if __name__ == "__main__":
    tf.test.main()

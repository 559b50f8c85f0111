"""Tests for finetune.classification.tsv."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import labels, tsv

DEV = task_lib.Split("dev", task_lib.DEV)
BINARY = labels.Classes(("0", "1"))


def reader(parse=BINARY.parse, folders=("here", "There"), **layout):
    layout = dict(dict(file_names=("dev.tsv",), text_a="text", label="label"), **layout)
    return tsv.TsvReader(folders, (("dev", tsv.Layout(**layout)),), parse)


class TsvTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, content, **layout):
        path = os.path.join(self.get_temp_dir(), "dev.tsv")
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return reader(**layout).read(path, DEV)

    def texts(self, content, **layout):
        return [example.text_a for example in self.read(content, **layout).examples]

    def test_named_columns(self):
        dataset = self.read("label\ttext\n1\tyes\n0\tno\n")
        self.assertEqual(
            dataset.examples,
            [tsv.Example("0", "yes", None, 1), tsv.Example("1", "no", None, 0)],
        )

    def test_numbered_columns_without_header(self):
        dataset = self.read("x\t1\t\tyes\n", num_columns=4, text_a=3, label=1)
        self.assertEqual(dataset.examples, [tsv.Example("0", "yes", None, 1)])

    def test_id_column_names_the_example(self):
        dataset = self.read("label\ttext\tid\n1\tyes\tq7\n", id="id")
        self.assertEqual(dataset.examples[0].id, "q7")

    def test_columns_may_move_and_grow_in_number(self):
        short = self.read("text\tlabel\na\t1\n").examples
        wide = self.read("x\ttext\tlabel1\tlabel2\tlabel\nx\ta\t0\t0\t1\n").examples
        self.assertEqual(short, wide)

    def test_byte_order_mark_is_no_part_of_the_first_column(self):
        self.assertEqual(self.texts(b"\xef\xbb\xbftext\tlabel\nyes\t1\n"), ["yes"])

    def test_quotes_are_characters(self):
        self.assertEqual(
            self.texts('label\ttext\n1\t" open\n0\tclose "\n1\t"""\n'),
            ['" open', 'close "', '"""'],
        )

    def test_last_line_without_newline(self):
        self.assertEqual(self.texts("label\ttext\n1\ta\n0\tb"), ["a", "b"])

    def test_windows_line_ends(self):
        self.assertEqual(self.texts("label\ttext\r\n1\ta\r\n0\tb\r\n"), ["a", "b"])

    def test_other_line_separators_do_not_end_a_row(self):
        text = "a\u2028b\x85c\x0bd"
        self.assertEqual(self.texts("label\ttext\n1\t%s\n" % text), [text])

    def test_empty_text_is_kept(self):
        self.assertEqual(self.texts("label\ttext\n1\t\n0\tb\n"), ["", "b"])

    def test_too_few_columns_stop_with_path_and_line(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: malformed row: found 1 columns, expected 2"
        ):
            self.read("label\ttext\n1\ta\nbroken\n1\tb\n")

    def test_too_many_columns_stop_with_path_and_line(self):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:2: .*3 columns, expected 2"):
            self.read("label\ttext\n1\ta\tb\n")

    def test_blank_line_between_rows_is_malformed(self):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:3: .*1 columns"):
            self.read("label\ttext\n1\ta\n\n1\tb\n")

    def test_blank_lines_at_the_end_are_no_rows(self):
        self.assertEqual(self.texts("label\ttext\n1\ta\n\n\n"), ["a"])

    def test_unknown_label_stops_with_the_legal_ones(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: unknown label '2'; the labels are '0', '1'"
        ):
            self.read("label\ttext\n1\ta\n2\tb\n")

    def test_missing_column_stops_with_those_found(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:1: .*no column 'text'.*'label', 'sentence'"
        ):
            self.read("label\tsentence\n1\ta\n")

    def test_invalid_utf8_stops_with_path_and_line(self):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:2: not UTF-8"):
            self.read(b"label\ttext\n1\t\xff\n")

    def test_empty_file_is_refused(self):
        with self.assertRaisesRegex(ValueError, "the file is empty"):
            self.read("")

    def test_header_alone_is_refused(self):
        with self.assertRaisesRegex(ValueError, "header but no rows"):
            self.read("label\ttext\n")

    def test_malformed_rows_within_the_published_rate_are_counted(self):
        rows = ["1\ta\n"] * 9 + ["broken\n"]
        dataset = self.read("label\ttext\n" + "".join(rows), max_malformed_rate=0.1)
        self.assertLen(dataset.examples, 9)
        self.assertEqual(dataset.skipped, ((11, "1 columns, expected 2"),))

    def test_malformed_rows_above_the_rate_stop(self):
        rows = ["1\ta\n"] * 8 + ["broken\n"] * 2
        with self.assertRaisesRegex(
            ValueError, r":10: .*2 of 10 rows .* allowed are 1"
        ):
            self.read("label\ttext\n" + "".join(rows), max_malformed_rate=0.1)

    @parameterized.parameters("here", "There")
    def test_finds_the_folder_under_any_of_its_names(self, folder):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        os.makedirs(os.path.join(root, folder))
        path = os.path.join(root, folder, "dev.tsv")
        open(path, "w").close()
        self.assertEqual(reader().find(root, DEV), path)

    def test_missing_file_lists_where_it_could_be(self):
        with self.assertRaisesRegex(
            FileNotFoundError, r"dev file is missing.*here/dev\.tsv.*There/dev\.tsv"
        ):
            reader().find("nowhere", DEV)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.formats."""

import gzip
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import formats


class FormatsTestCase(tf.test.TestCase, parameterized.TestCase):
    def write(self, name, content):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(folder, name)
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return path

    def rows(self, name, content):
        path = self.write(name, content)
        return list(formats.of_path(path).rows(path))

    def fields(self, name, content):
        return [fields for _, fields in self.rows(name, content)]


class UnquotedTest(FormatsTestCase):
    def test_rows_have_the_numbers_of_their_lines(self):
        self.assertEqual(
            self.rows("a.tsv", "x\ty\n1\t2\n"), [(1, ["x", "y"]), (2, ["1", "2"])]
        )

    def test_quotes_are_characters(self):
        self.assertEqual(
            self.fields("a.tsv", '" open\tclose "\n'), [['" open', 'close "']]
        )

    def test_last_line_without_newline(self):
        self.assertEqual(self.fields("a.tsv", "a\nb"), [["a"], ["b"]])

    def test_windows_line_ends(self):
        self.assertEqual(self.fields("a.tsv", "a\tb\r\nc\td\r\n")[1], ["c", "d"])

    def test_other_line_separators_do_not_end_a_row(self):
        text = "a\u2028b\x85c\x0bd"
        self.assertEqual(self.fields("a.tsv", text + "\n"), [[text]])

    def test_blank_lines_at_the_end_are_no_rows(self):
        self.assertEqual(self.fields("a.tsv", "a\n\n\n"), [["a"]])

    def test_blank_line_between_rows_is_an_empty_field(self):
        self.assertEqual(self.fields("a.tsv", "a\n\nb\n"), [["a"], [""], ["b"]])

    def test_empty_file_has_no_rows(self):
        self.assertEqual(self.rows("a.tsv", ""), [])


class QuotedTest(FormatsTestCase):
    def test_separators_quotes_and_line_ends_within_quotes(self):
        self.assertEqual(
            self.fields("a.csv", 'a,"b, ""c""\nd"\n'), [["a", 'b, "c"\nd']]
        )

    def test_rows_are_numbered_by_their_first_line(self):
        rows = self.rows("a.csv", 'a,"1\n2\n3"\nb,c\n')
        self.assertEqual([line for line, _ in rows], [1, 4])

    def test_quoted_tsv(self):
        path = self.write("a.tsv", 'a\t"b\tc"\n')
        rows = list(formats.named("quoted_tsv").rows(path))
        self.assertEqual(rows, [(1, ["a", "b\tc"])])

    def test_line_ends_within_quotes_are_kept_as_they_are(self):
        self.assertEqual(self.fields("a.csv", '"a\r\nb",c\r\n'), [["a\r\nb", "c"]])

    def test_blank_lines_at_the_end_are_no_rows(self):
        self.assertEqual(self.fields("a.csv", "a,b\n\n\n"), [["a", "b"]])

    def test_fields_may_be_long(self):
        text = "a" * 200000
        self.assertEqual(self.fields("a.csv", 'b,"%s"\n' % text), [["b", text]])

    def test_quote_that_is_never_closed_stops_where_its_row_begins(self):
        with self.assertRaisesRegex(
            ValueError, r"a\.csv:4: malformed row: .*never closed.*format is tsv"
        ):
            self.rows("a.csv", 'a,"1\n2"\nb,c\nd,"e\nf,g\n')

    def test_text_after_a_closing_quote_stops(self):
        with self.assertRaisesRegex(ValueError, r"a\.csv:2: malformed row"):
            self.rows("a.csv", 'a,b\n"c" d,e\n')


class JsonTest(FormatsTestCase):
    def test_an_object_in_each_line(self):
        self.assertEqual(
            self.rows("a.jsonl", '{"x": 1}\n{"x": "二"}'),
            [(1, {"x": 1}), (2, {"x": "二"})],
        )

    def test_line_separators_within_a_text_do_not_end_it(self):
        text = "a\u2028b\x85c"
        self.assertEqual(self.fields("a.jsonl", '{"x": "%s"}\n' % text), [{"x": text}])

    def test_blank_lines_are_skipped_and_counted(self):
        self.assertEqual(self.rows("a.jsonl", '\n{"x": 1}\r\n \n'), [(2, {"x": 1})])

    def test_line_that_is_no_json_stops(self):
        with self.assertRaisesRegex(ValueError, r"a\.jsonl:2: not JSON"):
            self.rows("a.jsonl", '{"x": 1}\n{"x": \n')

    @parameterized.parameters("a.jsonl", "a.json")
    def test_nesting_without_end_stops(self, name):
        with self.assertRaisesRegex(ValueError, r":2: not JSON: .*recursion"):
            self.rows(name, '{"x": 1}\n{"x": %s\n' % ("[" * 100000))

    @parameterized.parameters("a.jsonl", "a.json")
    def test_what_is_no_object_stops(self, name):
        with self.assertRaisesRegex(ValueError, r":2: expected a JSON object.*'x'"):
            self.rows(name, '{"x": 1}\n"x"\n')

    def test_json_file_may_be_made_of_lines(self):
        self.assertEqual(
            self.fields("a.json", '{"x": 1}\n{"x": 2}\n'), [{"x": 1}, {"x": 2}]
        )

    def test_items_of_a_list_are_numbered_by_their_first_line(self):
        content = '[\n  {"x": 1,\n   "y": [2]},\n\n  {"x": "]"}, {"x": 3}\n]\n'
        self.assertEqual(
            self.rows("a.json", content),
            [(2, {"x": 1, "y": [2]}), (5, {"x": "]"}), (5, {"x": 3})],
        )

    @parameterized.parameters(
        ('{\n "data": [], "x": 1}\n', ":1: expected a list .* keys 'data', 'x'"),
        ("\n{\n}\n", ":2: expected a list .* keys none"),
        ('{"x":\n1}\n{"x":\n2}\n', ":1: expected a list .* keys 'x'"),
        ("[\n" + "[" * 100000, ":2: not JSON: .*recursion"),
    )
    def test_what_is_neither_list_nor_lines_stops(self, content, message):
        with self.assertRaisesRegex(ValueError, message):
            self.rows("a.json", content)

    def test_empty_list_has_no_rows(self):
        self.assertEqual(self.rows("a.json", " [ ]\n"), [])

    @parameterized.parameters(
        ('[\n{"x": 1}\n{"x": 2}]', r":3: not JSON: expected ',' or '\]'"),
        ('[{"x": 1},\n', r":2: not JSON: Expecting value"),
        ('[{"x": 1}', r":1: not JSON: expected ','"),
        ('[{"x": 1}]\n]', r"not JSON: something follows the list"),
        ('[{"x": 1},\n [2]]', r":2: expected a JSON object .*\[2\]"),
        ("[1]\n", r":1: expected a JSON object .*1"),
    )
    def test_broken_list_stops(self, content, message):
        with self.assertRaisesRegex(ValueError, message):
            self.rows("a.json", content)


class FileTest(FormatsTestCase):
    @parameterized.parameters(
        ("a.tsv", b"x\n", ["x"]),
        ("a.csv", b'"x"\n', ["x"]),
        ("a.jsonl", b'{"x": 1}\n', {"x": 1}),
        ("a.json", b'[{"x": 1}]\n', {"x": 1}),
    )
    def test_every_format_may_be_compressed(self, name, content, expected):
        for name_, bytes_ in ((name, content), (name + ".gz", gzip.compress(content))):
            self.assertEqual(self.fields(name_, bytes_), [expected])

    @parameterized.parameters("a.tsv", "a.csv", "a.jsonl")
    def test_byte_order_mark_is_skipped(self, name):
        content = b"\xef\xbb\xbf" + (b'{"x": 1}' if name == "a.jsonl" else b"x")
        expected = {"x": 1} if name == "a.jsonl" else ["x"]
        self.assertEqual(self.fields(name, content), [expected])

    @parameterized.parameters("a.tsv", "a.csv", "a.jsonl", "a.json")
    def test_invalid_utf8_stops_with_path_and_line(self, name):
        with self.assertRaisesRegex(ValueError, r":3: not UTF-8 text"):
            self.rows(name, b"{}\n{}\n\xff\n")

    @parameterized.parameters(b"no gzip", gzip.compress(b"x" * 100)[:-9])
    def test_broken_compression_is_refused(self, content):
        with self.assertRaisesRegex(ValueError, "not a whole gzip file"):
            self.rows("a.tsv.gz", content)

    def test_ending_that_tells_nothing_lists_those_that_do(self):
        with self.assertRaisesRegex(
            ValueError, r"train\.dat: the ending '\.dat'.*\.csv.*quoted_tsv"
        ):
            formats.of_path("train.dat")

    def test_ending_is_found_before_that_of_compression(self):
        self.assertEqual(formats.ending("a.b/train.TSV.gz"), ".tsv")

    @parameterized.parameters(
        ("csv", ";", '"a;b";c\n', ["a;b", "c"], "separated by ';', quoted"),
        ("quoted_tsv", "|", "a|b\n", ["a", "b"], "separated by '|', quoted"),
        ("tsv", " ||| ", '"a ||| b\n', ['"a', "b"], "separated by ' ||| ', no quoting"),
    )
    def test_fields_may_be_separated_otherwise(
        self, name, separator, content, row, words
    ):
        found = formats.named(name, separator)
        path = self.write("a.txt", content)
        self.assertEqual(list(found.rows(path)), [(1, row)])
        self.assertEqual(found.separator, words)

    def test_separator_that_does_not_suit_the_format_is_refused(self):
        with self.assertRaisesRegex(ValueError, "'||' is not one character"):
            formats.of_path("a.csv", "||")
        with self.assertRaisesRegex(ValueError, "format json have no separator"):
            formats.of_path("a.json", ";")

    def test_unknown_format_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'jsonl'"):
            formats.named("jsnl")


class LinesTest(FormatsTestCase):
    def lines(self, content):
        return list(formats.lines(self.write("a.txt", content)))

    def test_lines_are_numbered_from_one(self):
        self.assertEqual(self.lines("a\n\nb"), [(1, "a"), (2, ""), (3, "b")])

    def test_line_ends_are_left_out(self):
        self.assertEqual(self.lines("a \r\nb\t\r\n"), [(1, "a "), (2, "b\t")])

    def test_blank_lines_at_the_end_are_left_out(self):
        self.assertEqual(self.lines("a\n\r\n\n"), [(1, "a")])
        self.assertEqual(self.lines("\n"), [])


class ReadTest(FormatsTestCase):
    def test_json_after_a_byte_order_mark(self):
        path = self.write("a.json", "\ufeff[1, 2]")
        self.assertEqual(formats.read_json(path), [1, 2])

    def test_broken_json_is_refused_with_its_line(self):
        path = self.write("a.json", "[1,\n2")
        with self.assertRaisesRegex(ValueError, r"a\.json:2: not JSON: [^.]*\.$"):
            formats.read_json(path)
        with self.assertRaisesRegex(ValueError, r"a\.json:2: .*\. Is it YAML\?$"):
            formats.read_json(path, "Is it YAML?")

    @parameterized.parameters("a.tsv", "a.csv", "a.jsonl", "a.json")
    def test_missing_file(self, name):
        with self.assertRaisesRegex(FileNotFoundError, "data file .*does not exist"):
            list(formats.of_path(name).rows(os.path.join(self.get_temp_dir(), name)))

    def test_folder_is_refused(self):
        with self.assertRaisesRegex(ValueError, "is a folder; name the file itself"):
            formats.read_text(self.get_temp_dir())

    def test_invalid_utf8_is_told_to_be_converted(self):
        with self.assertRaisesRegex(ValueError, "not UTF-8 .* Convert the file"):
            formats.read_text(self.write("a.txt", b"\xff"))


class KeyedRowsTest(FormatsTestCase):
    def keyed(self, name, content, *more):
        return list(formats.keyed_rows(self.write(name, content), *more))

    def test_json_that_is_not_utf8_is_said_once(self):
        with self.assertRaisesRegex(ValueError, r"^[^ ]*a\.json:2: not UTF-8 text: "):
            formats.read_json(self.write("a.json", b'{\n"\xff"}'))

    def test_columns_may_have_names_from_elsewhere(self):
        self.assertEqual(
            self.keyed("a.tsv", "7\t1\n", None, ("qid", "label")),
            [(1, {"qid": "7", "label": "1"})],
        )
        with self.assertRaisesRegex(ValueError, r"a.tsv:1: found 1 columns"):
            self.keyed("a.tsv", "7\n", None, ("qid", "label"))

    def test_column_that_is_named_twice_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "a.tsv:1: the header names the column 'b' twice"
        ):
            self.keyed("a.tsv", "a\tb\tb\n1\t2\t3\n")

    def test_columns_without_a_name_may_be_several(self):
        self.assertLen(self.keyed("a.csv", ",,a\n1,2,3\n"), 1)

    def test_rows_are_keyed_by_the_header(self):
        self.assertEqual(
            self.keyed("dev.tsv", "qid\tlabel\n7\t1\n8\t0\n"),
            [(2, {"qid": "7", "label": "1"}), (3, {"qid": "8", "label": "0"})],
        )

    def test_objects_are_rows_as_they_are(self):
        self.assertEqual(
            self.keyed("dev.jsonl", '{"qid": 7}\n{"qid": 8}\n'),
            [(1, {"qid": 7}), (2, {"qid": 8})],
        )

    def test_named_format_wins_over_the_ending(self):
        self.assertEqual(
            self.keyed("dev.tsv", "qid,label\n7,1\n", "csv"),
            [(2, {"qid": "7", "label": "1"})],
        )

    def test_row_of_another_width_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: found 1 columns \(tab.*expected 2"
        ):
            self.keyed("dev.tsv", "qid\tlabel\n7\t1\n8\n")


if __name__ == "__main__":
    tf.test.main()

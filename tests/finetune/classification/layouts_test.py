"""Tests for finetune.classification.layouts."""

import dataclasses
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.classification import layouts


class LayoutsTestCase(tf.test.TestCase, parameterized.TestCase):
    def load(self, content, name="dev.tsv", **layout):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(folder, name)
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        layout = dict({"text_a": "text", "label": "label"}, **layout)
        return layouts.load(path, layouts.Layout((name,), **layout))

    def texts(self, content, **layout):
        table = self.load(content, **layout)
        return [table.text(row, table.layout.text_a) for row in table.rows]


class ColumnsTest(LayoutsTestCase):
    def test_named_columns_may_stand_anywhere(self):
        self.assertEqual(self.texts("label\ttext\n1\tyes\n"), ["yes"])
        self.assertEqual(self.texts("text\tx\tlabel\nyes\tno\t1\n"), ["yes"])

    def test_numbered_columns_without_header(self):
        texts = self.texts("x\t1\nyes\t0\n", header=False, text_a=0, label=1)
        self.assertEqual(texts, ["x", "yes"])

    def test_numbered_columns_under_a_header(self):
        self.assertEqual(self.texts("a\tb\nyes\t0\n", text_a=0, label=1), ["yes"])

    @parameterized.parameters(None, "tsv")
    def test_folder_is_refused_with_the_format_for_it(self, name):
        layout = layouts.Layout((), text_a="text", format=name)
        with self.assertRaisesRegex(ValueError, "is a folder; the format 'folders'"):
            layouts.load(self.get_temp_dir(), layout)

    def test_width_without_header_is_that_of_the_first_row(self):
        with self.assertRaisesRegex(ValueError, r":2: .*3 columns, expected 2"):
            self.load("a\t1\nb\t1\t1\n", header=False, text_a=0, label=1)

    def test_known_width_without_header(self):
        with self.assertRaisesRegex(ValueError, r":1: .*2 columns, expected 4"):
            self.load("a\t1\n", header=False, text_a=0, label=1, num_columns=4)

    def test_names_of_columns_without_header(self):
        texts = self.texts("1\tyes\n", header=False, columns=("label", "text"))
        self.assertEqual(texts, ["yes"])

    def test_blanks_around_names_do_not_matter(self):
        self.assertEqual(self.texts(" label, text \n1,a\n", name="dev.csv"), ["a"])
        auto = {"header": "auto", "columns": ("text", "label")}
        self.assertEqual(self.texts("label\t text\n1\ta\n", **auto), ["a"])

    def test_several_columns_are_one_text(self):
        content = "title\tlabel\tbody\na\t1\tb c\n\t1\td\n"
        texts = self.texts(content, text_a=("title", "body"))
        self.assertEqual(texts, ["a b c", "d"])

    def test_one_of_several_columns_that_is_missing_stops(self):
        with self.assertRaisesRegex(ValueError, "has no column 'body'"):
            self.load("title\tlabel\na\t1\n", text_a=("title", "body"))

    def test_columns_may_be_separated_otherwise(self):
        content = 'text;label\n"a;b";1\n'
        self.assertEqual(self.texts(content, name="x.csv", separator=";"), ["a;b"])
        numbered = {"text_a": 1, "label": 0, "header": False}
        texts = self.texts('1 ||| "a\n', separator=" ||| ", **numbered)
        self.assertEqual(texts, ['"a'])

    def test_more_columns_may_be_passed_over_and_are_noted(self):
        numbered = {"text_a": 1, "label": 0, "header": False}
        content = "1\ta\tx\n1\tb\n1\tc\tx\ty\n"
        table = self.load(content, extra_columns=True, **numbered)
        self.assertEqual([fields[1] for _, fields in table.rows], ["a", "b", "c"])
        self.assertEqual(table.notes, ("2 rows have more than 2 columns.",))

    @parameterized.parameters("a.tsv", "a.csv")
    def test_comments_and_blank_lines_between_rows_may_be_passed_over(self, name):
        content = "###7\n1\ta\n\n###8\n0\tb\n".replace("\t", "\t,"[".csv" in name])
        numbered = {"text_a": 1, "label": 0, "header": False}
        table = self.load(content, name=name, comment="###", **numbered)
        self.assertEqual([line for line, _ in table.rows], [2, 5])
        note = "3 lines are blank or begin with '###' and were passed over."
        self.assertEqual(table.notes, (note,))
        with self.assertRaisesRegex(ValueError, "every line is a comment or blank"):
            self.load("###7\n", name=name, comment="###", **numbered)

    def test_columns_that_are_missing_are_not_passed_over(self):
        with self.assertRaisesRegex(ValueError, r":3: .*1 columns, expected 2"):
            self.load("label\ttext\n1\ta\tx\n1\n", extra_columns=True)

    def test_missing_column_stops_with_those_found(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:1: the header has no column 'text'.*'label', 'a'"
        ):
            self.load("label\ta\n1\ta\n")

    def test_column_that_is_there_twice_stops(self):
        with self.assertRaisesRegex(ValueError, "more than one column 'text'"):
            self.load("label\ttext\ttext\n1\ta\tb\n")

    def test_second_column_that_is_not_read_does_not_matter(self):
        self.assertEqual(self.texts("label\ttext\tx\tx\n1\ta\tb\tc\n"), ["a"])

    def test_number_beyond_the_last_column_stops(self):
        with self.assertRaisesRegex(
            ValueError, r":1: there is no column 2, counted from 0; the row has 2"
        ):
            self.load("a\t1\n", header=False, text_a=2, label=1)

    def test_name_without_header_stops(self):
        with self.assertRaisesRegex(ValueError, "column 'text': there is no header"):
            self.load("a\t1\n", header=False, label=1)

    def test_name_missing_from_the_columns_stops(self):
        with self.assertRaisesRegex(ValueError, "names of the columns have no column"):
            self.load("a\t1\n", header=False, columns=("a", "label"))

    def test_empty_file_is_refused(self):
        with self.assertRaisesRegex(ValueError, "the file is empty"):
            self.load("")

    def test_header_alone_is_refused(self):
        with self.assertRaisesRegex(ValueError, "header but no rows"):
            self.load("label\ttext\n")

    def test_ids_that_are_not_there_are_noted(self):
        table = self.load("label\ttext\n1\ta\n", id="index")
        self.assertIsNone(table.layout.id)
        self.assertIn("no column 'index'", table.notes[0])

    def test_ids_that_are_there_need_no_note(self):
        table = self.load("label\ttext\tindex\n1\ta\t7\n", id="index")
        self.assertEqual((table.layout.id, table.notes), ("index", ()))


class AutoHeaderTest(LayoutsTestCase):
    AUTO = {"header": "auto", "columns": ("text", "label")}

    def test_header_is_there_if_it_has_the_names(self):
        table = self.load("label\ttext\n1\ta\n", **self.AUTO)
        self.assertEqual([row for _, row in table.rows], [["1", "a"]])
        self.assertEqual(table.text(table.rows[0], "text"), "a")

    def test_first_row_without_the_names_is_a_row(self):
        self.assertEqual(self.texts("a\t1\nb\t0\n", **self.AUTO), ["a", "b"])

    def test_what_was_found_is_noted(self):
        with_header = self.load("label\ttext\n1\ta\n", **self.AUTO).notes
        without = self.load("a\t1\n", **self.AUTO).notes
        self.assertIn("first row names the columns", with_header[0])
        self.assertIn("no header; the columns are taken to be text, label", without[0])

    def test_numbers_cannot_be_looked_for(self):
        with self.assertRaisesRegex(ValueError, "all are numbered; say true or false"):
            self.load("a\t1\n", header="auto", text_a=0, label=1)


class WidthsTest(LayoutsTestCase):
    def test_too_few_columns_stop_with_path_and_line(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: malformed row: found 1 columns, expected 2 \(tab"
        ):
            self.load("label\ttext\n1\ta\nbroken\n1\tb\n")

    def test_too_many_columns_stop_with_path_and_line(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.csv:3: .*3 columns, expected 2 \(comma-separated, quoted"
        ):
            self.load('label,text\n1,"a,b"\n1,a,b\n', name="dev.csv")

    def test_blank_line_between_rows_is_malformed(self):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:3: .*1 columns"):
            self.load("label\ttext\n1\ta\n\n1\tb\n")
        with self.assertRaisesRegex(ValueError, r"dev\.csv:3: .*0 columns"):
            self.load("label,text\n1,a\n\n1,b\n", name="dev.csv")

    def test_malformed_rows_within_the_published_rate_are_counted(self):
        rows = ["1\ta\n"] * 9 + ["broken\n"]
        table = self.load("label\ttext\n" + "".join(rows), max_malformed_rate=0.1)
        self.assertLen(table.rows, 9)
        self.assertEqual(table.skipped, ((11, "1 columns, expected 2"),))

    @parameterized.parameters({}, {"text_a": 1, "label": 0})
    def test_header_that_stands_again_is_no_row(self, **columns):
        content = "label\ttext\n1\ta\nlabel\ttext\n0\tb\n"
        table = self.load(content, **columns)
        self.assertLen(table.rows, 2)
        self.assertEqual(table.skipped, ((3, "the header again"),))

    def test_header_of_one_name_may_be_a_text(self):
        self.assertEqual(self.texts("text\na\ntext\n", label=None), ["a", "text"])

    def test_malformed_rows_above_the_rate_stop(self):
        rows = ["1\ta\n"] * 8 + ["broken\n"] * 2
        with self.assertRaisesRegex(
            ValueError, r":10: .*2 of 10 rows .* allowed are 1"
        ):
            self.load("label\ttext\n" + "".join(rows), max_malformed_rate=0.1)


class KeysTest(LayoutsTestCase):
    def value(self, json, **layout):
        return self.texts(
            '{"label": "1", "text": %s}\n' % json, name="a.jsonl", **layout
        )

    @parameterized.parameters(
        ('"二"', "二"),
        ("108", "108"),
        ("1.5", "1.5"),
        ("5.0", "5"),
        ("true", "true"),
        ("null", ""),
    )
    def test_values_become_text(self, json, expected):
        self.assertEqual(self.value(json), [expected])

    def test_lists_are_joined_where_it_is_said_by_what(self):
        self.assertEqual(self.value('["水稻", 2]', join_lists="/"), ["水稻/2"])

    def test_lists_are_refused_where_it_is_not_said(self):
        with self.assertRaisesRegex(
            ValueError, r"a\.jsonl:1: 'text': .*found a list; join_lists"
        ):
            self.value('["a"]')

    def test_objects_are_refused(self):
        with self.assertRaisesRegex(ValueError, r":1: 'text': .*found an object"):
            self.value('{"a": 1}')

    @parameterized.parameters("NaN", "Infinity", "-Infinity")
    def test_what_is_no_number_is_no_text(self, json):
        with self.assertRaisesRegex(ValueError, r":1: 'text': .*found -?(nan|inf)"):
            self.value(json)

    def test_objects_in_objects_have_names_with_dots(self):
        self.assertEqual(self.value('{"a": {"b": "x"}}', text_a="text.a.b"), ["x"])
        with self.assertRaisesRegex(ValueError, r":1: the object has no key 'text.b'"):
            self.value('{"a": "x"}', text_a="text.b")

    def test_names_with_dots_may_be_keys(self):
        texts = self.texts(
            '{"a.b": "x", "a": {"b": "y"}}', name="a.jsonl", text_a="a.b"
        )
        self.assertEqual(texts, ["x"])

    def test_half_a_character_is_refused(self):
        with self.assertRaisesRegex(ValueError, r":1: 'text': half of a character"):
            self.value('"\\ud83d"')

    def test_missing_key_stops_with_path_line_and_keys(self):
        with self.assertRaisesRegex(
            ValueError, r"a\.jsonl:2: the object has no key 'text'; it has 'label', 'x'"
        ):
            self.texts('{"text": "a"}\n{"label": 1, "x": 2}\n', name="a.jsonl")

    def test_numbers_name_no_key(self):
        with self.assertRaisesRegex(ValueError, "name one instead of 3"):
            self.value('"a"', text_a=3)

    def test_ids_that_are_not_there_are_noted(self):
        table = self.load('{"text": "a", "label": 1}', name="a.jsonl", id="id")
        self.assertIsNone(table.layout.id)
        self.assertIn("no column 'id'", table.notes[0])


class FitsTest(LayoutsTestCase):
    @parameterized.parameters(
        ("a.tsv", "text\tlabel\n", {}, True),
        ("a.tsv", "text\tx\n", {}, False),
        ("a.tsv", "a\tb\n", {"text_a": 0, "label": 1}, True),
        ("a.tsv", "a\n", {"text_a": 0, "label": 1}, False),
        ("a.tsv", "text\tlabel\n", {"header": False}, False),
        ("a.jsonl", '{"text": 1, "label": {"x": 1}}', {"label": "label.x"}, True),
        ("a.jsonl", '{"text": 1, "label": {}}', {"label": "label.x"}, False),
        ("a.tsv", "", {}, False),
    )
    def test_first_row_tells(self, name, content, changes, expected):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(content)
        layout = dict({"text_a": "text", "label": "label"}, **changes)
        self.assertEqual(
            layouts.fits(path, layouts.Layout((name,), **layout)), expected
        )


class WithoutLabelsTest(LayoutsTestCase):
    LAYOUT = layouts.Layout(
        ("a.tsv",),
        text_a="text",
        label="label",
        logits="teacher",
        header=False,
        columns=("label", "text", "teacher"),
    )

    @parameterized.parameters("1\ta\t2 3\n", "a\n")
    def test_files_may_lack_the_columns_of_labels(self, content):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(folder, "a.tsv")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(content)
        table = layouts.load(path, self.LAYOUT.without_labels())
        self.assertEqual(table.text(table.rows[0], "text"), "a")

    def test_names_that_are_taken_are_noted(self):
        auto = dataclasses.replace(self.LAYOUT, header="auto").without_labels()
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "a.tsv")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("a\n")
        note = "There is no header; the columns are taken to be text."
        self.assertEqual(layouts.load(path, auto).notes, (note,))


class WhereTest(LayoutsTestCase):
    CONTENT = "language\ttext\tlabel\nzh\ta\t1\nen\tb\t1\nzh\tc\t0\n"

    def test_other_rows_are_not_read_and_noted(self):
        table = self.load(self.CONTENT, where=(("language", "zh"),))
        self.assertEqual([line for line, _ in table.rows], [2, 4])
        self.assertEqual(
            table.notes, ("2 of 3 rows are read, where language is 'zh'.",)
        )

    def test_all_conditions_must_hold(self):
        where = (("language", "zh"), ("label", "0"))
        self.assertEqual(self.texts(self.CONTENT, where=where), ["c"])

    def test_no_row_at_all_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no row where language is 'de'"):
            self.load(self.CONTENT, where=(("language", "de"),))


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.classification.tables."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import labels, layouts, marks, tables

DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.TEST)
OWN = task_lib.Split("mine", task_lib.TEST)
BINARY = labels.Classes(("0", "1"))


def reader(labels=BINARY, folders=("here", "There"), drop_labels=(), **layout):
    layout = dict(dict(file_names=("dev.tsv",), text_a="text", label="label"), **layout)
    pairs = (("dev", layouts.Layout(**layout)),)
    return tables.TableReader(folders, pairs, labels, drop_labels, "Ask the library.")


class TablesTestCase(tf.test.TestCase, parameterized.TestCase):
    def write(self, content, name="dev.tsv"):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(folder, name)
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, content, name="dev.tsv", split=DEV, **changes):
        return reader(**changes).read(self.write(content, name), split)


class ReadTest(TablesTestCase):
    def test_texts_and_labels(self):
        dataset = self.read("label\ttext\n1\tyes\n0\tno\n")
        self.assertEqual(
            dataset.examples,
            [tables.Example("0", "yes", None, 1), tables.Example("1", "no", None, 0)],
        )

    def test_pairs(self):
        dataset = self.read("label\ttext\tmore\n1\tyes\tno\n", text_b="more")
        self.assertEqual(dataset.examples, [tables.Example("0", "yes", "no", 1)])

    def test_empty_text_is_kept_and_noted(self):
        content = "label\ttext\tmore\n1\ta\tb\n1\t\tb\n1\t \tb\n1\ta\t\n"
        dataset = self.read(content, text_b="more")
        self.assertEqual(dataset.examples[1], tables.Example("1", "", "b", 1))
        note = "3 of 4 rows have an empty text, the first in line 3."
        self.assertEqual(dataset.notes, (note,))

    def test_marks_are_put_and_stay(self):
        row = '{"text": "it fell", "label": 1, "word": {"is": "it", "at": 0}}'
        mark = marks.Mark("word.is", "word.at", "<", ">")
        dataset = self.read(row, "dev.jsonl", marks=(mark,))
        want = tables.Example("0", "<it> fell", None, 1, None, ((0, 4),))
        self.assertEqual(dataset.examples, [want])

    @parameterized.parameters(
        (
            {"is": "it", "at": 3},
            "'word.is': 'it' does not stand at character 3, .*at 0",
        ),
        ({"is": "it"}, "the object has no key 'word.at'"),
        ({"is": ["it"], "at": 0}, "'word.is': expected a text or a number"),
    )
    def test_wrong_marks_stop_with_path_and_line(self, word, message):
        row = json.dumps({"text": "it fell", "label": 1, "word": word})
        mark = marks.Mark("word.is", "word.at")
        with self.assertRaisesRegex(ValueError, r"^\S*dev\.jsonl:1: " + message):
            self.read(row, "dev.jsonl", marks=(mark,))

    @parameterized.parameters("", " ")
    def test_empty_label_stops(self, label):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:3: the label is empty"):
            self.read("label\ttext\n1\ta\n%s\tb\n" % label)

    def test_rows_without_a_label_may_be_dropped(self):
        rows = '{"text": "a", "label": null}\n{"text": "b", "label": 1}\n'
        dataset = self.read(rows, "dev.jsonl", drop_labels=("",))
        self.assertEqual(dataset.examples, [tables.Example("1", "b", None, 1)])
        self.assertEqual(dataset.skipped, ((1, "label ''"),))

    def test_blanks_around_a_label_do_not_matter(self):
        self.assertEqual(self.read("label\ttext\n 1 \ta\n").examples[0].label, 1)

    @parameterized.parameters("1", "1.0", '"1"')
    def test_numbers_in_json_are_the_same_label_with_and_without_a_point(self, label):
        content = '{"text": "a", "label": %s}' % label
        self.assertEqual(self.read(content, "dev.jsonl").examples[0].label, 1)

    def test_id_column_names_the_example(self):
        dataset = self.read("label\ttext\tid\n1\tyes\tq7\n", id="id")
        self.assertEqual(dataset.examples[0].id, "q7")

    def test_same_id_twice_stops(self):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:3: the id 'q7' is not new"):
            self.read("label\ttext\tid\n1\tyes\tq7\n1\tno\tq7\n", id="id")

    def test_numbers_for_labels(self):
        dataset = self.read("label\ttext\n3.8\ta\n", labels=labels.Range(0.0, 5.0))
        self.assertEqual(dataset.examples[0].label, 3.8)

    def test_unknown_label_stops_with_the_legal_ones(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: unknown label '2'; the labels are '0', '1'"
        ):
            self.read("label\ttext\n1\ta\n2\tb\n")

    def test_labels_may_be_spelt_otherwise(self):
        dataset = self.read("label\ttext\nyes\ta\n", spelling=(("yes", "1"),))
        self.assertEqual(dataset.examples[0].label, 1)

    def test_empty_label_may_be_spelt_otherwise(self):
        dataset = self.read("label\ttext\n\ta\n", spelling=(("", "1"),))
        self.assertEqual(dataset.examples[0].label, 1)

    def test_rows_with_a_label_to_drop_are_counted(self):
        dataset = self.read("label\ttext\n-\ta\n1\tb\n-\tc\n", drop_labels=("-",))
        self.assertEqual(dataset.examples, [tables.Example("1", "b", None, 1)])
        self.assertEqual(dataset.skipped, ((2, "label '-'"), (4, "label '-'")))

    def test_a_file_of_labels_to_drop_is_refused(self):
        with self.assertRaisesRegex(ValueError, "every row has a label that is left"):
            self.read("label\ttext\n-\ta\n", drop_labels=("-",))

    def test_rows_left_out_are_in_the_order_of_the_file(self):
        dataset = self.read(
            "label\ttext\n-\ta\nbroken\n1\tb\n-\tc\n",
            drop_labels=("-",),
            max_malformed_rate=0.5,
        )
        self.assertEqual([line for line, _ in dataset.skipped], [2, 3, 5])

    def test_notes_are_passed_on(self):
        dataset = self.read("label\ttext\n1\ta\n", id="index")
        self.assertLen(dataset.notes, 1)

    def test_json_labels_and_ids_may_be_numbers(self):
        dataset = self.read('{"text": "a", "label": 1, "id": 7}', "dev.jsonl", id="id")
        self.assertEqual(dataset.examples, [tables.Example("7", "a", None, 1)])


class SoftTargetsTest(TablesTestCase):
    def test_logits_of_a_column(self):
        dataset = self.read("label\ttext\tz\n1\ta\t-0.5 2e1\n", logits="z")
        self.assertEqual(dataset.examples[0].soft_targets, (-0.5, 20.0))

    @parameterized.parameters("[-0.5, 20]", '"-0.5 20"')
    def test_logits_of_a_json_list_or_text(self, value):
        content = '{"text": "a", "label": 1, "z": %s}' % value
        dataset = self.read(content, "dev.jsonl", logits="z")
        self.assertEqual(dataset.examples[0].soft_targets, (-0.5, 20.0))

    @parameterized.parameters("1", "1 2 3", "1 x", "1 nan", "")
    def test_what_is_not_a_number_per_class_stops(self, value):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:2: the logits .* are not 2 numbers"
        ):
            self.read("label\ttext\tz\n1\ta\t%s\n" % value, logits="z")

    @parameterized.parameters("7", '{"a": 1}', "[[1, 2]]", "null")
    def test_json_that_is_no_list_of_numbers_stops(self, value):
        with self.assertRaisesRegex(ValueError, r"dev\.jsonl:1: the logits"):
            content = '{"text": "a", "label": 1, "z": %s}' % value
            self.read(content, "dev.jsonl", logits="z")


class OwnFileTest(TablesTestCase):
    """Files besides those of the task."""

    def test_needs_neither_labels_nor_logits_nor_ids(self):
        dataset = self.read(
            "text\na\n", "mine.tsv", OWN, logits="z", id="id", where=(("x", "y"),)
        )
        self.assertEqual(dataset.examples, [tables.Example("0", "a")])

    def test_lacks_the_column_of_labels_where_there_is_no_header(self):
        columns = {"header": False, "columns": ("text", "label")}
        for content in ("a\n", "a\t1\n"):
            dataset = self.read(content, "mine.tsv", OWN, **columns)
            self.assertEqual(dataset.examples, [tables.Example("0", "a")])

    def test_has_the_form_that_its_columns_tell(self):
        pairs = (
            ("dev", layouts.Layout(("a.tsv",), text_a="text", label="label")),
            ("dev", layouts.Layout(("b.tsv",), text_a="premise", label="gold")),
        )
        both = tables.TableReader(("x",), pairs, BINARY)
        for split, header, row in (
            (DEV, "gold\tpremise\n", "1\ta\n"),
            (DEV, "label\ttext\n", "1\ta\n"),
            (OWN, "premise\n", "a\n"),
            (OWN, "text\n", "a\n"),
        ):
            found = both.read(self.write(header + row, "mine.tsv"), split)
            self.assertEqual(found.examples[0].text_a, "a")
            self.assertEqual(found.examples[0].label, 1 if split == DEV else None)

    def test_of_no_form_is_refused_as_the_first(self):
        with self.assertRaisesRegex(ValueError, "no column 'text'"):
            self.read("a\nb\n", "mine.tsv", OWN)

    def test_may_be_in_another_format_by_its_ending(self):
        dataset = self.read('{"text": "a"}', "mine.jsonl", OWN, format="quoted_tsv")
        self.assertEqual(dataset.examples, [tables.Example("0", "a")])

    def test_in_another_format_needs_no_pattern(self):
        lines = {"pattern": "(?P<text>.*)", "file_names": ("dev.label",)}
        for name, content in (("mine.tsv", "text\na\n"), ("mine.label", "a\n")):
            dataset = self.read(content, name, OWN, **lines)
            self.assertEqual(dataset.examples, [tables.Example("0", "a")])

    def test_has_the_format_of_the_task_by_the_same_ending(self):
        dataset = self.read('text\n"a\tb"\n', "mine.tsv", OWN, format="quoted_tsv")
        self.assertEqual(dataset.examples, [tables.Example("0", "a\tb")])

    def test_of_a_labeled_split_has_labels(self):
        dataset = self.read("text,label\na,1\n", "more.csv", DEV)
        self.assertEqual(dataset.examples, [tables.Example("0", "a", None, 1)])

    def test_is_read_like_the_last_split(self):
        pairs = (
            ("train", layouts.Layout(("train.tsv",), text_a=3, header=False)),
            ("test", layouts.Layout(("test.tsv",), text_a="sentence", id="index")),
        )
        path = self.write("index\tsentence\n9\ta\n", "mine.tsv")
        found = tables.TableReader(("x",), pairs, BINARY).read(path, OWN)
        self.assertEqual(found.examples, [tables.Example("9", "a")])


class FindTest(TablesTestCase):
    def test_file_is_found_by_the_names_of_its_layouts(self):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        os.makedirs(os.path.join(root, "There"))
        path = os.path.join(root, "There", "dev.txt")
        open(path, "w").close()
        names = (("other.tsv",), ("dev.tsv",), ("dev.txt",))
        splits = ("train", "dev", "dev")
        pairs = [(s, layouts.Layout(n, text_a=0)) for s, n in zip(splits, names)]
        many = tables.TableReader(("here", "There"), tuple(pairs), BINARY)
        self.assertEqual(many.find(root, DEV), path)

    def test_missing_file_lists_where_it_could_be_and_what_to_do(self):
        with self.assertRaisesRegex(
            FileNotFoundError,
            r"dev file is missing.*here/dev\.tsv.*There/dev\.tsv\. Ask the library",
        ):
            reader().find("nowhere", DEV)

    def test_form_of_a_split_is_told_by_the_name_of_its_file(self):
        pairs = (
            ("dev", layouts.Layout(("dev.tsv",), text_a="text")),
            ("dev", layouts.Layout(("old/dev.txt",), text_a=0, header=False)),
        )
        both = tables.TableReader(("x",), pairs, BINARY)
        new, old = self.write("text\na\n"), self.write("a\n", "dev.txt")
        expected = [tables.Example("0", "a")]
        self.assertEqual(both.read(new, DEV).examples, expected)
        self.assertEqual(both.read(old, DEV).examples, expected)

    def test_form_of_a_split_is_told_by_the_columns_where_names_are_the_same(self):
        pairs = (
            ("dev", layouts.Layout(("dev.tsv",), text_a="text")),
            ("dev", layouts.Layout(("dev.tsv",), text_a="premise")),
        )
        both = tables.TableReader(("x",), pairs, BINARY)
        found = both.read(self.write("premise\na\n"), DEV)
        self.assertEqual(found.examples, [tables.Example("0", "a")])


class LabelNamesTest(TablesTestCase):
    def names(self, *values, **changes):
        rows = "".join("%s\ta\n" % value for value in values)
        path = self.write("label\ttext\n" + rows)
        return reader(**changes).label_names(path, DEV)

    def test_are_sorted_as_texts(self):
        self.assertEqual(self.names("b", "a", "b", "10"), ("10", "a", "b"))

    def test_are_sorted_as_numbers_where_all_are(self):
        self.assertEqual(self.names("10", "9", "100"), ("9", "10", "100"))

    def test_leave_out_what_is_dropped(self):
        self.assertEqual(self.names("b", "-", "a", drop_labels=("-",)), ("a", "b"))

    def test_are_those_that_are_meant(self):
        names = self.names("B", "a", "b", spelling=(("B", "b"),))
        self.assertEqual(names, ("a", "b"))

    def test_one_alone_is_refused(self):
        with self.assertRaisesRegex(ValueError, "nothing to tell apart.*'a'"):
            self.names("a", "a")


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.ranking.reader."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import sources
from finetune import task as task_lib
from finetune.ranking import reader

DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.TEST)
COLUMNS = {column: column for column in reader.COLUMNS}
HEADER = "qid\tlabel\ttext_a\ttext_b\n"


class RankingReaderTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, content, split=DEV, name="dev.tsv", columns=None, **values):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), name)
        with open(path, "wb") as stream:
            stream.write(content.encode("utf-8"))
        columns = dict(COLUMNS, **(columns or {}))
        places = sources.Places((), ())
        return reader.RankingReader(places, columns, **values).read(path, split)

    def test_row_is_a_question_and_a_candidate(self):
        dataset = self.read(HEADER + '7\t1\t谁?\t"他\n')
        self.assertEqual(dataset.examples, [reader.Example("0", "7", "谁?", '"他', 1)])
        self.assertEqual(dataset.notes, ())

    def test_columns_are_found_by_name(self):
        content = "text_b\tqid\tscore\ttext_a\tlabel\nb\t7\tx\ta\t1\n"
        self.assertEqual(
            self.read(content).examples, [reader.Example("0", "7", "a", "b", 1)]
        )

    def test_id_column_names_the_candidate(self):
        content = "id\t" + HEADER + "D7\t1\t1\ta\tb\n"
        self.assertEqual(self.read(content).examples[0].id, "D7")

    def test_rows_stay_in_the_order_of_the_file(self):
        content = HEADER + "1\t1\ta\tb\n2\t0\tc\td\n1\t0\ta\te\n"
        qids = [example.qid for example in self.read(content).examples]
        self.assertEqual(qids, ["1", "2", "1"])

    def test_json_lines_with_names_of_the_users_own(self):
        row = {"group": 7, "label": 1, "query": "a", "text_b": "b"}
        dataset = self.read(
            json.dumps(row), name="d.jsonl", columns={"qid": "group", "text_a": "query"}
        )
        self.assertEqual(dataset.examples, [reader.Example("0", "7", "a", "b", 1)])

    def test_names_lead_into_objects(self):
        row = {"query": {"id": "q1", "text": "a"}, "text_b": "b", "label": True}
        columns = {"qid": "query.id", "text_a": "query.text"}
        dataset = self.read(json.dumps(row), name="d.jsonl", columns=columns)
        self.assertEqual(dataset.examples, [reader.Example("0", "q1", "a", "b", 1)])

    def test_file_without_header_and_qids(self):
        dataset = self.read(
            "a\tb\t1\nc\td\t0\na\te\t0\n",
            columns={"qid": ""},
            header=("text_a", "text_b", "label"),
        )
        self.assertEqual([each.qid for each in dataset.examples], ["0", "1", "0"])
        self.assertEqual([each.label for each in dataset.examples], [1, 0, 0])

    @parameterized.parameters(("good", 1), ("perfect", 1), ("bad", 0))
    def test_labels_of_the_users_own(self, label, expected):
        labels = (("bad",), ("good", "perfect"))
        content = HEADER + "1\t%s\ta\tb\n2\tgood\ta\tb\n" % label
        dataset = self.read(content, labels=labels)
        self.assertEqual(dataset.examples[0].label, expected)
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:2: unknown label '1'; the labels are 'bad', 'good', "
        ):
            self.read(HEADER + "1\t1\ta\tb\n", labels=labels)
        with self.assertRaisesRegex(ValueError, "no row has the label good or perfect"):
            self.read(HEADER + "1\tbad\ta\tb\n", labels=labels)

    def test_empty_texts_are_noted(self):
        (note,) = self.read(HEADER + "1\t1\ta\tb\n1\t0\ta\t \n").notes
        self.assertEqual(note, "1 of 2 rows have an empty question or candidate.")

    def test_test_file_needs_no_label(self):
        dataset = self.read("qid\ttext_a\ttext_b\n1\ta\tb\n", TEST)
        self.assertEqual(dataset.examples, [reader.Example("0", "1", "a", "b")])

    def test_label_of_a_test_file_is_not_looked_at(self):
        dataset = self.read(HEADER + "1\t?\ta\tb\n", TEST)
        self.assertIsNone(dataset.examples[0].label)

    def test_missing_label_is_refused_with_its_line(self):
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:2: there is no 'label'"):
            self.read("qid\ttext_a\ttext_b\n1\ta\tb\n")

    def test_label_of_another_kind_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: unknown label '2'; the labels are '0', '1'"
        ):
            self.read(HEADER + "1\t1\ta\tb\n1\t2\ta\tc\n")

    def test_repeated_id_is_refused_with_both_lines(self):
        content = "id\t" + HEADER + "D\t1\t1\ta\tb\nD\t1\t0\ta\tc\n"
        with self.assertRaisesRegex(
            ValueError, r"dev\.tsv:3: the id 'D' is taken by line 2"
        ):
            self.read(content)

    @parameterized.parameters("1 2", "", " 1")
    def test_qid_that_is_not_one_word_is_refused(self, qid):
        with self.assertRaisesRegex(ValueError, r"'qid' is '%s', expected one" % qid):
            self.read(HEADER + "%s\t1\ta\tb\n" % qid)

    def test_file_without_a_right_candidate_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no row has the label 1"):
            self.read(HEADER + "1\t0\ta\tb\n")

    def test_file_without_rows_is_refused(self):
        with self.assertRaisesRegex(ValueError, "there are no rows"):
            self.read(HEADER)

    def test_qid_with_two_questions_is_noted(self):
        content = HEADER + "1\t1\ta\tb\n2\t0\tc\td\n1\t0\te\tf\n"
        (note,) = self.read(content).notes
        self.assertStartsWith(note, "1 of 2 qids stand beside more than one text_a")

    def test_files_are_found_at_their_places(self):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = os.path.join(root, "dev.tsv")
        open(path, "w").close()
        places = sources.Places(("",), ((DEV, ("dev.tsv",)),))
        self.assertEqual(reader.RankingReader(places, COLUMNS).find(root, DEV), path)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.classification.glue."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import glue, tables
from tests.finetune import fakes
from tests.testing import task as task_testing

# The first lines of the official files, with sentences of our own.
LABELED = {
    "cola": (None, ["gj04", "1", "", "A b."], ("A b.", None, 1)),
    "sst": (["sentence", "label"], ["a b ", "0"], ("a b ", None, 0)),
    "mrpc": (
        ["\ufeffQuality", "#1 ID", "#2 ID", "#1 String", "#2 String"],
        ["1", "7", "8", 'He said "a', "B"],
        ('He said "a', "B", 1),
    ),
    "sts": (
        "index genre filename year old_index source1 source2 sentence1 sentence2 "
        "score".split(),
        ["0", "g", "f", "y", "1", "s", "s", "A", "B", "3.800"],
        ("A", "B", 3.8),
    ),
    "qqp": (
        "id qid1 qid2 question1 question2 is_duplicate".split(),
        ["9", "1", "2", "A?", "B?", "1"],
        ("A?", "B?", 1),
    ),
    "qnli": (
        "index question sentence label".split(),
        ["0", "A?", "B", "not_entailment"],
        ("A?", "B", 1),
    ),
    "rte": (
        "index sentence1 sentence2 label".split(),
        ["0", "A", "B", "entailment"],
        ("A", "B", 0),
    ),
    "wnli": (
        "index sentence1 sentence2 label".split(),
        ["0", "A", "B", "1"],
        ("A", "B", 1),
    ),
}
TEST = {
    "cola": (["index", "sentence"], ["3", "A b."], ("A b.", None)),
    "sst": (["index", "sentence"], ["3", "a b"], ("a b", None)),
    "mrpc": (
        ["index", "#1 ID", "#2 ID", "#1 String", "#2 String"],
        ["3", "7", "8", "A", "B"],
        ("A", "B"),
    ),
    "sts": (
        "index genre filename year old_index source1 source2 sentence1 "
        "sentence2".split(),
        ["3", "g", "f", "y", "1", "s", "s", "A", "B"],
        ("A", "B"),
    ),
    "qqp": (["id", "question1", "question2"], ["3", "A?", "B?"], ("A?", "B?")),
    "qnli": (["index", "question", "sentence"], ["3", "A?", "B"], ("A?", "B")),
    "rte": (["index", "sentence1", "sentence2"], ["3", "A", "B"], ("A", "B")),
    "wnli": (["index", "sentence1", "sentence2"], ["3", "A", "B"], ("A", "B")),
}
MNLI = (
    "index promptID pairID genre sentence1_binary_parse sentence2_binary_parse "
    "sentence1_parse sentence2_parse sentence1 sentence2"
).split()
MNLI_ROW = ["5", "p", "q", "fiction", "(a)", "(b)", "(a)", "(b)", "A", "B"]
DISTRIBUTED = "CoLA SST-2 MRPC STS-B QQP MNLI QNLI RTE WNLI".split()


def task_of(name):
    return glue.FACTORIES[name](task_lib.Surroundings("nowhere"))


class GlueTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, name, split_name, header, row, file_name=None):
        task = task_of(name)
        folder = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), name)
        lines = ([header] if header else []) + [row]
        fakes.write(folder, file_name or "%s.tsv" % split_name, lines)
        (split,) = [split for split in task.splits if split.name == split_name]
        path = task.reader.find(os.path.dirname(folder), split)
        return task.reader.read(path, split).examples

    @parameterized.parameters(*sorted(LABELED))
    def test_official_training_and_development_files(self, name):
        header, row, (text_a, text_b, label) = LABELED[name]
        want = [tables.Example("0", text_a, text_b, label)]
        self.assertEqual(self.read(name, "train", header, row), want)
        self.assertEqual(self.read(name, "dev", header, row), want)

    @parameterized.parameters(*sorted(TEST))
    def test_official_test_files(self, name):
        header, row, (text_a, text_b) = TEST[name]
        examples = self.read(name, "test", header, row)
        self.assertEqual(examples, [tables.Example("3", text_a, text_b)])

    @parameterized.named_parameters(
        ("as_in_train", "train", ["label1", "gold_label"], ["neutral", "neutral"]),
        (
            "annotated_five_times",
            "dev_matched",
            ["label1", "label2", "label3", "label4", "label5", "gold_label"],
            ["entailment"] * 4 + ["contradiction", "neutral"],
        ),
        (
            "mismatched",
            "dev_mismatched",
            ["label1", "label2", "label3", "label4", "label5", "gold_label"],
            ["entailment"] * 5 + ["neutral"],
        ),
    )
    def test_mnli_files_of_either_width(self, split, labels, values):
        examples = self.read("mnli", split, MNLI + labels, MNLI_ROW + values)
        self.assertEqual(examples, [tables.Example("0", "A", "B", 2)])

    @parameterized.parameters("test_matched", "test_mismatched")
    def test_mnli_test_files(self, split):
        examples = self.read("mnli", split, MNLI, MNLI_ROW)
        self.assertEqual(examples, [tables.Example("5", "A", "B")])

    @parameterized.parameters(
        "mnli/diagnostic.tsv", "MNLI/diagnostic.tsv", "diagnostic/diagnostic.tsv"
    )
    def test_diagnostic_file_in_either_place(self, place):
        root = tempfile.mkdtemp(dir=self.get_temp_dir())
        folder, name = os.path.split(os.path.join(root, place))
        os.makedirs(os.path.join(root, "MNLI"), exist_ok=True)
        os.makedirs(os.path.join(root, "mnli"), exist_ok=True)
        lines = [["index", "sentence1", "sentence2"], ["0", "A", "B"]]
        fakes.write(folder, name, lines)
        task = task_of("mnli")
        (split,) = [split for split in task.splits if split.name == "diagnostic"]
        examples = task.reader.read(task.reader.find(root, split), split).examples
        self.assertEqual(examples, [tables.Example("0", "A", "B")])

    @parameterized.parameters(*zip([row.name for row in glue.ROWS], DISTRIBUTED))
    def test_folders_as_distributed_or_as_the_readme_renames_them(self, ours, theirs):
        (row,) = [row for row in glue.ROWS if row.name == ours]
        self.assertEqual(row.folders, (ours, theirs))

    def test_official_submission_files(self):
        self.assertEqual(
            glue.official_files(),
            "CoLA.tsv SST-2.tsv MRPC.tsv STS-B.tsv QQP.tsv MNLI-m.tsv MNLI-mm.tsv "
            "AX.tsv QNLI.tsv RTE.tsv WNLI.tsv".split(),
        )

    def test_scores_that_the_benchmark_reports(self):
        self.assertEqual(
            {row.name: row.metrics for row in glue.ROWS},
            {
                "cola": ("mcc",),
                "sst": ("accuracy",),
                "mrpc": ("accuracy", "f1"),
                "sts": ("pearson", "spearman"),
                "qqp": ("accuracy", "f1"),
                "mnli": ("accuracy",),
                "qnli": ("accuracy",),
                "rte": ("accuracy",),
                "wnli": ("accuracy",),
            },
        )

    def test_small_tasks_train_ten_epochs(self):
        longer = {row.name for row in glue.ROWS if row.defaults}
        self.assertEqual(longer, {"rte", "sts"})
        self.assertEqual(task_of("rte").defaults, {"num_train_epochs": 10.0})

    def test_pairs_without_order(self):
        unordered = {row.name for row in glue.ROWS if row.unordered}
        self.assertEqual(unordered, {"mrpc", "sts"})

    def test_broken_row_stops_every_small_file(self):
        header, row, _ = LABELED["rte"]
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:2: malformed row"):
            self.read("rte", "dev", header, row[:2])

    def test_broken_row_stops_a_small_qqp_file_too(self):
        header, row, _ = LABELED["qqp"]
        with self.assertRaisesRegex(ValueError, r"dev\.tsv:2: malformed row"):
            self.read("qqp", "dev", header, row[:3])

    @parameterized.parameters(*[row.name for row in glue.ROWS])
    def test_every_row_is_a_working_task(self, name):
        task = task_of(name)
        examples = fakes.examples(5, pair=name not in ("cola", "sst"))
        if name == "sts":
            examples = [
                example._replace(label=float(number))
                for number, example in enumerate(examples)
            ]
        task_testing.check_task(self, task, examples)


ROWS_OF_REAL_FILES = {
    "cola": {"train": 8551, "dev": 1043, "test": 1063},
    "sst": {"train": 67349, "dev": 872, "test": 1821},
    "mrpc": {"train": 3668, "dev": 408, "test": 1725},
    "rte": {"train": 2490, "dev": 277, "test": 3000},
    "wnli": {"train": 635, "dev": 71, "test": 146},
    "mnli": {"diagnostic": 1104},
}


class RealFilesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*sorted(ROWS_OF_REAL_FILES))
    def test_number_of_rows_is_the_published_one(self, name):
        root = os.path.join(os.environ.get("REAL_DATA_DIR", ""), "glue")
        if not os.path.isdir(root):
            self.skipTest("REAL_DATA_DIR/glue with the official files is not there.")
        task = task_of(name)
        for split in task.splits:
            if split.name in ROWS_OF_REAL_FILES[name]:
                path = task.reader.find(root, split)
                examples = task.reader.read(path, split).examples
                self.assertLen(examples, ROWS_OF_REAL_FILES[name][split.name])
                if split.role != task_lib.TEST:
                    self.assertGreater(len({each.label for each in examples}), 1)


if __name__ == "__main__":
    tf.test.main()

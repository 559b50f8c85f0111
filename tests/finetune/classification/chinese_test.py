"""Tests for finetune.classification.chinese."""

import json
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import chinese, tables
from tests.finetune import fakes
from tests.testing import task as task_testing

PAIR = {"sentence1": "甲", "sentence2": "乙"}
PRONOUN = {
    "target": {
        "span2_index": 3,
        "span1_index": 0,
        "span1_text": "床",
        "span2_text": "它",
    },
    "idx": 261,
    "text": "床旧了它响",
}
NEWS = {"sentence": "甲", "keywords": "乙,丙", "label_desc": "news_story"}
PAPER = {"keyword": ["水稻", "基因"], "abst": "乙"}

# Names of submissions that are not those of their tasks.
RENAMED = {
    "ocnli": "ocnli_50k_predict.json",
    "tnews": "tnews11_predict.json",
    "cluewsc": "cluewsc11_predict.json",
}

# task -> (folder, training file, row as published, example)
JSON_FILES = {
    "afqmc": ("afqmc_public", "train.json", dict(PAIR, label="1"), ("甲", "乙", 1)),
    "ocnli": (
        "ocnli_public",
        "train.50k.json",
        dict(PAIR, label="neutral", genre="tv", id=3),
        ("甲", "乙", 2),
    ),
    "cmnli": ("CMNLI", "train.json", dict(PAIR, label="entailment"), ("甲", "乙", 1)),
    "tnews": ("tnews", "train.json", dict(NEWS, label="116"), ("甲", "乙,丙", 16)),
    "iflytek": (
        "iflytek_public",
        "train.json",
        {"sentence": "甲", "label": "118", "label_des": "其他"},
        ("甲", None, 118),
    ),
    "csl": ("csl", "train.json", dict(PAPER, label="0"), ("水稻/基因", "乙", 0)),
    "cluewsc": (
        "cluewsc2020_public",
        "train.json",
        dict(PRONOUN, label="false"),
        ("_床_旧了[它]响", None, 0),
    ),
    "cluewscf": (
        "FewCLUE/datasets/cluewsc",
        "train_few_all.json",
        dict(PRONOUN, label="true"),
        ("_床_旧了[它]响", None, 1),
    ),
    "eprstmt": (
        "FewCLUE/datasets/eprstmt",
        "train_few_all.json",
        {"id": 1, "sentence": "甲", "label": "Positive"},
        ("甲", None, 1),
    ),
    "bustm": (
        "fewclue_bustm",
        "train_few_all.json",
        dict(PAIR, label="0", id=1),
        ("甲", "乙", 0),
    ),
    "ocnlif": (
        "FewCLUE/datasets/ocnli",
        "train_few_all.json",
        dict(PAIR, label="entailment"),
        ("甲", "乙", 1),
    ),
    "tnewsf": (
        "fewclue_tnews",
        "train_few_all.json",
        dict(NEWS, label=100, id=1),
        ("甲", "乙,丙", 0),
    ),
    "iflytekf": (
        "FewCLUE/datasets/iflytek",
        "train_few_all.json",
        {"label": "0", "sentence": "甲", "id": 1},
        ("甲", None, 0),
    ),
    "cslf": (
        "FewCLUE/datasets/csl",
        "train_few_all.json",
        dict(PAPER, label="1", id=1),
        ("水稻/基因", "乙", 1),
    ),
}
XNLI_HEADER = (
    "language gold_label sentence1_binary_parse sentence2_binary_parse "
    "sentence1_parse sentence2_parse sentence1 sentence2 promptID pairID genre"
).split()


class ChineseTestCase(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.root = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, folder, name, content):
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        path = os.path.join(self.root, folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(content)

    def write_rows(self, folder, name, *rows):
        self.write(folder, name, "".join("\t".join(row) + "\n" for row in rows))

    def read(self, name, split_name):
        task = chinese.FACTORIES[name](task_lib.Surroundings(self.root))
        (split,) = [each for each in task.splits if each.name == split_name]
        return task.reader.read(task.reader.find(self.root, split), split)


class JsonTest(ChineseTestCase):
    @parameterized.parameters(*sorted(JSON_FILES))
    def test_published_rows(self, name):
        folder, file_name, row, (text_a, text_b, label) = JSON_FILES[name]
        self.write(folder, file_name, json.dumps(row, ensure_ascii=False))
        (found,) = self.read(name, "train").examples
        self.assertEqual(found[:4], ("0", text_a, text_b, label))

    @parameterized.parameters(*sorted(JSON_FILES))
    def test_published_test_rows_have_ids_and_no_labels(self, name):
        folder, _, row, (text_a, text_b, _) = JSON_FILES[name]
        unlabeled = {key: row[key] for key in row if not key.startswith("label")}
        self.write(folder, "test.json", json.dumps(dict(unlabeled, id=3000)))
        (found,) = self.read(name, "test").examples
        self.assertEqual(found[:4], ("3000", text_a, text_b, None))

    @parameterized.parameters("tnews", "cluewsc")
    def test_test_file_of_a_later_version(self, name):
        _, _, row, (text_a, _, _) = JSON_FILES[name]
        self.write(name, "test1.1.json", json.dumps(row))
        self.assertEqual(self.read(name, "test").examples[0].text_a, text_a)

    def test_noun_and_pronoun_stay_however_short_a_text_is_cut(self):
        target = dict(PRONOUN["target"], span2_index=300)
        row = {"target": target, "text": "床%s它响" % ("x" * 299), "label": "true"}
        self.write("cluewsc", "train.json", json.dumps(row))
        (found,) = self.read("cluewsc", "train").examples
        parts = [found.text_a[begin:end] for begin, end in found.kept]
        self.assertEqual(parts, ["_床_", "[它]"])

    def test_pronoun_that_does_not_stand_there_is_refused(self):
        target = dict(PRONOUN["target"], span2_index=2)
        self.write(
            "cluewsc",
            "train.json",
            json.dumps(dict(PRONOUN, target=target, label="true")),
        )
        with self.assertRaisesRegex(
            ValueError, r"train\.json:1: 'target.span2_text': "
        ):
            self.read("cluewsc", "train")

    @parameterized.parameters("ocnli", "cmnli", "ocnlif")
    def test_pairs_without_agreement_are_dropped_and_counted(self, name):
        folder, file_name, row, _ = JSON_FILES[name]
        rows = [json.dumps(dict(row, label=label)) for label in ("-", "entailment")]
        self.write(folder, file_name, "\n".join(rows))
        dataset = self.read(name, "train")
        self.assertEqual([example.label for example in dataset.examples], [1])
        self.assertEqual(dataset.skipped, ((1, "label '-'"),))

    def test_largest_training_file_of_ocnli_is_taken(self):
        for number, size in enumerate(("3k", "10k", "50k")):
            row = dict(PAIR, label="neutral", sentence1=size)
            self.write("ocnli", "train.%s.json" % size, json.dumps(row))
            dataset = self.read("ocnli", "train")
            self.assertEqual(dataset.examples[0].text_a, size, number)

    def test_subjects_of_papers_are_those_of_the_training_file(self):
        rows = [
            json.dumps({"content": "甲", "label": label, "id": number})
            for number, label in enumerate(("法学", "力学"))
        ]
        self.write("FewCLUE/datasets/csldcp", "train_few_all.json", "\n".join(rows))
        task = chinese.FACTORIES["csldcp"](task_lib.Surroundings(self.root))
        self.assertEqual(task.labels, ("力学", "法学"))
        self.assertEqual(self.read("csldcp", "train").examples[0].label, 1)

    def test_public_test_files_are_scored(self):
        task = chinese.FACTORIES["bustm"](task_lib.Surroundings(self.root))
        self.assertEqual(
            [(split.name, split.role) for split in task.splits],
            [
                ("train", "train"),
                ("dev", "dev"),
                ("test_public", "final"),
                ("test", "test"),
            ],
        )

    def test_classes_are_as_many_as_in_the_benchmark(self):
        counts = {row.name: len(row.labels.names) for row in chinese.ROWS if row.labels}
        self.assertEqual(counts["tnews"], 17)
        self.assertEqual(counts["iflytek"], 119)
        self.assertEqual(counts["cmnli"], 3)

    def test_test_predictions_are_written_for_the_server(self):
        forms = {row.name: row.forms for row in chinese.ROWS}
        for name in JSON_FILES:
            self.assertEqual(forms[name], ("predict.json",))
        self.assertEqual(forms["chnsenticorp"], ("predictions.tsv",))

    @parameterized.parameters(
        *[(name, name + "_predict.json") for name in JSON_FILES if name not in RENAMED],
        *RENAMED.items(),
    )
    def test_predictions_have_the_name_that_the_server_takes(self, name, official):
        (row,) = [row for row in chinese.ROWS if row.name == name]
        (test,) = [f.split for f in row.files if f.split.role == task_lib.TEST]
        self.assertEqual(test.official, official)


class TsvTest(ChineseTestCase):
    @parameterized.parameters(
        ("chnsenticorp", "ChnSentiCorp"), ("book_review", "book_review")
    )
    def test_reviews(self, name, folder):
        self.write_rows(folder, "test.tsv", ["label", "text_a"], ["1", '"甲'])
        self.assertEqual(
            self.read(name, "test").examples, [tables.Example("0", '"甲', None, 1)]
        )

    @parameterized.parameters(
        ("test.tsv", [["label", "text_a", "text_b"], ["1", "甲", "乙"]]),
        ("test.tsv", [["text_a", "text_b", "label"], ["甲", "乙", "1"]]),
        ("test.txt", [["甲", "乙", "1"]]),
    )
    def test_questions_in_every_form(self, file_name, rows):
        self.write_rows("LCQMC", file_name, *rows)
        dataset = self.read("lcqmc", "test")
        self.assertEqual(dataset.examples, [tables.Example("0", "甲", "乙", 1)])
        self.assertLen(dataset.notes, 1)

    def test_inference_with_numbers_for_labels(self):
        header = ["label", "text_a", "text_b"]
        for name in ("train.tsv", "dev.tsv"):
            rows = [[label, "甲", "乙"] for label in "201"]
            self.write_rows("xnli", name, header, *rows)
        labels = [example.label for example in self.read("xnli", "dev").examples]
        self.assertEqual(labels, [2, 0, 1])

    def test_inference_as_first_published(self):
        train = [["premise", "hypo", "label"], ["甲", "乙", "contradictory"]]
        train += [["甲", "乙", "neutral"], ["甲", "乙", "entailment"]]
        folder = "XNLI/XNLI-MT-1.0/multinli"
        self.write_rows(folder, "multinli.train.zh.tsv", *train)
        rows = [
            [language, "contradiction"] + [""] * 4 + [text, "乙", "1", "1", "x"]
            for language, text in (("ar", "?"), ("zh", "甲"))
        ]
        self.write_rows("XNLI/XNLI-1.0", "xnli.dev.tsv", XNLI_HEADER, *rows)
        examples = self.read("xnli", "train").examples
        self.assertEqual([example.label for example in examples], [0, 2, 1])
        dataset = self.read("xnli", "dev")
        self.assertEqual(dataset.examples, [tables.Example("0", "甲", "乙", 0)])
        self.assertIn("1 of 2 rows are read, where language is 'zh'", dataset.notes[0])

    def test_test_files_with_labels_choose_nothing(self):
        for row in chinese.ROWS:
            roles = {file.split.name: file.split.role for file in row.files}
            self.assertNotEqual(roles["test"], task_lib.DEV, row.name)

    def test_every_file_of_a_split_has_its_role(self):
        for row in chinese.ROWS:
            splits = {file.split for file in row.files}
            self.assertLen({split.name for split in splits}, len(splits), row.name)

    @parameterized.parameters(
        ("text_a\ttext_b\n甲\t乙\n", task_lib.TEST),
        ("text_a\tlabel\ttext_b\n甲\tneutral\t乙\n", task_lib.DEV),
    )
    def test_inference_of_ones_own_file_in_the_short_form(self, content, role):
        self.write("xnli", "mine.tsv", content)
        stored = ("contradiction", "entailment", "neutral")
        surroundings = task_lib.Surroundings(self.root, stored_labels=stored)
        task = chinese.FACTORIES["xnli"](surroundings)
        split = task_lib.Split("dev" if role == task_lib.DEV else "mine", role)
        path = os.path.join(self.root, "xnli", "mine.tsv")
        (found,) = task.reader.read(path, split).examples
        label = 2 if role == task_lib.DEV else None
        self.assertEqual(found, tables.Example("0", "甲", "乙", label))

    def test_questions_without_header_and_labels(self):
        self.write("lcqmc", "mine.tsv", "甲\t乙\n")
        task = chinese.FACTORIES["lcqmc"](task_lib.Surroundings(self.root))
        path = os.path.join(self.root, "lcqmc", "mine.tsv")
        found = task.reader.read(path, task_lib.Split("mine", task_lib.TEST))
        self.assertEqual(found.examples, [tables.Example("0", "甲", "乙")])

    def test_missing_files_are_said_with_a_page_to_read(self):
        with self.assertRaisesRegex(
            FileNotFoundError, r"lcqmc/dev\.tsv.*LCQMC/dev\.txt.*docs/classification"
        ):
            self.read("lcqmc", "dev")


class TasksTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters("chnsenticorp", "tnews", "csl", "cluewsc")
    def test_rows_are_working_tasks(self, name):
        task = chinese.FACTORIES[name](task_lib.Surroundings("nowhere"))
        task_testing.check_task(
            self, task, fakes.examples(5, pair=name in ("tnews", "csl"))
        )

    def test_names_are_lower_case_and_unlike_each_other(self):
        names = [row.name for row in chinese.ROWS]
        self.assertEqual(names, [name.lower() for name in names])
        self.assertLen(set(names), len(names))


# task -> split -> (rows, rows that are dropped)
REAL_FILES = {
    "chnsenticorp": {"train": (9600, 0), "dev": (1200, 0), "test": (1200, 0)},
    "book_review": {"train": (20000, 0), "dev": (8000, 0), "test": (8000, 0)},
    "afqmc": {"dev": (4316, 0)},
    "ocnli": {"train": (9985, 15), "dev": (2950, 50), "test": (3000, 0)},
    "tnewsf": {"train": (1185, 0), "dev": (1098, 0), "test_public": (2010, 0)},
}


class RealFilesTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.root = os.path.join(os.environ.get("REAL_DATA_DIR", ""), "chinese")
        if not os.path.isdir(self.root):
            self.skipTest("REAL_DATA_DIR/chinese with the published sets is not there.")

    @parameterized.parameters(*sorted(REAL_FILES))
    def test_number_of_rows_is_the_published_one(self, name):
        task = chinese.FACTORIES[name](task_lib.Surroundings(self.root))
        splits = {split.name: split for split in task.splits}
        for split_name, counts in REAL_FILES[name].items():
            split = splits[split_name]
            path = task.reader.find(self.root, split)
            dataset = task.reader.read(path, split)
            self.assertEqual((len(dataset.examples), len(dataset.skipped)), counts)
            if split.role != task_lib.TEST:
                self.assertGreater(len({each.label for each in dataset.examples}), 1)

    def test_smallest_training_file_of_ocnli(self):
        task = chinese.FACTORIES["ocnli"](task_lib.Surroundings(self.root))
        path = os.path.join(self.root, "ocnli", "train.3k.json")
        dataset = task.reader.read(path, task.splits[0])
        self.assertEqual((len(dataset.examples), len(dataset.skipped)), (2994, 6))

    @parameterized.parameters(("chnsenticorp", 1200), ("book_review", 8000))
    def test_files_to_predict_that_have_only_texts(self, name, count):
        task = chinese.FACTORIES[name](task_lib.Surroundings(self.root))
        path = os.path.join(self.root, name, "test_nolabel.tsv")
        dataset = task.reader.read(path, task_lib.Split("mine", task_lib.TEST))
        self.assertLen(dataset.examples, count)
        self.assertIsNone(dataset.examples[0].label)

    def test_fifteen_kinds_of_news_occur(self):
        task = chinese.FACTORIES["tnewsf"](task_lib.Surroundings(self.root))
        split = task.splits[0]
        path = task.reader.find(self.root, split)
        names = task.reader.label_names(path, split)
        self.assertLen(names, 15)
        self.assertNotIn("105", names)
        self.assertNotIn("111", names)


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.tagging.tasks."""

import dataclasses
import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import settings as settings_lib
from finetune import sources
from finetune import task as task_lib
from finetune.tagging import layouts, schemes, tag_set, tasks
from tests.finetune.tagging import fixtures
from tests.testing import task as task_testing

COLUMNS = "".join("w%d B-PER\nx I-PER\ny B-LOC\n\n" % number for number in range(10))
WORDS = tag_set.TagSet(schemes.WORDS, ("DT", "NN", "VB"))
VALUES = "text_a\tlabel\nw x\tB-PER I-PER\n"

# One published name of the training file of each task, and what is in it.
FILES = {
    "chunk": ("train.txt", COLUMNS.replace(" ", " POS ")),
    "conll2003": ("eng.train", COLUMNS.replace(" ", " POS I-NP ")),
    "msra_ner": ("train.tsv", VALUES),
    "weibo_ner": ("weiboNER_2nd_conll.train", "有0\tB-PER.NAM\n人1\tI-PER.NAM\n"),
    "resume_ner": ("train.char.bmes", "高 B-NAME\n勇 E-NAME\n： O\n"),
    "people_daily": ("example.train", "海 B-LOC\n钓 O\n"),
    "cluener": (
        "train.json",
        '{"text": "李白x", "label": {"name": {"李白": [[0, 1]]}}}',
    ),
}


class TasksTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.raw = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, name, content, folder="chunk"):
        return fixtures.write(os.path.join(self.raw, folder), name, content)

    def build(self, name="chunk", corpus=None, **changes):
        corpus = corpus or tasks.CORPORA[name]
        return tasks.build(name, corpus, task_lib.Surroundings(self.raw, **changes))

    def words(self, task, name):
        """Returns the first words of the sentences of a split."""
        (split,) = [split for split in task.splits if split.name == name]
        path = task.reader.find(self.raw, split)
        return [each.words[0] for each in task.reader.read(path, split).examples]

    def test_every_task_has_an_example(self):
        self.assertEqual(set(FILES), set(tasks.CORPORA))
        self.assertEqual(set(FILES), set(tasks.factories()))

    @parameterized.parameters(*sorted(FILES))
    def test_a_task_is_built_from_its_training_file(self, name):
        folder = tasks.CORPORA[name].places.folders[-1]
        self.write(*FILES[name], folder=folder)
        built = tasks.factories()[name](task_lib.Surroundings(self.raw))
        self.assertEqual(built.name, name)
        has_tags = name != "cluener"
        self.assertEqual(
            [(split.name, split.role) for split in built.splits],
            [
                ("train", task_lib.TRAIN),
                ("dev", task_lib.DEV),
                ("test", task_lib.FINAL if has_tags else task_lib.TEST),
            ],
        )
        self.assertEqual(built.score, ("f1",))
        self.assertLen(built.labels, 1 + 4 * len(built.reader.types))

    def test_a_server_takes_predictions_of_cluener_by_their_name(self):
        (split,) = [
            split
            for split in tasks.CORPORA["cluener"].splits()
            if split.role == task_lib.TEST
        ]
        self.assertEqual(split.official, "cluener_predict.json")

    def test_characters_of_cluener_are_words(self):
        self.write("train.json", FILES["cluener"][1], folder="cluener")
        self.write("test.json", '{"id": 0, "text": "去 x1"}', folder="cluener")
        built = self.build("cluener")
        self.assertEqual(built.reader.types, ("name",))
        path = built.reader.find(self.raw, built.splits[2])
        (found,) = built.reader.read(path, built.splits[2]).examples
        self.assertEqual((found.id, found.words), ("0", ("去", "x", "1")))

    def test_chunks_are_read_in_longer_sequences(self):
        self.assertEqual(tasks.CORPORA["chunk"].defaults, {"max_seq_length": 256})

    def test_types_are_collected_and_sorted(self):
        self.write("train.txt", COLUMNS)
        built = self.build()
        self.assertEqual(built.reader.types, ("LOC", "PER"))
        self.assertEqual(
            built.labels,
            ("O", "B-LOC", "I-LOC", "E-LOC", "S-LOC")
            + ("B-PER", "I-PER", "E-PER", "S-PER"),
        )

    @parameterized.parameters(
        ("bio", schemes.BIO), ("iobes", schemes.IOBES), ("as_is", schemes.BMES)
    )
    def test_the_setting_chooses_what_is_learned(self, setting, want):
        self.write("train.txt", "a B-X\nb M-X\nc E-X\n")
        tagging = settings_lib.TaggingSettings(tag_scheme=setting, tag_stride=5)
        built = self.build(tagging=tagging)
        self.assertEqual(built.head.tags, tag_set.TagSet(want, ("X",)))
        self.assertEqual(built.features.tags, built.head.tags)
        self.assertEqual(built.features.stride, 5)

    def test_stored_labels_need_no_training_file(self):
        built = self.build(stored_labels=fixtures.BIO.classes)
        self.assertEqual(built.head.tags, fixtures.BIO)
        self.assertEqual(built.labels, fixtures.BIO.classes)

    def test_dev_is_held_out_where_it_has_no_file(self):
        self.write("train.txt", COLUMNS)
        built = self.build()
        self.assertEqual(self.words(built, "dev"), ["w9"])
        self.assertEqual(self.words(built, "train"), ["w%d" % n for n in range(9)])

    def test_nothing_is_held_out_where_dev_has_a_file(self):
        self.write("train.txt", COLUMNS)
        self.write("dev.txt", "v B-PER\n")
        built = self.build()
        self.assertEqual(self.words(built, "dev"), ["v"])
        self.assertLen(self.words(built, "train"), 10)

    def test_nothing_is_held_out_where_dev_is_skipped(self):
        self.write("train.txt", COLUMNS)
        finetune = settings_lib.FinetuneSettings(skip_splits=["dev"])
        self.assertLen(self.words(self.build(finetune=finetune), "train"), 10)

    def test_a_missing_training_file_is_explained(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "chunk: the tags are collected .*conll2000/train.txt"
        ):
            self.build()

    def test_a_training_file_without_entities_is_refused(self):
        self.write("train.txt", "a O\n")
        with self.assertRaisesRegex(ValueError, "train.txt: every tag is O"):
            self.build()

    @parameterized.parameters(
        ([], 0.0, ["train"]),
        ([], 0.1, ["train", "dev"]),
        ([tasks.DEV], 0.1, ["train", "dev"]),
        ([tasks.TEST], 0.1, ["train", "dev", "test"]),
        ([tasks.DEV, tasks.TEST], 0.0, ["train", "dev", "test"]),
    )
    def test_splits_are_those_with_files(self, more, share, want):
        files = tuple((split, ("a",)) for split in [tasks.TRAIN] + more)
        corpus = tasks.Corpus(sources.Places(("b",), files), held_out_share=share)
        self.assertEqual([split.name for split in corpus.splits()], want)


class PromisesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (fixtures.IOBES, "B-PER I-PER O B-LOC "), (WORDS, "DT NN VB NN ")
    )
    def test_a_task_keeps_its_promises(self, tags, sentence):
        files = ((tasks.TRAIN, ("none",)), (tasks.DEV, ("none",)))
        corpus = tasks.Corpus(sources.Places(("none",), files))
        if tags == WORDS:
            layout = layouts.Layout(scheme="words")
            corpus = dataclasses.replace(corpus, layout=layout)
        built = tasks.build(
            tags.scheme.name,
            corpus,
            task_lib.Surroundings("nowhere", stored_labels=tags.classes),
        )
        examples = [
            fixtures.example(number, "good bad not here " * times, sentence * times)
            for number, times in enumerate([1, 3, 12])  # The last one has windows.
        ]
        task_testing.check_task(self, built, examples)


class RealDataTest(tf.test.TestCase, parameterized.TestCase):
    """Published files, where REAL_DATA_DIR has them."""

    @parameterized.parameters(
        # task, folder, split, sentences, words, types of entities
        ("chunk", "tagging", "train", 8042, None, 11),
        ("chunk", "tagging", "dev", 894, None, 11),
        ("chunk", "tagging", "test", 2012, 47377, 11),
        ("weibo_ner", "chinese", "train", 1350, None, 8),
        ("weibo_ner", "chinese", "dev", 270, None, 8),
        ("weibo_ner", "chinese", "test", 270, None, 8),
        ("msra_ner", "chinese", "dev", 2318, None, 3),
        ("msra_ner", "chinese", "test", 4636, None, 3),
    )
    def test_published_files(self, name, folder, split_name, count, words, types):
        root = os.environ.get("REAL_DATA_DIR")
        if not root:
            self.skipTest("REAL_DATA_DIR names no folder with published data sets.")
        raw = os.path.join(root, folder)
        if name == "msra_ner":  # Has no training file.
            kinds = ("LOC", "ORG", "PER")
            stored = schemes.BIO.classes(kinds)
            built = tasks.build(
                name,
                tasks.CORPORA[name],
                task_lib.Surroundings(raw, stored_labels=stored),
            )
        else:
            built = tasks.factories()[name](task_lib.Surroundings(raw))
        (split,) = [each for each in built.splits if each.name == split_name]
        found = built.reader.read(built.reader.find(raw, split), split)
        self.assertLen(found.examples, count)
        self.assertLen(built.reader.types, types)
        if words:
            self.assertEqual(sum(len(each.words) for each in found.examples), words)


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.data.shard."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import corpora, settings, shard
from tests.pretrain.data import fixtures
from util import files, parsing, records


class ShardTest(fixtures.TestCase, parameterized.TestCase):
    def build(
        self, number=0, corpus=fixtures.CORPUS, tokenizer=fixtures.TOKENIZER, **values
    ):
        data = settings.DataSettings(max_seq_length=32, **values)
        self.tokenizer = tokenization.build(tokenizer)
        units = [corpora.Unit(s, 0, s.size) for s in corpora.find(corpus)]
        self.steps = []
        task = shard.Task(number, self.path("shard"), units)
        return shard.build(
            task, data, self.tokenizer, lambda *step: self.steps.append(step)
        )

    def examples(self):
        return [parsing.decode(record) for record in records.read(self.path("shard"))]

    def test_entry_describes_the_file(self):
        entry = self.build()
        self.assertEqual(entry["name"], "shard")
        self.assertEqual(entry["records"], len(self.examples()))
        self.assertEqual(entry["sha256"], files.sha256(self.path("shard")))
        self.assertEqual(entry["documents"], 7)
        self.assertEqual(entry["tokens"], entry["text_tokens"])
        self.assertEqual(sum(entry["lengths"]), entry["records"])

    def test_records_have_the_features_of_the_original(self):
        self.build()
        for example in self.examples():
            self.assertEqual(
                sorted(example), ["input_ids", "input_mask", "segment_ids"]
            )
            self.assertEqual([len(v) for v in example.values()], [32] * 3)
            ids, mask = example["input_ids"], example["input_mask"]
            used = sum(mask)
            self.assertEqual(ids[0], self.tokenizer.cls_id)
            self.assertEqual(ids[used - 1], self.tokenizer.sep_id)
            self.assertEqual(mask, [1] * used + [0] * (32 - used))

    # Records of earlier versions: who continues a build must get the same bytes.
    @parameterized.parameters(
        (
            "electra",
            "23b85bf3e89dd6139671f7dbc5a8257421def3a88fd80d304c4a422c3f9b5b2c",
        ),
        (
            "convbert",
            "3245b103ecc0874a7b1664f061f7bd5ef7b58594c3034557c2d32ee6d41403fe",
        ),
    )
    def test_bytes_are_those_of_earlier_versions(self, segmentation, digest):
        self.assertEqual(self.build(segmentation=segmentation)["sha256"], digest)

    @parameterized.parameters(
        (dict(segmentation="nsp"), ["sentence_relation"]),
        (dict(segmentation="sop"), ["sentence_relation"]),
        (dict(segmentation="sso"), ["sentence_relation"]),
        (dict(segmentation="blocks"), []),
        (dict(segmentation="sentences", across_documents=True), []),
        (dict(word_segmentation="spaces"), ["continues_word"]),
        (
            dict(segmentation="sop", word_segmentation="spaces"),
            ["continues_word", "sentence_relation"],
        ),
    )
    def test_records_have_the_features_that_are_declared(self, values, more):
        self.build(**values)
        specs = shard.specs(settings.DataSettings(max_seq_length=32, **values))
        sizes = {spec.name: spec.size for spec in specs}
        self.assertCountEqual(sizes, list(shard.FEATURES) + more)
        for example in self.examples():
            self.assertEqual({n: len(v) for n, v in example.items()}, sizes)
            self.assertLessEqual(set(example.get("continues_word", [])), {0, 1})

    def test_number_declares_the_features_of_the_defaults(self):
        data = settings.DataSettings(max_seq_length=32)
        self.assertEqual(shard.specs(32), shard.specs(data))

    def test_lecture_example_is_ten_tokens_long(self):
        words = "[PAD] [UNK] [CLS] [SEP] [MASK] my dog is cute he likes dogs"
        vocab = self.write("vocab.txt", words.replace(" ", "\n") + "\n")
        self.write("dogs/a.tsv", "1\tmy dog is cute\the likes dogs\n")
        self.build(
            corpus=self.path("dogs"),
            documents="labelled",
            tokenizer=tokenization.TokenizerSettings(vocab_file=vocab),
        )
        (example,) = self.examples()
        self.assertEqual(example["input_ids"][:11], [2, 5, 6, 7, 8, 3, 9, 10, 11, 3, 0])
        self.assertEqual(example["segment_ids"][:10], [0] * 6 + [1] * 4)
        self.assertEqual(sum(example["input_mask"]), 10)
        self.assertEqual(example["label"], [1])

    def test_segmented_chinese_tells_where_words_go_on(self):
        self.write("zh/a.txt", "我 小时候 常常 去\n")
        self.build(corpus=self.path("zh"), word_segmentation="spaces")
        (example,) = self.examples()
        expected = [0] + [0, 0, 1, 1, 0, 1, 0] + [0] * 24
        self.assertEqual(example["continues_word"], expected)
        ids = self.tokenizer.encode("我小时候常常去")
        self.assertEqual(example["input_ids"][1:8], ids)

    @parameterized.parameters("", "\n", "\n\n", "\n\n \n\n\n")
    def test_last_document_is_read_whatever_its_end(self, end):
        letters = [" ".join("abcdefgh"), " ".join("iklmnop"), " ".join("rstu")]
        self.write("a/a.txt", "\n\n".join(letters) + end)
        for segmentation in ("sop", "blocks", "sentences", "electra"):
            entry = self.build(corpus=self.path("a"), segmentation=segmentation)
            self.assertEqual(entry["documents"], 3)
            special = set(self.tokenizer.special_ids.values())
            ids = {t for e in self.examples() for t in e["input_ids"]} - special
            expected = self.tokenizer.encode(" ".join(letters))
            self.assertEqual(ids, set(expected))
            self.assertEqual(entry["tokens"], len(expected))

    def test_entry_counts_relations_and_repeated_tokens(self):
        entry = self.build(segmentation="sso")
        drawn = [example["sentence_relation"][0] for example in self.examples()]
        counts = {str(value): drawn.count(value) for value in sorted(set(drawn))}
        self.assertEqual(entry["sentence_relation"], counts)
        self.assertEqual(sum(counts.values()), entry["records"])
        known = entry["text_tokens"] + entry["repeated_tokens"]
        self.assertBetween(known - entry["tokens"], 0, entry["documents"])
        total = shard.add_up([entry, entry])
        self.assertEqual(
            total["sentence_relation"], {key: 2 * n for key, n in counts.items()}
        )

    def test_labels_are_counted(self):
        self.write("tsv/a.tsv", "label\ttext_a\n1\tbees\n0\thens\n1\ttea\tcat\n")
        entry = self.build(corpus=self.path("tsv"), documents="labelled")
        self.assertEqual(entry["label"], {"0": 1, "1": 2})
        self.assertEqual((entry["records"], entry["documents"]), (3, 3))
        self.assertEqual(entry["two_segments"], 1)

    def test_single_tokens_that_make_no_pair_are_named(self):
        self.write("a/a.txt", "a\n\nb\n")
        with self.assertRaisesRegex(ValueError, "no token, or single ones that make"):
            self.build(corpus=self.path("a"), segmentation="sop")

    def test_records_are_shuffled_but_all_there(self):
        self.build()
        special = set(self.tokenizer.special_ids.values()) - {self.tokenizer.unk_id}
        got = [
            token
            for example in self.examples()
            for token in example["input_ids"]
            if token not in special
        ]
        expected = [
            token
            for document in fixtures.read_documents(fixtures.CORPUS)
            for ids in self.tokenizer.encode_batch(document)
            for token in ids
        ]
        self.assertNotEqual(got, expected)
        self.assertEqual(sorted(got), sorted(expected))

    def test_bytes_depend_on_seed_and_number_alone(self):
        first = self.build()["sha256"]
        self.assertEqual(self.build()["sha256"], first)
        self.assertNotEqual(self.build(number=1)["sha256"], first)
        self.assertNotEqual(self.build(seed=1)["sha256"], first)

    def test_progress_adds_up(self):
        entry = self.build()
        num_bytes, num_tokens = map(sum, zip(*self.steps))
        self.assertEqual(num_bytes, entry["text_bytes"])
        self.assertEqual(num_tokens, entry["text_tokens"])

    def test_blank_text_is_an_error(self):
        self.write("blank/a.txt", " \n\n \n")
        with self.assertRaisesRegex(ValueError, "shard holds no token"):
            self.build(corpus=self.path("blank"))

    def test_totals_are_sums(self):
        entry = self.build()
        total = shard.add_up([entry, entry])
        self.assertEqual(total["records"], 2 * entry["records"])
        self.assertEqual(total["lengths"], [2 * n for n in entry["lengths"]])

    def test_names_are_those_of_the_original(self):
        self.assertEqual(shard.name(7, 1000), "pretrain_data.tfrecord-7-of-1000")


if __name__ == "__main__":
    tf.test.main()

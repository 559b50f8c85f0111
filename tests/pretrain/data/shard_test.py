"""Tests for pretrain.data.shard."""

import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import corpora, settings, shard
from tests.pretrain.data import fixtures
from util import files, parsing, records


class ShardTest(fixtures.TestCase):
    def build(self, number=0, corpus=fixtures.CORPUS, **values):
        data = settings.DataSettings(max_seq_length=32, **values)
        self.tokenizer = tokenization.build(fixtures.TOKENIZER)
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

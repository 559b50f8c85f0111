"""Tests for pretrain.data.units."""

import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import corpora, settings, units
from tests.pretrain.data import fixtures

PARAGRAPHS = "".join("line %d\nmore of %d\n\n" % (n, n) for n in range(300))


class PlanTest(fixtures.TestCase, parameterized.TestCase):
    def plan(self, corpus, **values):
        data = settings.DataSettings(**values)
        return units.plan(corpora.find(corpus), data)

    def documents(self, shards, **values):
        return fixtures.read_documents(
            [unit for shard_units in shards for unit in shard_units], **values
        )

    @parameterized.parameters("blank-lines", "line")
    def test_big_file_is_cut_between_documents(self, documents):
        path = self.write("a.txt", PARAGRAPHS)
        whole = fixtures.read_documents(path, documents=documents)
        shards = self.plan(path, documents=documents)
        self.assertLen(shards, units.FEWEST_SHARDS)
        parts = self.documents(shards, documents=documents)
        self.assertEqual(sorted(parts), sorted(whole))

    def test_json_lines_are_never_cut(self):
        texts = ["text %d%s" % (n, "x" * n) for n in range(300)]
        path = self.write("a.jsonl", fixtures.json_lines(texts))
        parts = self.documents(self.plan(path))
        self.assertEqual(sorted(parts), sorted([text] for text in texts))

    def test_document_longer_than_a_part_is_cut_between_lines(self):
        lines = ["line number %d" % n for n in range(900)]
        path = self.write("a.txt", "\n".join(lines))
        for documents in ("blank-lines", "file"):
            shards = self.plan(path, documents=documents)
            self.assertLen(shards, units.FEWEST_SHARDS)
            parts = self.documents(shards, documents=documents)
            self.assertEqual(sorted(sum(parts, [])), sorted(lines))
            continued = [u.is_continued for shard in shards for u in shard]
            self.assertEqual(continued.count(False), 1)

    def test_parts_know_whether_they_end_inside_a_document(self):
        lines = "\n".join("line number %d" % n for n in range(900))
        for text, documents, is_cut in (
            (lines, "blank-lines", True),
            (lines, "file", True),
            (lines, "line", False),
            (PARAGRAPHS, "blank-lines", False),
        ):
            shards = self.plan(self.write("a.txt", text), documents=documents)
            parts = [unit for shard in shards for unit in shard]
            parts.sort(key=lambda unit: unit.start)
            self.assertGreater(len(parts), 2)
            cut = [unit.is_cut for unit in parts]
            self.assertEqual(cut, [is_cut] * (len(parts) - 1) + [False])

    def test_small_files_stay_whole(self):
        for number in range(100):
            self.write("%d.txt" % number, "some text of file %d\n" % number)
        shards = self.plan(self.folder)
        self.assertLen(shards, units.FEWEST_SHARDS)
        whole = [u for shard in shards for u in shard]
        self.assertLen(whole, 100)
        self.assertTrue(all(u.start == 0 and u.end == u.source.size for u in whole))

    def test_documents_of_a_packed_file_are_dealt_out(self):
        path = self.write("a.txt.gz", PARAGRAPHS)
        shards = self.plan(path)
        self.assertLen(shards, units.FEWEST_SHARDS)
        whole = fixtures.read_documents(path)
        self.assertEqual(sorted(self.documents(shards)), sorted(whole))

    def test_no_shard_is_without_units(self):
        path = self.write("a.jsonl.gz", fixtures.json_lines(["one", "two", "three"]))
        self.assertEqual([len(shard) for shard in self.plan(path)], [1, 1, 1])

    def test_number_of_files_can_be_chosen(self):
        path = self.write("a.txt", PARAGRAPHS)
        self.assertLen(self.plan(path, num_out_files=5), 5)

    def test_more_files_than_parts_are_refused(self):
        path = self.write("a.txt", "tiny")
        with self.assertRaisesRegex(ValueError, "is 9, but .* 1 parts at most"):
            self.plan(path, num_out_files=9)

    def test_plan_depends_on_the_seed_alone(self):
        path = self.write("a.txt", PARAGRAPHS)
        self.assertEqual(self.plan(path, seed=1), self.plan(path, seed=1))
        self.assertNotEqual(self.plan(path, seed=1), self.plan(path, seed=2))

    @parameterized.parameters(
        (1 << 20, 16), (1 << 30, 86), (40 << 30, 1000), (100 << 30, 1600)
    )
    def test_number_of_shards_follows_the_size(self, size, expected):
        path = self.write("a.txt", "x")
        source = corpora.Source(path, "a.txt", size)
        with tf.test.mock.patch.object(units, "_cut_all") as cut:
            cut.return_value = [corpora.Unit(source, 0, 1)] * 2000
            shards = units.plan([source], settings.DataSettings())
        self.assertLen(shards, expected)

    def test_shards_are_about_equally_large(self):
        source = corpora.Source("a", "a", 100)
        parts = [corpora.Unit(source, 0, 10 + n % 7) for n in range(200)]
        loads = [sum(u.size for u in s) for s in units.deal(parts, 8, seed=0)]
        self.assertLess(max(loads) - min(loads), 20)

    def test_packed_files_are_never_cut_by_bytes(self):
        path = self.write("a.xz", os.urandom(5000))
        for shard in self.plan_of_damaged(path):
            for unit in shard:
                self.assertEqual((unit.start, unit.end), (0, unit.source.size))

    def plan_of_damaged(self, path):
        with tf.test.mock.patch.object(corpora, "count_documents", return_value=4):
            return self.plan(path)


if __name__ == "__main__":
    tf.test.main()

"""Tests for pretrain.shards."""

import os
import types
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain import shards
from pretrain.data import manifest as manifest_lib
from tests.testing import pretraining as testing
from util import files, parsing, records

TOKENIZER = {
    "tokenizer": "wordpiece",
    "do_lower_case": True,
    "strip_accents": True,
    "vocab_sha256": "abc",
}


def tokenizer(digest="abc", **switches):
    values = dict(tokenizer="wordpiece", do_lower_case=True, strips_accents=True)
    return types.SimpleNamespace(
        settings=types.SimpleNamespace(**dict(values, **switches)), digest=digest
    )


class ShardsTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = self.get_temp_dir()
        testing.write_data_dir(self.data_dir, num_shards=4, num_records=3)
        self.folder = os.path.join(self.data_dir, "pretrain_tfrecords")
        self.pattern = os.path.join(self.folder, "pretrain_data.tfrecord*")

    def path(self, number):
        return testing.shard_path(self.data_dir, number)

    def write_manifest(self, complete=True):
        entries = []
        for number in range(4):
            path = self.path(number)
            entries.append(
                {
                    "name": os.path.basename(path),
                    "bytes": os.path.getsize(path),
                    "records": 3,
                    "tokens": 25,
                }
            )
        manifest_lib.write(
            self.folder,
            manifest_lib.Manifest({}, TOKENIZER, {}, entries, complete, None),
        )

    def truncate(self, number, num_bytes=5):
        with open(self.path(number), "r+b") as stream:
            stream.truncate(os.path.getsize(self.path(number)) - num_bytes)


class FindTest(ShardsTestCase, parameterized.TestCase):
    def test_folder_without_manifest_is_accepted(self):
        found = shards.find(self.pattern)
        self.assertEqual(found, [shards.Shard(self.path(i)) for i in range(4)])

    def test_manifest_gives_the_counts(self):
        self.write_manifest()
        found = shards.find(self.pattern, tokenizer())
        self.assertEqual(found[0], shards.Shard(self.path(0), 3, 25))

    def test_unfinished_files_are_left_out(self):
        os.rename(self.path(3), self.path(3) + ".tmp")
        self.assertLen(shards.find(self.pattern), 3)

    def test_no_file_is_an_error_that_says_what_to_do(self):
        message = "No pre-training records match .*none.*build_pretraining_dataset.py"
        with self.assertRaisesRegex(FileNotFoundError, message):
            shards.find(os.path.join(self.data_dir, "none*"))

    def test_incomplete_build_is_refused(self):
        self.write_manifest(complete=False)
        with self.assertRaisesRegex(ValueError, "not complete.*same build command"):
            shards.find(self.pattern)

    @parameterized.parameters(
        (dict(digest="xyz"), "vocab_sha256 was abc, now it is xyz"),
        (dict(do_lower_case=False), "do_lower_case was True, now it is False"),
        (dict(strips_accents=False), "strip_accents was True"),
        (dict(tokenizer="sentencepiece"), "tokenizer was wordpiece"),
    )
    def test_other_tokenizer_is_refused(self, changes, message):
        self.write_manifest()
        with self.assertRaisesRegex(ValueError, message):
            shards.find(self.pattern, tokenizer(**changes))

    def test_cut_file_is_refused_by_its_size(self):
        self.write_manifest()
        self.truncate(2)
        with self.assertRaisesRegex(ValueError, "tfrecord-2-of-4 has .* cut off"):
            shards.find(self.pattern)

    def test_file_of_another_build_is_refused(self):
        self.write_manifest()
        testing.write_shard(self.path(9), [])
        with self.assertRaisesRegex(ValueError, "not in the manifest"):
            shards.find(self.pattern)

    def test_file_that_is_gone_is_noticed(self):
        self.write_manifest()
        os.remove(self.path(1))
        with self.assertRaisesRegex(FileNotFoundError, "tfrecord-1-of-4"):
            shards.find(self.pattern)


class SplitTest(tf.test.TestCase, parameterized.TestCase):
    def shards(self, count):
        return [shards.Shard("folder/shard-%d" % number) for number in range(count)]

    @parameterized.parameters((2, None, 1), (99, None, 1), (300, None, 3), (9, 4, 4))
    def test_parts_are_disjoint_and_together_all(self, count, wanted, expected):
        every = self.shards(count)
        split = shards.split(every, wanted)
        self.assertLen(split.held_out, expected)
        self.assertCountEqual(split.train + split.held_out, every)

    def test_depends_on_names_alone(self):
        moved = [shards.Shard("other/shard-%d" % n, 7) for n in reversed(range(50))]
        names = [
            sorted(os.path.basename(shard.path) for shard in held_out)
            for held_out in (
                shards.split(self.shards(50), 5).held_out,
                shards.split(moved, 5).held_out,
            )
        ]
        self.assertEqual(*names)

    def test_zero_holds_nothing_out(self):
        self.assertEqual(shards.split(self.shards(3), 0).held_out, [])

    @parameterized.parameters((1, None), (3, 3))
    def test_too_few_files_are_refused(self, count, wanted):
        with self.assertRaisesRegex(ValueError, "held_out_shards to 0"):
            shards.split(self.shards(count), wanted)


class CheckSamplesTest(ShardsTestCase):
    def check(
        self,
        specs=testing.SPECS,
        vocab_size=testing.VOCAB_SIZE,
        check_record=lambda values: None,
    ):
        found = shards.find(self.pattern)
        shards.check_samples(found, specs, vocab_size, check_record)

    def test_what_an_objective_refuses_is_refused_with_the_file(self):
        def check_record(values):
            raise ValueError("%d ids are too few" % len(values["input_ids"]))

        with self.assertRaisesRegex(ValueError, "0-of-4: 12 ids are too few"):
            self.check(check_record=check_record)

    def test_reads_one_good_record_of_every_sampled_file(self):
        with mock.patch.object(
            shards.parsing, "decode", side_effect=parsing.decode
        ) as decode:
            self.check()
        self.assertEqual(decode.call_count, 4)

    def test_other_length_is_refused(self):
        specs = [records.FeatureSpec("input_ids", (128,))]
        with self.assertRaisesRegex(ValueError, "12 values, but max_seq_length is 128"):
            self.check(specs)

    def test_missing_feature_is_refused(self):
        specs = [records.FeatureSpec("order", (12,))]
        with self.assertRaisesRegex(ValueError, "objectives need 'order'"):
            self.check(specs)

    def test_only_a_feature_with_a_default_may_be_missing(self):
        optional = records.FeatureSpec("order", (12,), "int", 0)
        required = records.FeatureSpec("order", (12,), "int")
        self.check([optional])
        with self.assertRaisesRegex(ValueError, "objectives need 'order'"):
            self.check([optional, required])

    def test_id_beyond_the_vocabulary_is_refused(self):
        with self.assertRaisesRegex(ValueError, "token id .* but vocab_size is 6"):
            self.check(vocab_size=6)

    def test_damaged_first_record_is_refused(self):
        files.write_text(self.path(0), "no record at all")
        with self.assertRaisesRegex(ValueError, "tfrecord-0-of-4: record 0 is damaged"):
            self.check()


class CountedTest(ShardsTestCase):
    def test_reads_what_no_manifest_tells(self):
        found = [shards.Shard(self.path(0)), shards.Shard(self.path(1), 99)]
        counted = shards.counted(found)
        self.assertEqual([shard.num_records for shard in counted], [3, 99])

    def test_files_without_records_are_refused(self):
        testing.write_shard(self.path(0), [])
        with self.assertRaisesRegex(ValueError, "hold no record"):
            shards.counted([shards.Shard(self.path(0))])


class FindDamageTest(ShardsTestCase):
    def test_names_the_file_and_the_record(self):
        self.truncate(2)
        damage = shards.find_damage(shards.find(self.pattern))
        self.assertRegex(damage, "tfrecord-2-of-4: record 2 is cut off")

    def test_says_nothing_of_good_files(self):
        self.assertIsNone(shards.find_damage(shards.find(self.pattern)))


if __name__ == "__main__":
    tf.test.main()

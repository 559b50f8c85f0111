"""Tests for pretrain.data.builder: whole builds of tiny corpora."""

import errno
import os
import shutil

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import builder, manifest, settings, shard, workers
from tests.pretrain.data import fixtures
from util import files, records


class BuilderTestCase(fixtures.TestCase):
    def request(self, corpus=fixtures.CORPUS, **changes):
        request = builder.Request(
            corpus=corpus,
            output_dir=self.path("records"),
            data=settings.DataSettings(max_seq_length=32, num_out_files=4),
            tokenizer=fixtures.TOKENIZER,
        )
        return request._replace(**changes)

    def contents(self, folder="records"):
        """Returns the checksum of every shard, by name."""
        folder = self.path(folder)
        return {
            name: files.sha256(os.path.join(folder, name))
            for name in sorted(os.listdir(folder))
            if name != manifest.FILE_NAME
        }


class BuildTest(BuilderTestCase, parameterized.TestCase):
    def test_manifest_describes_every_shard(self):
        built = builder.build(self.request())
        self.assertTrue(built.complete)
        self.assertEqual(manifest.read(self.path("records")), built)
        names = [shard.name(number, 4) for number in range(4)]
        self.assertEqual([entry["name"] for entry in built.shards], names)
        contents = self.contents()
        for entry in built.shards:
            self.assertEqual(entry["sha256"], contents[entry["name"]])
            path = self.path("records", entry["name"])
            self.assertEqual(records.verify(path), entry["records"])

    def test_report_adds_up(self):
        report = builder.build(self.request()).report
        self.assertEqual(report["tokens_lost"], 0)
        self.assertEqual(report["documents"], 7)
        sizes = [os.path.getsize(s.path) for s in builder.corpora.find(fixtures.CORPUS)]
        self.assertEqual(report["text_bytes"], sum(sizes))
        self.assertGreater(report["megabytes_per_second"], 0)

    def test_number_of_processes_does_not_change_a_byte(self):
        builder.build(self.request())
        alone = self.contents()
        for number in (2, 3):
            folder = "records%d" % number
            request = self.request(output_dir=self.path(folder))
            builder.build(request._replace(num_processes=number))
            self.assertEqual(self.contents(folder), alone)

    @parameterized.parameters(
        dict(segmentation="sso"),
        dict(segmentation="blocks", across_documents=True),
        dict(segmentation="sop", word_segmentation="spaces"),
    )
    def test_number_of_processes_changes_no_byte_of_other_rules(self, **values):
        data = settings.DataSettings(max_seq_length=32, num_out_files=2, **values)
        contents = []
        for number in (1, 2):
            folder = "records%d" % number
            request = self.request(output_dir=self.path(folder), data=data)
            builder.build(request._replace(num_processes=number))
            contents.append(self.contents(folder))
        self.assertEqual(*contents)

    def test_labelled_lines_are_built_and_counted(self):
        content = "".join("%d\ttea and bread %d\n" % (n % 3, n) for n in range(90))
        data = settings.DataSettings(
            max_seq_length=32, num_out_files=4, documents="labelled"
        )
        request = self.request(self.write("a.tsv", content), data=data)
        built = builder.build(request)
        self.assertEqual(built.report["labels"], {"0": 30, "1": 30, "2": 30})
        self.assertEqual(built.report["examples"], 90)
        self.assertEqual(built.report["documents"], 90)
        self.assertEqual(built.settings["documents"], "labelled")

    def test_labelled_json_is_refused_before_any_work(self):
        data = settings.DataSettings(documents="labelled")
        with self.assertRaisesRegex(ValueError, "holds JSON lines"):
            builder.build(self.request(self.write("a.jsonl", "{}"), data=data))
        self.assertFalse(os.path.exists(self.path("records")))

    @parameterized.parameters(1, 2)
    def test_one_document_in_a_file_has_no_random_partner(self, num_processes):
        corpus = self.write("a.txt", "some more text\n" * 200)
        data = settings.DataSettings(num_out_files=2, segmentation="nsp")
        request = self.request(corpus, data=data, num_processes=num_processes)
        with self.assertRaisesRegex(ValueError, "or parts of one.*fewer files"):
            builder.build(request)

    def test_lines_are_documents_that_can_be_paired(self):
        corpus = self.write("a.txt", "".join("line number %d\n" % n for n in range(99)))
        data = settings.DataSettings(
            num_out_files=4, segmentation="nsp", documents="line"
        )
        report = builder.build(self.request(corpus, data=data)).report
        self.assertEqual(report["documents"], 99)
        self.assertCountEqual(report["relations"], ["random", "next"])
        self.assertEqual(report["tokens_lost"], 0)

    def test_seed_changes_the_records(self):
        builder.build(self.request())
        data = settings.DataSettings(max_seq_length=32, num_out_files=4, seed=1)
        builder.build(self.request(data=data, output_dir=self.path("other")))
        self.assertNotEqual(self.contents("other"), self.contents())

    def test_dry_run_writes_nothing(self):
        built = builder.build(self.request(dry_run=True))
        self.assertFalse(built.complete)
        self.assertFalse(os.path.exists(self.path("records")))

    def test_published_segmentation_loses_tokens_and_says_so(self):
        data = settings.DataSettings(
            max_seq_length=16, num_out_files=4, segmentation="convbert"
        )
        built = builder.build(self.request(data=data))
        self.assertGreater(built.report["tokens_lost"], 0)

    def test_process_count_must_be_positive(self):
        with self.assertRaisesRegex(ValueError, "--num-processes is 0"):
            builder.build(self.request(num_processes=0))

    @parameterized.parameters(1, 2)
    def test_error_while_reading_stops_the_build(self, num_processes):
        shutil.copytree(fixtures.CORPUS, self.path("corpus"))
        self.write("corpus/bad.txt", b"good line\ncaf\xe9\n")
        request = self.request(self.path("corpus"), num_processes=num_processes)
        with self.assertRaisesRegex(ValueError, "bad.txt:2: not UTF-8"):
            builder.build(request)
        self.assertFalse(manifest.read(self.path("records")).complete)
        self.assertEmpty([name for name in self.contents() if "tmp" in name])

    def test_full_disk_is_one_clear_error(self):
        full = OSError(errno.ENOSPC, "No space left on device")
        with tf.test.mock.patch.object(os, "fsync", side_effect=full):
            with self.assertRaisesRegex(OSError, "Cannot write .*No space left"):
                builder.build(self.request())

    def test_worker_that_dies_is_one_clear_error(self):
        with tf.test.mock.patch.object(shard, "build", side_effect=_die):
            with self.assertRaisesRegex(RuntimeError, "A worker process died"):
                builder.build(self.request(num_processes=2))

    def test_missing_vocabulary_is_found_before_any_work(self):
        missing = tokenization.TokenizerSettings(vocab_file="nowhere.txt")
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.txt"):
            builder.build(self.request(tokenizer=missing))
        self.assertFalse(os.path.exists(self.path("records")))


class ContinueTest(BuilderTestCase):
    def setUp(self):
        super().setUp()
        builder.build(self.request())
        self.whole = self.contents()

    def forget(self, number):
        """Puts the folder in the state in which a kill may have left it."""
        folder = self.path("records")
        listed = manifest.read(folder)
        kept = listed.shards[:number]
        manifest.write(folder, listed._replace(shards=kept, complete=False))
        for entry in listed.shards[number:]:
            os.remove(os.path.join(folder, entry["name"]))

    def built_names(self, request):
        with tf.test.mock.patch.object(shard, "build", wraps=shard.build) as build:
            builder.build(request)
        return [os.path.basename(call[0][0].path) for call in build.call_args_list]

    def test_complete_build_is_left_alone(self):
        self.assertEmpty(self.built_names(self.request()))

    def test_killed_build_continues(self):
        self.forget(2)
        names = self.built_names(self.request())
        self.assertEqual(names, [shard.name(2, 4), shard.name(3, 4)])
        self.assertEqual(self.contents(), self.whole)
        self.assertTrue(manifest.read(self.path("records")).complete)

    def test_temporary_files_of_a_killed_build_are_removed(self):
        self.forget(3)
        self.write("records/%s.tmp" % shard.name(3, 4), "half")
        self.write("records/manifest.json.0a1b2c3d.tmp", "half")
        self.write("records/mine.txt", "keep")
        builder.build(self.request())
        contents = self.contents()
        self.assertIn("mine.txt", contents)
        self.assertEmpty([name for name in contents if name.endswith(".tmp")])

    def test_shard_that_was_cut_off_is_built_again(self):
        with open(self.path("records", shard.name(1, 4)), "r+b") as stream:
            stream.truncate(10)
        self.assertEqual(self.built_names(self.request()), [shard.name(1, 4)])
        self.assertEqual(self.contents(), self.whole)

    def test_interrupted_build_continues(self):
        self.forget(0)

        def interrupted(*args):
            for number, entry in enumerate(build(*args)):
                if number == 2:
                    raise KeyboardInterrupt
                yield entry

        build = workers.build
        with tf.test.mock.patch.object(workers, "build", interrupted):
            with self.assertRaises(KeyboardInterrupt):
                builder.build(self.request())
        self.assertLen(manifest.read(self.path("records")).shards, 2)
        self.assertLen(self.built_names(self.request()), 2)
        self.assertEqual(self.contents(), self.whole)

    def test_other_settings_are_refused(self):
        data = settings.DataSettings(max_seq_length=64, num_out_files=4)
        with self.assertRaisesRegex(
            ValueError, "another build: settings.max_seq_length is 32 there and 64 now"
        ):
            builder.build(self.request(data=data))
        self.assertEqual(self.contents(), self.whole)

    def test_other_corpus_is_refused(self):
        corpus = self.write("corpus.txt", "some text\n" * 200)
        with self.assertRaisesRegex(ValueError, "another build: corpus.bytes"):
            builder.build(self.request(corpus))

    def test_records_without_manifest_are_refused(self):
        os.remove(self.path("records", manifest.FILE_NAME))
        with self.assertRaisesRegex(ValueError, "it has no manifest.json"):
            builder.build(self.request())
        self.assertEqual(self.contents(), self.whole)

    def test_another_build_can_be_replaced_on_demand(self):
        data = settings.DataSettings(max_seq_length=64, num_out_files=3)
        built = builder.build(self.request(data=data, overwrite=True))
        self.assertTrue(built.complete)
        names = [shard.name(number, 3) for number in range(3)]
        self.assertEqual(sorted(self.contents()), names)


def _die(*unused):
    os._exit(9)


if __name__ == "__main__":
    tf.test.main()

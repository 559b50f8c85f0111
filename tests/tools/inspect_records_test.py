"""Tests for tools.inspect_records."""

import contextlib
import io
import os

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from pretrain.data import builder, manifest, settings, shard
from tests.pretrain.data import fixtures
from tools import inspect_records
from util import parsing, records


class InspectTest(fixtures.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        request = builder.Request(
            corpus=fixtures.CORPUS,
            output_dir=self.path("records"),
            data=settings.DataSettings(max_seq_length=32, num_out_files=3),
            tokenizer=fixtures.TOKENIZER,
        )
        with contextlib.redirect_stdout(io.StringIO()):
            self.manifest = builder.build(request)

    def run_tool(self, *flags):
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            code = inspect_records.main([self.path("records")] + list(flags))
        return code, stream.getvalue()

    def shard_path(self, number):
        return self.path("records", shard.name(number, 3))

    def replace_first(self, number, **changes):
        """Writes a shard anew with another first example."""
        path = self.shard_path(number)
        messages = list(records.read(path))
        example = dict(parsing.decode(messages[0]), **changes)
        length = len(example["input_ids"])
        messages[0] = records.serialize(example, shard.specs(length))
        records.write(path, messages)

    def test_sound_records_pass(self):
        code, printed = self.run_tool()
        self.assertEqual(code, 0)
        self.assertIn("records %d," % self.manifest.report["examples"], printed)
        self.assertIn("3 shards, 0 of them damaged", printed)

    def test_examples_are_printed_as_tokens(self):
        _, printed = self.run_tool("--vocab-file", fixtures.VOCAB, "--num-examples=2")
        self.assertEqual(printed.count("[CLS]"), 2)

    def test_other_vocabulary_is_refused(self):
        other = self.write("other.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
        with self.assertRaisesRegex(ValueError, "built with another vocabulary"):
            self.run_tool("--vocab-file", other)

    def test_damaged_record_is_named(self):
        with open(self.shard_path(1), "r+b") as stream:
            stream.seek(40)
            stream.write(b"\xff\xff")
        code, printed = self.run_tool()
        self.assertEqual(code, 1)
        self.assertRegex(printed, "damaged: .*-1-of-3: record 0 is damaged")
        self.assertIn("3 shards, 1 of them damaged", printed)

    def test_missing_shard_is_named(self):
        os.remove(self.shard_path(2))
        code, printed = self.run_tool()
        self.assertEqual(code, 1)
        self.assertRegex(printed, "damaged: .*-2-of-3 does not exist")

    def test_missing_record_is_noticed(self):
        path = self.shard_path(0)
        records.write(path, list(records.read(path))[1:])
        code, printed = self.run_tool()
        self.assertEqual(code, 1)
        self.assertRegex(printed, r"-0-of-3 holds \d+ records, its manifest says")

    def test_id_outside_the_vocabulary_is_named(self):
        ids = np.zeros(32, int)
        ids[:4] = [2, 99999, 7, 3]
        self.replace_first(0, input_ids=ids, input_mask=[1] * 4 + [0] * 28)
        code, printed = self.run_tool()
        self.assertEqual(code, 1)
        self.assertRegex(printed, "-0-of-3: record 0: ids from 0 to 99999, expected 0")

    def test_other_bytes_than_the_manifest_lists_are_noticed(self):
        path = self.shard_path(0)
        records.write(path, list(records.read(path))[::-1])
        code, printed = self.run_tool()
        self.assertEqual(code, 1)
        self.assertIn("is not the file in the manifest: sha256 differs", printed)

    @parameterized.parameters(
        (dict(input_mask=[1, 0, 1] + [1] * 29), "not ones followed by zeros"),
        (dict(input_mask=[1] * 4 + [0] * 28), "something behind the last token"),
    )
    def test_impossible_example_is_named(self, changes, message):
        ids = [2, 7, 7, 3] + [5] * 28
        self.replace_first(0, input_ids=ids, segment_ids=[0] * 32, **changes)
        _, printed = self.run_tool()
        self.assertIn("record 0: ", printed)
        self.assertIn(message, printed)

    def test_other_length_is_named(self):
        features = {name: [1] * 16 for name in shard.FEATURES}
        self.replace_first(0, **features)
        _, printed = self.run_tool()
        self.assertIn("has 16 values, expected 32", printed)

    def test_records_of_the_original_have_no_manifest(self):
        os.remove(self.path("records", manifest.FILE_NAME))
        code, printed = self.run_tool()
        self.assertEqual(code, 0)
        self.assertIn("There is no manifest.json", printed)

    def test_folder_without_records_is_an_error(self):
        with self.assertRaisesRegex(FileNotFoundError, "holds no records"):
            inspect_records.main([self.folder])


if __name__ == "__main__":
    tf.test.main()

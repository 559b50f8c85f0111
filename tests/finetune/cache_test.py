"""Tests for finetune.cache."""

import contextlib
import dataclasses
import io
import json
import os
import tempfile
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import cache
from finetune import task as task_lib
from finetune.classification import tables
from tests.finetune import fakes
from util import progress
from util import records as records_lib

COLA = fakes.task("cola")
TRAIN, DEV = COLA.splits[0], COLA.splits[1]


class Windows(type(COLA.features)):
    """Three records for every example."""

    def specs(self):
        return super().specs() + [records_lib.FeatureSpec("example")]

    def build(self, examples, context):
        for number, features in enumerate(super().build(examples, context)):
            for _ in range(3):
                yield dict(features, example=number)


class CacheTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.cache = tempfile.mkdtemp(dir=self.get_temp_dir())

    def prepare(self, examples, split=DEV, tokenizer=None, reuse=True, **changes):
        context = task_lib.FeatureContext(
            tokenizer or fakes.Tokenizer(), 16, is_training=split is TRAIN
        )
        context = dataclasses.replace(context, **changes)
        dataset = task_lib.Dataset("x.tsv", examples)
        return cache.prepare(COLA, split, dataset, context, self.cache, reuse)

    def test_same_data_is_written_once(self):
        first = self.prepare(fakes.examples(5))
        os.utime(first.path, (1, 1))
        self.assertEqual(self.prepare(fakes.examples(5)), first)
        self.assertEqual(os.stat(first.path).st_mtime, 1)

    def test_long_work_says_how_far_it_has_come(self):
        with mock.patch.object(progress, "SECONDS_BETWEEN_COUNTS", 0.0):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.prepare(fakes.examples(5))
        self.assertRegex(said.getvalue(), r"Features of cola: 5/5 \| .*/s \| ETA 0s")

    def test_work_is_counted_in_examples_not_in_their_records(self):
        windows = dataclasses.replace(COLA, features=Windows())
        with mock.patch.object(progress, "SECONDS_BETWEEN_COUNTS", 0.0):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                context = task_lib.FeatureContext(fakes.Tokenizer(), 16, True)
                path = os.path.join(self.cache, "x.tfrecord")
                found = cache.write(path, windows, fakes.examples(5), context)
        self.assertEqual(found["records"], 15)
        self.assertRegex(said.getvalue(), r"cola: 2/5 \| .*/s \| ETA \d+s")
        self.assertTrue(said.getvalue().rstrip().endswith("ETA 0s"))

    def test_two_commands_may_write_the_same_records(self):
        alone = self.prepare(fakes.examples(5))
        with open(alone.path, "rb") as stream:
            expected = stream.read()
        build = type(COLA.features).build

        def build_twice(own, examples, context):
            del own
            if next(is_first):
                self.prepare(fakes.examples(5), reuse=False)
            return build(COLA.features, examples, context)

        is_first = iter([True, False])
        with mock.patch.object(type(COLA.features), "build", build_twice):
            self.assertEqual(self.prepare(fakes.examples(5), reuse=False), alone)
        with open(alone.path, "rb") as stream:
            self.assertEqual(stream.read(), expected)
        self.assertLen(os.listdir(self.cache), 2)

    def test_reuse_can_be_switched_off(self):
        first = self.prepare(fakes.examples(5))
        os.utime(first.path, (1, 1))
        self.prepare(fakes.examples(5), reuse=False)
        self.assertGreater(os.stat(first.path).st_mtime, 1)

    @parameterized.named_parameters(
        ("texts", dict(examples=fakes.examples(6))),
        ("label", dict(examples=fakes.examples(5, label=1))),
        ("length", dict(max_seq_length=17)),
        ("vocabulary", dict(tokenizer=fakes.Tokenizer(digest="1" * 64))),
        (
            "casing",
            dict(
                tokenizer=fakes.Tokenizer(fakes.TokenizerSettings(do_lower_case=False))
            ),
        ),
        (
            "accents",
            dict(
                tokenizer=fakes.Tokenizer(fakes.TokenizerSettings(strip_accents=False))
            ),
        ),
        ("split", dict(split=TRAIN)),
    )
    def test_cache_is_never_stale(self, change):
        before = self.prepare(fakes.examples(5))
        after = self.prepare(**dict(dict(examples=fakes.examples(5)), **change))
        self.assertNotEqual(before.path, after.path)

    def test_place_of_the_vocabulary_does_not_matter(self):
        moved = fakes.Tokenizer(fakes.TokenizerSettings(vocab_file="elsewhere"))
        self.assertEqual(
            self.prepare(fakes.examples(5)).path,
            self.prepare(fakes.examples(5), tokenizer=moved).path,
        )

    @parameterized.parameters((b"", 40), (b"?", 50))
    def test_damaged_cache_is_made_anew(self, damage, place):
        first = self.prepare(fakes.examples(5))
        with open(first.path, "r+b") as stream:
            stream.seek(place)
            stream.write(damage)
            if not damage:
                stream.truncate()
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.prepare(fakes.examples(5))
        self.assertEqual(records_lib.verify(first.path), 5)
        self.assertIn(".tfrecord is damaged or old; it is made anew.", said.getvalue())

    def test_cache_with_a_damaged_description_is_made_anew(self):
        first = self.prepare(fakes.examples(5))
        with open(first.path.replace(".tfrecord", ".json"), "w") as stream:
            stream.write('{"key": {')
        self.assertEqual(self.prepare(fakes.examples(5)), first)

    def test_cache_without_description_is_made_anew(self):
        first = self.prepare(fakes.examples(5))
        os.remove(first.path.replace(".tfrecord", ".json"))
        self.assertEqual(self.prepare(fakes.examples(5)), first)

    def test_description_says_what_shaped_the_file(self):
        first = self.prepare(fakes.examples(5))
        with open(first.path.replace(".tfrecord", ".json")) as stream:
            key = json.load(stream)["key"]
        self.assertEqual(key["task"], "cola")
        self.assertEqual(key["features"]["max_seq_length"], 16)
        self.assertEqual(key["tokenizer"]["vocabulary_sha256"], "0" * 64)

    def test_tokens_are_counted(self):
        examples = [
            tables.Example("0", "good bad", None, 1),
            tables.Example("1", "good"),
        ]
        self.assertEqual(self.prepare(examples).tokens, 4 + 3)


if __name__ == "__main__":
    tf.test.main()

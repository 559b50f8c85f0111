"""Tests for pretrain.data.manifest."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import corpora, manifest, settings
from tests.pretrain.data import fixtures


class ManifestTest(fixtures.TestCase, parameterized.TestCase):
    def new(self, corpus=fixtures.CORPUS, switches=None, **values):
        return manifest.new(
            settings.DataSettings(**values),
            16,
            tokenization.build(switches or fixtures.TOKENIZER),
            corpora.find(corpus),
        )

    def test_what_is_written_is_read(self):
        written = self.new()._replace(shards=[{"name": "x", "records": 1}])
        manifest.write(self.folder, written)
        self.assertEqual(manifest.read(self.folder), written)

    def test_folder_without_manifest_gives_none(self):
        self.assertIsNone(manifest.read(self.folder))

    def test_tokenizer_is_recorded(self):
        recorded = self.new().tokenizer
        self.assertEqual(recorded["vocab_file"], "vocab.txt")
        self.assertEqual(recorded["do_lower_case"], True)
        self.assertEqual(recorded["strip_accents"], True)
        self.assertLen(self.new().vocab_digest, 64)

    def test_equal_builds_do_not_differ(self):
        self.assertEmpty(self.new().differences(self.new()))

    def test_names_and_sizes_of_the_corpus_matter_not_its_place(self):
        places = []
        for place in ("one", "two"):
            self.write(place + "/a.txt", "text")
            places.append(self.new(self.path(place)))
        self.assertEmpty(places[0].differences(places[1]))
        self.write("two/a.txt", "longer text")
        changed = self.new(self.path("two")).differences(places[0])
        self.assertIn("corpus.bytes is 11 there and 4 now", changed)

    @parameterized.parameters(
        ("seed", 7, "settings.seed is 0 there and 7 now"),
        ("max_seq_length", 64, "settings.max_seq_length is 128 there and 64 now"),
        ("segmentation", "convbert", "settings.segmentation is 'electra' there"),
        ("documents", "labelled", "settings.documents is 'blank-lines' there"),
        ("short_seq_prob", 0.1, "settings.short_seq_prob is None there and 0.1 now"),
        ("word_segmentation", "spaces", "settings.word_segmentation is 'none' there"),
    )
    def test_other_settings_differ(self, name, value, message):
        (difference,) = self.new().differences(self.new(**{name: value}))
        self.assertStartsWith(difference, message)

    def test_settings_that_an_old_manifest_lacks_are_the_defaults(self):
        old = self.new()
        for name in ("short_seq_prob", "across_documents", "word_segmentation"):
            del old.settings[name]
        manifest.write(self.folder, old)
        read = manifest.read(self.folder)
        self.assertEmpty(read.differences(self.new()))
        self.assertEmpty(self.new().differences(read))
        (difference,) = read.differences(self.new(word_segmentation="spaces"))
        self.assertIn("is 'none' there and 'spaces' now", difference)

    def test_other_casing_differs(self):
        cased = tokenization.TokenizerSettings(
            vocab_file=fixtures.VOCAB, do_lower_case=False
        )
        differences = self.new().differences(self.new(switches=cased))
        self.assertIn(
            "tokenizer.do_lower_case is True there and False now", differences
        )

    def test_other_format_is_refused(self):
        self.write("manifest.json", '{"format_version": 99}')
        with self.assertRaisesRegex(ValueError, "format version 99, expected 1"):
            manifest.read(self.folder)

    def test_unknown_entries_are_refused(self):
        self.write("manifest.json", '{"format_version": 1, "shard": []}')
        with self.assertRaisesRegex(ValueError, "unknown or missing entries: .*shard"):
            manifest.read(self.folder)

    def test_damaged_file_is_named(self):
        self.write("manifest.json", '{"format_version": 1,')
        with self.assertRaisesRegex(ValueError, "manifest.json:1: not JSON"):
            manifest.read(self.folder)


if __name__ == "__main__":
    tf.test.main()

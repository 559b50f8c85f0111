"""Tests for model.tokenization."""

import os
import subprocess
import sys

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import tokenization

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VOCAB = os.path.join(ROOT, "tests", "data", "vocab.txt")


class TokenizerSettingsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (True, None, True),
        (True, True, True),
        (True, False, False),
        (False, None, False),
        (False, True, False),  # As in BERT, which strips only what it lower-cases.
    )
    def test_accents_follow_lower_casing(self, lower, strip, expected):
        settings = tokenization.TokenizerSettings(
            do_lower_case=lower, strip_accents=strip
        )
        self.assertEqual(settings.strips_accents, expected)

    def test_unknown_tokenizer_is_refused(self):
        with self.assertRaisesRegex(ValueError, "wordpiece"):
            tokenization.TokenizerSettings(tokenizer="wordpeace")

    def test_vocabulary_must_be_named(self):
        with self.assertRaisesRegex(ValueError, "Set vocab_file"):
            tokenization.build(tokenization.TokenizerSettings())

    def test_every_kind_is_a_choice(self):
        field = tokenization.TokenizerSettings.__dataclass_fields__["tokenizer"]
        expected = ["wordpiece", "sentencepiece", "char", "space"]
        self.assertEqual(field.metadata["choices"], expected)

    @parameterized.parameters(
        ("wordpiece", "WordPiece"), ("char", "Characters"), ("space", "Words")
    )
    def test_kind_decides_the_class(self, kind, name):
        settings = tokenization.TokenizerSettings(tokenizer=kind, vocab_file=VOCAB)
        self.assertEqual(type(tokenization.build(settings)).__name__, name)

    def test_other_tokenizers_need_no_library(self):
        program = (
            "import sys; sys.modules.update(tokenizers=None, sentencepiece=None)\n"
            "from model import tokenization as t\n"
            "for kind in ('char', 'space'):\n"
            "  made = t.build(t.TokenizerSettings(tokenizer=kind, vocab_file=%r))\n"
            "  print(type(made).__name__)" % VOCAB
        )
        printed = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT)
        self.assertEqual(printed.decode("utf-8").split(), ["Characters", "Words"])

    def test_prepare_lower_cases_and_strips(self):
        settings = tokenization.TokenizerSettings()
        self.assertEqual(tokenization.prepare("CAFÉ ﬁ 中", settings), "cafe fi 中")

    def test_prepare_leaves_cased_text_alone(self):
        settings = tokenization.TokenizerSettings(do_lower_case=False)
        self.assertEqual(tokenization.prepare("CAFÉ", settings), "CAFÉ")


if __name__ == "__main__":
    tf.test.main()

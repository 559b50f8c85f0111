"""Tests for model.sentencepiece_tokenizer."""

import functools
import json
import os
import tempfile

import tensorflow.compat.v1 as tf

from model import tokenization
from tools import sentencepiece_training

DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data")
GOOD = dict(
    pad_id=0,
    unk_id=1,
    bos_id=-1,
    eos_id=-1,
    pad_piece="<pad>",
    control_symbols=["[CLS]", "[SEP]", "[MASK]"],
)


@functools.lru_cache(maxsize=None)
def _trained(options):
    with open(os.path.join(DATA, "corpus", "garden.txt"), encoding="utf-8") as stream:
        return sentencepiece_training.train(
            stream.read().lower().split("\n"),
            model_type="bpe",
            vocab_size=100,
            **json.loads(options),
        )


def model_bytes(**options):
    """Returns a tiny model of the English fixture."""
    return _trained(json.dumps(options, sort_keys=True))


class SentencePieceTest(tf.test.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = model_bytes(**GOOD)

    def build(self, model=None, **switches):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "spm.model")
        with open(path, "wb") as stream:
            stream.write(model or self.model)
        return tokenization.build(
            tokenization.TokenizerSettings(
                tokenizer="sentencepiece", vocab_file=path, **switches
            )
        )

    def test_special_tokens_are_found_by_name(self):
        self.assertEqual(list(self.build().special_ids.values()), [0, 1, 2, 3, 4])

    def test_names_in_angle_brackets_are_found(self):
        symbols = ["<cls>", "<sep>", "<mask>"]
        built = self.build(model_bytes(**dict(GOOD, control_symbols=symbols)))
        self.assertEqual(built.mask_id, 4)

    def test_text_comes_back(self):
        tokenizer = self.build()
        tokens = tokenizer.tokens(tokenizer.encode("The garden grew."))
        self.assertEqual("".join(tokens), "▁the▁garden▁grew.")

    def test_case_and_accents_follow_the_switches(self):
        lower, cased = self.build(), self.build(do_lower_case=False)
        self.assertEqual(lower.encode("CAFÉ the"), lower.encode("cafe the"))
        self.assertNotEqual(cased.encode("The"), cased.encode("the"))
        kept = self.build(strip_accents=False)
        self.assertNotEqual(kept.encode("café"), kept.encode("cafe"))

    def test_special_tokens_in_text_are_text(self):
        matching = dict(GOOD, control_symbols=["[CLS]", "[SEP]"])
        model = model_bytes(user_defined_symbols=["[MASK]"], **matching)
        tokenizer = self.build(model, do_lower_case=False)
        self.assertNotIn(tokenizer.mask_id, tokenizer.encode("the [MASK] garden"))

    def test_missing_special_tokens_are_listed(self):
        model = model_bytes(**dict(GOOD, control_symbols=["[CLS]"]))
        message = r"lacks the special tokens \[SEP\] or <sep>, \[MASK\] or <mask>\."
        with self.assertRaisesRegex(ValueError, message):
            self.build(model)

    def test_padding_must_be_zero(self):
        model = model_bytes(**dict(GOOD, pad_id=1, unk_id=0))
        with self.assertRaisesRegex(ValueError, "has id 1 for padding, expected 0"):
            self.build(model)

    def test_text_file_is_refused(self):
        with self.assertRaisesRegex(ValueError, "set tokenizer to 'wordpiece'"):
            self.build(b"[PAD]\n[UNK]\n")

    def test_missing_file_is_named(self):
        settings = tokenization.TokenizerSettings(
            tokenizer="sentencepiece", vocab_file="nowhere.model"
        )
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.model does not exist"):
            tokenization.build(settings)

    def test_albert_model_works(self):
        data = os.environ.get("REAL_DATA_DIR")
        if not data:
            self.skipTest("REAL_DATA_DIR does not name the folder of real data.")
        with open(os.path.join(data, "vocab/albert_30k-clean.model"), "rb") as stream:
            tokenizer = self.build(stream.read())
        self.assertEqual(list(tokenizer.special_ids.values()), [0, 1, 2, 3, 4])
        self.assertNotIn(tokenizer.unk_id, tokenizer.encode("Hello, wide world!"))


if __name__ == "__main__":
    tf.test.main()

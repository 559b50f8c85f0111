"""Tests for finetune.units."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import units
from model import tokenization

VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] he ##llo world ! , . don ' t 北 京 大 学 b a "
    "##a ##b 2 ##01 ##8 1 hello"
).split()


def tokenizer(kind="wordpiece", words=tuple(VOCABULARY), **switches):
    path = os.path.join(tempfile.mkdtemp(), "vocab.txt")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(words) + "\n")
    return tokenization.build(
        tokenization.TokenizerSettings(tokenizer=kind, vocab_file=path, **switches)
    )


class Pieces:
    """Speaks like a sentencepiece model of a few pieces."""

    pieces = {
        "hello,": ["\u2581he", "llo", ","],
        "(Éa)": ["\u2581", "(", "e", "<unk>", ")"],
        "北京（大）": ["\u2581北京", "(", "大", ")"],
        "??": ["<unk>"],
    }

    def __init__(self):
        self.settings = tokenization.TokenizerSettings(tokenizer="sentencepiece")
        self._names = [name for names in self.pieces.values() for name in names]

    def encode_batch(self, texts):
        return [[self._names.index(name) for name in self.pieces[t]] for t in texts]

    def tokens(self, ids):
        return [self._names[number] for number in ids]


class SplitTest(tf.test.TestCase, parameterized.TestCase):
    def cut(self, text, **options):
        starts, ends = units.split(text, **options)
        return [text[start:end] for start, end in zip(starts, ends)]

    def test_words_between_white_space(self):
        self.assertEqual(
            self.cut(" one\ttwo\n three\u3000four\xa0"), ["one", "two", "three", "four"]
        )

    def test_punctuation_stands_alone(self):
        self.assertEqual(
            self.cut("don't (go)..."), ["don", "'", "t", "(", "go", ")", ".", ".", "."]
        )

    def test_signs_of_ascii_that_unicode_does_not_call_punctuation(self):
        self.assertEqual(self.cut("a$b^c+1"), ["a", "$", "b", "^", "c", "+", "1"])

    def test_every_chinese_character_stands_alone(self):
        self.assertEqual(
            self.cut("2018年北京abc，好"), ["2018", "年", "北", "京", "abc", "，", "好"]
        )

    @parameterized.parameters(
        "\u3400", "\uf900", "\U00020000", "\U0002ceaf", "\U0002fa1f"
    )
    def test_rare_blocks_of_chinese(self, char):
        self.assertEqual(self.cut("a%sb" % char), ["a", char, "b"])

    @parameterized.parameters("\u3041", "\uac00", "\U0002f800\u0301"[1:])
    def test_kana_hangul_and_accents_belong_to_words(self, char):
        self.assertEqual(self.cut("a%sb" % char), ["a%sb" % char])

    def test_control_characters_do_not_divide(self):
        self.assertEqual(self.cut("fo\u200bo\x0bbar\x85x"), ["fo\u200bo\x0bbar\x85x"])

    def test_line_separators_divide(self):
        self.assertEqual(self.cut("a\u2028b\u2029c"), ["a", "b", "c"])

    def test_words_alone_where_signs_do_not_divide(self):
        self.assertEqual(
            self.cut("don't go, 北京", at_signs=False), ["don't", "go,", "北京"]
        )

    @parameterized.parameters("", " ", "\n\t ")
    def test_nothing(self, text):
        self.assertEmpty(self.cut(text))


class EncodeTest(tf.test.TestCase, parameterized.TestCase):
    def tokens(self, text, builder, others=()):
        encoded = units.encode([text, *others], builder)[0]
        spans = [text[start:end] for start, end in zip(encoded.starts, encoded.ends)]
        return list(zip(builder.tokens(encoded.ids.tolist()), spans))

    @parameterized.parameters(
        ("wordpiece", "Hello world! don't 2018年北京大学。 héllo\u0301 ≮ Σσς x\u200by"),
        ("char", "北京大学2018 ab, don't"),
        ("space", "hello world! don't 北京"),
    )
    def test_ids_are_those_of_the_whole_text(self, kind, text):
        builder = tokenizer(kind)
        encoded = units.encode([text], builder)[0]
        self.assertEqual(encoded.ids.tolist(), builder.encode(text))

    def test_a_piece_has_the_characters_of_its_word(self):
        self.assertEqual(
            self.tokens("Hello, 2018!", tokenizer(words=VOCABULARY[:-1])),
            [
                ("he", "Hello"),
                ("##llo", "Hello"),
                (",", ","),
                ("2", "2018"),
                ("##01", "2018"),
                ("##8", "2018"),
                ("!", "!"),
            ],
        )

    def test_a_chinese_character_is_a_token_of_one_character(self):
        self.assertEqual(
            self.tokens("北京 大学", tokenizer("char")),
            [("北", "北"), ("京", "京"), ("大", "大"), ("学", "学")],
        )

    def test_words_between_spaces_keep_their_signs(self):
        self.assertEqual(
            self.tokens("world, hello", tokenizer("space")),
            [("[UNK]", "world,"), ("hello", "hello")],
        )

    def test_units_without_tokens_leave_no_trace(self):
        self.assertEqual(
            self.tokens("a \u200b b", tokenizer()), [("a", "a"), ("b", "b")]
        )

    def test_texts_do_not_mix(self):
        builder = tokenizer()
        several = units.encode(["hello", "", "b a"], builder)
        self.assertEqual(
            [builder.tokens(encoded.ids.tolist()) for encoded in several],
            [["hello"], [], ["b", "a"]],
        )
        self.assertEqual(several[2].starts.tolist(), [0, 2])

    def test_no_texts(self):
        self.assertEmpty(units.encode([], tokenizer()))

    def test_all_texts_are_encoded_in_one_call(self):
        builder = tokenizer()
        calls = []
        encode = builder.encode_batch
        builder.encode_batch = lambda texts: calls.append(1) or encode(texts)
        units.encode(["hello world", "b", "a"], builder)
        self.assertLen(calls, 1)


class PiecesTest(tf.test.TestCase):
    def tokens(self, text):
        builder = Pieces()
        encoded = units.encode([text], builder)[0]
        spans = [text[start:end] for start, end in zip(encoded.starts, encoded.ends)]
        return list(zip(builder.tokens(encoded.ids.tolist()), spans))

    def test_pieces_have_the_characters_that_they_spell(self):
        self.assertEqual(
            self.tokens("hello, hello,")[3:],
            [("\u2581he", "he"), ("llo", "llo"), (",", ",")],
        )

    def test_a_word_is_not_cut_before_it_is_encoded(self):
        # Its comma alone would begin a word.
        self.assertEqual(
            [piece for piece, _ in self.tokens("hello,")], Pieces.pieces["hello,"]
        )

    def test_a_lone_mark_has_what_it_stands_before(self):
        self.assertEqual(self.tokens("(Éa)")[0], ("\u2581", "("))

    def test_lower_case_without_accents_is_found(self):
        self.assertEqual(self.tokens("(Éa)")[2], ("e", "É"))

    def test_an_unknown_character_is_between_its_neighbours(self):
        self.assertEqual(self.tokens("(Éa)")[3:], [("<unk>", "a"), (")", ")")])

    def test_an_unknown_word_has_all_its_characters(self):
        self.assertEqual(self.tokens("hello, ??")[3:], [("<unk>", "??")])

    def test_wide_signs_are_found(self):
        self.assertEqual(
            self.tokens("北京（大）"),
            [("\u2581北京", "北京"), ("(", "（"), ("大", "大"), (")", "）")],
        )

    def test_an_empty_text(self):
        self.assertEmpty(self.tokens(" "))


if __name__ == "__main__":
    tf.test.main()

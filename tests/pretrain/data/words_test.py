"""Tests for pretrain.data.words."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import words
from tests.pretrain.data import fixtures


class WordsTest(fixtures.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.tokenizer = tokenization.build(fixtures.TOKENIZER)

    def marked(self, line):
        """Returns (tokens, whether each goes on with a word) of a line."""
        (sentence,) = words.encoder(self.tokenizer, "spaces")([line])
        tokens = np.array(sentence)
        ids = words.ids(tokens).tolist()
        return self.tokenizer.tokens(ids), words.continues(tokens).tolist()

    @parameterized.parameters(
        ("我 小时候 常常", "我 小 时 候 常 常", [0, 0, 1, 1, 0, 1]),
        ("他们 喝茶 。", "他 们 喝 茶 。", [0, 1, 0, 1, 0]),
        ("  茶馆\u3000里 ", "茶 馆 里", [0, 1, 0]),
    )
    def test_characters_go_on_with_words_between_spaces(self, line, tokens, flags):
        self.assertEqual(self.marked(line), (tokens.split(), list(map(bool, flags))))

    def test_every_part_of_an_english_word_goes_on(self):
        tokens, flags = self.marked("gardens, bees")
        self.assertGreater(len(tokens), 2)
        self.assertEqual(flags.count(False), 2)
        self.assertEqual(flags[0], False)

    def test_tokens_are_those_of_the_lines_as_they_are(self):
        lines = [
            line for doc in fixtures.read_documents(fixtures.CORPUS) for line in doc
        ]
        lines += ["", "one\x1ctwo\x85three \u2028 four", "\u200b", "ΣΑΣ ΣΑΣ"]
        plain = self.tokenizer.encode_batch(lines)
        marked = words.encoder(self.tokenizer, "spaces")(lines)
        self.assertEqual([words.ids(np.array(m)).tolist() for m in marked], plain)

    def test_without_segmentation_the_tokenizer_itself_is_used(self):
        encode = words.encoder(self.tokenizer, "none")
        self.assertEqual(encode, self.tokenizer.encode_arrays)


if __name__ == "__main__":
    tf.test.main()

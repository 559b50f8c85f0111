"""Tests for pretrain.data.labelled."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain.data import corpora, labelled, settings, text_stream, units
from tests.pretrain.data import fixtures


class CheckedTest(fixtures.TestCase, parameterized.TestCase):
    def lines(self, content, name="a.tsv"):
        (source,) = corpora.find(self.write(name, content))
        unit = corpora.Unit(source, 0, source.size)
        data = settings.DataSettings(documents="labelled")
        blocks = corpora.read(unit, data, text_stream.Tally())
        return [line for block in blocks for line in block if line]

    # The last line has no line end; others end as under Windows or are blank.
    def test_every_line_appears(self):
        content = "0\tone\n1\ttwo\tdeux\r\n\n 2 \t three \t\n\n\n12\tfour"
        expected = ["0\tone", "1\ttwo\tdeux", "2\tthree", "12\tfour"]
        for name in ("a.tsv", "a.tsv.gz"):
            self.assertEqual(self.lines(content, name), expected)

    def test_lines_survive_any_size_of_block(self):
        content = "".join("%d\ttext %d\n" % (n % 3, n) for n in range(50))
        for size in (1, 7, 64):
            with tf.test.mock.patch.object(text_stream, "BLOCK_SIZE", size):
                self.assertEqual(self.lines(content), content.split("\n")[:-1])

    @parameterized.parameters(
        "label\ttext_a", "label\ttext_a\ttext_b", "\ufefflabel\ttext_a"
    )
    def test_header_is_passed_over(self, header):
        self.assertEqual(self.lines(header + "\n1\tone\n"), ["1\tone"])

    @parameterized.named_parameters(
        ("no_text", "3", "1 fields, expected label<TAB>text"),
        ("many_texts", "3\ta\tb\tc", "4 fields, expected"),
        ("word", "good\tbook", "the label is 'good', expected a whole number from 0"),
        ("negative", "-1\tbook", "the label is '-1'"),
        ("fraction", "1.0\tbook", "the label is '1.0'"),
        ("power", "²\tbook", "the label is '²'"),
        ("huge", "4294967296\tbook", "the label is '4294967296'"),
        ("empty_text", "1\t \tb", "a text is empty"),
        ("late_header", "label\ttext_a", "the label is 'label'"),
    )
    def test_bad_line_is_named(self, line, message):
        for name in ("a.tsv", "a.tsv.xz"):
            with self.assertRaisesRegex(ValueError, "%s:4: %s" % (name, message)):
                self.lines("0\tone\n\n1\ttwo\n%s\n1\tthree\n" % line, name)

    def test_bad_line_of_a_later_part_is_named(self):
        path = self.write("a.tsv", "0\tone\n" * 10 + "x\ttwo\n")
        (source,) = corpora.find(path)
        unit = corpora.Unit(source, 7 * 6, source.size)
        data = settings.DataSettings(documents="labelled")
        with self.assertRaisesRegex(ValueError, "a.tsv:11: the label is 'x'"):
            list(corpora.read(unit, data, text_stream.Tally()))

    @parameterized.parameters(1, 8, 20)
    def test_bad_line_of_a_later_block_is_named(self, size):
        content = "label\ttext_a\n" + "0\tone\n" * 9 + "\nx\ttwo\n"
        with tf.test.mock.patch.object(text_stream, "BLOCK_SIZE", size):
            with self.assertRaisesRegex(ValueError, "a.tsv:12: the label is 'x'"):
                self.lines(content)

    def test_long_line_is_read_whole(self):
        line = "1\t" + "word " * 50 + "end"
        with tf.test.mock.patch.multiple(text_stream, BLOCK_SIZE=12, LONGEST_LINE=30):
            self.assertEqual(self.lines(line), [line])

    def test_lines_are_dealt_out_whole(self):
        content = "".join("%d\ttext %d\n" % (n % 2, n) for n in range(999))
        data = settings.DataSettings(documents="labelled", num_out_files=7)
        shards = units.plan(corpora.find(self.write("a.tsv", content)), data)
        self.assertLen(shards, 7)
        self.assertFalse(any(unit.is_continued for shard in shards for unit in shard))
        lines = [
            line
            for shard in shards
            for unit in shard
            for block in corpora.read(unit, data, text_stream.Tally())
            for line in block
            if line
        ]
        self.assertCountEqual(lines, content.split("\n")[:-1])

    def test_json_lines_are_refused(self):
        sources = corpora.find(self.write("a.jsonl", "{}"))
        with self.assertRaisesRegex(ValueError, "a.jsonl holds JSON lines"):
            corpora.check(sources, settings.DataSettings(documents="labelled"))


def encode(texts):
    """Gives every character its code point; "-" gives no token."""
    return [fixtures.points(text.replace("-", "")) for text in texts]


class LabelledPackerTest(tf.test.TestCase):
    def packed(self, lines, max_length=8):
        packer = labelled.LabelledPacker(fixtures.options(max_length))
        packer.feed(lines, encode, "a.tsv")
        packer.finish()
        return packer

    def texts(self, packer):
        return [
            tuple("".join(map(chr, segment)) for segment in pair)
            for pair in fixtures.segments(packer)
        ]

    def test_each_line_is_an_example(self):
        packer = self.packed(["1\tab", "", "0\tc\tde", ""])
        self.assertEqual(self.texts(packer), [("ab", ""), ("c", "de")])
        self.assertAllEqual(packer.examples.values("label"), [1, 0])
        self.assertEqual((packer.num_documents, packer.num_tokens), (2, 5))

    def test_long_texts_are_cut_at_their_ends_the_longer_first(self):
        packer = self.packed(["0\tabcdefghi", "1\tab\tcdefghi", "2\tabcdefg\thijklm"])
        self.assertEqual(
            self.texts(packer), [("abcdef", ""), ("ab", "cde"), ("abc", "hi")]
        )
        self.assertEqual(packer.num_tokens, 9 + 9 + 13)

    def test_end_of_a_part_changes_nothing(self):
        packer = self.packed(["1\tab", ""])
        packer.end_unit("a.tsv", is_continued=False, is_cut=False)
        self.assertEqual((packer.num_documents, len(packer.examples)), (1, 1))

    def test_text_without_token_is_named(self):
        with self.assertRaisesRegex(
            ValueError, r"a.tsv: the line '1\\ta\\t-' has a text"
        ):
            self.packed(["1\ta\t-"])


if __name__ == "__main__":
    tf.test.main()

"""Tests for finetune.tagging.sentences."""

import gzip
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.tagging import layouts, sentences
from tests.finetune.tagging import fixtures

COLUMNS = "Rome NNP B-LOC\nfell VBD O\n\nAda NNP B-PER\n"


class _Case(tf.test.TestCase, parameterized.TestCase):
    def read(self, content, has_tags=True, name="some.txt", **layout):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = fixtures.write(folder, name, content)
        return sentences.read(path, layouts.Layout(**layout), has_tags)

    def pairs(self, content, **layout):
        """Returns [(words, tags)] with spaces between them."""
        return [
            (" ".join(each.words), " ".join(each.tags))
            for each in self.read(content, **layout).sentences
        ]


class ColumnsTest(_Case):
    def test_words_are_first_and_tags_last(self):
        self.assertEqual(
            self.read(COLUMNS).sentences,
            [
                layouts.Sentence(("Rome", "fell"), ("B-LOC", "O"), (1, 2)),
                layouts.Sentence(("Ada",), ("B-PER",), (4,)),
            ],
        )

    def test_columns_may_be_numbered(self):
        self.assertEqual(
            self.pairs("1 Rome NNP x\n", word_column=1, tag_column=-2),
            [("Rome", "NNP")],
        )

    @parameterized.named_parameters(
        ("windows", COLUMNS.replace("\n", "\r\n")),
        ("tabs", COLUMNS.replace(" ", "\t")),
        ("several_spaces", COLUMNS.replace(" ", "   ")),
        ("no_newline_at_the_end", COLUMNS.rstrip("\n")),
        ("several_blank_lines", "\n\n" + COLUMNS.replace("\n\n", "\n \n\t\n\n")),
        ("spaces_at_line_ends", COLUMNS.replace("\n", " \n")),
        ("byte_order_mark", b"\xef\xbb\xbf" + COLUMNS.encode()),
    )
    def test_the_same_is_read_from(self, content):
        self.assertEqual(
            self.pairs(content), [("Rome fell", "B-LOC O"), ("Ada", "B-PER")]
        )

    def test_document_starts_are_no_words(self):
        content = "-DOCSTART- -X- O\n\n%s-DOCSTART- -X- O\nBo NNP O\n" % COLUMNS
        self.assertEqual(
            [words for words, _ in self.pairs(content)], ["Rome fell", "Ada", "Bo"]
        )

    def test_document_starts_may_have_fewer_columns(self):
        self.assertLen(self.pairs("-DOCSTART-\n\n" + COLUMNS), 2)

    def test_borders_of_documents_are_no_words(self):
        content = "#begin document (nw/1); part 000\n%s#end document\n" % COLUMNS
        self.assertEqual(
            [words for words, _ in self.pairs(content)], ["Rome fell", "Ada"]
        )

    def test_comments_are_passed_over_and_counted(self):
        found = self.read("# id = 1\nRome O\n# two words\nfell O\n", comment="# ")
        self.assertEqual(found.sentences[0].words, ("Rome", "fell"))
        self.assertEqual(found.notes, ["2 lines begin with '# ' and were passed over."])

    def test_a_hash_is_a_word_like_others(self):
        self.assertEqual(self.pairs("# O\n#x B-A\n"), [("# #x", "O B-A")])

    def test_lines_that_may_be_comments_are_refused_with_what_to_do(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:2: .*`comment` says"):
            self.read("Rome O\n# id = 1\n")

    def test_hard_spaces_are_parts_of_words(self):
        found = self.read("New\xa0York B-LOC\nis O\n").sentences
        self.assertEqual(found[0].words, ("New\xa0York", "is"))

    def test_wide_spaces_are_words(self):
        found = self.read("\u3000 O\n\xa0 O\n").sentences
        self.assertEqual(found[0].words, ("\u3000", "\xa0"))

    def test_words_may_have_spaces_between_tabs(self):
        found = self.read("New York\tB-LOC\n \tO\n").sentences
        self.assertEqual(found[0].words, ("New York", " "))

    def test_words_alone(self):
        found = self.read("Rome\nfell\n\nAda\n", has_tags=False).sentences
        self.assertEqual(found[0], layouts.Sentence(("Rome", "fell"), None, (1, 2)))
        self.assertLen(found, 2)

    def test_tags_that_are_not_wanted_are_not_read(self):
        found = self.read(COLUMNS, has_tags=False).sentences
        self.assertEqual((found[1].words, found[1].tags), (("Ada",), None))

    def test_digits_are_stripped_where_told(self):
        content = "有0\tO\n10\tB-A\n"
        found = self.read(content, strip_word_digit=True).sentences
        self.assertEqual(found[0].words, ("有", "1"))
        self.assertEqual(self.read(content).sentences[0].words, ("有0", "10"))

    def test_words_to_be_tagged_may_lack_the_digit(self):
        for content, words in (("有\n10\n", ("有", "10")), ("有0\n10\n", ("有", "1"))):
            found = self.read(content, strip_word_digit=True, has_tags=False)
            self.assertEqual(found.sentences[0].words, words)

    @parameterized.parameters("有", "7", "a²")
    def test_a_word_without_the_digit_is_refused(self, word):
        with self.assertRaisesRegex(ValueError, r"some\.txt:2: the word .* a digit"):
            self.read("有0 O\n%s O\n" % word, strip_word_digit=True)

    def test_another_number_of_columns_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"some\.txt:5: 2 columns, but 3 in the lines before"
        ):
            self.read(COLUMNS + "x O\n")
        with self.assertRaisesRegex(ValueError, r"some\.txt:2: 4 columns, but 3"):
            self.read("Rome NNP O\nfell VBD x O\n")

    def test_a_column_that_is_not_there_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:1: tag_column is 3, but"):
            self.read(COLUMNS, tag_column=3)
        with self.assertRaisesRegex(ValueError, r"some\.txt:1: word_column is -4, but"):
            self.read(COLUMNS, word_column=-4)

    def test_a_file_without_tags_is_refused_where_they_are_wanted(self):
        with self.assertRaisesRegex(
            ValueError, r"some\.txt:1: 1 columns.*A file without tags"
        ):
            self.read("Rome\nfell\n")

    @parameterized.parameters("a\tO\n\tO\n", "a O\n  O\nb O\n", "a O\n O\nb O\n")
    def test_an_empty_word_is_a_blank_one_and_counted(self, content):
        found = self.read(content)
        self.assertEqual(found.sentences[0].words[:2], ("a", " "))
        self.assertEqual(found.notes, ["1 words are blank."])

    def test_an_empty_word_may_stand_in_the_middle(self):
        found = self.read("1\t\tO\n2\ta\tB-X\n", word_column=1).sentences
        self.assertEqual(found[0].words, (" ", "a"))

    @parameterized.parameters("a\t\tx\n", "a\t \tx\n")
    def test_an_empty_tag_is_refused(self, content):
        with self.assertRaisesRegex(ValueError, r"some\.txt:1: the tag is empty"):
            self.read(content, tag_column=1)

    def test_tags_have_no_spaces_around_them(self):
        self.assertEqual(self.pairs("a\t B-X \tz\n", tag_column=1), [("a", "B-X")])

    def test_lines_of_conllu_that_are_not_of_one_word_are_passed_over(self):
        rest = "\t_" * 7
        rows = ["1-2\tim\t_", "1\tin\tADP", "2\tdem\tDET", "2.1\tda\tX", "3\tHaus\tN"]
        content = "".join("%s%s\n" % (row, rest) for row in rows)
        found = self.read(content, word_column=1, tag_column=2)
        self.assertEqual(found.sentences[0].words, ("in", "dem", "Haus"))
        self.assertLen(found.notes, 1)
        self.assertStartsWith(found.notes[0], "2 lines have numbers such as 3-4")
        self.assertEqual(self.read(content).sentences[0].words[0], "1-2")

    def test_sentences_may_have_other_columns_where_both_are_counted_from_0(self):
        content = "Rome B-LOC x\n\nAda B-PER x y\n"
        self.assertEqual(
            self.pairs(content, tag_column=1), [("Rome", "B-LOC"), ("Ada", "B-PER")]
        )
        with self.assertRaisesRegex(ValueError, r"some\.txt:3: 4 columns, but 3"):
            self.read(content)

    def test_a_file_of_words_alone_has_one_column_wherever_tags_were(self):
        found = self.read("Rome\n", has_tags=False, word_column=1, tag_column=0)
        self.assertEqual(found.sentences[0].words, ("Rome",))

    @parameterized.parameters("", "\n\n", "-DOCSTART- O\n", "text_a\tlabel\n")
    def test_a_file_without_sentences_is_refused(self, content):
        with self.assertRaisesRegex(ValueError, "no sentences"):
            self.read(content)

    def test_an_empty_file_has_no_header(self):
        for name in layouts.FORMATS:
            with self.assertRaisesRegex(ValueError, "no sentences"):
                self.read("", format=name)

    def test_invalid_utf8_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:2: not UTF-8"):
            self.read(b"a O\n\xff O\n")


class ValuesTest(_Case):
    def test_a_line_is_a_sentence(self):
        found = self.read("text_a\tlabel\nRome fell\tB-LOC O\nAda\tB-PER\n").sentences
        self.assertEqual(
            found,
            [
                layouts.Sentence(("Rome", "fell"), ("B-LOC", "O"), (2, 2)),
                layouts.Sentence(("Ada",), ("B-PER",), (3,)),
            ],
        )

    def test_columns_may_change_places(self):
        self.assertEqual(
            self.pairs("label\tid\ttext_a\r\nO O\t7\ta b\r\n\r\n"), [("a b", "O O")]
        )

    def test_there_may_be_no_tags(self):
        found = self.read("text_a\na b\n", has_tags=False).sentences
        self.assertEqual(found, [layouts.Sentence(("a", "b"), None, (2, 2))])

    def test_rows_without_words_are_counted(self):
        found = self.read("text_a\tlabel\na\tO\n\t\nb\tO\n")
        self.assertLen(found.sentences, 2)
        self.assertEqual(found.skipped, [(3, "no words")])

    def test_unequal_lengths_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:3: 2 words, but 1 tags"):
            self.read("text_a\tlabel\na\tO\na b\tO\n")

    def test_tags_without_words_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:2: 0 words, but 1 tags"):
            self.read("text_a\tlabel\n\tO\n")

    def test_another_number_of_columns_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"some\.txt:2: found 3 columns .*expected 2"
        ):
            self.read("text_a\tlabel\na\tO\tx\n")

    def test_a_missing_column_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"some\.txt:1: no column 'label' .*'text_a'.*without tags"
        ):
            self.read("text_a\na b\n")

    def test_values_may_be_divided_by_unit_separators(self):
        self.assertEqual(
            self.read("text_a\tlabel\na b\x02c\tB-X\x02O\n").sentences[0][:2],
            (("a b", "c"), ("B-X", "O")),
        )

    def test_columns_may_have_other_names(self):
        found = self.read("tags\twords\nO B-X\ta b\n", words="words", tags="tags")
        self.assertEqual(found.sentences[0][:2], (("a", "b"), ("O", "B-X")))

    def test_values_may_be_separated_by_commas(self):
        content = 'text_a,label\n"a , b",O O B-X\n'
        found = self.read(content, name="some.csv").sentences
        self.assertEqual(found[0][:2], (("a", ",", "b"), ("O", "O", "B-X")))

    def test_the_format_may_be_told(self):
        with self.assertRaisesRegex(ValueError, "found 1 columns .*expected 1|no col"):
            self.read(COLUMNS, format=layouts.TSV)
        found = self.read("text_a\tlabel\n", format=layouts.COLUMN).sentences
        self.assertEqual(found[0].words, ("text_a",))


class JsonTest(_Case):
    CONTENT = '{"tokens": ["Rome", "fell"], "ner_tags": ["B-LOC", "O"]}'

    @parameterized.parameters("some.json", "some.jsonl", "some.json.gz")
    def test_endings_tell_it(self, name):
        content = self.CONTENT.encode()
        content = gzip.compress(content) if name.endswith("gz") else content
        found = self.read(content, name=name).sentences
        self.assertEqual(found[0][:2], (("Rome", "fell"), ("B-LOC", "O")))

    @parameterized.parameters("json", "jsonl")
    def test_it_may_be_told(self, name):
        self.assertLen(self.read(self.CONTENT, format=name).sentences, 1)


if __name__ == "__main__":
    tf.test.main()

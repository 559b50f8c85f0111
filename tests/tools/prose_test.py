"""Tests for tools.prose."""

import textwrap

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tools import prose


def sentences(docstring):
    return prose.sentences(textwrap.dedent(docstring))


class SentencesTest(tf.test.TestCase, parameterized.TestCase):
    def test_joins_lines_and_splits_at_sentence_ends(self):
        self.assertEqual(
            sentences("""\
                Return the number of items in the given
                box.  An empty box has no items at all.
                """),
            [
                "Return the number of items in the given box.",
                "An empty box has no items at all.",
            ],
        )

    def test_paragraphs_are_not_joined(self):
        self.assertEqual(
            sentences("The first part has no end\n\nThe second part has an end."),
            ["The second part has an end."],
        )

    def test_abbreviations_do_not_end_a_sentence(self):
        text = "Colours of any kind, e.g. Green or even Blue, are accepted here."
        self.assertEqual(sentences(text), [text])

    def test_doctests_are_dropped(self):
        self.assertEqual(
            sentences("""\
                Count the letters of a word.

                >>> count("tree")
                The answer to this is simply four.

                Every letter is counted once.
                """),
            ["Count the letters of a word.", "Every letter is counted once."],
        )

    def test_literal_blocks_are_dropped(self):
        self.assertEqual(
            sentences("""\
                It can be used like this::

                    This line is code although it reads well.

                What follows is text again.
                """),
            ["What follows is text again."],
        )

    def test_directives_are_dropped_with_their_content(self):
        self.assertEqual(
            sentences("""\
                The sum of all the numbers.

                .. code-block:: text

                   This here is not prose at all.

                The end of the text.
                """),
            ["The sum of all the numbers.", "The end of the text."],
        )

    def test_fenced_code_is_dropped(self):
        self.assertEqual(
            sentences("""\
                The text before the code.
                ```
                This line stands in the code.
                ```
                The text after the code.
                """),
            ["The text before the code.", "The text after the code."],
        )

    def test_tables_and_headings_are_dropped(self):
        self.assertEqual(
            sentences("""\
                This Is The Heading Here.
                -------------------------
                +-----+-----+
                | one | two |
                +-----+-----+
                This is the text below.
                """),
            ["This is the text below."],
        )

    def test_argument_descriptions_lose_the_names(self):
        self.assertEqual(
            sentences("""\
                Args:
                  height: The height of the tree,
                    measured in whole metres.
                  width (int): The width of the same tree.
                """),
            [
                "The height of the tree, measured in whole metres.",
                "The width of the same tree.",
            ],
        )

    def test_numpy_style_signatures_are_dropped(self):
        self.assertEqual(
            sentences("""\
                Parameters
                ----------
                values : array_like, optional
                    The values that are to be sorted.
                """),
            ["The values that are to be sorted."],
        )

    def test_list_items_are_sentences_of_their_own(self):
        self.assertEqual(
            sentences("""\
                - The first item of a list.
                - The second item of a list.
                """),
            ["The first item of a list.", "The second item of a list."],
        )

    @parameterized.parameters(
        ":class:`~park.Tree`",
        "``park.Tree``",
        "**park.Tree**",
        "`park.Tree`_",
        "`park.Tree <trees.html>`_",
        "[park.Tree](trees.html)",
    )
    def test_markup_is_removed(self, name):
        self.assertEqual(
            sentences("Use the %s of the other module." % name),
            ["Use the park.Tree of the other module."],
        )


class IsProseTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        "A tree has a root.",
        "Does the tree (a large one) have a root?",
        'The "root" isn\'t well-known, is it?',
    )
    def test_accepts(self, sentence):
        self.assertTrue(prose.is_prose(sentence))

    @parameterized.named_parameters(
        ("too_short", "A small tree."),
        ("no_capital", "a tree has a root."),
        ("no_end", "A tree has a root"),
        ("code", "Call f = tree(root) to get a leaf."),
        ("address", "See https://example.org for the whole story."),
        ("identifiers", "Set max_depth to the value of min_depth first."),
        ("numbers", "Rows 1 2 3 4 5 6 of the table."),
        ("too_long", "A " + "very " * 70 + "long sentence."),
    )
    def test_refuses(self, sentence):
        self.assertFalse(prose.is_prose(sentence))


if __name__ == "__main__":
    tf.test.main()

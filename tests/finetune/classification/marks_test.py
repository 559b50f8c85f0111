"""Tests for finetune.classification.marks."""

from absl.testing import absltest, parameterized

from finetune.classification import marks


def put(text, *parts):
    return marks.put(text, [marks.Part(span, *ends) for span, ends in parts])


class CheckTest(parameterized.TestCase):
    @parameterized.parameters(2, "2", " 2 ")
    def test_place_may_be_a_number_or_a_text(self, start):
        self.assertEqual(marks.check("abcd", "cd", start), (2, 4))

    @parameterized.parameters(None, "x", "", -1, "-1", 1.5, True, ([1],))
    def test_what_is_no_place_is_refused(self, start):
        with self.assertRaisesRegex(ValueError, "is not the number of a character"):
            marks.check("abc", "b", start)

    @parameterized.parameters(
        ("b", 2, "'b' does not stand at character 2, .* of 'abc', but at 1"),
        ("x", 0, "'x' does not stand at character 0, .* of 'abc'[.]$"),
        ("", 0, "'' does not stand at character 0, .* of 'abc'[.]$"),
        ("c", 9, "but at 2"),
    )
    def test_a_part_that_does_not_stand_there_is_refused(self, part, start, message):
        with self.assertRaisesRegex(ValueError, message):
            marks.check("abc", part, start)


class PutTest(parameterized.TestCase):
    @parameterized.parameters(
        ([], "abcdef", ()),
        ([((1, 3), "[]")], "a[bc]def", ((1, 5),)),
        ([((4, 5), "[]"), ((0, 2), "__")], "_ab_cd[e]f", ((0, 4), (6, 9))),
        ([((0, 6), "[]")], "[abcdef]", ((0, 8),)),
        ([((1, 3), "<>"), ((3, 4), "[]")], "a<bc>[d]ef", ((1, 8),)),
        ([((2, 3), "[]"), ((1, 5), "<>")], "a<b[c]de>f", ((1, 9),)),
        ([((1, 3), "[]"), ((1, 5), "<>")], "a<[bc]de>f", ((1, 9),)),
        ([((3, 5), "[]"), ((1, 5), "<>")], "a<bc[de]>f", ((1, 9),)),
    )
    def test_marks_are_around_the_parts(self, parts, text, spans):
        self.assertEqual(put("abcdef", *parts), (text, spans))

    def test_marks_may_be_longer_or_missing(self):
        found = marks.put("abc", [marks.Part((1, 2), "<e>", "")])
        self.assertEqual(found, ("a<e>bc", ((1, 5),)))


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.classification.labels."""

from absl.testing import absltest, parameterized

from finetune.classification import labels


class LabelsTest(parameterized.TestCase):
    def test_class_is_its_position(self):
        self.assertEqual(labels.Classes(("no", "yes")).parse("yes"), 1)

    def test_unknown_class_lists_the_known(self):
        with self.assertRaisesRegex(ValueError, "unknown label 'x'.*'no', 'yes'"):
            labels.Classes(("no", "yes")).parse("x")

    def test_number(self):
        self.assertEqual(labels.Range(0.0, 5.0).parse("3.800"), 3.8)

    @parameterized.parameters("5.1", "-0.1", "nan", "much", "")
    def test_what_is_no_number_in_the_range_is_refused(self, text):
        with self.assertRaisesRegex(ValueError, "not a number from 0 to 5"):
            labels.Range(0.0, 5.0).parse(text)

    def test_many_labels_are_not_all_listed(self):
        names = tuple("label %02d" % number for number in range(40))
        with self.assertRaisesRegex(ValueError, r"'label 19' and 20 more\.$"):
            labels.Classes(names).parse("x")

    @parameterized.parameters(
        (["b", "a", "b"], ("a", "b")),
        (["10", "9", "100"], ("9", "10", "100")),
        (["1.5", "-2", "+1"], ("-2", "+1", "1.5")),
        (["10", "9", "x"], ("10", "9", "x")),
        (["nan", "inf"], ("inf", "nan")),
        (["01", "1"], ("01", "1")),
    )
    def test_labels_are_sorted_as_numbers_where_all_are(self, names, expected):
        self.assertEqual(labels.in_order(names), expected)


if __name__ == "__main__":
    absltest.main()

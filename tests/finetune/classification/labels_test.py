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


if __name__ == "__main__":
    absltest.main()

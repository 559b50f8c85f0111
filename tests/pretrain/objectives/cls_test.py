"""Tests for pretrain.objectives.cls."""

import tensorflow.compat.v1 as tf

from pretrain.objectives import cls
from tests.testing import objective as testing


class ClassificationTest(tf.test.TestCase):
    def test_number_of_labels_must_be_given(self):
        made = cls.Classification(testing.tiny_settings(), testing.TOKENS)
        with self.assertRaisesRegex(ValueError, "needs num_labels"):
            made.check(testing.tiny_encoder(), 12)

    def test_label_beyond_them_is_refused(self):
        made = cls.Classification(testing.tiny_settings(num_labels=3), testing.TOKENS)
        made.check_record({"label": [2]})
        with self.assertRaisesRegex(ValueError, "label is 3, but num_labels is 3"):
            made.check_record({"label": [3]})


if __name__ == "__main__":
    tf.test.main()

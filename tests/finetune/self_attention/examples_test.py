"""Tests for finetune.self_attention.examples."""

import json

from absl.testing import absltest

from finetune.self_attention import examples, labels
from tests.finetune.self_attention import fixtures

SOURCE = fixtures.Example("7", "good thing", None, 1)


class ExampleTest(absltest.TestCase):
    def test_name_and_label_are_the_source_s(self):
        example = examples.Example(SOURCE, (0,), ())
        self.assertEqual((example.id, example.label), ("7", 1))

    def test_the_same_tokens_and_labels_are_the_same_example(self):
        matters = labels.TokenLabels(1, 0)
        pair = {
            examples.Example(SOURCE, (0,), (), matters),
            examples.Example(SOURCE, (0,), (), matters),
            examples.Example(SOURCE, (1,), (), matters),
        }
        self.assertLen(pair, 2)

    def test_can_be_written_as_json(self):
        example = examples.Example(SOURCE, (0,), (), labels.TokenLabels(0, 1))
        self.assertEqual(
            json.dumps(example),
            '[["7", "good thing", null, 1, null, []], [0], [], [0, 1]]',
        )


if __name__ == "__main__":
    absltest.main()

"""Tests for finetune.self_attention.published."""

import contextlib
import io
import json
import os
import re

from absl.testing import absltest, parameterized

from finetune.self_attention import published, settings

ROOT = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(ROOT, "..", "..", "..", "docs", "ssa.md")


class PublishedTest(parameterized.TestCase):
    @parameterized.parameters(
        ("rte", "base", 0.5, False, 0.3),
        ("rte", "roberta-large", 0.7, True, 0.3),
        ("cola", "base", 0.999, True, 0.3),
        ("cola", "roberta-large", 0.5, False, 0.3),
        ("mnli", "large", 0.2, True, 0.1),
        ("mnli", "base", 0.999, True, 0.3),
        ("sts", "roberta-base", 0.5, False, 0.3),
    )
    def test_choices(self, task, size, cls_weight, share_weight, threshold):
        self.assertEqual(
            published.published(task, size),
            {
                "ssa": True,
                "ssa_cls_weight": cls_weight,
                "ssa_share_weight": share_weight,
                "ssa_attention_threshold": threshold,
            },
        )

    def test_all_of_them_are_settings(self):
        for task in published.CHOICES:
            for size in published.SIZES:
                made = settings.SelfAttentionSettings(**published.published(task, size))
                self.assertTrue(made.ssa)

    @parameterized.parameters(
        ("rtee", "base", "Did you mean 'rte'"), ("rte", "bas", "Did you mean 'base'")
    )
    def test_unknown_names_are_refused(self, task, size, message):
        with self.assertRaisesRegex(ValueError, message):
            published.published(task, size)

    def test_the_command_prints_settings(self):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            published.main(["rte", "base"])
        self.assertEqual(
            json.loads(printed.getvalue()), published.published("rte", "base")
        )

    def test_the_guide_has_the_same_table(self):
        with open(PAGE, encoding="utf-8") as stream:
            rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", stream.read(), re.MULTILINE)
        found = {
            name: tuple(
                (float(cell.split()[0]), cell.split()[1] == "shared")
                for cell in cells.split("|")
            )
            for name, cells in rows
            if name in published.CHOICES
        }
        self.assertEqual(found, published.CHOICES)


if __name__ == "__main__":
    absltest.main()

"""Tests for tools.configuration_docs."""

import dataclasses
import os
from typing import Optional
from unittest import mock

import tensorflow.compat.v1 as tf

import configure_finetuning
import configure_pretraining
from tools import configuration_docs
from util import settings


@dataclasses.dataclass(frozen=True)
class TreeSettings(settings.Section):
    """What a tree is like.

    More of it.
    """

    rings: int = settings.setting(0, "Counted by others.")
    height: float = settings.setting(2.5, "Metres.", low=1.0, high=100.0)
    kind: Optional[str] = settings.setting(None, "O|a.", choices=["oak", "ash"])


class Forest(settings.Settings):
    SECTIONS = {"tree": TreeSettings}
    HIDDEN = frozenset(["rings"])

    def __init__(self, model_name, data_dir):
        super().__init__({"height": 3})


class ChapterTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.lines = list(configuration_docs._chapter("Forest", Forest))

    def test_sections_are_headed_by_their_docstring(self):
        self.assertEqual(self.lines[:2], ["## Forest\n", "### What a tree is like\n"])

    def test_limits_and_merged_defaults_are_shown(self):
        self.assertIn(
            "| `height` | `float` | `3.0` | Metres. (at least 1, at most 100) |",
            self.lines,
        )

    def test_what_users_cannot_say_is_not_shown(self):
        self.assertNotIn("rings", "\n".join(self.lines))

    def test_choices_are_shown_and_bars_escaped(self):
        self.assertIn(
            r'| `kind` | `Optional[str]` | `null` | O\|a. One of `"oak"`, `"ash"`. |',
            self.lines,
        )


class PageTest(tf.test.TestCase):
    def test_every_setting_has_a_row(self):
        page = configuration_docs.page()
        for config in (
            configure_pretraining.PretrainingConfig,
            configure_finetuning.FinetuningConfig,
        ):
            for name in config.names():
                self.assertIn("| `%s` |" % name, page)

    def test_no_path_of_this_machine(self):
        self.assertNotIn(os.path.expanduser("~"), configuration_docs.page())


class RunTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        path = os.path.join(self.get_temp_dir(), "configuration.md")
        patch = mock.patch.object(configuration_docs, "PATH", path)
        patch.start()
        self.addCleanup(patch.stop)

    def test_check_passes_after_writing(self):
        configuration_docs.run([])
        configuration_docs.run(["--check"])
        self.assertTrue(configuration_docs.is_current())

    def test_check_fails_where_there_is_no_page(self):
        with self.assertRaisesRegex(ValueError, "is not what the settings say; run"):
            configuration_docs.run(["--check"])


if __name__ == "__main__":
    tf.test.main()

"""Tests for the documentation: it is up to date, and what it names exists."""

import os
import re
import shlex
import subprocess
import sys
from typing import Dict, List, Set

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from pretrain import recipes
from tools import configuration_docs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGES = sorted(
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
    + [
        os.path.join("docs", name)
        for name in os.listdir(os.path.join(ROOT, "docs"))
        if name.endswith(".md")
    ]
)
SHELL_BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*([^)\s]+)\s*\)")
CODE = re.compile(r"`([\w./-]+\.(?:py|sh|json|txt|md|toml))`")
# Named in the documentation, but made by runs or brought by users; three dots: ends of
# names that runs give.
NOT_OURS = re.compile(
    r"(config|results|held_out|corpus_report|manifest|settings|small|reviews|bert_config|answers|predict|predictions)\.json"
    r"|vocab\.txt|report\.md|^tasks\.py$|^\.\.\."
)


def read(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as stream:
        return stream.read()


def commands(page):
    """Yields the commands of a page's bash blocks, continued lines joined."""
    for block in SHELL_BLOCK.findall(read(page)):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield line.strip()


def programs(page):
    """Yields (program, flags) of the commands that run something of ours."""
    for command in commands(page):
        words = shlex.split(command, comments=True)
        while words and "=" in words[0]:
            words = words[1:]
        flags = [word.split("=")[0] for word in words if word.startswith("--")]
        if words[:3] == ["python3", "-m", "pip"]:
            continue
        if words[:2] == ["python3", "-m"]:
            yield words[2].replace(".", os.sep) + ".py", flags
        elif words and words[0] in ("python3", "bash"):
            yield words[1], flags


class PageTest(tf.test.TestCase, parameterized.TestCase):
    def test_configuration_is_up_to_date(self):
        self.assertTrue(
            configuration_docs.is_current(),
            "run `python3 -m tools.configuration_docs`",
        )

    @parameterized.parameters(*PAGES)
    def test_linked_files_exist(self, page):
        for target in LINK.findall(read(page)):
            if "://" not in target and not target.startswith("#"):
                path = os.path.join(ROOT, os.path.dirname(page), target.split("#")[0])
                self.assertTrue(os.path.exists(path), target)

    @parameterized.parameters(*PAGES)
    def test_named_files_exist(self, page):
        for name in CODE.findall(read(page)):
            if not NOT_OURS.search(name):
                places = ("", "docs", "model", "pretrain", "finetune", "util")
                found = [
                    p for p in places if os.path.exists(os.path.join(ROOT, p, name))
                ]
                self.assertNotEmpty(found, name)

    @parameterized.parameters(*PAGES)
    def test_programs_exist(self, page):
        for program, _ in programs(page):
            self.assertTrue(os.path.exists(os.path.join(ROOT, program)), program)

    @parameterized.parameters(*PAGES)
    def test_lines_fit_a_screen(self, page):
        if page != os.path.join("docs", "configuration.md"):
            for line in read(page).splitlines():
                if not line.startswith("|") and "](" not in line:
                    self.assertLessEqual(len(line), 100, line)


class FlagsTest(tf.test.TestCase):
    def test_every_flag_is_in_the_help(self):
        flags: Dict[str, Set[str]] = {}
        for page in PAGES:
            for program, used in programs(page):
                flags.setdefault(program, set()).update(used)
        for program, used in sorted(flags.items()):
            with self.subTest(program):
                if used - {"--help"}:
                    text = help_of(program)
                    for flag in sorted(used):
                        self.assertIn(flag, text)


class RecipesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*PAGES)
    def test_records_are_built_as_the_recipe_needs_them(self, page):
        built: Dict[str, List[List[str]]] = {}
        for command in commands(page):
            words = shlex.split(command, comments=True)
            if "--data-dir" not in words:
                continue
            folder = words[words.index("--data-dir") + 1]
            if "build_data.sh" in words:
                built.setdefault(folder, []).append(words)
            elif "--recipe" in words:
                recipe = recipes.load(words[words.index("--recipe") + 1])
                for build in recipes.builds(recipe, recipe.hparams, folder):
                    is_built = any(set(build.flags) <= set(c) for c in built[folder])
                    self.assertTrue(is_built, build.command)


def help_of(program):
    """Returns what a program says of itself."""
    if program.endswith(".sh"):
        command = ["bash", program, "--help"]
    elif os.sep in program:
        command = [sys.executable, "-m", program[:-3].replace(os.sep, "."), "--help"]
    else:
        command = [sys.executable, program, "--help"]
    return subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    tf.test.main()

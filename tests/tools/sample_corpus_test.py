"""Tests for tools.sample_corpus."""

import os
from unittest import mock

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from tools import sample_corpus
from util import files


def document(name, *passages, library="lib"):
    return sample_corpus.Document(library, name, [list(p) for p in passages])


MODULE = '''"""The first sentence of the module."""

import a_module_that_does_not_exist


class Tree:
    """A tree has leaves and roots. Its leaves fall in autumn."""

    def grow(self):
        """Let the tree grow by a bit."""
        raise SystemExit
'''


class ReadModuleTest(tf.test.TestCase):
    def write(self, text):
        path = os.path.join(self.get_temp_dir(), "module.py")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return sample_corpus.Source("lib", "lib.module", path)

    def test_one_passage_per_docstring_without_importing(self):
        self.assertEqual(
            sample_corpus.read_module(self.write(MODULE)),
            document(
                "lib.module",
                ["The first sentence of the module."],
                ["A tree has leaves and roots.", "Its leaves fall in autumn."],
                ["Let the tree grow by a bit."],
            ),
        )

    def test_a_file_that_is_not_python_is_none(self):
        self.assertIsNone(sample_corpus.read_module(self.write("print 'old'\n")))

    def test_declared_encoding_is_used(self):
        source = self.write("")
        text = '# coding: latin-1\n"""The café has a garden behind it."""\n'
        with open(source.path, "wb") as stream:
            stream.write(text.encode("latin-1"))
        self.assertEqual(
            sample_corpus.read_module(source),
            document("lib.module", ["The café has a garden behind it."]),
        )


class SourcesTest(tf.test.TestCase):
    def test_standard_library_and_packages_are_found(self):
        found = {(source.library, source.name) for source in sample_corpus.sources()}
        self.assertIn(("python", "argparse"), found)
        self.assertIn(("numpy", "numpy.matlib"), found)

    def test_tests_are_left_out(self):
        names = [source.name for source in sample_corpus.sources()]
        self.assertFalse([name for name in names if ".tests." in name])

    def test_topics_are_prose(self):
        found = {topic.name: topic for topic in sample_corpus.topics()}
        self.assertGreater(len(found["topic:if"].sentences()), 1)


class WithoutRepeatsTest(tf.test.TestCase):
    def test_a_sentence_is_kept_where_it_comes_first(self):
        first = document("a", ["One.", "Two."], ["Three."])
        second = document("b", ["Four.", "two!"], ["Five.", "Six."])
        self.assertEqual(
            list(sample_corpus.without_repeats([first, second])),
            [first, document("b", ["Four."], ["Five.", "Six."])],
        )

    def test_short_documents_are_dropped(self):
        self.assertEmpty(
            list(sample_corpus.without_repeats([document("a", ["One.", "Two."])]))
        )


class LimitedTest(tf.test.TestCase):
    def test_all_are_kept_below_the_limit(self):
        documents = [document("a", ["One."]), document("b", ["Two."])]
        self.assertEqual(sample_corpus.limited(documents, 1000), documents)

    def test_large_libraries_are_cut_first(self):
        small = [document("s", ["x" * 99], library="small")]
        large = [document("l%d" % i, ["x" * 99], library="large") for i in range(20)]
        chosen = sample_corpus.limited(small + large, 600)
        self.assertIn(small[0], chosen)
        self.assertLen(chosen, 1 + (600 - small[0].num_bytes()) // 101)

    def test_choice_does_not_depend_on_the_order(self):
        documents = [document("l%d" % i, ["x" * 99]) for i in range(20)]
        self.assertCountEqual(
            [item.name for item in sample_corpus.limited(documents, 500)],
            [item.name for item in sample_corpus.limited(documents[::-1], 500)],
        )


class SplitTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(0.0, 0.2, 1.0)
    def test_share_of_documents_is_held_out(self, share):
        documents = [document(str(i), ["One."]) for i in range(1000)]
        train, held_out = sample_corpus.split(documents, share)
        self.assertCountEqual(train + held_out, documents)
        self.assertAllClose(len(held_out), 1000 * share, atol=50)


class ReportTest(tf.test.TestCase):
    def test_counts(self):
        documents = [
            document("a", ["One tree.", "Two."]),
            document("b", ["Three."], library="python"),
        ]
        self.assertEqual(
            sample_corpus.report(documents, unreadable=3),
            {
                "documents": 2,
                "sentences": 3,
                "words": 4,
                "megabytes": 0.0,
                "modules_not_readable": 3,
                "bytes_by_library": {"lib": 16, "python": 8},
            },
        )


class RunTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.get_temp_dir()
        modules = []
        for i in range(30):
            path = os.path.join(self.folder, "m%d.py" % i)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write('"""%s"""\n' % " ".join(self.sentences(i)))
            modules.append(sample_corpus.Source("lib", "m%d" % i, path))
        self.replace("sources", lambda: modules)
        self.replace("topics", lambda: iter(()))

    def replace(self, name, value):
        patch = mock.patch.object(sample_corpus, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def sentences(self, i):
        letter = chr(ord("a") + i % 26) * (1 + i // 26)
        return ["This is sentence %s of %s here." % (x, letter) for x in "abcd"]

    def run_tool(self, name):
        output = os.path.join(self.folder, name)
        sample_corpus.run(["--output-dir", output, "--num-processes", "1"])
        return output

    def test_documents_are_separated_by_empty_lines(self):
        output = self.run_tool("out")
        with open(os.path.join(output, "corpus", "sample.txt")) as stream:
            blocks = stream.read().strip().split("\n\n")
        report = files.read_json(os.path.join(output, "corpus_report.json"))
        self.assertLen(blocks, report["documents"])
        self.assertTrue(all(len(block.splitlines()) == 4 for block in blocks))

    def test_held_out_documents_are_not_in_the_corpus(self):
        output = self.run_tool("out")
        held_out = sample_corpus.read_held_out(os.path.join(output, "held_out.jsonl"))
        self.assertNotEmpty(held_out)
        with open(os.path.join(output, "corpus", "sample.txt")) as stream:
            corpus = stream.read()
        for item in held_out:
            self.assertNotIn(item.sentences()[0], corpus)

    def test_two_runs_are_equal(self):
        self.assertEqual(
            files.sha256(os.path.join(self.run_tool("one"), "corpus/sample.txt")),
            files.sha256(os.path.join(self.run_tool("two"), "corpus/sample.txt")),
        )


if __name__ == "__main__":
    tf.test.main()

"""Keeps the rooms of the code base in order: who imports whom, and how large."""

import ast
import os
from typing import Dict, List, Set

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What each package may import from this repository. Lower never sees higher.
MAY_IMPORT = {
    "util": {"util"},
    "model": {"util", "model"},
    "pretrain": {"util", "model", "pretrain"},
    "finetune": {"util", "model", "finetune"},
    "convert": {"util", "model", "convert"},
    "infer": {"util", "model", "pretrain", "finetune", "convert", "infer"},
}
PRIVATE_TENSORFLOW = ("tensorflow.contrib", "tensorflow.python", "keras")
FORBIDDEN_ATTRIBUTES = ("tf.contrib", "tf.layers", "tf.keras")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def python_files(folder=""):
    """Returns the repository's Python files, as paths from its root."""
    found = []
    for parent, subfolders, names in os.walk(os.path.join(ROOT, folder)):
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(".") and name not in ("__pycache__", "build")
        ]
        found += [
            os.path.relpath(os.path.join(parent, name), ROOT)
            for name in names
            if name.endswith(".py")
        ]
    return sorted(found)


def library_files():
    return [path for package in sorted(MAY_IMPORT) for path in python_files(package)]


def product_files():
    """Returns every file that is neither a test nor a benchmark."""
    return [
        path
        for path in python_files()
        if path.split(os.sep)[0] not in ("tests", "benchmarks")
    ]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as stream:
        return stream.read()


def imported_modules(path, anywhere=True):
    """Yields the dotted names a file imports; for `from a import b` it is a.b.

    Imports inside functions are left out unless they count `anywhere`.
    """
    tree = ast.parse(read(path), path)
    for node in ast.walk(tree) if anywhere else tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield "%s.%s" % (node.module or "", alias.name)


def version_questions(path):
    """Yields the places where what a file does depends on the TensorFlow installed."""
    tree = ast.parse(read(path), path)
    for node in ast.walk(tree):
        if getattr(node, "attr", "") == "tensorflow_version":
            yield node.lineno
    yield from comparisons_of_versions(tree)


def comparisons_of_versions(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            names = {getattr(part, "attr", "") for part in ast.walk(node)}
            if names & {"__version__", "VERSION"}:
                yield node.lineno


def own_modules():
    """Returns {dotted name: path} of the library's modules."""
    return {
        path[: -len(".py")].replace(os.sep, ".").replace(".__init__", ""): path
        for path in product_files()
    }


def dependencies():
    """Returns {module: the own modules that are imported with it}."""
    modules = own_modules()
    graph: Dict[str, Set[str]] = {}
    for name, path in modules.items():
        graph[name] = set()
        for module in imported_modules(path, anywhere=False):
            # What is no module is a name defined in one.
            home = module if module in modules else module.rpartition(".")[0]
            if home in modules and home != name:
                graph[name].add(home)
    return graph


def find_cycle(graph):
    """Returns a list of nodes that import each other in a circle, or []."""
    done: Set[str] = set()
    trail: List[str] = []

    def visit(node):
        if node in trail:
            return trail[trail.index(node) :] + [node]
        if node in done:
            return []
        trail.append(node)
        for neighbour in sorted(graph[node]):
            cycle = visit(neighbour)
            if cycle:
                return cycle
        done.add(trail.pop())
        return []

    for node in sorted(graph):
        cycle = visit(node)
        if cycle:
            return cycle
    return []


class ImportsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*sorted(MAY_IMPORT))
    def test_packages_import_only_from_below(self, package):
        entry_points = {
            path[: -len(".py")] for path in product_files() if os.sep not in path
        }
        rooms = set(MAY_IMPORT) | entry_points | {"tools", "tests", "benchmarks"}
        for path in python_files(package):
            for module in imported_modules(path):
                top = module.split(".")[0]
                if top in rooms:
                    self.assertIn(
                        top, MAY_IMPORT[package], "%s imports %s" % (path, module)
                    )

    def test_nothing_imports_tests_or_benchmarks(self):
        for path in product_files():
            for module in imported_modules(path):
                self.assertNotIn(
                    module.split(".")[0],
                    ("tests", "benchmarks"),
                    "%s imports %s" % (path, module),
                )

    def test_no_cycles(self):
        self.assertEmpty(find_cycle(dependencies()))

    def test_a_cycle_would_be_found(self):
        graph = {"a": ["b"], "b": ["c"], "c": ["b"], "d": []}
        self.assertEqual(find_cycle(graph), ["b", "c", "b"])

    def test_only_public_tensorflow_is_imported(self):
        for path in python_files():
            for module in imported_modules(path):
                self.assertFalse(
                    module.startswith(PRIVATE_TENSORFLOW),
                    "%s imports %s" % (path, module),
                )

    def test_library_uses_nothing_that_one_tensorflow_lacks(self):
        for path in library_files():
            for node in ast.walk(ast.parse(read(path), path)):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    name = "%s.%s" % (node.value.id, node.attr)
                    self.assertNotIn(name, FORBIDDEN_ATTRIBUTES, path)

    def test_only_compat_asks_which_tensorflow(self):
        for path in product_files():
            if path != os.path.join("util", "compat.py"):
                self.assertEmpty(list(version_questions(path)), path)

    def test_only_gfile_asks_tensorflow_for_files(self):
        for path in product_files():
            if path != os.path.join("util", "gfile.py"):
                self.assertNotIn("io.gfile", read(path), path)

    def test_a_question_would_be_found(self):
        tree = ast.parse("a = tf.__version__\nb = tf.__version__ < '2'")
        self.assertLen(list(comparisons_of_versions(tree)), 1)


class SizeTest(tf.test.TestCase):
    def test_files_are_short(self):
        for path in product_files():
            self.assertLessEqual(read(path).count("\n"), MAX_FILE_LINES, path)

    def test_functions_are_short(self):
        for path in product_files():
            for node in ast.walk(ast.parse(read(path), path)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    length = body_lines(node)
                    where = "%s:%d %s" % (path, node.lineno, node.name)
                    self.assertLessEqual(length, MAX_FUNCTION_LINES, where)


def body_lines(function):
    """Returns the number of lines of a function without its docstring."""
    body = function.body
    if ast.get_docstring(function) and len(body) > 1:
        body = body[1:]
    last = max(getattr(node, "lineno", 0) for node in ast.walk(function))
    return last - min(node.lineno for node in body) + 1


class TestsTest(tf.test.TestCase):
    def test_every_module_has_a_test_file(self):
        missing = [
            path
            for path in product_files()
            if not path.endswith("__init__.py")
            and not os.path.exists(
                os.path.join(ROOT, "tests", path[: -len(".py")] + "_test.py")
            )
        ]
        self.assertEmpty(missing)

    def test_every_test_file_is_collected(self):
        for path in python_files("tests"):
            if "def test_" in read(path):
                self.assertTrue(path.endswith("_test.py"), path)

    def test_folders_of_packages_are_packages(self):
        for path in library_files() + python_files("tests") + python_files("tools"):
            folder = os.path.dirname(path)
            init = os.path.join(ROOT, folder, "__init__.py")
            self.assertTrue(os.path.exists(init), folder)


if __name__ == "__main__":
    tf.test.main()

"""Collects a corpus of real prose that every machine has, for the quick start.

The language reference of `pydoc` and the docstrings of the standard library and of
the installed packages, read from their source files, never imported. One document
per topic or module, one sentence per line, an empty line between documents; no
sentence twice. Some documents are held out, for tasks made by tools.sample_tasks.
"""

import argparse
import ast
import hashlib
import json
import multiprocessing
import os
import re
import sysconfig
import tokenize
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple
import warnings

from tools import prose
from util import cli, files

MIN_SENTENCES = 3  # shorter documents have no context to learn from
STANDARD_LIBRARY = "python"
_SKIPPED_FOLDERS = frozenset(
    "__pycache__ _api _vendor site-packages dist-packages test tests testing "
    "idlelib lib2to3 third_party".split()
)
_DOCUMENTED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Source(NamedTuple):
    """A file to read docstrings from."""

    library: str  # "python" or the package's top folder
    name: str  # dotted module name
    path: str


class Document(NamedTuple):
    """The prose of one topic or module."""

    library: str
    name: str
    passages: List[List[str]]  # one per docstring: its sentences, in order

    def sentences(self) -> List[str]:
        return [sentence for passage in self.passages for sentence in passage]

    def num_bytes(self) -> int:
        return sum(len(s.encode("utf-8")) + 1 for s in self.sentences()) + 1


def topics() -> Iterator[Document]:
    """Yields the topics of `pydoc`: chapters of the language reference."""
    from pydoc_data import topics as module

    for name in sorted(module.topics):
        passages = [prose.sentences(module.topics[name])]
        yield Document(STANDARD_LIBRARY, "topic:" + name, passages)


def sources() -> List[Source]:
    """Returns the modules of the standard library and the installed packages."""
    paths = sysconfig.get_paths()
    result = list(_modules(paths["stdlib"], STANDARD_LIBRARY))
    for root in sorted({paths["purelib"], paths["platlib"]}):
        result.extend(_modules(root, None))
    return result


def _modules(root: str, library: Optional[str]) -> Iterator[Source]:
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - _SKIPPED_FOLDERS)
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                dotted = os.path.relpath(path, root)[: -len(".py")].replace(os.sep, ".")
                yield Source(library or dotted.split(".")[0], dotted, path)


def read_module(source: Source) -> Optional[Document]:
    """Returns the prose of a module's docstrings; None if it is not valid Python."""
    try:
        with warnings.catch_warnings(), tokenize.open(source.path) as stream:
            warnings.simplefilter("ignore")
            tree = ast.parse(stream.read(), source.path)
    except (OSError, SyntaxError, ValueError):
        return None
    docstrings = [ast.get_docstring(node) for node in _documented(tree)]
    passages = [prose.sentences(text) for text in docstrings if text]
    return Document(source.library, source.name, passages)


def _documented(node: Any) -> Iterator[Any]:
    """Yields a module, class or function and those defined in it."""
    yield node
    for child in node.body:
        if isinstance(child, _DOCUMENTED):
            yield from _documented(child)


def without_repeats(documents: Iterable[Document]) -> Iterator[Document]:
    """Yields the documents without sentences that were seen before, anywhere.

    Two sentences are the same if their letters are. What is left of a document is
    yielded if it has at least MIN_SENTENCES sentences.
    """
    seen: Set[str] = set()
    for document in documents:
        passages = []
        for passage in document.passages:
            kept = [sentence for sentence in passage if _add(seen, sentence)]
            if kept:
                passages.append(kept)
        if sum(map(len, passages)) >= MIN_SENTENCES:
            yield document._replace(passages=passages)


def _add(seen: Set[str], sentence: str) -> bool:
    key = re.sub(r"[^a-z]+", " ", sentence.lower())
    if key in seen:
        return False
    seen.add(key)
    return True


def limited(documents: List[Document], max_bytes: int) -> List[Document]:
    """Returns documents of at most max_bytes, large libraries being cut first.

    Every library may give the same number of bytes, as many as fit; which of its
    documents are taken depends on their names only.
    """
    by_library: Dict[str, List[Document]] = {}
    for document in documents:
        by_library.setdefault(document.library, []).append(document)
    left, chosen = max_bytes, set()
    by_size = sorted(by_library.items(), key=lambda item: (_bytes(item[1]), item[0]))
    for i, (_, members) in enumerate(by_size):
        share = left // (len(by_size) - i)
        for document in sorted(members, key=lambda member: _hash(member.name)):
            if document.num_bytes() <= share:
                share -= document.num_bytes()
                left -= document.num_bytes()
                chosen.add((document.library, document.name))
    return [item for item in documents if (item.library, item.name) in chosen]


def _bytes(documents: Iterable[Document]) -> int:
    return sum(document.num_bytes() for document in documents)


def _hash(text: str) -> int:
    return int(hashlib.sha256(text.encode("utf-8")).hexdigest()[:15], 16)


def split(
    documents: List[Document], held_out_share: float
) -> Tuple[List[Document], List[Document]]:
    """Returns (documents to pre-train on, documents held out for tasks)."""
    train: List[Document] = []
    held_out: List[Document] = []
    for document in documents:
        chosen = _hash("held out " + document.name) % 10000 < held_out_share * 10000
        (held_out if chosen else train).append(document)
    return train, held_out


def text(documents: Iterable[Document]) -> str:
    """Returns documents as one sentence per line, an empty line between them."""
    return "\n".join("\n".join(item.sentences()) + "\n" for item in documents)


def report(documents: List[Document], unreadable: int) -> Dict[str, object]:
    """Returns what the corpus consists of."""
    sentences = [s for document in documents for s in document.sentences()]
    libraries: Dict[str, int] = {}
    for document in documents:
        libraries.setdefault(document.library, 0)
        libraries[document.library] += document.num_bytes()
    ranked = sorted(libraries.items(), key=lambda item: (-item[1], item[0]))
    return {
        "documents": len(documents),
        "sentences": len(sentences),
        "words": sum(len(sentence.split()) for sentence in sentences),
        "megabytes": round(_bytes(documents) / 1e6, 2),
        "modules_not_readable": unreadable,
        "bytes_by_library": dict(ranked),
    }


def collect(num_processes: int) -> Tuple[List[Document], int]:
    """Returns (all documents, number of modules that could not be read)."""
    with multiprocessing.Pool(num_processes) as pool:
        modules = pool.map(read_module, sources(), chunksize=32)
    readable = [module for module in modules if module is not None]
    documents = list(without_repeats(list(topics()) + readable))
    return documents, len(modules) - len(readable)


def read_held_out(path: str) -> List[Document]:
    """Reads the documents that `run` held out."""
    with open(files.require_file(path, "file of held-out documents"), "rb") as stream:
        return [Document(**json.loads(line.decode("utf-8"))) for line in stream]


def run(argv: List[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output-dir", required=True, help="Where to write.")
    parser.add_argument(
        "--max-megabytes", type=float, default=12.0, help="Most text to take."
    )
    parser.add_argument(
        "--held-out-share",
        type=float,
        default=0.2,
        help="Share of the documents that tasks are made of.",
    )
    parser.add_argument(
        "--num-processes", type=int, default=os.cpu_count() or 1, help="Readers."
    )
    arguments = parser.parse_args(argv)
    documents, unreadable = collect(arguments.num_processes)
    documents = limited(documents, int(arguments.max_megabytes * 1e6))
    train, held_out = split(documents, arguments.held_out_share)
    join = lambda name: os.path.join(arguments.output_dir, name)  # noqa: E731
    files.write_text(
        join("held_out.jsonl"),
        "".join(json.dumps(document._asdict()) + "\n" for document in held_out),
    )
    files.write_text(join("corpus/sample.txt"), text(train))
    summary = report(train, unreadable)
    summary["documents_held_out"] = len(held_out)
    files.write_json(join("corpus_report.json"), summary)


if __name__ == "__main__":
    cli.main(run)

"""What the tests of the builder share: tiny corpora and a vocabulary for them."""

import array
import gzip
import io
import json
import lzma
import os
import tarfile
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import corpora, packers, packing, settings, text_stream
from util import seeds

DATA = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "data"
)
CORPUS = os.path.join(DATA, "corpus")
VOCAB = os.path.join(DATA, "vocab.txt")
TOKENIZER = tokenization.TokenizerSettings(vocab_file=VOCAB)


class TestCase(tf.test.TestCase):
    """Has an empty folder for each test."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def path(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, content):
        """Writes a file into the folder, packed as its name says."""
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        packers = {".gz": gzip.compress, ".xz": lzma.compress}
        data = packers.get(os.path.splitext(name)[1], bytes)(data)
        with open(self.path(name), "wb") as stream:
            stream.write(data)
        return self.path(name)

    def write_archive(self, name, members):
        """Writes a tar archive of {member name: text}."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for member, text in members.items():
                info = tarfile.TarInfo(member)
                data = text.encode("utf-8")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return self.write(name, buffer.getvalue())


def json_lines(texts, field="text"):
    return "".join(json.dumps({"id": 1, field: text}) + "\n" for text in texts)


def read_documents(path_or_units, **values):
    """Reads a corpus and returns its documents as lists of lines."""
    data = settings.DataSettings(**values)
    if isinstance(path_or_units, str):
        sources = corpora.find(path_or_units)
        units = [corpora.Unit(source, 0, source.size) for source in sources]
    else:
        units = path_or_units
    documents, lines = [], []
    for unit in units:
        for block in corpora.read(unit, data, text_stream.Tally()):
            for line in block:
                if line:
                    lines.append(line)
                elif lines:
                    documents.append(lines)
                    lines = []
    return documents


def sentence(*ids):
    return array.array("i", ids)


def points(text):
    """Returns a sentence with a token for each character: its code point."""
    return sentence(*map(ord, text))


def options(max_length=128, seed=0, **values):
    return packing.Options(max_length, seeds.python_random(seed, "packing"), **values)


def packed(rule, documents, max_length=128, seed=0, **values):
    """Packs documents, lists of sentences of token ids, and returns the packer."""
    packer = packers.PACKERS[rule](options(max_length, seed, **values))
    for document in documents:
        for ids in document:
            packer.add(array.array("i", ids))
        packer.end_document()
    packer.finish()
    return packer


def counting_documents(lengths_of_documents):
    """Returns documents of sentences in which every token is its own place."""
    documents, end = [], 0
    for lengths in lengths_of_documents:
        ends = (end + np.cumsum(lengths)).tolist()
        documents.append([range(e - n, e) for e, n in zip(ends, lengths)])
        end = ends[-1]
    return documents


def random_documents(count, mean_length, seed=0, num_sentences=(1, 40)):
    """Returns counting documents of random size."""
    random = np.random.RandomState(seed)
    lengths = [
        np.maximum(
            1, random.exponential(mean_length, random.randint(*num_sentences))
        ).astype(int)
        for _ in range(count)
    ]
    return counting_documents(lengths)


def segments(packer):
    """Returns the examples as (first, second) lists of token ids."""
    ids, start, result = packer.examples.ids.tolist(), 0, []
    for first, second in packer.examples.lengths.tolist():
        middle = start + first
        result.append((ids[start:middle], ids[middle : middle + second]))
        start = middle + second
    return result

"""What the tests of the builder share: tiny corpora and a vocabulary for them."""

import gzip
import io
import json
import lzma
import os
import tarfile
import tempfile

import tensorflow.compat.v1 as tf

from model import tokenization
from pretrain.data import corpora, settings, text_stream

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

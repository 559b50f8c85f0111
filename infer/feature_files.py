"""Vectors of texts as files: JSON lines, or arrays that NumPy loads.

Glossary: N texts, T tokens of a text, L layers that are asked for, H hidden size.
"""

import abc
import array
import json
import shutil
import tempfile
from typing import IO, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type, cast
import zipfile

import numpy as np

from model import tokenization

JSON_LINES, NPZ = "jsonl", "npz"


class Features(NamedTuple):
    """What a model makes of a text, or of a pair of texts.

    Attributes:
      ids: T numbers of its tokens, those of [CLS] and [SEP] included.
      tokens: The tokens themselves.
      vectors: float32 [T, L, H]; pooled, [L, H].
      num_cut: Tokens that were cut off.
    """

    ids: List[int]
    tokens: List[str]
    vectors: np.ndarray
    num_cut: int

    @property
    def is_pooled(self) -> bool:
        return self.vectors.ndim == 2


class Header(NamedTuple):
    """What is the same for all texts of a file.

    Attributes:
      layers: Numbers of the L layers, as they were asked for.
      tokenizer: The model's.
      scratch_dir: Folder for what is in the making; None is the system's own.
    """

    layers: Sequence[int]
    tokenizer: tokenization.Tokenizer
    scratch_dir: Optional[str] = None


class Writer(abc.ABC):
    """Puts the vectors of one text after another into an open file."""

    def __init__(self, stream: IO, header: Header):
        """Writes nothing yet.

        Args:
          stream: File of bytes.
          header: What is the same for all texts.
        """
        self._stream = stream
        self._header = header

    @abc.abstractmethod
    def write(self, features: Features) -> None:
        """Adds a text."""

    @abc.abstractmethod
    def finish(self) -> None:
        """Writes what comes after the last text."""


class JsonLinesWriter(Writer):
    """A line of JSON for each text, in the form of BERT's extract_features."""

    def __init__(self, stream: IO, header: Header):
        super().__init__(stream, header)
        self._count = 0

    def write(self, features: Features) -> None:
        line = '{"linex_index": %d, %s}\n' % (self._count, self._content(features))
        self._stream.write(line.encode("utf-8"))
        self._count += 1

    def finish(self) -> None:
        pass

    def _content(self, features: Features) -> str:
        # Twice as fast as making an object of it for `json.dumps`.
        size = features.vectors.shape[-1]
        number = ",".join(["%.7g"] * size)  # As many digits as a float32 has.
        form = '{"index": %%d, "values": [%s]}' % number

        def listed(rows: List[List[float]]) -> str:
            numbered = zip(self._header.layers, rows)
            parts = [form % (index, *row) for index, row in numbered]
            return '"layers": [%s]' % ", ".join(parts)

        vectors = features.vectors.tolist()
        if features.is_pooled:
            return listed(vectors)
        tokens = [
            '{"token": %s, %s}' % (json.dumps(token, ensure_ascii=False), listed(rows))
            for token, rows in zip(features.tokens, vectors)
        ]
        return '"features": [%s]' % ", ".join(tokens)


class NpzWriter(Writer):
    """Arrays by name, none of which needs pickles.

    `layers` is int64 [L]. Pooled, `vectors` is float32 [N, L, H]. Else it is
    [R, L, H], the tokens of all texts one after the other; those of text n are rows
    offsets[n] to offsets[n + 1] (int64 [N + 1]), `ids` (int32 [R]) are their numbers
    and `vocabulary[ids]` their names.
    """

    def __init__(self, stream: IO, header: Header):
        super().__init__(stream, header)
        # The shape stands before the values, but is known after them. Their file has
        # no name, so that nothing is left of it whatever happens.
        self._values: IO = tempfile.TemporaryFile(dir=header.scratch_dir)
        self._num_rows = 0
        self._row_shape: Tuple[int, ...] = (len(header.layers), 0)
        self._ids = array.array("i")
        self._offsets = array.array("q", [0])
        self._is_pooled = False

    def write(self, features: Features) -> None:
        self._values.write(np.ascontiguousarray(features.vectors, "<f4").tobytes())
        self._is_pooled = features.is_pooled
        self._row_shape = features.vectors.shape[-2:]
        self._num_rows += 1 if features.is_pooled else len(features.ids)
        if not features.is_pooled:
            self._ids.extend(features.ids)
            self._offsets.append(self._num_rows)

    def finish(self) -> None:
        with zipfile.ZipFile(cast(IO, _Forward(self._stream)), "w") as archive:
            layers = np.array(self._header.layers, np.int64)
            _write_array(archive, "layers", layers)
            if not self._is_pooled:
                tokenizer = self._header.tokenizer
                names = tokenizer.tokens(range(tokenizer.vocab_size))
                _write_array(archive, "vocabulary", np.array(names))
                _write_array(archive, "ids", np.array(self._ids, np.int32))
                _write_array(archive, "offsets", np.array(self._offsets, np.int64))
            self._write_vectors(archive)
        self._values.close()

    def _write_vectors(self, archive: zipfile.ZipFile) -> None:
        header = {
            "descr": "<f4",
            "fortran_order": False,
            "shape": (self._num_rows, *self._row_shape),
        }
        with archive.open(_member("vectors"), "w", force_zip64=True) as stream:
            np.lib.format.write_array_header_1_0(stream, header)
            self._values.seek(0)
            shutil.copyfileobj(self._values, stream, 1 << 20)


WRITERS: Dict[str, Type[Writer]] = {JSON_LINES: JsonLinesWriter, NPZ: NpzWriter}


class _Forward:
    """A file in which nothing can be sought, as in remote ones."""

    def __init__(self, stream: IO):
        self.write = stream.write
        self.flush = stream.flush


def _write_array(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    with archive.open(_member(name), "w", force_zip64=True) as stream:
        np.lib.format.write_array(stream, values, allow_pickle=False)


def _member(name: str) -> zipfile.ZipInfo:
    """Returns the entry of an array; its date is the same in every file."""
    return zipfile.ZipInfo(name + ".npy")

"""Corpora: finds the files of text and reads them, whatever they are packed in.

Plain text, JSON lines, either of them in .gz or .xz, and tar archives, plain or
packed, such as OpenWebText's. Everything is read as a stream of blocks: lists of
stripped lines in which "" ends a document. Nothing is unpacked to disk.
"""

import gzip
import lzma
import os
import re
import tarfile
from typing import IO, Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple
import zlib

from pretrain.data import labelled, settings, text_stream
from util import files

# A block of lines is tokenized in one go.
Lines = List[str]

_UNREADABLE = (".zip", ".7z", ".rar", ".zst", ".bz2", ".pdf", ".docx", ".parquet")
_PACKED: Dict[str, Callable] = {
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".xz": lzma.open,
    ".txz": lzma.open,
}
_DAMAGE = (EOFError, lzma.LZMAError, tarfile.TarError, zlib.error, OSError)
_TAR_MAGIC = slice(257, 262)


class Source(NamedTuple):
    """One file of a corpus.

    Attributes:
      path: Where it is.
      name: Its path below the corpus, the same on every machine.
      size: In bytes, as it lies on disk.
    """

    path: str
    name: str
    size: int

    @property
    def is_packed(self) -> bool:
        """Whether it can only be read from its start."""
        return os.path.splitext(self.path)[1] in _PACKED or self.path.endswith(".tar")

    @property
    def is_jsonl(self) -> bool:
        return re.search(r"\.jsonl?(\.gz|\.xz)?$", self.path) is not None


class Unit(NamedTuple):
    """A part of a source that is read by one process.

    Attributes:
      source: The file.
      start: First byte.
      end: Byte after the last; the size of a packed source.
      is_continued: Whether it starts inside a document.
      stripe: Of a packed source, the documents with number % num_stripes == stripe.
      num_stripes: See stripe; 1 for all documents.
      is_cut: Whether it ends inside a document.
    """

    source: Source
    start: int
    end: int
    is_continued: bool = False
    stripe: int = 0
    num_stripes: int = 1
    is_cut: bool = False

    @property
    def size(self) -> int:
        return (self.end - self.start) // self.num_stripes


def find(corpus: str) -> List[Source]:
    """Returns the files of a corpus that hold something, sorted by name.

    Args:
      corpus: A file, a folder (read with its sub-folders; hidden files are left
        out), a glob pattern, or several of these with commas between them.

    Raises:
      FileNotFoundError: Nothing is there.
      ValueError: All files are empty, or one is of a kind that cannot be read.
    """
    sources: List[Source] = []
    for pattern in corpus.split(","):
        sources.extend(_find_one(pattern))
    for source in sources:
        if source.path.endswith(_UNREADABLE):
            raise ValueError(
                "%s cannot be read. A corpus is plain text, .jsonl, either of them as "
                ".gz or .xz, or .tar, .tar.gz, .tar.xz archives of text. Convert it or "
                "take it out of the corpus." % source.path
            )
    filled = sorted({source for source in sources if source.size})
    if not filled:
        raise ValueError(
            "The corpus %s holds %d files, all of them empty." % (corpus, len(sources))
            if sources
            else "The corpus %s is a folder without files." % corpus
        )
    return filled


def check(sources: Iterable[Source], data: settings.DataSettings) -> None:
    """Checks that files can be read as the settings say.

    Raises:
      ValueError: A file of JSON lines is to be read as labelled text.
    """
    for source in sources:
        if data.is_labelled and source.is_jsonl:
            raise ValueError(
                "%s holds JSON lines, but --documents labelled reads lines of "
                "label<TAB>text. Convert it or take it out of the corpus." % source.path
            )


def _find_one(pattern: str) -> Iterator[Source]:
    if os.path.isdir(pattern):
        for folder, folders, names in os.walk(pattern):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = os.path.join(folder, name)
                if not name.startswith(".") and os.path.isfile(path):
                    yield _source(path, os.path.relpath(path, pattern))
        return
    paths = [path for path in files.list_files(pattern) if os.path.isfile(path)]
    if not paths:
        raise FileNotFoundError(
            "The corpus %s does not exist: no such file or folder, and as a pattern it "
            "matches no file." % pattern
        )
    for path in paths:
        yield _source(path, os.path.basename(path))


def _source(path: str, name: str) -> Source:
    return Source(path, name.replace(os.sep, "/"), os.path.getsize(path))


def read(
    unit: Unit, data: settings.DataSettings, tally: text_stream.Tally
) -> Iterator[Lines]:
    """Yields the text of a unit as blocks of lines.

    Args:
      unit: What to read.
      data: Says where documents end and what to do with bytes that are not UTF-8.
      tally: Counts what is read.

    Raises:
      ValueError: The file is damaged, is not UTF-8, or a JSON line lacks its text;
        the message starts with the path and, where there is one, the line.
    """
    if unit.source.is_packed:
        return _read_packed(unit, data, tally)
    return _read_range(unit, data, tally)


def count_documents(source: Source, data: settings.DataSettings) -> int:
    """Reads a source to the end and returns its number of documents."""
    blocks = read(Unit(source, 0, source.size), data, text_stream.Tally())
    return len({number for number, lines in _numbered(blocks) if any(lines)})


def _read_range(
    unit: Unit, data: settings.DataSettings, tally: text_stream.Tally
) -> Iterator[Lines]:
    with open(unit.source.path, "rb") as stream:
        stream.seek(unit.start)
        place = text_stream.Place(unit.source.path, unit.start)
        yield from _lines(stream, unit, place, data, tally)


def _read_packed(
    unit: Unit, data: settings.DataSettings, tally: text_stream.Tally
) -> Iterator[Lines]:
    path = unit.source.path
    opener: Callable = _PACKED.get(os.path.splitext(path)[1], open)
    with opener(path, "rb") as stream:
        try:
            blocks = _unpacked(stream, unit, data, tally)
            if unit.num_stripes > 1:
                blocks = (
                    lines
                    for number, lines in _numbered(blocks)
                    if number % unit.num_stripes == unit.stripe
                )
            yield from blocks
        except _DAMAGE as error:
            raise ValueError("%s is damaged or cut off: %s" % (path, error)) from error


def _unpacked(
    stream: IO, unit: Unit, data: settings.DataSettings, tally: text_stream.Tally
) -> Iterator[Lines]:
    is_tar = stream.read(512)[_TAR_MAGIC] == b"ustar"
    stream.seek(0)
    whole = unit._replace(end=1 << 62)
    if not is_tar:
        place = text_stream.Place(unit.source.path)
        yield from _lines(stream, whole, place, data, tally)
        return
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined]  # Else it remembers every one.
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                place = text_stream.Place("%s!%s" % (unit.source.path, member.name))
                yield from _lines(content, whole, place, data, tally)


def _lines(
    stream: IO,
    unit: Unit,
    place: text_stream.Place,
    data: settings.DataSettings,
    tally: text_stream.Tally,
) -> Iterator[Lines]:
    """Yields the lines of a stream, with "" after each document and at the end."""
    length = unit.end - unit.start
    is_jsonl = unit.source.is_jsonl
    texts = text_stream.decode(
        text_stream.blocks(stream, length, whole_lines=is_jsonl or data.is_labelled),
        place,
        data.encoding_errors,
        tally,
    )
    if is_jsonl:
        yield from text_stream.json_texts(texts, place, data.json_field)
        return
    if data.is_labelled:
        yield from labelled.checked(texts, place)
        return
    for text in texts:
        lines = [line.strip() for line in text.split("\n")]
        if text.endswith("\n"):
            lines.pop()
        if data.documents == "blank-lines":
            yield lines
        elif data.documents == "file":
            yield [line for line in lines if line]
        else:
            end = text_stream.END_OF_DOCUMENT
            yield [part for line in lines if line for part in (line, end)]
    yield [text_stream.END_OF_DOCUMENT]


def _numbered(blocks: Iterable[Lines]) -> Iterator[Tuple[int, Lines]]:
    """Yields (number of the document, lines), in parts of one document at most."""
    number, has_text = 0, False
    for lines in blocks:
        part: Lines = []
        for line in lines:
            part.append(line)
            if line == text_stream.END_OF_DOCUMENT:
                yield number, part
                number += has_text or len(part) > 1
                part, has_text = [], False
        if part:
            yield number, part
            has_text = True

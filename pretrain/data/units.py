"""Divides a corpus: into units that are read by one process, and those into shards.

The division depends on the corpus, the settings and the seed alone, never on how
many processes there are or which of them is faster.
"""

import heapq
import math
import re
from typing import IO, Iterator, List, NamedTuple, Optional, Sequence

from pretrain.data import corpora, settings
from util import seeds

SHARD_BYTES = 12 << 20  # Of text: what a shard should hold,
LARGEST_SHARD_BYTES = 64 << 20  # and what it may.
FEWEST_SHARDS, MOST_SHARDS = 16, 1000
UNITS_PER_SHARD = 4

_SMALLEST_UNIT = 256
_SEARCH_WINDOW = 1 << 20
_LARGEST_STRIPE = 64 << 20
_PACKING_RATIO = 3  # Text is about so much larger than what it is packed into.
_BLANK_LINE = re.compile(rb"\n[ \t\r]*\n")


Division = List[List[corpora.Unit]]  # Of each shard the units, in reading order.


def plan(sources: Sequence[corpora.Source], data: settings.DataSettings) -> Division:
    """Divides a corpus.

    Args:
      sources: Its files.
      data: Says where documents end and how many shards there are.

    Returns:
      The units of every shard.

    Raises:
      ValueError: More shards are asked for than the corpus has parts.
    """
    total = sum(map(_text_size, sources))
    num_shards = data.num_out_files or _num_shards(total)
    unit_bytes = max(_SMALLEST_UNIT, total // (num_shards * UNITS_PER_SHARD))
    units = _cut_all(sources, data, unit_bytes, max(unit_bytes, _SEARCH_WINDOW))
    if len(units) < num_shards:
        units = _cut_smaller(sources, data, unit_bytes, num_shards)
    if len(units) < num_shards and data.num_out_files:
        raise ValueError(
            "--num-out-files is %d, but the corpus can be divided into %d parts at "
            "most. Ask for fewer files or use a larger corpus."
            % (data.num_out_files, len(units))
        )
    return deal(units, min(num_shards, len(units)), data.seed)


def deal(units: Sequence[corpora.Unit], num_shards: int, seed: int) -> Division:
    """Shuffles units and gives each to the shard that has least so far."""
    shuffled = list(units)
    seeds.python_random(seed, "units").shuffle(shuffled)
    shards: Division = [[] for _ in range(num_shards)]
    loads = [(0, number) for number in range(num_shards)]
    for unit in shuffled:
        load, number = heapq.heappop(loads)
        shards[number].append(unit)
        heapq.heappush(loads, (load + max(1, unit.size), number))
    return shards


def _text_size(source: corpora.Source) -> int:
    return source.size * (_PACKING_RATIO if source.is_packed else 1)


def _num_shards(total: int) -> int:
    wanted = min(max(math.ceil(total / SHARD_BYTES), FEWEST_SHARDS), MOST_SHARDS)
    return max(wanted, math.ceil(total / LARGEST_SHARD_BYTES))


def _cut_all(
    sources: Sequence[corpora.Source],
    data: settings.DataSettings,
    unit_bytes: int,
    window: int,
) -> List[corpora.Unit]:
    units: List[corpora.Unit] = []
    for source in sources:
        if source.is_packed:
            units.extend(_stripes(source, math.ceil(source.size / _LARGEST_STRIPE)))
        elif source.size <= 2 * unit_bytes:
            units.append(corpora.Unit(source, 0, source.size))
        else:
            units.extend(_ranges(source, data, unit_bytes, window))
    return units


def _cut_smaller(
    sources: Sequence[corpora.Source],
    data: settings.DataSettings,
    unit_bytes: int,
    num_shards: int,
) -> List[corpora.Unit]:
    """Cuts long documents at line ends, and deals the documents of packed files."""
    units: List[corpora.Unit] = []
    for source in sources:
        if source.is_packed and source.size <= _LARGEST_STRIPE:
            wanted = math.ceil(num_shards / len(sources))
            number = min(wanted, corpora.count_documents(source, data))
            units.extend(_stripes(source, max(1, number)))
        elif source.is_packed:
            units.extend(_cut_all([source], data, unit_bytes, unit_bytes))
        else:
            smaller = min(unit_bytes, max(_SMALLEST_UNIT, source.size // 2))
            units.extend(_ranges(source, data, smaller, smaller))
    return units


def _stripes(source: corpora.Source, number: int) -> List[corpora.Unit]:
    return [
        corpora.Unit(source, 0, source.size, False, stripe, number)
        for stripe in range(number)
    ]


def _ranges(
    source: corpora.Source, data: settings.DataSettings, unit_bytes: int, window: int
) -> List[corpora.Unit]:
    """Cuts a plain file near every multiple of unit_bytes, between lines."""
    units, start, is_continued = [], 0, False
    with open(source.path, "rb") as stream:
        for wanted in range(unit_bytes, source.size, unit_bytes):
            if wanted <= start:
                continue
            cut = _find_cut(stream, wanted, window, source.is_jsonl, data.documents)
            if cut is not None and cut.position < source.size:
                unit = corpora.Unit(source, start, cut.position, is_continued)
                units.append(unit._replace(is_cut=cut.is_continued))
                start, is_continued = cut
    units.append(corpora.Unit(source, start, source.size, is_continued))
    return units


class _Cut(NamedTuple):
    position: int
    is_continued: bool


def _find_cut(
    stream: IO, wanted: int, window: int, is_jsonl: bool, documents: str
) -> Optional[_Cut]:
    """Returns the next good place to cut a file at, None without one nearby."""
    if is_jsonl or documents in ("line", "labelled"):
        position = _find_line_end(stream, wanted)
        return _Cut(position, False) if position else None
    stream.seek(wanted)
    text = stream.read(window)
    if documents == "blank-lines":
        match = _BLANK_LINE.search(text)
        if match:
            return _Cut(wanted + match.end(), False)
        if len(text) < window:
            return None
    position = text.find(b"\n") + 1 or text.find(b" ") + 1
    return _Cut(wanted + position, True) if position else None


def _find_line_end(stream: IO, position: int) -> Optional[int]:
    """Returns the byte after the next line end, however far it is."""
    stream.seek(position)
    for block in _read_blocks(stream):
        found = block.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(block)
    return None


def _read_blocks(stream: IO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_SEARCH_WINDOW), b"")

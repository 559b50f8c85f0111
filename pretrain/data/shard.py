"""Builds one shard: its units of text, tokenized, packed, shuffled and written."""

import os
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence

import numpy as np

from model import tokenization
from pretrain.data import corpora, packing, settings, text_stream
from util import files, gfile, records, seeds

HISTOGRAM_BINS = 8
FEATURES = ("input_ids", "input_mask", "segment_ids")

Advance = Callable[[int, int], None]


class Task(NamedTuple):
    """One shard to build.

    Attributes:
      number: Of the shard; with the seed it determines every draw.
      path: Of the file.
      units: What it is built from, in this order.
    """

    number: int
    path: str
    units: List[corpora.Unit]


def name(number: int, num_shards: int) -> str:
    """Returns the file name of a shard, as the original has it."""
    return "pretrain_data.tfrecord-%d-of-%d" % (number, num_shards)


def specs(max_seq_length: int) -> List[records.FeatureSpec]:
    """Returns the features of a pre-training record."""
    return [records.FeatureSpec(name, (max_seq_length,)) for name in FEATURES]


def build(
    task: Task,
    data: settings.DataSettings,
    tokenizer: tokenization.Tokenizer,
    advance: Advance,
) -> Dict[str, Any]:
    """Builds a shard.

    Args:
      task: Which.
      data: How.
      tokenizer: Makes the token ids.
      advance: Called now and then with (bytes of the corpus done, tokens made)
        since the last call; may raise to stop.

    Returns:
      The shard's entry in the manifest: name, records, tokens, bytes, sha256 and
      statistics.

    Raises:
      ValueError: The text cannot be read, or there is none.
      OSError: The shard cannot be written.
    """
    packer = packing.PACKERS[data.segmentation](
        data.max_seq_length, data.seed, task.number
    )
    tally = text_stream.Tally()
    for unit in task.units:
        _pack(unit, data, tokenizer, packer, tally, advance)
    examples = packer.examples
    if not len(examples):
        raise ValueError(
            "The text of shard %s holds no token: its part of the corpus is blank. Ask "
            "for fewer files (--num-out-files)." % os.path.basename(task.path)
        )
    num_records = records.write(task.path, _serialized(examples, data, tokenizer, task))
    return {
        "name": os.path.basename(task.path),
        "records": num_records,
        "tokens": int(examples.lengths.sum()),
        "bytes": gfile.size(task.path),
        "sha256": files.sha256(task.path),
        "documents": packer.num_documents,
        "text_bytes": tally.text_bytes,
        "text_tokens": packer.num_tokens,
        "unknown_tokens": int(np.count_nonzero(examples.ids == tokenizer.unk_id)),
        "replaced_characters": tally.replaced,
        "two_segments": int(np.count_nonzero(examples.lengths[:, 1])),
        "lengths": _histogram(examples.lengths, data.max_seq_length),
    }


def _pack(
    unit: corpora.Unit,
    data: settings.DataSettings,
    tokenizer: tokenization.Tokenizer,
    packer: packing.Packer,
    tally: text_stream.Tally,
    advance: Advance,
) -> None:
    """Runs the text of a unit through the tokenizer into the packer."""
    packer.num_documents -= unit.is_continued  # Its first was counted elsewhere.
    for lines in corpora.read(unit, data, tally):
        tokens_before = packer.num_tokens
        for line, ids in zip(lines, tokenizer.encode_arrays(lines)):
            if line == corpora.END_OF_DOCUMENT:
                packer.end_document()
            else:
                packer.add(ids)
        advance(0, packer.num_tokens - tokens_before)
    packer.end_document()
    advance(unit.size, 0)


def _serialized(
    examples: packing.Examples,
    data: settings.DataSettings,
    tokenizer: tokenization.Tokenizer,
    task: Task,
) -> Iterator[bytes]:
    order = np.arange(len(examples))
    seeds.numpy_random(data.seed, "order", task.number).shuffle(order)
    batches = examples.batches(
        order, data.max_seq_length, tokenizer.cls_id, tokenizer.sep_id
    )
    for batch in batches:
        yield from records.serialize_batch(batch, specs(data.max_seq_length))


def _histogram(lengths: np.ndarray, max_length: int) -> List[int]:
    """Counts examples by their length with special tokens, in equal bins."""
    totals = lengths.sum(axis=1) + 2 + (lengths[:, 1] > 0)
    counts, _ = np.histogram(totals, HISTOGRAM_BINS, (0, max_length + 1))
    return counts.tolist()


def add_up(entries: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """Returns the sums of the entries' counts."""
    total: Dict[str, Any] = {}
    for key, value in entries[0].items():
        if isinstance(value, int):
            total[key] = sum(entry[key] for entry in entries)
    total["lengths"] = [sum(bins) for bins in zip(*(e["lengths"] for e in entries))]
    return total

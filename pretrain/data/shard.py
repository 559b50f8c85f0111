"""Builds one shard: its units of text, tokenized, packed, shuffled and written."""

import collections
import os
from typing import (
    Any,
    Callable,
    Counter,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Sequence,
    Type,
    Union,
)

import numpy as np

from model import tokenization
from pretrain.data import (
    corpora,
    labelled,
    packers,
    packing,
    relations,
    settings,
    text_stream,
    words,
)
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


def specs(data: Union[int, settings.DataSettings]) -> List[records.FeatureSpec]:
    """Returns the features of a pre-training record.

    Args:
      data: How the record was built; a number means the default settings with so
        many tokens in an example.
    """
    if not isinstance(data, settings.DataSettings):
        data = settings.DataSettings(max_seq_length=data)
    names = list(FEATURES)
    if data.word_segmentation != "none":
        names.append(words.FEATURE)
    of_tokens = [records.FeatureSpec(name, (data.max_seq_length,)) for name in names]
    return of_tokens + [
        records.FeatureSpec(name, (1,)) for name in _packer_class(data).VALUES
    ]


def _packer_class(data: settings.DataSettings) -> Type[packing.Packer]:
    if data.is_labelled:
        return labelled.LabelledPacker
    return packers.PACKERS[data.segmentation]


def _new_packer(
    data: settings.DataSettings, tokenizer: tokenization.Tokenizer, number: int
) -> packing.Packer:
    return _packer_class(data)(
        packing.Options(
            data.max_seq_length,
            seeds.python_random(data.seed, "packing", number),
            data.short_seq_prob,
            tokenizer.sep_id if data.across_documents else None,
            data.word_segmentation != "none",
        )
    )


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
    packer = _new_packer(data, tokenizer, task.number)
    tally = text_stream.Tally()
    for unit in task.units:
        _pack(unit, data, tokenizer, packer, tally, advance)
    packer.finish()
    examples = packer.examples
    if not len(examples):
        raise ValueError(
            "The text of shard %s holds no token%s: its part of the corpus is blank. "
            "Ask for fewer files (--num-out-files)."
            % (
                os.path.basename(task.path),
                ", or single ones that make no pair" if packer.num_tokens else "",
            )
        )
    num_records = records.write(task.path, _serialized(examples, data, tokenizer, task))
    return {
        "name": os.path.basename(task.path),
        "records": num_records,
        "bytes": gfile.size(task.path),
        "sha256": files.sha256(task.path),
        "text_bytes": tally.text_bytes,
        "replaced_characters": tally.replaced,
        **_statistics(packer, data.max_seq_length, tokenizer.unk_id),
    }


def _statistics(packer: packing.Packer, max_length: int, unk_id: int) -> Dict[str, Any]:
    """Returns what the manifest's entry says of a packer's examples."""
    examples = packer.examples
    result: Dict[str, Any] = {
        "tokens": int(examples.lengths.sum()),
        "documents": packer.num_documents,
        "text_tokens": packer.num_tokens,
        "unknown_tokens": int(np.count_nonzero(examples.ids == unk_id)),
        "two_segments": int(np.count_nonzero(examples.lengths[:, 1])),
        "lengths": _histogram(examples.lengths, max_length),
    }
    if relations.FEATURE in packer.VALUES:
        result["repeated_tokens"] = packer.num_repeated
    for feature in packer.VALUES:
        values, counts = np.unique(examples.values(feature), return_counts=True)
        result[feature] = dict(zip(map(str, values.tolist()), counts.tolist()))
    return result


def _pack(
    unit: corpora.Unit,
    data: settings.DataSettings,
    tokenizer: tokenization.Tokenizer,
    packer: packing.Packer,
    tally: text_stream.Tally,
    advance: Advance,
) -> None:
    """Runs the text of a unit through the tokenizer into the packer."""
    encode = words.encoder(tokenizer, data.word_segmentation)
    for lines in corpora.read(unit, data, tally):
        tokens_before = packer.num_tokens
        packer.feed(lines, encode, unit.source.path)
        advance(0, packer.num_tokens - tokens_before)
    packer.end_unit(unit.source.path, unit.is_continued, unit.is_cut)
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
        yield from records.serialize_batch(batch, specs(data))


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
        elif isinstance(value, dict):
            total[key] = _sum_of_counts([entry[key] for entry in entries])
    total["lengths"] = [sum(bins) for bins in zip(*(e["lengths"] for e in entries))]
    return total


def _sum_of_counts(counts: List[Dict[str, int]]) -> Dict[str, int]:
    """Adds up {number as text: count}, in the order of the numbers."""
    total: Counter[str] = collections.Counter()
    for each in counts:
        total.update(each)
    return {key: total[key] for key in sorted(total, key=int)}

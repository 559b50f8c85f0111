"""The closing report of a build, for people and for manifest.json."""

from typing import Any, Dict, List, Optional

from pretrain.data import labelled, relations, shard

UNKNOWN_RATE_LIMIT = 0.05
_BAR_WIDTH = 40
_MOST_LABELS = 20  # So many are shown.


def totals(
    entries: List[Dict[str, Any]], max_seq_length: int, seconds: Optional[float]
) -> Dict[str, Any]:
    """Adds up the shards of a complete build.

    Args:
      entries: Their manifest entries.
      max_seq_length: Tokens in an example.
      seconds: How long it took; None if an earlier run did a part of it.
    """
    total = shard.add_up(entries)
    repeated = total.get("repeated_tokens", 0)
    result = {
        "documents": total["documents"],
        "examples": total["records"],
        "text_bytes": total["text_bytes"],
        "tokens": total["tokens"],
        "tokens_lost": total["text_tokens"] + repeated - total["tokens"],
        "unknown_rate": round(total["unknown_tokens"] / max(total["tokens"], 1), 6),
        "two_segment_rate": round(total["two_segments"] / total["records"], 4),
        "replaced_characters": total["replaced_characters"],
        "length_histogram": _with_limits(total["lengths"], max_seq_length),
        "record_bytes": total["bytes"],
    }
    if relations.FEATURE in total:
        counts = total[relations.FEATURE]
        result["relations"] = {
            relations.NAMES[int(value)]: count for value, count in counts.items()
        }
        result["repeated_tokens"] = repeated
    if labelled.FEATURE in total:
        result["labels"] = total[labelled.FEATURE]
    if seconds:
        result["seconds"] = round(seconds, 2)
        result["megabytes_per_second"] = round(total["text_bytes"] / seconds / 1e6, 3)
    return result


def _with_limits(counts: List[int], max_seq_length: int) -> Dict[str, int]:
    width = (max_seq_length + 1) / len(counts)
    return {
        "%d-%d"
        % (-(-int(number * width * 8) // 8), int((number + 1) * width - 1e-9)): count
        for number, count in enumerate(counts)
    }


def text(total: Dict[str, Any]) -> str:
    """Returns the report for people."""
    lines = [
        "documents         %15s" % format(total["documents"], ","),
        "examples          %15s" % format(total["examples"], ","),
        "tokens            %15s" % format(total["tokens"], ","),
        "tokens lost       %15s" % format(total["tokens_lost"], ","),
        "unknown tokens    %15.3f %%" % (100 * total["unknown_rate"]),
        "two segments      %15.1f %%" % (100 * total["two_segment_rate"]),
        "text              %15.1f MB" % (total["text_bytes"] / 1e6),
        "records           %15.1f MB" % (total["record_bytes"] / 1e6),
    ]
    if total["replaced_characters"]:
        lines.append("not UTF-8, replaced %13d" % total["replaced_characters"])
    if "seconds" in total:
        lines.append("speed             %15.2f MB/s" % total["megabytes_per_second"])
    lines.extend(_values(total))
    lines.append("length of examples:")
    largest = max(total["length_histogram"].values())
    for limits, count in total["length_histogram"].items():
        bar = "#" * round(_BAR_WIDTH * count / largest)
        lines.append("%13s %10d %s" % (limits, count, bar))
    if total["unknown_rate"] > UNKNOWN_RATE_LIMIT:
        lines.append(
            "warning: %.1f %% of the tokens are unknown to the vocabulary. Is it the "
            "right one for this language and casing?" % (100 * total["unknown_rate"])
        )
    return "\n".join(lines)


def _values(total: Dict[str, Any]) -> List[str]:
    """Returns what there is to say of the relations or the labels of examples."""
    lines = []
    if "relations" in total:
        lines.append(
            "repeated tokens   %15s  (in random second segments)"
            % format(total["repeated_tokens"], ",")
        )
        lines.append("second segments:")
        for name, count in total["relations"].items():
            lines.append(_share(name, count, total["examples"]))
    if "labels" in total:
        counts = total["labels"]
        shown = sorted(counts, key=counts.__getitem__, reverse=True)[:_MOST_LABELS]
        all_shown = len(shown) == len(counts)
        more = "" if all_shown else " (the most frequent of %d)" % len(counts)
        lines.append("labels%s:" % more)
        for label in sorted(shown, key=int):
            lines.append(_share(label, counts[label], total["examples"]))
    return lines


def _share(name: str, count: int, total: int) -> str:
    return "%13s %10d %8.2f %%" % (name, count, 100 * count / total)

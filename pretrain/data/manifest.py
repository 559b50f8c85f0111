"""manifest.json: what a folder of records holds and what it was built from.

It is rewritten, atomically, whenever a shard is finished: a shard that it lists is
whole, a build that was killed continues with those that it does not list.
"""

import hashlib
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from model import tokenization
from pretrain.data import corpora, settings
from util import files, gfile

FILE_NAME = "manifest.json"
FORMAT_VERSION = 1


class Manifest(NamedTuple):
    """The contents of a manifest.

    Attributes:
      settings: The `DataSettings`, without the unset.
      tokenizer: tokenizer, do_lower_case, strip_accents, vocab_file (its name),
        vocab_sha256, vocab_size.
      corpus: files, bytes and a sha256 over their names and sizes.
      shards: For each finished shard its name, records, tokens, bytes, sha256 and
        statistics, in order.
      complete: Whether that is all of them.
      report: Totals and speed of a complete build.
    """

    settings: Dict[str, Any]
    tokenizer: Dict[str, Any]
    corpus: Dict[str, Any]
    shards: List[Dict[str, Any]]
    complete: bool = False
    report: Optional[Dict[str, Any]] = None

    @property
    def vocab_digest(self) -> str:
        return self.tokenizer["vocab_sha256"]

    def differences(self, other: "Manifest") -> List[str]:
        """Returns how the other build differs in what shapes the records."""
        found = []
        for section in ("settings", "tokenizer", "corpus"):
            mine, yours = self._section(section), other._section(section)
            for key in sorted(set(mine) | set(yours)):
                if mine.get(key) != yours.get(key):
                    found.append(
                        "%s.%s is %r there and %r now"
                        % (section, key, mine.get(key), yours.get(key))
                    )
        return found

    def _section(self, name: str) -> Dict[str, Any]:
        """Returns a section; a setting that an old manifest lacks is the default."""
        defaults = settings.DataSettings().to_dict() if name == "settings" else {}
        return dict(defaults, **getattr(self, name))


def new(
    data: settings.DataSettings,
    num_shards: int,
    tokenizer: tokenization.Tokenizer,
    sources: Sequence[corpora.Source],
) -> Manifest:
    """Returns the manifest of a build that has not started."""
    values = dict(data.to_dict(), num_out_files=num_shards)
    switches = tokenizer.settings
    return Manifest(
        settings=values,
        tokenizer={
            "tokenizer": switches.tokenizer,
            "do_lower_case": switches.do_lower_case,
            "strip_accents": switches.strips_accents,
            "vocab_file": os.path.basename(str(switches.vocab_file)),
            "vocab_sha256": tokenizer.digest,
            "vocab_size": tokenizer.vocab_size,
        },
        corpus=_fingerprint(sources),
        shards=[],
    )


def read(records_dir: str) -> Optional[Manifest]:
    """Reads the manifest of a folder of records, None if it has none.

    Raises:
      ValueError: The file is damaged or of a newer version of this code.
    """
    path = os.path.join(records_dir, FILE_NAME)
    if not gfile.exists(path):
        return None
    values = files.read_json(path)
    version = values.pop("format_version", None) if isinstance(values, dict) else None
    if version != FORMAT_VERSION:
        raise ValueError(
            "%s has format version %r, expected %d. Build the records again."
            % (path, version, FORMAT_VERSION)
        )
    unknown = set(values) ^ set(Manifest._fields)
    if unknown:
        raise ValueError(
            "%s: unknown or missing entries: %s. Build the records again."
            % (path, ", ".join(sorted(unknown)))
        )
    return Manifest(**values)


def write(records_dir: str, manifest: Manifest) -> None:
    """Writes the manifest of a folder of records."""
    values = dict(manifest._asdict(), format_version=FORMAT_VERSION)
    files.write_json(os.path.join(records_dir, FILE_NAME), values)


def _fingerprint(sources: Sequence[corpora.Source]) -> Dict[str, Any]:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(("%s\t%d\n" % (source.name, source.size)).encode("utf-8"))
    return {
        "files": len(sources),
        "bytes": sum(source.size for source in sources),
        "sha256": digest.hexdigest(),
    }

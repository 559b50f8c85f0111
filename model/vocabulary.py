"""Vocabulary files in text: one token a line, its id is the line's number."""

import collections
from typing import Dict, List, NamedTuple
import warnings

from util import files, gfile

PAD, UNK, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
SPECIAL_TOKENS = (PAD, UNK, CLS, SEP, MASK)
_DAMAGE_SHOWN = 3


class Vocabulary(NamedTuple):
    """A vocabulary file in memory.

    Attributes:
      path: The file.
      tokens: Its lines; the position is the id.
      ids: Token -> id; of a token that stands twice, the later.
    """

    path: str
    tokens: List[str]
    ids: Dict[str, int]


def load(path: str, allow_damaged: bool = False) -> Vocabulary:
    """Reads a vocabulary file and refuses one that training would suffer from.

    Args:
      path: The file; CRLF line ends and a last line without an end are accepted.
      allow_damaged: Whether duplicates and characters lost in conversion only
        cause a warning. The vocabulary published with ConvBERT needs this.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is a folder, not text, damaged, or lacks a special token.
    """
    tokens = read_tokens(path)
    ids = {token: number for number, token in enumerate(tokens)}
    _check_special_tokens(path, ids)
    _check_damage(path, tokens, allow_damaged)
    return Vocabulary(path, tokens, ids)


def digest(path: str) -> str:
    """Returns the SHA-256 of a vocabulary file, which identifies it in manifests."""
    return files.sha256(path)


def read_tokens(path: str) -> List[str]:
    """Returns the tokens of a vocabulary file, whichever they are.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is a folder, not text, or has an empty line.
    """
    files.require_file(path, "vocabulary")
    with gfile.open(path, "rb") as stream:
        content = stream.read()
    if b"\x00" in content[:4096] or content[:1] == b"\x0a":
        raise ValueError(
            "%s is a binary file, not a vocabulary with one token a line. If it is a "
            "sentencepiece model, set tokenizer to 'sentencepiece'." % path
        )
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [_token(path, number, line) for number, line in enumerate(lines, 1)]


def _token(path: str, line_number: int, line: bytes) -> str:
    """Returns the token in a line, without the white space around it.

    Google's Chinese vocabulary has a line that is white space: it stays as it is.
    """
    try:
        text = line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError as error:
        raise files.error_at(
            path,
            line_number,
            "not UTF-8 (%s). A vocabulary is UTF-8 text; if this is a "
            "sentencepiece model, set tokenizer to 'sentencepiece'." % error.reason,
        ) from error
    if not text:
        raise files.error_at(
            path, line_number, "an empty line; every line must hold one token."
        )
    return text.strip() or text


def _check_special_tokens(path: str, ids: Dict[str, int]) -> None:
    missing = [token for token in SPECIAL_TOKENS if token not in ids]
    if missing:
        raise ValueError(
            "%s lacks %s. A vocabulary must list %s."
            % (path, ", ".join(missing), ", ".join(SPECIAL_TOKENS))
        )
    if ids[PAD] != 0:
        raise ValueError(
            "%s:%d: [PAD] has id %d, expected 0: it must be the first line, because "
            "padding is written as zeros." % (path, ids[PAD] + 1, ids[PAD])
        )


def _check_damage(path: str, tokens: List[str], allow_damaged: bool) -> None:
    counts = collections.Counter(tokens)
    repeated = [token for token, count in counts.items() if count > 1]
    lost = [token for token in tokens if "\ufffd" in token]
    if not repeated and not lost:
        return
    message = (
        "%s is damaged: %d of its %d lines repeat another (such as %s), %d hold the "
        "replacement character U+FFFD of a failed conversion (such as %s)."
        % (
            path,
            len(tokens) - len(counts),
            len(tokens),
            _examples(repeated),
            len(lost),
            _examples(lost),
        )
    )
    if not allow_damaged:
        raise ValueError(
            message + " Use a clean copy, or set allow_damaged_vocab to true if a "
            "model was trained with this one."
        )
    warnings.warn(message + " Of a repeated token the last id is used.")


def _examples(tokens: List[str]) -> str:
    return ", ".join(map(repr, tokens[:_DAMAGE_SHOWN])) or "none"

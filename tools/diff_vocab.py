"""Compares two vocabularies; see --help."""

import argparse
import json
from typing import Any, Dict, List, NamedTuple

from model import tokenization, vocabulary
from util import cli

_EXAMPLES = """examples:
  python3 -m tools.diff_vocab old/vocab.txt new/vocab.txt
  python3 -m tools.diff_vocab old/vocab.txt new/vocab.txt --json --num-examples 50
  python3 -m tools.diff_vocab a.model b.model --tokenizer sentencepiece

A model understands its own vocabulary alone: a token that moved to another id, or
that only the other vocabulary has, meets the wrong row of the token table.
`python3 -m convert.adapt_vocab` gives a model another vocabulary and keeps what was
learned about the tokens that both share.
"""


class Moved(NamedTuple):
    """A token of both vocabularies with two ids."""

    token: str
    id_in_a: int
    id_in_b: int


class Difference(NamedTuple):
    """What two vocabularies have in common, and what not; tokens in the order of ids.

    Attributes:
      size_a: Lines of A.
      size_b: Lines of B.
      repeated_a: Lines of A whose token stands in a later line again.
      repeated_b: The same of B.
      only_a: Tokens that B lacks.
      only_b: Tokens that A lacks.
      shared: Tokens of both.
      moved: Those of the shared whose ids differ.
    """

    size_a: int
    size_b: int
    repeated_a: int
    repeated_b: int
    only_a: List[str]
    only_b: List[str]
    shared: List[str]
    moved: List[Moved]


def compare(tokens_a: List[str], tokens_b: List[str]) -> Difference:
    """Compares two lists of tokens whose positions are ids.

    Of a repeated token the last id counts, as in tokenization.
    """
    ids_a = {token: number for number, token in enumerate(tokens_a)}
    ids_b = {token: number for number, token in enumerate(tokens_b)}
    shared = [token for token in ids_a if token in ids_b]
    return Difference(
        size_a=len(tokens_a),
        size_b=len(tokens_b),
        repeated_a=len(tokens_a) - len(ids_a),
        repeated_b=len(tokens_b) - len(ids_b),
        only_a=[token for token in ids_a if token not in ids_b],
        only_b=[token for token in ids_b if token not in ids_a],
        shared=shared,
        moved=[
            Moved(token, ids_a[token], ids_b[token])
            for token in shared
            if ids_a[token] != ids_b[token]
        ],
    )


def summary(difference: Difference, num_examples: int) -> Dict[str, Any]:
    """Returns the counts, with the first tokens of each kind, for JSON."""
    return {
        "size_a": difference.size_a,
        "size_b": difference.size_b,
        "repeated_a": difference.repeated_a,
        "repeated_b": difference.repeated_b,
        "only_a": len(difference.only_a),
        "only_b": len(difference.only_b),
        "shared": len(difference.shared),
        "moved": len(difference.moved),
        "examples": {
            "only_a": difference.only_a[:num_examples],
            "only_b": difference.only_b[:num_examples],
            "shared": difference.shared[:num_examples],
            "moved": [moved._asdict() for moved in difference.moved[:num_examples]],
        },
    }


def report(
    difference: Difference, path_a: str, path_b: str, num_examples: int
) -> List[str]:
    """Returns the lines that a user reads."""
    moved = ["%r (%d in A, %d in B)" % each for each in difference.moved[:num_examples]]
    return [
        "A: %s: %s" % (path_a, _size(difference.size_a, difference.repeated_a)),
        "B: %s: %s" % (path_b, _size(difference.size_b, difference.repeated_b)),
        _counted("only in A", difference.only_a, num_examples),
        _counted("only in B", difference.only_b, num_examples),
        _counted("in both", difference.shared, num_examples),
        "of these with another id: %d%s" % (len(difference.moved), _such_as(moved)),
    ]


def _size(size: int, repeated: int) -> str:
    repeats = " (%d of them repeat another)" % repeated if repeated else ""
    return "%d tokens%s" % (size, repeats)


def _counted(what: str, tokens: List[str], num_examples: int) -> str:
    examples = [repr(token) for token in tokens[:num_examples]]
    return "%s: %d%s" % (what, len(tokens), _such_as(examples))


def _such_as(examples: List[str]) -> str:
    return ", such as " + ", ".join(examples) if examples else ""


def main(argv: List[str]) -> int:
    """Runs the command."""
    arguments = _parser().parse_args(argv)
    if arguments.num_examples < 0:
        raise ValueError(
            "--num-examples is %d, expected 0 or more." % arguments.num_examples
        )
    tokens_a, tokens_b = (
        _tokens(path, arguments.tokenizer) for path in (arguments.a, arguments.b)
    )
    difference = compare(tokens_a, tokens_b)
    if arguments.json:
        values = summary(difference, arguments.num_examples)
        print(json.dumps(values, indent=2, ensure_ascii=False))
    else:
        lines = report(difference, arguments.a, arguments.b, arguments.num_examples)
        print("\n".join(lines))
    return 0


def _tokens(path: str, kind: str) -> List[str]:
    """Returns the tokens of a file, even of one that no model should be trained with.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not a vocabulary of that kind.
    """
    if kind != "sentencepiece":
        return vocabulary.read_tokens(path)
    tokenizer = tokenization.build(
        tokenization.TokenizerSettings(tokenizer=kind, vocab_file=path)
    )
    return tokenizer.tokens(range(tokenizer.vocab_size))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Compares two vocabularies: how large they are, what only one of "
        "them has, what both have, and which tokens changed their ids.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("a", metavar="A", help="Vocabulary: a text file with one token a line.")
    add("b", metavar="B", help="The other one.")
    add(
        "--tokenizer",
        choices=list(tokenization.KINDS),
        default="wordpiece",
        help="Kind of both; sentencepiece reads .model files, all others text. "
        "Default: %(default)s.",
    )
    add("--json", action="store_true", help="Print JSON.")
    add(
        "--num-examples",
        type=int,
        default=5,
        help="Tokens shown of each kind. Default: %(default)s.",
    )
    return parser


if __name__ == "__main__":
    cli.main(main)

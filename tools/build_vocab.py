"""Makes a vocabulary of a corpus: WordPiece, sentencepiece, characters or words.

The same corpus and settings give the same file: ties between equally frequent
pieces are broken by the alphabet, between characters or words by which of them comes
first, not by chance.
"""

import argparse
import collections
import sys
import time
from typing import (
    Any,
    Callable,
    Counter,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Tuple,
)

import tokenizers

from model import lookup_tokenizers, tokenization, vocabulary, wordpiece
from pretrain.data import corpora, settings, text_stream
from tools import sentencepiece_training
from util import cli, files, gfile

_EXAMPLES = """examples:
  python3 -m tools.build_vocab --corpus-dir corpus --output vocab.txt
  python3 -m tools.build_vocab --corpus-dir 'zh/*.jsonl.gz' --output zh.model \\
      --tokenizer sentencepiece --vocab-size 20000 --character-coverage 0.9995
  python3 -m tools.build_vocab --corpus-dir zh --output characters.txt \\
      --tokenizer char --min-count 2

Special tokens ([PAD], [UNK], [CLS], [SEP], [MASK]) come first in every vocabulary;
characters and words follow by their counts, the most frequent first.
"""
_SECONDS_BETWEEN_LINES = 10.0

# How a text is divided, and what of it is counted.
_COUNTED: Dict[str, Tuple[Callable[[str], Iterable[str]], Callable[..., str]]] = {
    "char": (iter, lookup_tokenizers.fold_character),
    "space": (lookup_tokenizers.words, lookup_tokenizers.fold),
}


def train_wordpiece(
    lines: "Lines",
    switches: tokenization.TokenizerSettings,
    vocab_size: int,
    alphabet_size: int,
) -> List[str]:
    """Returns the tokens of a WordPiece vocabulary, special tokens first.

    Args:
      lines: The text; read twice.
      switches: Lower-casing and accents.
      vocab_size: Number of tokens; fewer only if the text has no more to give.
      alphabet_size: Number of distinct characters kept, the most frequent.

    Raises:
      ValueError: The characters alone are more than the vocabulary may hold.
    """
    normalizer = wordpiece.normalizer(switches.do_lower_case, switches.strips_accents)
    pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    words: Counter[str] = collections.Counter()
    for chunk, count in _count_chunks(lines).items():
        for word, _ in pre_tokenizer.pre_tokenize_str(normalizer.normalize_str(chunk)):
            words[word] += count
    fixed = list(vocabulary.SPECIAL_TOKENS) + _alphabet(words, alphabet_size)
    if len(fixed) > vocab_size:
        raise ValueError(
            "--vocab-size is %d, but special tokens and single characters are %d "
            "already. Raise it, or lower --alphabet-size (%d)."
            % (vocab_size, len(fixed), alphabet_size)
        )
    # The trainer numbers pieces as it meets them in a hash table, and numbers break
    # ties; as "special tokens" the single characters have their numbers before.
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        show_progress=False,
        special_tokens=fixed,
        initial_alphabet=[token for token in fixed if len(token) == 1],
        limit_alphabet=sum(len(token) == 1 for token in fixed),
    )
    model = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token=vocabulary.UNK))
    model.normalizer = normalizer
    model.pre_tokenizer = pre_tokenizer
    model.train_from_iterator(iter(lines), trainer)
    ids = model.get_vocab()
    return sorted(ids, key=lambda token: ids[token])


def train_sentencepiece(
    lines: "Lines",
    switches: tokenization.TokenizerSettings,
    vocab_size: int,
    model_type: str,
    character_coverage: float,
) -> bytes:
    """Returns a sentencepiece model with [PAD] 0, [UNK] 1, [CLS], [SEP], [MASK].

    Args:
      lines: The text.
      switches: Lower-casing and accents.
      vocab_size: Number of pieces.
      model_type: "unigram" or "bpe".
      character_coverage: Share of all characters that are not unknown.

    Raises:
      ValueError: The text cannot give so many pieces.
    """
    return sentencepiece_training.train(
        (tokenization.prepare(line, switches) for line in lines),
        model_type=model_type,
        vocab_size=vocab_size,
        character_coverage=character_coverage,
        max_sentence_length=1 << 16,
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        pad_piece=vocabulary.PAD,
        unk_piece=vocabulary.UNK,
        control_symbols=[vocabulary.CLS, vocabulary.SEP, vocabulary.MASK],
        num_threads=1,
    )


def count_tokens(
    lines: Iterable[str],
    switches: tokenization.TokenizerSettings,
    vocab_size: int,
    min_count: int,
) -> List[str]:
    """Returns a vocabulary of characters or words, special tokens first.

    Args:
      lines: The text.
      switches: Tokenizer, "char" or "space"; lower-casing and accents.
      vocab_size: Number of tokens; fewer if the text has no more to give.
      min_count: Leave out what occurs more rarely.
    """
    split, fold = _COUNTED[switches.tokenizer]
    parts: Counter[str] = collections.Counter()
    for line in lines:
        parts.update(split(line))
    counts: Counter[str] = collections.Counter()
    for part, count in parts.items():
        counts[fold(part, switches)] += count
    for token in ("",) + vocabulary.SPECIAL_TOKENS:
        counts.pop(token, None)
    # Of equal counts, what was met first stays first.
    frequent = [token for token, count in counts.most_common() if count >= min_count]
    return (list(vocabulary.SPECIAL_TOKENS) + frequent)[:vocab_size]


class Lines:
    """The lines of a corpus; iterating reads it again."""

    def __init__(self, corpus: str, data: settings.DataSettings, max_megabytes: float):
        self._sources = corpora.find(corpus)
        self._data = data
        self._total = sum(source.size for source in self._sources)
        self._step = max(1, round(self._total / (max_megabytes * 1e6)))

    def __iter__(self) -> Iterator[str]:
        progress = _Progress(self._total)
        number = done = 0
        for source in self._sources:
            tally = text_stream.Tally()
            unit = corpora.Unit(source, 0, source.size)
            for block in corpora.read(unit, self._data, tally):
                if number % self._step == 0:
                    yield from filter(None, block)
                number += 1
                # Of a packed file the text is longer than the file.
                progress.update(done + min(tally.text_bytes, source.size))
            done += source.size


class _Progress:
    """Says now and then how much of the corpus is read; short work stays silent."""

    def __init__(self, total: int):
        self._total = total
        self._start = self._last_line = time.monotonic()

    def update(self, num_bytes: int) -> None:
        now = time.monotonic()
        if now - self._last_line < _SECONDS_BETWEEN_LINES:
            return
        self._last_line = now
        speed = num_bytes / (now - self._start)
        left = (self._total - num_bytes) / speed if speed else 0.0
        print(
            "read %.0f of %.0f MB, %.1f MB/s, about %.0f s left"
            % (num_bytes / 1e6, self._total / 1e6, speed / 1e6, left),
            file=sys.stderr,
            flush=True,
        )


def _count_chunks(lines: Lines) -> Counter[str]:
    counts: Counter[str] = collections.Counter()
    for line in lines:
        counts.update(line.split())
    return counts


def _alphabet(words: Counter[str], size: int) -> List[str]:
    """Returns the characters that start words, then those that continue them."""
    counts: Counter[str] = collections.Counter()
    for word, count in words.items():
        for char in word:
            counts[char] += count
    kept = set(sorted(counts, key=lambda char: (-counts[char], char))[:size])
    inside = {char for word in words for char in word[1:]}
    return sorted(kept) + ["##" + char for char in sorted(kept & inside)]


def main(argv: List[str]) -> Optional[int]:
    """Runs the command."""
    arguments = _parser().parse_args(argv)
    _check(arguments)
    switches = tokenization.TokenizerSettings(
        tokenizer=arguments.tokenizer,
        do_lower_case=arguments.do_lower_case,
        strip_accents=arguments.strip_accents,
    )
    data = settings.DataSettings(
        json_field=arguments.json_field, encoding_errors=arguments.encoding_errors
    )
    lines = Lines(arguments.corpus_dir, data, arguments.max_megabytes)
    files.write_bytes(arguments.output, _content(lines, switches, arguments))
    used = dict(switches.to_dict(), vocab_file=arguments.output)
    made = tokenization.build(tokenization.TokenizerSettings(**used))
    print("%s: %d tokens, sha256 %s" % (arguments.output, made.vocab_size, made.digest))
    if made.vocab_size < arguments.vocab_size:
        print(_why_fewer(arguments))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuses what would fail, or mean nothing, after all the work."""
    num_special = len(vocabulary.SPECIAL_TOKENS)
    if arguments.vocab_size <= num_special:
        raise ValueError(
            "--vocab-size is %d, expected more than the %d special tokens."
            % (arguments.vocab_size, num_special)
        )
    if arguments.min_count is not None:
        if arguments.tokenizer not in _COUNTED:
            raise ValueError(
                "--min-count is for --tokenizer %s, got %s; leave it out."
                % (" or ".join(_COUNTED), arguments.tokenizer)
            )
        if arguments.min_count < 1:
            raise ValueError(
                "--min-count is %d, expected 1 or more." % arguments.min_count
            )
    if gfile.isdir(arguments.output):
        raise ValueError(
            "--output %s is a folder; name the file to write." % arguments.output
        )


def _content(
    lines: Lines, switches: tokenization.TokenizerSettings, arguments: Any
) -> bytes:
    """Returns the vocabulary file."""
    if switches.tokenizer == "sentencepiece":
        return train_sentencepiece(
            lines,
            switches,
            arguments.vocab_size,
            arguments.model_type,
            arguments.character_coverage,
        )
    if switches.tokenizer in _COUNTED:
        tokens = count_tokens(
            lines, switches, arguments.vocab_size, arguments.min_count or 1
        )
    else:
        tokens = train_wordpiece(
            lines, switches, arguments.vocab_size, arguments.alphabet_size
        )
    return "".join(token + "\n" for token in tokens).encode("utf-8")


def _why_fewer(arguments: argparse.Namespace) -> str:
    if (arguments.min_count or 1) > 1:
        return "No other tokens occur %d times or more." % arguments.min_count
    return "The corpus is too small to give %d tokens." % arguments.vocab_size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Makes a vocabulary of a corpus: trains WordPiece or "
        "sentencepiece, or counts characters or words.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--corpus-dir", required=True, help="Folder, file or 'pattern' of text.")
    add("--output", required=True, help="vocab.txt or .model file to write.")
    add("--vocab-size", type=int, default=30522, help="Tokens. Default: %(default)s.")
    add(
        "--tokenizer",
        choices=list(tokenization.KINDS),
        default="wordpiece",
        help="Kind of vocabulary; char counts characters, space the words between "
        "white space. Default: %(default)s.",
    )
    add("--do-lower-case", "--lower-case", dest="do_lower_case", action="store_true")
    add("--no-lower-case", dest="do_lower_case", action="store_false")
    add("--do-strip-accents", dest="strip_accents", action="store_true")
    add("--no-strip-accents", dest="strip_accents", action="store_false")
    parser.set_defaults(do_lower_case=True, strip_accents=None)
    add(
        "--min-count",
        type=int,
        help="Char and space: leave out what occurs more rarely. Default: 1.",
    )
    add(
        "--alphabet-size",
        type=int,
        default=6000,
        help="WordPiece: distinct characters kept. Default: %(default)s.",
    )
    add(
        "--model-type",
        choices=["unigram", "bpe"],
        default="unigram",
        help="Sentencepiece: kind of model. Default: %(default)s.",
    )
    add(
        "--character-coverage",
        type=float,
        default=0.9995,
        help="Sentencepiece: share of characters that are known. Default: %(default)s.",
    )
    add("--json-field", default="text", help="Field of .jsonl files with the text.")
    add("--encoding-errors", choices=["strict", "replace"], default="strict")
    add(
        "--max-megabytes",
        type=float,
        default=300.0,
        help="Text used; of a larger corpus an even sample. Default: %(default)s.",
    )
    return parser


if __name__ == "__main__":
    cli.main(main)

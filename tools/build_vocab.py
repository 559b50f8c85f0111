"""Trains a vocabulary on a corpus: WordPiece or sentencepiece; see --help.

The same corpus and settings give the same file: ties between equally frequent
pieces are broken by the alphabet, not by chance.
"""

import argparse
import collections
from typing import Counter, Iterator, List, Optional

import tokenizers

from model import tokenization, vocabulary, wordpiece
from pretrain.data import corpora, settings, text_stream
from tools import sentencepiece_training
from util import cli, files

_EXAMPLES = """examples:
  python3 -m tools.build_vocab --corpus-dir corpus --output vocab.txt
  python3 -m tools.build_vocab --corpus-dir 'zh/*.jsonl.gz' --output zh.model \\
      --tokenizer sentencepiece --vocab-size 20000 --character-coverage 0.9995
"""


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


class Lines:
    """The lines of a corpus; iterating reads it again."""

    def __init__(self, corpus: str, data: settings.DataSettings, max_megabytes: float):
        self._sources = corpora.find(corpus)
        self._data = data
        total = sum(source.size for source in self._sources)
        self._step = max(1, round(total / (max_megabytes * 1e6)))

    def __iter__(self) -> Iterator[str]:
        tally = text_stream.Tally()
        number = 0
        for source in self._sources:
            unit = corpora.Unit(source, 0, source.size)
            for block in corpora.read(unit, self._data, tally):
                if number % self._step == 0:
                    yield from filter(None, block)
                number += 1


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
    switches = tokenization.TokenizerSettings(
        tokenizer=arguments.tokenizer,
        do_lower_case=arguments.do_lower_case,
        strip_accents=arguments.strip_accents,
    )
    data = settings.DataSettings(
        json_field=arguments.json_field, encoding_errors=arguments.encoding_errors
    )
    lines = Lines(arguments.corpus_dir, data, arguments.max_megabytes)
    if arguments.tokenizer == "wordpiece":
        tokens = train_wordpiece(
            lines, switches, arguments.vocab_size, arguments.alphabet_size
        )
        files.write_text(arguments.output, "".join(token + "\n" for token in tokens))
    else:
        model = train_sentencepiece(
            lines,
            switches,
            arguments.vocab_size,
            arguments.model_type,
            arguments.character_coverage,
        )
        files.write_bytes(arguments.output, model)
    used = dict(switches.to_dict(), vocab_file=arguments.output)
    made = tokenization.build(tokenization.TokenizerSettings(**used))
    print("%s: %d tokens, sha256 %s" % (arguments.output, made.vocab_size, made.digest))
    if made.vocab_size < arguments.vocab_size:
        print("The corpus is too small to give %d tokens." % arguments.vocab_size)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Trains a vocabulary on a corpus.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--corpus-dir", required=True, help="Folder, file or 'pattern' of text.")
    add("--output", required=True, help="vocab.txt or .model file to write.")
    add("--vocab-size", type=int, default=30522, help="Tokens. Default: %(default)s.")
    add(
        "--tokenizer",
        choices=["wordpiece", "sentencepiece"],
        default="wordpiece",
        help="Kind of vocabulary. Default: %(default)s.",
    )
    add("--do-lower-case", "--lower-case", dest="do_lower_case", action="store_true")
    add("--no-lower-case", dest="do_lower_case", action="store_false")
    add("--do-strip-accents", dest="strip_accents", action="store_true")
    add("--no-strip-accents", dest="strip_accents", action="store_false")
    parser.set_defaults(do_lower_case=True, strip_accents=None)
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

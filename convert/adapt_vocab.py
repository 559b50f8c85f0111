"""Gives a pre-trained model another vocabulary; see --help.

The rows of the token table and of the output bias are copied for the tokens that
both vocabularies have. A new token starts as in a new model: its embedding is drawn
from N(0, initializer_range), its bias is 0. Everything else stays as it is.

Shapes: V and W tokens in the old and the new vocabulary.
"""

import argparse
import dataclasses
import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple
import uuid

from util import logs

if __name__ == "__main__":
    logs.quiet()  # Before TensorFlow is imported.

import numpy as np
import tensorflow.compat.v1 as tf

from convert import checkpoint_writer
from model import checkpoints, folder, tokenization
from util import cli, compat, files, gfile, seeds

_EXAMPLES = """examples:
  python3 -m tools.diff_vocab models/zh/vocab.txt new_vocab.txt
  python3 -m convert.adapt_vocab --model-dir models/zh --vocab-file new_vocab.txt \\
      --output-dir models/zh_new --drop-optimizer --reset-global-step

The result is a model folder like the first. Train it further (init_checkpoint) or
fine-tune it; records built with the old vocabulary are of no use to it.
"""

VOCABULARY = "vocab.txt"  # Of a published checkpoint, which has no config.json.
_SLOT = "/adam_[mv]|/Adam(_1)?"
_OPTIMIZER = re.compile("(%s|(^|/)beta[12]_power)$" % _SLOT)
_TABLE = re.compile(
    "(^|/)(word_embeddings|word_embeddings_delta|output_weights|output_bias)(%s)?$"
    % _SLOT
)
# New rows of these are drawn. Deltas, biases and moments start at 0.
_DRAWN = re.compile("(^|/)(word_embeddings|output_weights)$")

Shape = Tuple[int, ...]


class Request(NamedTuple):
    """What is asked for.

    Attributes:
      model_dir: The model folder.
      vocab_file: The new vocabulary.
      output_dir: The folder to write; must not exist.
      seed: Of the new rows.
      drop_optimizer: Whether the optimizer's moments are left out.
      reset_global_step: Whether the step counter starts at 0 again.
    """

    model_dir: str
    vocab_file: str
    output_dir: str
    seed: int = 0
    drop_optimizer: bool = False
    reset_global_step: bool = False


class Report(NamedTuple):
    """What was done.

    Attributes:
      old_size: V.
      new_size: W.
      num_copied: Rows of each table that were copied.
      tables: Name -> old shape of what has a row for each token.
      unknown: Other variables with an axis of the vocabulary's length.
      dropped: Names of the optimizer's variables that were left out.
    """

    old_size: int
    new_size: int
    num_copied: int
    tables: Dict[str, Shape]
    unknown: Dict[str, Shape]
    dropped: List[str]

    def lines(self) -> List[str]:
        """Returns what a user reads."""
        result = [
            "%d tokens become %d: %d rows copied, %d made new, %d given up."
            % (
                self.old_size,
                self.new_size,
                self.num_copied,
                self.new_size - self.num_copied,
                self.old_size - self.num_copied,
            )
        ]
        result += [
            "  %s: %s -> %s" % (name, list(shape), [self.new_size, *shape[1:]])
            for name, shape in sorted(self.tables.items())
        ]
        if self.dropped:
            result.append("%d optimizer variables left out." % len(self.dropped))
        for name, shape in sorted(self.unknown.items()):
            result.append(
                "warning: %s %s is as long as the old vocabulary, but no table that is "
                "known; it was left alone." % (name, list(shape))
            )
        return result


def adapt(request: Request) -> Report:
    """Writes a model folder with the new vocabulary.

    Raises:
      FileNotFoundError: The model or a vocabulary is missing.
      ValueError: The output exists, the new vocabulary is damaged or of another kind
        than the model's, or the checkpoint has no table of tokens.
    """
    if gfile.exists(request.output_dir):
        raise ValueError(
            "--output-dir %s exists; name a new folder, or remove that one."
            % request.output_dir
        )
    found = folder.read(request.model_dir)
    old, new = _tokenizers(found, request)
    size = found.encoder.vocab_size
    if old.vocab_size > size:
        raise ValueError(
            "The vocabulary of %s has %d tokens, its model only %d (vocab_size); put "
            "the model's own vocabulary back."
            % (request.model_dir, old.vocab_size, size)
        )
    sources = row_sources(_names(old), _names(new))
    report = _plan(found.checkpoint, size, sources, request)
    temporary = "%s.%s.tmp" % (request.output_dir.rstrip("/"), uuid.uuid4().hex[:8])
    try:
        _write_description(temporary, found, new, request)
        checkpoint_writer.write(temporary, _values(found, report, sources, request))
        gfile.rename(temporary, request.output_dir.rstrip("/"))
    finally:
        if gfile.exists(temporary):
            gfile.rmtree(temporary)
    return report


def row_sources(old: List[str], new: List[str]) -> np.ndarray:
    """Returns the old row of each new token, int64 [W]; -1 where there is none.

    Of a token that the old vocabulary repeats, the last row is the one in use.
    """
    rows = {token: row for row, token in enumerate(old)}
    return np.array([rows.get(token, -1) for token in new], np.int64)


def adapt_table(
    table: np.ndarray,
    sources: np.ndarray,
    stddev: float = 0.0,
    random: Optional[np.random.RandomState] = None,
) -> np.ndarray:
    """Returns a table with a row for each new token.

    Args:
      table: [V, ...].
      sources: int64 [W]: a row of the table, or -1 for a new one.
      stddev: Standard deviation of new rows.
      random: Draws them; without it they are 0.

    Returns:
      [W, ...], of the table's type.
    """
    result = np.zeros((len(sources),) + table.shape[1:], table.dtype)
    is_new = sources < 0
    result[~is_new] = table[sources[~is_new]]
    if random is not None:
        result[is_new] = random.normal(0.0, stddev, result[is_new].shape)
    return result


def _tokenizers(
    found: folder.ModelFolder, request: Request
) -> Tuple[tokenization.Tokenizer, tokenization.Tokenizer]:
    """Returns the model's tokenizer and the new one, which must be of its kind."""
    settings = found.tokenizer
    if settings is None:
        settings = tokenization.TokenizerSettings(
            vocab_file=os.path.join(found.path, VOCABULARY), allow_damaged_vocab=True
        )
    old = tokenization.build(settings)
    files.require_file(request.vocab_file, "vocabulary")
    changed = dataclasses.replace(
        settings, vocab_file=request.vocab_file, allow_damaged_vocab=False
    )
    try:
        return old, tokenization.build(changed)
    except ValueError as error:
        raise ValueError(
            "--vocab-file cannot replace the vocabulary of %s, whose tokenizer is %r; "
            "give a sound vocabulary of that kind. %s"
            % (found.path, settings.tokenizer, error)
        ) from error


def _names(tokenizer: tokenization.Tokenizer) -> List[str]:
    """Returns the tokens, the special ones by the same names in every vocabulary."""
    names = tokenizer.tokens(range(tokenizer.vocab_size))
    for name, token_id in tokenizer.special_ids.items():
        names[token_id] = name
    return names


def _plan(prefix: str, size: int, sources: np.ndarray, request: Request) -> Report:
    """Finds the tables of a checkpoint.

    Raises:
      ValueError: It has none, or one of another size.
    """
    shapes = checkpoints.shapes(prefix)
    dropped = [name for name in sorted(shapes) if _is_dropped(name, request)]
    kept = {name: shape for name, shape in shapes.items() if name not in dropped}
    tables = {
        name: shape
        for name, shape in kept.items()
        if _TABLE.search(name) and shape[:1] == (size,)
    }
    if not any(name.endswith("word_embeddings") for name in tables):
        embeddings = {name: s for name, s in shapes.items() if "embeddings" in name}
        raise ValueError(
            "The checkpoint %s has no word_embeddings with %d rows, one for each token "
            "of the vocabulary. Its embeddings are: %s."
            % (prefix, size, embeddings or "none")
        )
    unknown = {n: s for n, s in kept.items() if size in s and n not in tables}
    num_copied = int(np.sum(sources >= 0))
    return Report(size, len(sources), num_copied, tables, unknown, dropped)


def _is_dropped(name: str, request: Request) -> bool:
    return request.drop_optimizer and _OPTIMIZER.search(name) is not None


def _values(
    found: folder.ModelFolder, report: Report, sources: np.ndarray, request: Request
) -> Iterator[Tuple[str, np.ndarray]]:
    """Yields (name, value) of every variable of the new checkpoint."""
    reader = tf.train.load_checkpoint(found.checkpoint)
    for name in sorted(reader.get_variable_to_shape_map()):
        if name in report.dropped:
            continue
        value = np.asarray(reader.get_tensor(name))
        if name == checkpoint_writer.STEP and request.reset_global_step:
            value = np.zeros_like(value)
        if name in report.tables:
            random = None
            if _DRAWN.search(name):
                random = seeds.numpy_random(request.seed, "adapt_vocab", name)
            value = adapt_table(value, sources, found.encoder.initializer_range, random)
        yield name, value


def _write_description(
    model_dir: str,
    found: folder.ModelFolder,
    new: tokenization.Tokenizer,
    request: Request,
) -> None:
    """Writes what the model's folder has beside its checkpoint."""
    gfile.makedirs(model_dir)
    if found.kind == folder.PUBLISHED:
        _write_published(model_dir, found, new)
        return
    config = files.read_json(os.path.join(found.path, folder.CONFIG_FILE))
    changes = {
        "vocab_size": new.vocab_size,
        "vocab_file": request.vocab_file,
        "allow_damaged_vocab": False,
    }
    folder.write(
        model_dir,
        dataclasses.replace(found.encoder, vocab_size=new.vocab_size),
        new.settings,
        _changed(found.settings, changes),
        found.kind,
        seed=config.get("seed", 0),
    )


def _write_published(
    model_dir: str, found: folder.ModelFolder, new: tokenization.Tokenizer
) -> None:
    """Writes vocab.txt and, if there was one, bert_config.json."""
    with gfile.open(str(new.settings.vocab_file), "rb") as stream:
        files.write_bytes(os.path.join(model_dir, VOCABULARY), stream.read())
    config_file = os.path.join(found.path, folder.BERT_CONFIG_FILE)
    if gfile.exists(config_file):
        told = dict(files.read_json(config_file), vocab_size=new.vocab_size)
        files.write_json(os.path.join(model_dir, folder.BERT_CONFIG_FILE), told)


def _changed(settings: Dict[str, Any], changes: Dict[str, Any]) -> Dict[str, Any]:
    """Returns settings with the changes, where they have such a setting and a value."""
    result = dict(settings)
    for name, value in changes.items():
        if result.get(name) is not None:
            result[name] = value
    overrides = result.get("model_hparam_overrides")
    if isinstance(overrides, dict) and "vocab_size" in overrides:
        result["model_hparam_overrides"] = dict(
            overrides, vocab_size=changes["vocab_size"]
        )
    return result


def main(argv: List[str]) -> int:
    """Runs the command."""
    arguments = _parser().parse_args(argv)
    compat.activate()
    request = Request(**vars(arguments))
    print("\n".join(adapt(request).lines()))
    print("Written: %s" % request.output_dir)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Gives a pre-trained model another vocabulary: copies what was "
        "learned about the tokens that both have, and starts the others anew.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model-dir", required=True, help="Model folder; it is only read.")
    add(
        "--vocab-file",
        required=True,
        help="New vocabulary, for the same kind of tokenizer.",
    )
    add("--output-dir", required=True, help="Model folder to write; must not exist.")
    add("--seed", type=int, default=0, help="Of the new rows. Default: %(default)s.")
    add(
        "--drop-optimizer",
        action="store_true",
        help="Leave out the optimizer's moments; they are needed only to train on as "
        "if nothing had happened, and are two thirds of the file. By default they are "
        "kept, 0 for new rows.",
    )
    add(
        "--reset-global-step",
        action="store_true",
        help="Count steps from 0 again; by default the count is kept.",
    )
    return parser


if __name__ == "__main__":
    cli.main(main)

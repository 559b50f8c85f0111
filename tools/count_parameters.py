"""Counts the parameters of a model and the operations of its training.

Neither records nor a vocabulary are needed: the graph is built, not run.

Operations are counted in two ways. Ours are the multiplications of matrix products and
convolutions, each with its addition two FLOPs, three times over in a training step:
once forward, and backward once for the inputs and once for the weights. The published
numbers of ELECTRA and ConvBERT are of ELECTRA's counter: backward costs as much as
forward, a lookup of an embedding is a product with its whole table, and elementwise
work counts too. "By ELECTRA's rule" here is all of that but the elementwise work, and
with the positions that are trained on where ELECTRA's counter takes 15.625 % of the
tokens. So it comes within 0.8 % of what was published in three digits, and within
4.3 % of what was published in two.
"""

import argparse
import functools
import json
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from util import logs

if __name__ == "__main__":
    logs.quiet()  # Before TensorFlow is imported.

import tensorflow.compat.v1 as tf

import configure_pretraining
from model import config as config_lib
from model import flops, modeling
from pretrain import (
    masking,
    objective,
    objectives,  # noqa: F401  (registers them)
    phases,
    recipes,
)
from pretrain.objectives import electra as electra_lib
from util import cli

EXAMPLES = """examples:
  python3 -m tools.count_parameters --recipe bert-base
  python3 -m tools.count_parameters --recipe convbert-base --set head_ratio=3 --json
  python3 -m tools.count_parameters --hparams '{"model_size": "small"}' --length 512
"""
VOCAB_SIZE = config_lib.EncoderConfig.vocab_size
ENCODER_SCOPE, GENERATOR_SCOPE = "electra", "generator"
ELECTRA_TRAINING_PER_FORWARD = 2


class Config(configure_pretraining.PretrainingConfig):
    """Settings of a model whose vocabulary is a number, not a file.

    Args:
      num_tokens: Tokens in the vocabulary.
      **hparams: Settings by their flat names.
    """

    def __init__(self, num_tokens: int, **hparams: Any):
        super().__init__("model", "data", **hparams)
        self._num_tokens = num_tokens

    @property
    def encoder(self) -> config_lib.EncoderConfig:
        return self.architecture.encoder(self._num_tokens)

    @property
    def tokens(self) -> masking.Tokens:
        """What objectives ask of a vocabulary; which ids are special is all one."""
        size = self.encoder.vocab_size
        return masking.Tokens(size, 0, 1, 2, continuations=[False] * size)


class Count(NamedTuple):
    """What is counted of a model."""

    parameters: Dict[str, int]  # By part.
    encoder: int  # Parameters that fine-tuning starts from.
    multiplications: Dict[str, float]  # Per token and forward pass, by part.
    length: int
    training_flops: float
    training_flops_by_electra: float

    @property
    def total(self) -> int:
        return sum(self.parameters.values())


def variables(config: Config) -> Dict[str, int]:
    """Returns the sizes of all variables that training changes, by name.

    Args:
      config: Of the model; its training graph is built, without gradients.
    """
    length, encoder = config.input.max_seq_length, config.encoder
    chosen = objective.create(config, config.tokens, length)
    with tf.Graph().as_default():
        features = {
            spec.name: tf.zeros((1,) + tuple(spec.shape), tf.int32)
            for spec in chosen.record_features(length)
        }
        encode = functools.partial(modeling.encode, config=encoder, is_training=True)
        chosen.compute(features, encode, is_training=True)
        return {
            variable.op.name: variable.shape.num_elements()
            for variable in tf.trainable_variables()
        }


def parts(sizes: Dict[str, int]) -> Dict[str, int]:
    """Returns the parameters of each part of a model.

    Parts are the tables of the embeddings, each kind of sub-layer of the encoder over
    all layers, the generator, and every other scope.

    Args:
      sizes: Of the variables, by name.
    """
    counts: Dict[str, int] = {}
    for name, size in sizes.items():
        scope, _, rest = name.partition("/")
        if scope == ENCODER_SCOPE:
            rest = re.sub(r"encoder/layer_\d+", "layers", rest)
            is_table = rest.count("/") == 1 and rest.startswith("embeddings/")
            scope = rest if is_table else rest.rpartition("/")[0]
        counts[scope] = counts.get(scope, 0) + size
    return counts


def multiplications(config: Config, length: int) -> Dict[str, float]:
    """Returns the multiplications per token of the forward pass, by part.

    Args:
      config: Of the model.
      length: T; what is done once per sequence is shared by as many tokens.
    """
    counts = dict(flops.encoder(config.encoder, length))
    chosen = objective.create(config, config.tokens, config.input.max_seq_length)
    counts.update(chosen.multiplications(length))
    return counts


def generator_config(config: Config) -> Optional[config_lib.EncoderConfig]:
    """Returns the network that fills holes, if objective electra has one."""
    if not config.electra_objective or config.electra.uniform_generator:
        return None
    return electra_lib.Electra(config, config.tokens).generator_config()


def _ours(config: Config, length: int) -> float:
    """Returns the FLOPs of training on one token."""
    total = sum(multiplications(config, length).values())
    return flops.FLOPS_PER_MULTIPLICATION * flops.TRAINING_PER_FORWARD * total


def _by_electra(config: Config, length: int) -> float:
    """Returns the same by ELECTRA's rule; see the module's docstring."""
    total = sum(multiplications(config, length).values())
    for encoder in (config.encoder, generator_config(config)):
        if encoder is not None:
            rows = encoder.vocab_size
            if encoder.embedding == config_lib.BERT_EMBEDDING:
                rows += encoder.type_vocab_size + length
            total += rows * encoder.embedding_size
    return flops.FLOPS_PER_MULTIPLICATION * ELECTRA_TRAINING_PER_FORWARD * total


def training_flops(
    config: Config,
    length: Optional[int] = None,
    per_token: Callable[[Config, int], float] = _ours,
) -> float:
    """Returns the FLOPs of a whole pre-training.

    Args:
      config: Of the model.
      length: T of all steps; None takes that of each phase.
      per_token: FLOPs of training on a token of a sequence of a given length.
    """
    total = 0.0
    for phase in phases.of(config):
        batch = phase.config.input
        tokens = batch.train_batch_size * (length or batch.max_seq_length)
        cost = per_token(config, length or batch.max_seq_length)
        total += (phase.end - phase.start) * tokens * cost
    return total


def count(config: Config, length: Optional[int] = None) -> Count:
    """Counts a model.

    Args:
      config: Of the model.
      length: T of all steps; None takes the settings'.
    """
    sizes = variables(config)
    scope = ENCODER_SCOPE + "/"
    shown = length or config.input.max_seq_length
    return Count(
        parameters=parts(sizes),
        encoder=sum(n for name, n in sizes.items() if name.startswith(scope)),
        multiplications=multiplications(config, shown),
        length=shown,
        training_flops=training_flops(config, length),
        training_flops_by_electra=training_flops(config, length, _by_electra),
    )


def published_flops(config: Config, recipe: recipes.Recipe) -> Optional[Dict[str, Any]]:
    """Compares what was published of a training with a count by the same rule.

    Args:
      config: Of the model.
      recipe: With what was published.

    Returns:
      Counted and published FLOPs, their ratio minus 1, and who counted; None if
      nothing was published.
    """
    published = recipe.published_flops
    if published is None:
        return None
    counted = training_flops(config, published.max_seq_length, _by_electra)
    return {
        "counted": counted,
        "published": published.value,
        "difference": counted / published.value - 1.0,
        "max_seq_length": published.max_seq_length or config.input.max_seq_length,
        "source": published.source,
    }


def as_dict(
    counted: Count, config: Config, recipe: Optional[recipes.Recipe]
) -> Dict[str, Any]:
    """Returns all that is counted, and compared with the recipe, as JSON has it."""
    result = dict(
        counted._asdict(), total=counted.total, vocab_size=config.encoder.vocab_size
    )
    if recipe is not None:
        result["recipe"] = {
            "name": recipe.name,
            "stated": recipe.parameters,
            "published": recipe.published,
            "flops": published_flops(config, recipe),
        }
    return result


def tables(values: Dict[str, Any]) -> str:
    """Returns what `as_dict` does as tables to read."""
    lines = ["parameters (vocabulary %(vocab_size)d)" % values]
    for name, size in values["parameters"].items():
        lines.append("  %-42s %14s" % (name, f"{size:,}"))
    for name in ("encoder", "total"):
        stated = _stated(values, name)
        lines.append("%-44s %14s%s" % (name, f"{values[name]:,}", stated))
    heading = "per token of %(length)d" % values
    names = ("multiplications", "forward FLOPs", "training FLOPs")
    lines += ["", "%-44s %16s %14s %14s" % ((heading, *names))]
    products = values["multiplications"]
    for name, number in list(products.items()) + [("total", sum(products.values()))]:
        forward = flops.FLOPS_PER_MULTIPLICATION * number
        row = (name, number, forward, flops.TRAINING_PER_FORWARD * forward)
        lines.append("  %-42s %16.4g %14.4g %14.4g" % row)
    lines += ["", "FLOPs of the whole training"]
    lines.append("  three times forward: %.4g" % values["training_flops"])
    lines.append("  by ELECTRA's rule: %.4g" % values["training_flops_by_electra"])
    return "\n".join(lines + _published(values.get("recipe") or {}))


def _stated(values: Dict[str, Any], name: str) -> str:
    stated = values.get("recipe", {}).get("stated", {}).get(name)
    if stated is None:
        return ""
    difference = values[name] - stated
    return "  as the recipe states" if not difference else f"  {difference:+,} here"


def _published(recipe: Dict[str, Any]) -> List[str]:
    lines = []
    if recipe.get("published"):
        lines.append("published parameters: %(published)s" % recipe)
    if recipe.get("flops"):
        lines.append(
            "published FLOPs: %(published).4g (%(source)s); by ELECTRA's rule with "
            "%(max_seq_length)d tokens in each sequence %(counted).4g"
            % recipe["flops"]
            + ", %+.1f %%" % (100 * recipe["flops"]["difference"])
        )
    return lines


def run(argv: List[str]) -> None:
    """Does what the command line asks for; see `--help`."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--recipe", metavar="NAME", help="Name in recipes/, or a file like them.")
    add("--hparams", default="{}", help="Settings as JSON or a .json file.")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="One setting.")
    add("--vocab-size", type=int, help="Default: the recipe's, else %d." % VOCAB_SIZE)
    add("--length", type=int, help="Tokens of all sequences. Default: as in training.")
    add("--json", action="store_true", help="Print JSON.")
    arguments = parser.parse_args(argv)
    hparams, recipe = cli.hparams(arguments), None
    if arguments.recipe:
        recipe = recipes.load(arguments.recipe)
        hparams = recipes.merged(recipe.hparams, hparams)
    known = recipe.vocab_size if recipe else None
    config = Config(arguments.vocab_size or known or VOCAB_SIZE, **hparams)
    values = as_dict(count(config, arguments.length), config, recipe)
    print(json.dumps(values, indent=2) if arguments.json else tables(values))


if __name__ == "__main__":
    from util import compat

    compat.activate()
    cli.main(run)

"""Pre-trains an encoder on the records of build_pretraining_dataset.py.

Run the same command again to continue a run that was stopped.
"""

import argparse
import json
import tempfile
from typing import Any, Dict, List

from util import logs

EXAMPLES = """examples:
  python3 run_pretraining.py --data-dir data --model-name convbert_small \\
      --hparams '{"model_size": "small"}'
  python3 run_pretraining.py --data-dir data --model-name convbert_small \\
      --hparams small.json --set num_train_steps=1000 --dry-run
  python3 run_pretraining.py --list-recipes
  python3 run_pretraining.py --data-dir data --model-name structbert \\
      --recipe structbert-base --set train_batch_size=64
"""


class ListRecipes(argparse.Action):
    """Prints the recipes and ends, whatever else the command line says or lacks."""

    def __call__(self, parser, namespace, values, option_string=None):
        from pretrain import recipes

        print(recipes.listing())
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    from util import cli

    parser = cli.parser(__doc__ or "", EXAMPLES)
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help="Settings of a published model, of recipes/NAME.json, or a .json file of "
        "your own like those. --hparams and --set win over it; what they say of "
        "model_hparam_overrides is merged with the recipe's key by key, and "
        "num_train_steps takes the place of its phases.",
    )
    parser.add_argument(
        "--max-hours",
        type=float,
        metavar="HOURS",
        help="Train for so long; the learning rate is zero when the time is up. As "
        "--set max_hours=HOURS.",
    )
    parser.add_argument(
        "--list-recipes",
        action=ListRecipes,
        nargs=0,
        help="Print the recipes and how their records are built, and stop.",
    )
    return parser


def run(argv: List[str]) -> None:
    """Does what the command line asks for; see `--help`.

    Args:
      argv: The arguments without the program's name.
    """
    from util import compat

    arguments = make_parser().parse_args(argv)
    compat.activate()
    import configure_pretraining
    from pretrain import phases, report
    from pretrain import run as pretraining

    hparams = _hparams(arguments)
    config = configure_pretraining.PretrainingConfig(
        arguments.model_name, arguments.data_dir, **hparams
    )
    if arguments.print_config:
        print(json.dumps(config.to_dict(), indent=2, sort_keys=True))
    elif arguments.dry_run:
        if arguments.recipe:
            # First, for the records that the plan needs may be what is missing.
            print(_recipe_table(arguments, hparams))
        ready = [pretraining.prepare(phase.config) for phase in phases.of(config)]
        print(report.plan(ready[0]))
    elif arguments.profile:
        with tempfile.TemporaryDirectory() as folder:
            elsewhere = configure_pretraining.PretrainingConfig(
                arguments.model_name,
                arguments.data_dir,
                **dict(hparams, model_dir=folder),
            )
            print(pretraining.profile(elsewhere))
    else:
        print(report.results_table(pretraining.run(config)))


def _hparams(arguments: argparse.Namespace) -> Dict[str, Any]:
    """Returns the settings: the recipe's, those of debug over it, then the user's."""
    from pretrain import recipes
    from util import cli

    hparams = cli.hparams(arguments)
    if arguments.max_hours is not None:
        hparams["max_hours"] = arguments.max_hours
    if not arguments.recipe:
        return hparams
    recipe = recipes.load(arguments.recipe)
    base = recipes.located(recipe.hparams, arguments.data_dir)
    debug = _debug_settings(base) if hparams.get("debug") is True else {}
    return recipes.merged(base, debug, hparams)


def _debug_settings(base: Dict[str, Any]) -> Dict[str, Any]:
    """Returns what `debug` changes in a recipe; its heads only where there are any."""
    import configure_pretraining
    from model import config as config_lib
    from model import encoders
    from pretrain import recipes

    chosen = base.get(recipes.OVERRIDES, {}).get("encoder")
    encoder = encoders.ENCODERS[chosen or config_lib.EncoderConfig.encoder]
    changes = dict(configure_pretraining.DEBUG)
    changes[recipes.OVERRIDES] = {
        name: value
        for name, value in changes[recipes.OVERRIDES].items()
        if name not in encoder.unused
    }
    return changes


def _recipe_table(arguments: argparse.Namespace, hparams: Dict[str, Any]) -> str:
    from pretrain import recipes, report

    recipe = recipes.load(arguments.recipe)
    return report.table(recipes.plan(recipe, hparams, arguments.data_dir))


def main() -> None:
    logs.quiet()  # Before TensorFlow is imported.
    from util import cli

    cli.main(run)


if __name__ == "__main__":
    main()

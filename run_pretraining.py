"""Pre-trains an encoder on the records of build_pretraining_dataset.py.

Run the same command again to continue a run that was stopped.
"""

import json
import tempfile
from typing import List

from util import logs

EXAMPLES = """examples:
  python3 run_pretraining.py --data-dir data --model-name convbert_small \\
      --hparams '{"model_size": "small"}'
  python3 run_pretraining.py --data-dir data --model-name convbert_small \\
      --hparams small.json --set num_train_steps=1000 --dry-run
"""


def run(argv: List[str]) -> None:
    """Does what the command line asks for; see `--help`.

    Args:
      argv: The arguments without the program's name.
    """
    from util import cli, compat

    arguments = cli.parser(__doc__ or "", EXAMPLES).parse_args(argv)
    compat.activate()
    import configure_pretraining
    from pretrain import report
    from pretrain import run as pretraining

    hparams = cli.hparams(arguments)
    config = configure_pretraining.PretrainingConfig(
        arguments.model_name, arguments.data_dir, **hparams
    )
    if arguments.print_config:
        print(json.dumps(config.to_dict(), indent=2, sort_keys=True))
    elif arguments.dry_run:
        print(report.plan(pretraining.prepare(config)))
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


def main() -> None:
    logs.quiet()  # Before TensorFlow is imported.
    from util import cli

    cli.main(run)


if __name__ == "__main__":
    main()

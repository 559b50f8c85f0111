"""Turns the OpenWebText archives into TFRecords for pre-training; see --help."""

from typing import List

from util import logs


def run(argv: List[str]) -> int:
    """Does what the command line asks for; returns the exit code.

    Args:
      argv: The arguments without the program's name.
    """
    from pretrain.data import command

    return command.openwebtext(argv)


if __name__ == "__main__":
    logs.quiet()
    from util import cli

    cli.main(run)

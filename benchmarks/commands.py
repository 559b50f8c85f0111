"""What the command of every benchmark does: read flags, measure, keep the table."""

import argparse
import os
from typing import Any, Callable

from util import files


def parser(description: str) -> argparse.ArgumentParser:
    """Returns a parser with the flag that all benchmarks have.

    Args:
      description: Printed as it is; the module's docstring.
    """
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result.add_argument(
        "--output",
        default="benchmark_results",
        help="Folder of results and logs. Default: %(default)s.",
    )
    return result


def run(
    parser: argparse.ArgumentParser,
    measure: Callable[[argparse.Namespace], Any],
    table: Callable[[Any], str],
    file_name: str,
) -> None:
    """Measures what the command line asks for, then writes and prints the table.

    Args:
      parser: Of the command line.
      measure: From the arguments to the results; the folder --output exists.
      table: From the results to Markdown.
      file_name: Of the table in the folder; may name arguments as in %(model_size)s.
    """
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    text = table(measure(arguments))
    path = os.path.join(arguments.output, file_name % vars(arguments))
    files.write_text(path, text + "\n")
    print(text)

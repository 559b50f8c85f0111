"""The command line that pre-training and fine-tuning share."""

import argparse
import json
import os
import sys
from typing import Any, Callable, Dict, List, Optional

from util import files

TRACEBACK_VARIABLE = "CONVBERT_TRACEBACK"
PACKAGES = ("tensorflow", "numpy")  # Imported before all others.


def parser(description: str, epilog: str = "") -> argparse.ArgumentParser:
    """Returns a parser with the flags that every run script takes.

    Args:
      description: What the script does, for `--help`.
      epilog: Example commands, shown as they are.
    """
    result = argparse.ArgumentParser(
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument(
        "--data-dir",
        required=True,
        help="Folder with vocab.txt, the data and models/; local or gs://.",
    )
    result.add_argument(
        "--model-name",
        required=True,
        help="The model is kept in DATA_DIR/models/MODEL_NAME.",
    )
    result.add_argument(
        "--hparams",
        default="{}",
        help="Settings as inline JSON or the name of a .json file; "
        "docs/configuration.md lists them.",
    )
    result.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="One setting; may be repeated, wins over --hparams.",
    )
    result.add_argument(
        "--print-config",
        action="store_true",
        help="Print every setting as JSON and stop.",
    )
    result.add_argument(
        "--dry-run",
        action="store_true",
        help="Check every input, say what would be done, and stop.",
    )
    result.add_argument(
        "--profile",
        action="store_true",
        help="Train a few steps in a temporary folder, print where their time goes, by "
        "part of the model, and stop. In fine-tuning, of the first task.",
    )
    return result


def hparams(arguments: argparse.Namespace) -> Dict[str, Any]:
    """Returns the user's settings: `--hparams`, then `--set` over it.

    Raises:
      FileNotFoundError: `--hparams` names a file that does not exist.
      ValueError: The JSON or a KEY=VALUE cannot be understood.
    """
    values = _read_hparams(arguments.hparams)
    for assignment in arguments.set:
        name, equals, text = assignment.partition("=")
        if not equals or not name:
            raise ValueError("--set takes KEY=VALUE, got %r." % assignment)
        values[name.strip()] = _parse_value(text)
    return values


def _read_hparams(text: str) -> Dict[str, Any]:
    if text.lstrip().startswith(("{", "[")):
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(
                "--hparams is not JSON: %s (character %d of %r)."
                % (error.msg, error.pos + 1, text)
            ) from error
    else:
        values = files.read_json(text)
    if not isinstance(values, dict):
        raise ValueError(
            "--hparams must be a JSON object such as "
            '{"model_size": "small"}, got %r.' % text
        )
    return values


def _parse_value(text: str) -> Any:
    """Reads a value as JSON where it is JSON, else as the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return {"True": True, "False": False, "None": None}.get(text, text)


def main(
    run: Callable[[List[str]], Optional[int]], argv: Optional[List[str]] = None
) -> None:
    """Runs a command and exits; what users can mend is one line, not a traceback.

    Args:
      run: Takes the arguments without the program's name, returns an exit code.
      argv: The arguments; those of the process by default.
    """
    arguments = sys.argv[1:] if argv is None else argv
    try:
        code = run(arguments)
    except (ValueError, RuntimeError, OSError) as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        print("error: %s" % error, file=sys.stderr)
        print("(%s=1 shows where it was raised.)" % TRACEBACK_VARIABLE, file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name not in PACKAGES:
            raise
        print(
            "error: %s has no %s. `bash tools/environment.sh` makes .venv, which the "
            ".sh scripts then use; for other commands: source .venv/bin/activate."
            % (sys.executable, error.name),
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    sys.exit(code or 0)

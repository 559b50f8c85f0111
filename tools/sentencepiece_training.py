"""Trains a sentencepiece model, in a process of its own.

Training crashes in a process that has imported TensorFlow 1.15 before: both bring
their own protobuf. (Using a model is no problem.) This file therefore imports
nothing of ours.
"""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any, Iterable


def train(lines: Iterable[str], **options: Any) -> bytes:
    """Returns a sentencepiece model.

    Args:
      lines: The text.
      **options: Of `sentencepiece.SentencePieceTrainer`.

    Raises:
      ValueError: The trainer refuses, for example too large a vocabulary.
    """
    # The model records the names of its files, which must not depend on the folder.
    options = dict(options, input="text", model_prefix="spm", minloglevel=2)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "text"), "w", encoding="utf-8") as stream:
            stream.writelines(line + "\n" for line in lines)
        result = subprocess.run(
            [sys.executable, os.path.abspath(__file__)],
            cwd=folder,
            input=json.dumps(options).encode("utf-8"),
            stderr=subprocess.PIPE,
            check=False,
        )
        if result.returncode:
            lines_of_error = (
                result.stderr.decode("utf-8", "replace").strip().split("\n")
            )
            raise ValueError("sentencepiece cannot train: %s" % lines_of_error[-1])
        with open(os.path.join(folder, "spm.model"), "rb") as model:
            return model.read()


def main() -> None:
    """Trains with the options that stand, as JSON, in the standard input."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(**json.load(sys.stdin))


if __name__ == "__main__":
    main()

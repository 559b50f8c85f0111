"""The settings that the authors chose for GLUE, by task and model.

As a command it prints them as JSON, ready for --hparams:

  python3 -m finetune.self_attention.published rte base
"""

import argparse
import json
from typing import Any, Dict, List, Tuple

from util import cli, registry

SIZES = ("base", "large", "roberta-base", "roberta-large")

# Task -> for each size (ssa_cls_weight, ssa_share_weight), as in the scripts of
# https://github.com/koukoulala/ssa_BERT.
CHOICES: Dict[str, Tuple[Tuple[float, bool], ...]] = {
    "mrpc": ((0.5, True), (0.5, True), (0.5, False), (0.999, True)),
    "cola": ((0.999, True), (0.9, True), (0.999, True), (0.5, False)),
    "rte": ((0.5, False), (0.5, False), (0.5, True), (0.7, True)),
    "sts": ((0.9, False), (0.5, True), (0.5, False), (0.999, True)),
    "sst": ((0.5, True), (0.999, True), (0.5, True), (0.999, True)),
    "qnli": ((0.7, True), (0.9, True), (0.999, True), (0.5, True)),
    "qqp": ((0.9, True), (0.999, True), (0.2, True), (0.5, True)),
    "mnli": ((0.999, True), (0.2, True), (0.2, True), (0.2, True)),
}
THRESHOLD = 0.3
OTHER_THRESHOLDS = {("mnli", "large"): 0.1}


def published(task_name: str, size: str) -> Dict[str, Any]:
    """Returns the authors' settings for a task and a size of BERT or RoBERTa.

    Raises:
      ValueError: They published none for it; the nearest name is given.
    """
    if task_name not in CHOICES:
        raise registry.unknown_name("task of the authors", task_name, CHOICES)
    if size not in SIZES:
        raise registry.unknown_name("size of the authors", size, SIZES)
    cls_weight, share_weight = CHOICES[task_name][SIZES.index(size)]
    return {
        "ssa": True,
        "ssa_cls_weight": cls_weight,
        "ssa_share_weight": share_weight,
        "ssa_attention_threshold": OTHER_THRESHOLDS.get((task_name, size), THRESHOLD),
    }


def main(argv: List[str]) -> None:
    """Prints the settings for the task and the size that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", help="One of %s." % ", ".join(sorted(CHOICES)))
    parser.add_argument("size", help="One of %s." % ", ".join(SIZES))
    arguments = parser.parse_args(argv)
    print(json.dumps(published(arguments.task, arguments.size)))


if __name__ == "__main__":
    cli.main(main)

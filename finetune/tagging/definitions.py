"""Tagging tasks that a user describes in JSON."""

from typing import Any, Dict

from finetune import definitions
from finetune import task as task_lib
from finetune.tagging import layouts, schemes, tasks

LARGEST_SHARE = 0.5
KEYS = tuple(
    "held_out_share scheme word_column tag_column strip_word_digit comment "
    "words tags tag_names text entities id by_character".split()
)


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns the task that a definition describes.

    Args:
      name: Of the task and of its folder.
      definition: Of `definitions.COMMON_KEYS`, with a `format` of `layouts.FORMATS`,
        and KEYS; only `train` must be there.
      surroundings: What else the task depends on.

    Raises:
      ValueError: A key is unknown or missing, or its value is wrong; or the training
        file is malformed.
      FileNotFoundError: The training file is missing.
    """
    return tasks.build(name, corpus(name, definition), surroundings)


def corpus(name: str, definition: Dict[str, Any]) -> tasks.Corpus:
    """Returns the data that a definition describes; see `from_definition`."""
    described = definitions.checked(name, definition, KEYS)
    described.require({"train": "the file from which the tags are collected"})
    plain = layouts.Layout()
    layout = layouts.Layout(
        format=described.choice("format", layouts.FORMATS, plain.format),
        scheme=described.choice("scheme", schemes.NAMES, plain.scheme),
        word_column=described.whole("word_column", plain.word_column),
        tag_column=described.whole("tag_column", plain.tag_column),
        comment=described.text("comment", plain.comment),
        strip_word_digit=described.flag("strip_word_digit"),
        words=described.text("words", plain.words),
        tags=described.text("tags", plain.tags),
        tag_names=described.texts("tag_names"),
        text=described.text("text", plain.text),
        entities=described.text("entities", plain.entities),
        id=described.text("id", plain.id),
        by_character=described.flag("by_character"),
    )
    share = described.number("held_out_share")
    expected = "a number from 0 to %g" % LARGEST_SHARE
    described.expect("held_out_share", 0 <= share <= LARGEST_SHARE, expected)
    return tasks.Corpus(described.places(), share, layout, described.defaults())

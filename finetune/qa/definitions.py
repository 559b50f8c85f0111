"""Reading comprehension that a user describes in JSON.

{"type": "question_answering", "train": "train.json", "dev": "dev.json",
 "has_unanswerable": true, "defaults": {"max_seq_length": 384}}
"""

from typing import Any, Dict

from finetune import definitions, formats
from finetune import task as task_lib
from finetune.qa import files as qa_files
from finetune.qa import rows, scoring, tasks

KEYS = ("metric", "has_unanswerable") + rows.COLUMNS


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns the task that a definition describes.

    Args:
      name: The task's, and that of its folder.
      definition: Of `definitions.COMMON_KEYS`, with a `format` of `files.FORMATS` or,
        for a question in each row, of `formats.FORMATS`, by default what the name of
        the first file says, and KEYS: `metric`, one of `scoring.METRICS`;
        `has_unanswerable`, whether a passage may lack the answer; what rows call each
        of `rows.COLUMNS`.
      surroundings: What the task depends on.

    Raises:
      ValueError: A key is unknown, or its value is wrong.
    """
    described = definitions.checked(name, definition, KEYS)
    places = described.places()
    _, (first, *_) = places.files[0]
    row = tasks.Row(
        name=name,
        places=places,
        parse=_parser(described, first),
        metric=described.choice("metric", scoring.METRICS, scoring.SQUAD),
        has_unanswerable=described.flag("has_unanswerable"),
        defaults=dict(tasks.DEFAULTS, **described.defaults()),
    )
    if row.has_unanswerable and row.metric != scoring.SQUAD:
        raise described.error(
            "metric %s knows no questions without answer; leave out has_unanswerable."
            % row.metric
        )
    return tasks.task(row, surroundings)


def _parser(described: definitions.Definition, path: str) -> qa_files.Parser:
    """Returns the parser of a definition's files.

    Args:
      described: The definition.
      path: The first of the files; tells the format where the definition does not.

    Raises:
      ValueError: There is no such format, or its columns cannot be chosen.
    """
    of_rows = formats.ENDINGS.get(formats.ending(path))
    named = [column for column in rows.COLUMNS if column in described.values]
    is_table = of_rows is not None and not formats.FORMATS[of_rows].has_keys
    told = of_rows if named or is_table else qa_files.format_of(path)
    known = [*qa_files.FORMATS, *formats.FORMATS]
    file_format = described.choice("format", known, told)
    if file_format is None:
        raise described.error(
            "the name %r tells no format; say which: %s." % (path, ", ".join(known))
        )
    if file_format in formats.FORMATS:
        return rows.Rows(described.columns(rows.COLUMNS), file_format)
    if named:
        raise described.error(
            "%r names a column, but those of format %r are fixed. Leave it out."
            % (named[0], file_format)
        )
    return qa_files.FORMATS[file_format]

"""Reading comprehension that a user describes in JSON.

{"type": "question_answering", "train": "train.json", "dev": "dev.json",
 "has_unanswerable": true, "defaults": {"max_seq_length": 384}}
"""

from typing import Any, Dict

from finetune import definitions
from finetune import task as task_lib
from finetune.qa import files as qa_files
from finetune.qa import scoring, tasks

KEYS = ("metric", "has_unanswerable")


def from_definition(
    name: str, definition: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns the task that a definition describes.

    Args:
      name: The task's, and that of its folder.
      definition: Of `definitions.COMMON_KEYS`, with a `format` of `files.FORMATS`, by
        default what the name of the first file says, and KEYS: `metric`, one of
        `scoring.METRICS`; `has_unanswerable`, whether a passage may lack the answer.
      surroundings: What the task depends on.

    Raises:
      ValueError: A key is unknown, or its value is wrong.
    """
    described = definitions.checked(name, definition, KEYS)
    places = described.places()
    _, (first, *_) = places.files[0]
    told = qa_files.format_of(first)
    row = tasks.Row(
        name=name,
        places=places,
        file_format=described.choice("format", qa_files.FORMATS, told),
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

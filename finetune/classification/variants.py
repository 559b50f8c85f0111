"""Known tasks with other files, which a user names in JSON.

{"type": "bustm", "train": "train_3.json", "dev": "dev_3.json"}
"""

import dataclasses
from typing import Any, Dict, List

from finetune import definitions
from finetune import task as task_lib
from finetune.classification import compose, layouts


def from_row(
    row: compose.Row,
    name: str,
    definition: Dict[str, Any],
    surroundings: task_lib.Surroundings,
) -> task_lib.Task:
    """Returns a known task with other files: {"type": "mnli", "train": "few.tsv"}.

    Files of roles that the definition does not name stay those of the known task,
    whose submissions to a benchmark are not touched.

    Args:
      row: The known task.
      name: Of the new task.
      definition: Its JSON object, of `definitions.COMMON_KEYS`.
      surroundings: Where files are and what labels a trained model knows.

    Raises:
      FileNotFoundError: Labels are to be collected, but there is no training file.
      ValueError: Something is wrong with the definition or the training file.
    """
    described = definitions.checked(name, definition, ())
    file_format = described.choice("format", layouts.FORMATS, None)
    files = []
    for split, paths in described.places().files:
        for layout in _layouts_like(row, split.role):
            own = dataclasses.replace(
                layout, file_names=paths, format=file_format or layout.format
            )
            files.append(compose.File(split, own))
    taken = {each.split.name for each in files}
    for kept in row.files:
        if kept.split.role not in described.values and kept.split.name not in taken:
            split = dataclasses.replace(kept.split, official=None)
            files.append(compose.File(split, kept.layout))
    files.sort(key=lambda each: definitions.ROLES.index(each.split.role))
    changed = dataclasses.replace(
        row,
        name=name,
        folders=(name,) + row.folders,
        files=tuple(files),
        defaults=dict(row.defaults, **described.defaults()),
    )
    return compose.build(changed, surroundings)


def _layouts_like(row: compose.Row, role: str) -> List[layouts.Layout]:
    """Returns the forms that a known task's files of a role have, each once."""
    found = [each.layout for each in row.files if each.split.role == role]
    if not found:
        found = [each.layout for each in row.files if each.split.role == task_lib.DEV]
        if role == task_lib.TEST:
            found = [layout.without_labels() for layout in found]
    nameless = [dataclasses.replace(layout, file_names=()) for layout in found]
    return list(dict.fromkeys(nameless))

"""Every task by name. A new family of tasks adds its line here."""

from finetune import task as task_lib
from finetune.classification import glue
from util import registry

TASKS: "registry.Registry[task_lib.Task]" = registry.Registry("task")
for _row in glue.ROWS:
    TASKS.register(_row.name, glue.task(_row))

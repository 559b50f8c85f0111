"""Every task by name, and every family of tasks that users describe by themselves.

A new family of tasks adds its lines here.
"""

import functools
from typing import Any, Callable, Dict

from finetune import definitions as definitions_lib
from finetune import task as task_lib
from finetune.choice import tasks as choice
from finetune.classification import chinese, compose, glue, variants
from finetune.classification import definitions as classification_definitions
from finetune.qa import definitions as qa_definitions
from finetune.qa import tasks as qa
from finetune.ranking import tasks as ranking
from finetune.tagging import definitions as tagging_definitions
from finetune.tagging import tasks as tagging
from util import registry

FromDefinition = Callable[[str, Dict[str, Any], task_lib.Surroundings], task_lib.Task]

TASKS: "registry.Registry[task_lib.Factory]" = registry.Registry("task")
for _name, _factory in [
    *compose.factories(glue.ROWS + chinese.ROWS).items(),
    *tagging.factories().items(),
    *qa.FACTORIES.items(),
]:
    TASKS.register(_name, _factory)
TASKS.register("c3", choice.c3)
TASKS.register("chid", choice.chid)
TASKS.register("clue_chid", choice.clue_chid)
TASKS.register("swag", choice.swag)
TASKS.register("dbqa", ranking.dbqa)

FAMILIES: "registry.Registry[FromDefinition]" = registry.Registry("type of task")
for _name, _from_definition in classification_definitions.FAMILIES.items():
    FAMILIES.register(_name, _from_definition)
FAMILIES.register("question_answering", qa_definitions.from_definition)
FAMILIES.register("tagging", tagging_definitions.from_definition)
FAMILIES.register("choice", choice.from_definition)
FAMILIES.register("ranking", ranking.from_definition)

# A known task with other files, by the name of that task.
VARIANTS: Dict[str, FromDefinition] = {
    row.name: functools.partial(variants.from_row, row)
    for row in glue.ROWS + chinese.ROWS
}


def build(
    name: str, definitions: Dict[str, Any], surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Returns a task by its name.

    Args:
      name: As in `task_names`.
      definitions: The user's own tasks by name, described by a JSON object or the
        path of a file with one. One of a known name takes the place of that task.
      surroundings: What a task may depend on.

    Raises:
      FileNotFoundError: A definition's file, or a file that its labels are collected
        from, is missing.
      ValueError: There is no such task, or its definition is wrong.
    """
    if name not in definitions:
        if name not in TASKS:
            raise registry.unknown_name("task", name, [*TASKS.names(), *definitions])
        return TASKS[name](surroundings)
    definitions_lib.check_name(name)
    definition = definitions[name]
    if isinstance(definition, str):
        definition = definitions_lib.read(name, definition)
    family = definition.get("type") if isinstance(definition, dict) else None
    if not isinstance(family, str):
        raise definitions_lib.error(
            name,
            "expected a JSON object with a type, one of %s; got %.60r."
            % (", ".join(FAMILIES.names()), definition),
        )
    if family in VARIANTS:
        return VARIANTS[family](name, definition, surroundings)
    if family not in FAMILIES:
        known = [*FAMILIES.names(), *VARIANTS]
        unknown = registry.unknown_name("type", family, known)
        raise definitions_lib.error(name, str(unknown))
    return FAMILIES[family](name, definition, surroundings)

"""Writes docs/configuration.md from the settings themselves.

python3 -m tools.configuration_docs           write it
python3 -m tools.configuration_docs --check   fail if it is not up to date
"""

import argparse
import dataclasses
import json
import os
from typing import Any, Callable, Dict, Iterator, List, Mapping, Type

from util import logs

if __name__ == "__main__":
    logs.quiet()  # Before TensorFlow is imported.

import configure_finetuning
import configure_pretraining
from finetune import catalog
from finetune import settings as finetune_settings
from finetune import task as task_lib
from model import config as config_lib
from util import cli, files, settings

PATH = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
    "docs",
    "configuration.md",
)
INTRODUCTION = """\
# Configuration

This page is generated from the settings by `python3 -m tools.configuration_docs`.

Every setting has one flat name. Give it to `run_pretraining.py` or
`run_finetuning.py` as inline JSON, in a JSON file, or one by one; the later wins:

```
--hparams '{"model_size": "small", "learning_rate": 3e-4}'
--hparams settings.json
--set model_size=small --set learning_rate=3e-4
```

Values are merged in one order: defaults < model size < task or recipe < debug < user.
A misspelt name is an error that names the nearest one. `--print-config` prints what
results, `--dry-run` also checks every input.
"""


def page() -> str:
    """Returns the text of docs/configuration.md."""
    parts = [INTRODUCTION]
    parts.extend(_chapter("Pre-training", configure_pretraining.PretrainingConfig))
    parts.extend(_changes("model size", configure_pretraining.SIZE_DEFAULTS))
    parts.extend(_chapter("Fine-tuning", configure_finetuning.FinetuningConfig))
    parts.extend(_changes("model or task", _finetuning_changes()))
    return "\n".join(parts)


def _chapter(title: str, config: Callable[..., settings.Settings]) -> Iterator[str]:
    """Yields a chapter: one table per section.

    Args:
      title: The chapter's heading.
      config: The composition of sections, made from model_name and data_dir.
    """
    values = config(model_name="MODEL_NAME", data_dir="DATA_DIR")
    yield "## %s\n" % title
    for section in values.SECTIONS.values():
        yield "### %s\n" % _first_line(section)
        yield "| setting | type | default | meaning |"
        yield "|---|---|---|---|"
        for field in dataclasses.fields(section):
            if field.name in values.HIDDEN:
                continue
            yield "| %s |" % " | ".join(
                [
                    "`%s`" % field.name,
                    "`%s`" % settings.type_name(field.type),
                    _code(getattr(values, field.name)),
                    _meaning(field),
                ]
            )
        yield ""


def _first_line(section: Type[settings.Section]) -> str:
    return (section.__doc__ or section.__name__).splitlines()[0].rstrip(".")


def _code(value: Any) -> str:
    return "`%s`" % json.dumps(value)


def _meaning(field: "dataclasses.Field[Any]") -> str:
    """Returns a field's help with what else it must obey, fit for a table."""
    parts: List[str] = [field.metadata["help"]]
    choices = field.metadata.get("choices")
    if choices is not None:
        parts.append("One of %s." % ", ".join(map(_code, choices)))
    limits = {"low": "at least", "high": "at most"}
    bounds = [
        "%s %g" % (words, field.metadata[name])
        for name, words in limits.items()
        if field.metadata.get(name) is not None
    ]
    if bounds:
        parts.append("(%s)" % ", ".join(bounds))
    return " ".join(parts).replace("|", "\\|")


def _changes(kind: str, changes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yields the table of what names of a kind change, those alike in one row."""
    rows: Dict[str, List[str]] = {}
    for name, values in changes.items():
        pairs = ["`%s` %s" % (key, _code(value)) for key, value in values.items()]
        rows.setdefault(", ".join(pairs), []).append("`%s`" % name)
    yield "### What a %s changes\n" % kind
    yield "| %s | settings |" % kind
    yield "|---|---|"
    for settings_text, names in rows.items():
        yield "| %s | %s |" % (" ".join(names), settings_text)
    yield ""


def _finetuning_changes() -> Dict[str, Mapping[str, Any]]:
    """Returns what sizes and tasks change, by name."""
    sizes = {
        name: finetune_settings.WIDE_DEFAULTS
        for name, size in config_lib.SIZES.items()
        if size.hidden_size >= finetune_settings.WIDE_HIDDEN_SIZE
    }
    tasks = {name: _task(name).defaults for name in catalog.TASKS.names()}
    return {**sizes, **{name: changed for name, changed in tasks.items() if changed}}


def _task(name: str) -> task_lib.Task:
    try:
        return catalog.build(name, {}, task_lib.Surroundings(""))
    except FileNotFoundError:  # Its labels are collected; any others will do.
        return catalog.build(name, {}, task_lib.Surroundings("", stored_labels=("O",)))


def run(argv: List[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="Write nothing; fail if out of date."
    )
    if not parser.parse_args(argv).check:
        files.write_text(PATH, page())
    elif not is_current():
        raise ValueError(
            "%s is not what the settings say; run "
            "`python3 -m tools.configuration_docs`." % PATH
        )


def is_current() -> bool:
    """Whether docs/configuration.md says what the settings say."""
    if not os.path.exists(PATH):
        return False
    with open(PATH, encoding="utf-8") as stream:
        return stream.read() == page()


if __name__ == "__main__":
    cli.main(run)

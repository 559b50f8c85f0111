"""Recipes: published models as settings, each of them a file in recipes/.

    {"description": "...", "source": "...",
     "data": {"segmentation": "nsp"},
     "hparams": {"model_size": "bert-base", "objectives": ["mlm", "nsp"]},
     "vocab_size": 30522,
     "parameters": {"encoder": 109482240, "total": 110106428},
     "published": "110M"}

`data` are settings of build_pretraining_dataset.py where they differ from its defaults.
Those that pre-training has too (length of the sequences, tokenizer, casing) are said
once, there. `hparams` are settings of run_pretraining.py; {data_dir} in a path stands
for --data-dir. `vocab_size` and `parameters` are what tools/count_parameters.py counts
with and what it has to find: `encoder` is all that fine-tuning starts from, a pooler
included where an objective trains one, `total` all that is trained. `published` is
what was published of the size, and `published_flops` of the training, if anything.
"""

import dataclasses
import os
import textwrap
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from model import tokenization
from pretrain.data import settings as data_settings
from util import files, registry, settings

FOLDER = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "recipes"
)
EXTENSION = ".json"
DATA_DIR = "{data_dir}"
OVERRIDES = "model_hparam_overrides"
PHASES, NUM_STEPS, WARMUP = "phases", "num_train_steps", "num_warmup_steps"
_LINE = 76  # Characters of a line of the list.
# What builder and training must agree on; the vocabulary itself is the user's.
SHARED = ("max_seq_length", "tokenizer", "do_lower_case", "strip_accents")
_SWITCHES: Dict[Tuple[str, bool], List[str]] = {
    ("across_documents", True): ["--across-documents"],
    ("across_documents", False): [],
    ("do_lower_case", True): ["--do-lower-case"],
    ("do_lower_case", False): ["--no-lower-case"],
    ("strip_accents", True): ["--do-strip-accents"],
    ("strip_accents", False): ["--no-strip-accents"],
    ("allow_damaged_vocab", True): ["--allow-damaged-vocab"],
    ("allow_damaged_vocab", False): [],
}


class PublishedFlops(NamedTuple):
    """What was published of the operations of a whole pre-training.

    Attributes:
      value: Number of FLOPs.
      source: Who counted.
      max_seq_length: Tokens in each of the sequences that they counted, where these
        are not those of the recipe.
    """

    value: float
    source: str
    max_seq_length: Optional[int] = None


class Recipe(NamedTuple):
    """One file of recipes/; see the module's docstring."""

    name: str
    hparams: Dict[str, Any]
    data: Dict[str, Any] = {}
    description: str = ""
    source: str = ""
    vocab_size: Optional[int] = None
    parameters: Dict[str, int] = {}
    published: Optional[str] = None
    published_flops: Optional[PublishedFlops] = None


class Build(NamedTuple):
    """One set of records that a run reads."""

    output_dir: str
    flags: List[str]

    @property
    def command(self) -> str:
        """The flags of build_pretraining_dataset.py, beside corpus and vocabulary."""
        return " ".join(["--output-dir", self.output_dir] + self.flags)


def names() -> List[str]:
    """Returns the names of the recipes that come with the code, sorted."""
    found = os.listdir(FOLDER)
    return sorted(name[: -len(EXTENSION)] for name in found if name.endswith(EXTENSION))


def load(name_or_file: str) -> Recipe:
    """Returns a recipe by its name, or of a .json file of the user's.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: There is no recipe of that name (the nearest is given), or the file
        is not a recipe.
    """
    path = name_or_file
    if not path.endswith(EXTENSION):
        if path not in names():
            raise registry.unknown_name("recipe", path, names())
        path = os.path.join(FOLDER, path + EXTENSION)
    values = files.read_json(path)
    if not isinstance(values, dict) or not isinstance(values.get("hparams"), dict):
        raise ValueError(
            '%s: a recipe is an object with its settings under "hparams", such as '
            '{"hparams": {"model_size": "small"}}; settings alone go to --hparams.'
            % path
        )
    known = [field for field in Recipe._fields if field != "name"]
    for key in values:
        if key not in known:
            raise registry.unknown_name("key of the recipe %s:" % path, key, known)
    values["data"] = _checked_data(values.get("data", {}))
    if values.get("published_flops"):
        values["published_flops"] = PublishedFlops(**values["published_flops"])
    shared = {key: values["data"][key] for key in SHARED if key in values["data"]}
    values["hparams"] = dict(shared, **values["hparams"])
    return Recipe(name=os.path.basename(path)[: -len(EXTENSION)], **values)


def _checked_data(data: Dict[str, Any]) -> Dict[str, Any]:
    """Returns settings of the builder if it takes them.

    Raises:
      ValueError: A name is unknown, or a value is wrong.
    """
    sections = (data_settings.DataSettings, tokenization.TokenizerSettings)
    homes = {
        field.name: section
        for section in sections
        for field in dataclasses.fields(section)
    }
    for name in data:
        if name not in homes:
            raise registry.unknown_name("setting of the records", name, homes)
    for section in sections:
        settings.from_dict(
            section, {k: v for k, v in data.items() if homes[k] is section}
        )
    return data


def merged(*layers: Dict[str, Any]) -> Dict[str, Any]:
    """Returns settings laid over one another, the later winning.

    `model_hparam_overrides` are merged key by key, so that who changes one number of
    an architecture keeps the others. num_train_steps and phases, which both say how
    long to train, take each other's place, and the warm-up goes with them: what was
    published for a million steps is more than some hundred.

    Args:
      *layers: Settings by their flat names.
    """
    result: Dict[str, Any] = {}
    for layer in layers:
        if PHASES in layer:
            result.pop(NUM_STEPS, None)
        elif NUM_STEPS in layer:
            result.pop(PHASES, None)
        if (PHASES in layer or NUM_STEPS in layer) and result.get(WARMUP):
            del result[WARMUP]
        for name, value in layer.items():
            is_partial = name == OVERRIDES and isinstance(value, dict)
            kept = result.get(OVERRIDES) or {} if is_partial else {}
            result[name] = dict(kept, **value) if is_partial else value
    return result


def located(value: Any, data_dir: str) -> Any:
    """Returns settings, or a part of them, with the data folder in their paths."""
    if isinstance(value, str):
        return value.replace(DATA_DIR, data_dir)
    if isinstance(value, list):
        return [located(item, data_dir) for item in value]
    if isinstance(value, dict):
        return {name: located(item, data_dir) for name, item in value.items()}
    return value


def builds(recipe: Recipe, hparams: Dict[str, Any], data_dir: str) -> List[Build]:
    """Returns every set of records that a run reads.

    Args:
      recipe: Where the settings come from.
      hparams: Those of the run, after what the user has changed.
      data_dir: Folder of records and vocabulary.
    """
    data = dict(recipe.data)
    data.update({name: hparams[name] for name in SHARED if name in hparams})
    found = [Build(data_dir + "/pretrain_tfrecords", _flags(data))]
    for phase in hparams.get(PHASES) or []:
        if "pretrain_tfrecords" in phase:
            folder = os.path.dirname(located(phase["pretrain_tfrecords"], data_dir))
            changes = {name: phase[name] for name in SHARED if name in phase}
            found.append(Build(folder, _flags(dict(data, **changes))))
    return found


def _flags(data: Dict[str, Any]) -> List[str]:
    flags: List[str] = []
    for name, value in data.items():
        if isinstance(value, bool):
            flags += _SWITCHES[name, value]
        elif value is not None:
            flags += ["--" + name.replace("_", "-"), str(value)]
    return flags


def listing() -> str:
    """Returns all recipes with their descriptions and how their records are built."""
    return "\n\n".join("\n".join(_entry(load(name))) for name in names())


def _entry(recipe: Recipe) -> Iterator[str]:
    yield recipe.name
    yield textwrap.indent(textwrap.fill(recipe.description, _LINE), "  ")
    yield "  source: " + recipe.source
    if recipe.published:
        yield "  parameters: " + recipe.published
    for build in builds(recipe, recipe.hparams, "DATA_DIR"):
        yield "  records: " + build.command


def plan(
    recipe: Recipe, hparams: Dict[str, Any], data_dir: str
) -> List[Tuple[str, str]]:
    """Returns, as rows of name and value, what a run takes from its recipe.

    Args:
      recipe: Where the settings come from.
      hparams: Those of the run, after what the user has changed.
      data_dir: Folder of records and vocabulary.
    """
    rows = [("recipe", recipe.name), ("", recipe.description)]
    for build in builds(recipe, hparams, data_dir):
        rows.append(("records are built with", build.command))
    return rows

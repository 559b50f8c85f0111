"""Settings: small frozen sections, each beside the code that it steers.

Outside there is one flat namespace, so that `{"learning_rate": 1e-4}` needs no
knowledge of the sections. Layers of values are merged in one order, the later
winning: defaults < model size < task < debug < user.
"""

import dataclasses
import json
from typing import (
    Any,
    ClassVar,
    Dict,
    FrozenSet,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from util import registry

SectionType = TypeVar("SectionType", bound="Section")


def setting(
    default: Any,
    help_text: str,
    choices: Optional[List[Any]] = None,
    low: Optional[float] = None,
    high: Optional[float] = None,
) -> Any:
    """Declares one field of a section.

    Args:
      default: Its value when nobody says otherwise; lists and dicts are copied.
      help_text: One sentence for users, with the unit.
      choices: The only values allowed, if limited.
      low: The smallest value allowed, if limited.
      high: The largest value allowed, if limited.

    Returns:
      A `dataclasses` field.
    """
    metadata = dict(help=help_text, choices=choices, low=low, high=high)
    if isinstance(default, (list, dict)):
        return dataclasses.field(
            default_factory=lambda: type(default)(default), metadata=metadata
        )
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class Section:
    """Base of the sections: every field is checked when a section is made."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = _converted(field, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
            _check_limits(field, value)
        self.check()

    def check(self) -> None:
        """Checks rules between fields; sections override it.

        Raises:
          ValueError: Two values do not go together.
        """

    def to_dict(self) -> Dict[str, Any]:
        return dataclasses.asdict(self)

    def changed(self) -> List[str]:
        """Returns the names of the values that are not the defaults."""
        names = []
        for field in dataclasses.fields(self):
            default = field.default
            if default is dataclasses.MISSING:
                default = field.default_factory()  # type: ignore[misc]
            if getattr(self, field.name) != default:
                names.append(field.name)
        return names


def from_dict(section: Type[SectionType], values: Mapping[str, Any]) -> SectionType:
    """Makes a section from a mapping.

    Raises:
      ValueError: A key is unknown (the nearest is named) or a value is wrong.
    """
    names = [field.name for field in dataclasses.fields(section)]
    for name in values:
        if name not in names:
            raise registry.unknown_name("setting", name, names)
    return section(**values)


class Settings:
    """Several sections behind one flat namespace of unique names.

    Subclasses list their sections in `SECTIONS`, and in `HIDDEN` what of these is not
    for users to say. A section is reached as an attribute by its own name
    (`config.optimizer`), a value by its flat name (`config.learning_rate`).
    """

    SECTIONS: ClassVar[Dict[str, Type[Section]]] = {}
    HIDDEN: ClassVar[FrozenSet[str]] = frozenset()

    def __init__(self, *layers: Mapping[str, Any]):
        """Merges layers of flat values, the later winning.

        Raises:
          ValueError: A name is unknown or a value is wrong.
        """
        home = self._homes()
        values: Dict[str, Dict[str, Any]] = {name: {} for name in self.SECTIONS}
        for layer in layers:
            for name, value in layer.items():
                if name not in home:
                    raise registry.unknown_name("setting", name, home)
                values[home[name]][name] = value
        self._sections = {
            name: section(**values[name]) for name, section in self.SECTIONS.items()
        }

    @classmethod
    def _homes(cls) -> Dict[str, str]:
        """Returns the section of every flat name.

        Raises:
          TypeError: Two sections, or a section and a setting, share a name.
        """
        homes: Dict[str, str] = {}
        for section_name, section in cls.SECTIONS.items():
            for field in dataclasses.fields(section):
                if field.name in homes or field.name in cls.SECTIONS:
                    raise TypeError("Two settings are named %r." % field.name)
                if field.name not in cls.HIDDEN:
                    homes[field.name] = section_name
        return homes

    @classmethod
    def names(cls) -> List[str]:
        """Returns every flat name, sorted."""
        return sorted(cls._homes())

    def __getattr__(self, name: str) -> Any:
        sections = self.__dict__.get("_sections", {})
        if name in sections:
            return sections[name]
        for section in sections.values():
            if name in section.__dataclass_fields__:
                return getattr(section, name)
        raise AttributeError("%s has no setting %r." % (type(self).__name__, name))

    def to_dict(self) -> Dict[str, Any]:
        """Returns every value under its flat name."""
        return {name: getattr(self, name) for name in self.names()}


def _converted(field: dataclasses.Field, value: Any) -> Any:
    """Returns the value as the field's type, or raises ValueError."""
    converted, fits = _as_type(field.type, value)
    if not fits:
        expected = type_name(field.type)
        example = ""
        if isinstance(value, str) and expected.startswith("List"):
            example = " Write a list: %s." % json.dumps([value], ensure_ascii=False)
        raise ValueError(
            "Setting %r must be of type %s, got %r.%s"
            % (field.name, expected, value, example)
        )
    return converted


def _as_type(annotation: Any, value: Any) -> Tuple[Any, bool]:
    """Returns (value in the annotated type, whether it fits)."""
    origin = getattr(annotation, "__origin__", None)
    if origin is Union:
        if value is None:
            return None, type(None) in annotation.__args__
        return _as_type(annotation.__args__[0], value)
    if origin in (list, List):
        return _as_list(annotation.__args__[0], value)
    if origin in (dict, Dict):
        return value, isinstance(value, dict)
    return _as_scalar(annotation, value)


def _as_list(annotation: Any, value: Any) -> Tuple[Any, bool]:
    if not isinstance(value, (list, tuple)):
        return value, False
    items = [_as_type(annotation, item) for item in value]
    return [item for item, _ in items], all(fits for _, fits in items)


def _as_scalar(annotation: Any, value: Any) -> Tuple[Any, bool]:
    if isinstance(value, bool) or annotation is bool:
        return value, isinstance(value, bool) and annotation is bool
    if annotation is float and isinstance(value, int):
        return float(value), True
    if annotation is int and isinstance(value, float) and value.is_integer():
        return int(value), True  # JSON users write 1e6 for a count.
    return value, isinstance(value, annotation)


def _check_limits(field: dataclasses.Field, value: Any) -> None:
    if value is None:
        return
    choices = field.metadata.get("choices")
    if choices is not None:
        for item in value if isinstance(value, list) else [value]:
            if item not in choices:
                raise registry.unknown_name(
                    "value of setting %r:" % field.name, item, map(str, choices)
                )
    low, high = field.metadata.get("low"), field.metadata.get("high")
    if low is not None and not value >= low:
        raise ValueError(
            "Setting %r must be at least %s, got %s." % (field.name, low, value)
        )
    if high is not None and not value <= high:
        raise ValueError(
            "Setting %r must be at most %s, got %s." % (field.name, high, value)
        )


def type_name(annotation: Any) -> str:
    """Returns a type as users read it: `int`, `List[str]`, `Optional[float]`."""
    origin = getattr(annotation, "__origin__", None)
    if origin is Union:
        return "Optional[%s]" % type_name(annotation.__args__[0])
    if origin is None:
        return getattr(annotation, "__name__", str(annotation))
    return str(annotation).replace("typing.", "")

"""Texts with entities at some of their characters, as words and tags.

Files say where the entities are in one of these ways:

    {"PER": {"Ada B.": [[0, 5]]}}                        last character (CLUENER)
    [[0, 6, "PER"]]                                      character after the last
    [{"start": 0, "end": 6, "label": "PER"}]             or "type" for "label"
"""

import re
from typing import Any, Iterator, List, NamedTuple, Sequence, Tuple

from finetune.tagging import layouts, schemes

_IDEOGRAPH = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_WORD = re.compile(r"%s|(?:(?!%s)\w)+|[^\w\s]" % (_IDEOGRAPH, _IDEOGRAPH))
_CHARACTER = re.compile(r"\S")
_FORMS = (
    "expected {type: {entity: [[first, last], ...]}}, or a list of [start, end, type] "
    'or {"start": number, "end": number, "label": type}'
)


class Entity(NamedTuple):
    """What a part of a text is.

    Attributes:
      type: "PER".
      begin: Number of its first character, from 0.
      end: Number of the character after its last.
    """

    type: str
    begin: int
    end: int


class Tagged(NamedTuple):
    """The tags of a text's words.

    Attributes:
      tags: One per word, in the scheme bio.
      num_widened: Entities that begin or end within a word, and have all of it here.
      num_overlapping: Entities that were left out, as others that begin earlier or are
        longer have some of their words.
    """

    tags: Tuple[str, ...]
    num_widened: int
    num_overlapping: int


def words(text: str, by_character: bool) -> List[layouts.Place]:
    """Returns where the words of a text are.

    A word is an ideograph, a run of other letters and digits, or any other character
    but a blank. If `by_character`, it is any character but a blank.
    """
    pattern = _CHARACTER if by_character else _WORD
    return [found.span() for found in pattern.finditer(text)]


def entities(value: Any, text: str) -> List[Entity]:
    """Returns the entities of a text, in their order, the longer before the shorter.

    Args:
      value: What the file says, in one of the ways above.
      text: The text.

    Raises:
      ValueError: It says it in no such way, or there is no such part of the text.
    """
    if isinstance(value, dict):
        found = list(_by_type(value, text))
    elif isinstance(value, list):
        found = [_checked(_listed(item), text) for item in value]
    else:
        raise ValueError("%.60r is no list of entities; %s." % (value, _FORMS))
    return sorted(set(found), key=lambda each: (each.begin, -each.end, each.type))


def tag(found: Sequence[Entity], places: Sequence[layouts.Place]) -> Tagged:
    """Returns the tags of words.

    Args:
      found: As `entities` gives them.
      places: As `words` gives them.
    """
    kept: List[schemes.Entity] = []
    num_widened = num_overlapping = 0
    for kind, begin, end in found:
        own = [n for n, place in enumerate(places) if place[0] < end > begin < place[1]]
        first, last = own[0], own[-1]
        if kept and first <= kept[-1].last:
            num_overlapping += 1
            continue
        num_widened += places[first][0] < begin or end < places[last][1]
        kept.append(schemes.Entity(kind, first, last))
    tags = tuple(schemes.BIO.write(kept, len(places)))
    return Tagged(tags, num_widened, num_overlapping)


def by_type(found: Sequence[Entity], text: str) -> Any:
    """Returns entities as CLUENER writes them, {type: {entity: [[first, last]]}}."""
    result: Any = {}
    for kind, begin, end in found:
        own = result.setdefault(kind, {}).setdefault(text[begin:end], [])
        own.append([begin, end - 1])
    return result


def _by_type(value: Any, text: str) -> Iterator[Entity]:
    for kind, of_kind in value.items():
        if not isinstance(of_kind, dict):
            raise ValueError("%r has %.60r; %s." % (kind, of_kind, _FORMS))
        for surface, spans in of_kind.items():
            if not isinstance(spans, list) or not all(map(_is_span, spans)):
                raise ValueError("%r is at %.60r; %s." % (surface, spans, _FORMS))
            for first, last in spans:
                entity = _checked(Entity(kind, first, last + 1), text)
                if text[first : last + 1] != surface:
                    raise ValueError(
                        "%r should stand at characters %d to %d, but there is %r."
                        % (surface, first, last, text[first : last + 1])
                    )
                yield entity


def _is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _listed(item: Any) -> Entity:
    """Returns an entity of a list."""
    parts = item
    if isinstance(item, dict):
        kind = item.get("label", item.get("type"))
        parts = [item.get("start"), item.get("end"), kind]
    is_legal = isinstance(parts, list) and len(parts) == 3
    if not is_legal or not all(map(_is_whole, parts[:2])):
        raise ValueError("%.60r is no entity; %s." % (item, _FORMS))
    if not isinstance(parts[2], str):
        raise ValueError("%.60r has no type; %s." % (item, _FORMS))
    return Entity(parts[2], parts[0], parts[1])


def _checked(entity: Entity, text: str) -> Entity:
    if not 0 <= entity.begin < entity.end <= len(text):
        raise ValueError(
            "an entity is at characters %d to %d of a text that has %d."
            % (entity.begin, entity.end - 1, len(text))
        )
    words = text[entity.begin : entity.end]
    if not words.strip():
        raise ValueError(
            "an entity has no characters but blanks: %r at character %d."
            % (words, entity.begin)
        )
    if len(entity.type.split()) != 1:
        raise ValueError(
            "the type of %r is %r, expected one word, as a blank ends a tag where it "
            "is written." % (words, entity.type)
        )
    return entity

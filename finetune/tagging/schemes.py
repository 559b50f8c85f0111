"""Ways of writing entities as one tag per word, and how each of them is read.

    words   Ada    B.     met   Bo     Cy     in   Rome
    iob1    I-PER  I-PER  O     I-PER  B-PER  O    I-LOC   B where two of a type touch
    bio     B-PER  I-PER  O     B-PER  B-PER  O    B-LOC
    iobes   B-PER  E-PER  O     S-PER  S-PER  O    S-LOC
    bmes    as iobes, with M for I
    bilou   as iobes, with L for E and U for S
    bmewo   as iobes, with M for I and W for S
    ioe2    I-PER  E-PER  O     E-PER  E-PER  O    E-LOC
    words   every word has a tag of its own, such as its part of speech

The type of an entity is all that follows the first hyphen; "B" alone has type "". An
underscore will do for the hyphen.

Tags that break their scheme are read by one rule: an entity goes on as long as tags
of its type say that it does, and whatever else is not O begins one. So "O I-PER" has
an entity that nobody began, and one that nobody ended ends before the next.
"""

import dataclasses
import functools
from typing import Iterable, List, NamedTuple, Sequence, Set, Tuple

from util import registry

OUTSIDE = "O"
HYPHEN = "-"
UNDERSCORE = "_"


class Entity(NamedTuple):
    """Some words on end that mean something together.

    Attributes:
      type: "PER".
      first: Number of its first word in the sentence, from 0.
      last: Number of its last word.
    """

    type: str
    first: int
    last: int


class Reading(NamedTuple):
    """What the tags of a sentence say.

    Attributes:
      entities: In order.
      num_repairs: Neighbours, ends of the sentence included, that the scheme does not
        allow.
    """

    entities: List[Entity]
    num_repairs: int


class UnknownTagError(ValueError):
    """A tag that no scheme, or not the scheme of the file, has.

    Attributes:
      tag: The tag.
    """

    def __init__(self, tag: str, message: str):
        super().__init__(message)
        self.tag = tag


@dataclasses.dataclass(frozen=True)
class Scheme:
    """A way of writing entities; the letters may be the same.

    Attributes:
      name: As settings and definitions say it.
      begin: Letter of the first word of an entity of several words.
      inside: Letter of the words between.
      end: Letter of the last one.
      single: Letter of the word of an entity of one.
    """

    name: str
    begin: str
    inside: str
    end: str
    single: str

    @property
    def letters(self) -> str:
        """Each letter once, in the order of the classes that a model learns."""
        return "".join(dict.fromkeys(self.begin + self.inside + self.end + self.single))

    @property
    def starts(self) -> str:
        """Letters that an entity may start with."""
        return self.begin + self.single

    def classes(self, types: Sequence[str]) -> Tuple[str, ...]:
        """Returns every tag that the scheme has for some types."""
        tags = [join(letter, kind) for kind in types for letter in self.letters]
        return tuple([OUTSIDE] + tags)

    def check(self, tag: str) -> None:
        """Raises an UnknownTagError for a tag that the scheme does not have."""
        if tag != OUTSIDE and split(tag)[0] not in self.letters:
            raise UnknownTagError(
                tag,
                "the tag %r does not belong to the scheme %s, whose tags are O or "
                "begin with %s." % (tag, self.name, " or ".join(self.letters)),
            )

    def continues(self, previous: str, tag: str) -> bool:
        """Whether a tag carries on the entity of the tag before it."""
        if OUTSIDE in (previous, tag):
            return False
        letter, kind = split(previous)
        next_letter, next_kind = split(tag)
        return (
            kind == next_kind
            and letter in self.begin + self.inside
            and next_letter in self.inside + self.end
        )

    def is_legal(self, previous: str, tag: str) -> bool:
        """Whether a tag may follow another; O stands for both ends of a sentence."""
        if self.continues(previous, tag):
            return True
        may_stop = previous == OUTSIDE or previous[0] in self.end + self.single
        return may_stop and (tag == OUTSIDE or tag[0] in self.starts)

    def read(self, tags: Sequence[str]) -> Reading:
        """Returns the entities; see the rule for broken sequences above."""
        entities: List[Entity] = []
        num_repairs = 0
        previous = OUTSIDE
        for position, tag in enumerate(tags):
            goes_on, is_legal = _judge(self, previous, tag)
            if goes_on:
                entities[-1] = entities[-1]._replace(last=position)
            elif tag != OUTSIDE:
                entities.append(Entity(split(tag)[1], position, position))
            num_repairs += not is_legal
            previous = tag
        num_repairs += not self.is_legal(previous, OUTSIDE)
        return Reading(entities, num_repairs)

    def write(self, entities: Iterable[Entity], length: int) -> List[str]:
        """Returns the tags of a sentence of some words."""
        tags = [OUTSIDE] * length
        for kind, first, last in entities:
            tags[first : last + 1] = [join(self.inside, kind)] * (last + 1 - first)
            tags[first] = join(self.begin if last > first else self.single, kind)
            if last > first:
                tags[last] = join(self.end, kind)
        return tags


class _Iob1(Scheme):
    """Begins entities with I, but for one that touches another of its type."""

    @property
    def letters(self):
        return self.inside + self.begin

    @property
    def starts(self):
        return self.letters

    def write(self, entities, length):
        tags = super().write(entities, length)
        for position in reversed(range(length)):
            previous = tags[position - 1] if position else OUTSIDE
            if tags[position][0] == self.begin and not _same_type(
                previous, tags[position]
            ):
                tags[position] = self.inside + tags[position][1:]
        return tags


class _Words(Scheme):
    """Takes every word for an entity of its own, of the type that is its tag."""

    def classes(self, types):
        return tuple(types)

    def check(self, tag):
        """Any tag will do."""

    def is_legal(self, previous, tag):
        return True

    def read(self, tags):
        return Reading([Entity(tag, n, n) for n, tag in enumerate(tags)], 0)

    def write(self, entities, length):
        return [kind for kind, _, _ in entities]


BIO = Scheme("bio", "B", "I", "I", "B")
IOB1 = _Iob1("iob1", "B", "I", "I", "B")
IOBES = Scheme("iobes", "B", "I", "E", "S")
BMES = Scheme("bmes", "B", "M", "E", "S")
BILOU = Scheme("bilou", "B", "I", "L", "U")
BMEWO = Scheme("bmewo", "B", "M", "E", "W")
IOE2 = Scheme("ioe2", "I", "I", "E", "E")
WORDS = _Words("words", "", "", "", "")

LETTERED = (BIO, IOB1, IOE2, IOBES, BMES, BILOU, BMEWO)
NAMES = {scheme.name: scheme for scheme in LETTERED + (WORDS,)}
NAMES.update({"iob2": BIO, "bioes": IOBES})


def by_name(name: str) -> Scheme:
    """Returns a scheme.

    Raises:
      ValueError: There is none of that name; the nearest is named.
    """
    if name not in NAMES:
        raise registry.unknown_name("tag scheme", name, NAMES)
    return NAMES[name]


def split(tag: str) -> Tuple[str, str]:
    """Returns (letter, type) of a tag that is not O.

    Raises:
      UnknownTagError: It has not the form of one.
    """
    letter, kind = tag[:1], tag[2:]
    has_type = tag[1:2] in (HYPHEN, UNDERSCORE) and bool(kind)
    if not letter.isupper() or (tag[1:] and not has_type):
        raise UnknownTagError(
            tag,
            "the tag %r is neither O nor a letter, a hyphen and a type, as in B-PER. "
            'If every word has a tag of its own, the scheme is "words".' % tag,
        )
    return letter, kind


def check_one(tag: str) -> None:
    """Raises an UnknownTagError for what is more than one tag."""
    if not tag.isprintable() or len(tag.split()) != 1:
        raise UnknownTagError(
            tag,
            "the tag %r is empty or has a blank in it. A line has a word and its tag "
            "or, under a header with the names that `words` and `tags` say, those of a "
            "sentence." % tag,
        )


def join(letter: str, kind: str) -> str:
    return letter + HYPHEN + kind if kind else letter


def detect(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Returns the scheme that some sentences' tags are written in.

    bio and iob1 have the same tags. It is iob1 if some entity starts with I and none
    starts with B but where it touches another of its type.

    Raises:
      UnknownTagError: No scheme has these tags.
    """
    sentences = list(sentences)
    letters: Set[str] = set()
    for tag in dict.fromkeys(tag for tags in sentences for tag in tags):
        if tag == OUTSIDE:
            continue
        letters.add(split(tag)[0])
        if not _fitting(letters):
            raise UnknownTagError(
                tag,
                "no scheme has tags with %s, as %r and those before it have. Known: %s."
                % (
                    ", ".join(sorted(letters)),
                    tag,
                    "; ".join("%s (%s)" % (s.name, s.letters) for s in LETTERED),
                ),
            )
    found = _fitting(letters)[0]
    return IOB1 if found is BIO and _looks_like_iob1(sentences) else found


def _fitting(letters: Set[str]) -> List[Scheme]:
    return [scheme for scheme in LETTERED if letters <= set(scheme.letters)]


def _looks_like_iob1(sentences: Iterable[Sequence[str]]) -> bool:
    has_start_by_inside = False
    for tags in sentences:
        for previous, tag in zip([OUTSIDE] + list(tags), tags):
            if tag == OUTSIDE or _same_type(previous, tag):
                continue
            if tag[0] == IOB1.begin:
                return False
            has_start_by_inside = True
    return has_start_by_inside


def _same_type(previous: str, tag: str) -> bool:
    return OUTSIDE not in (previous, tag) and previous[1:] == tag[1:]


@functools.lru_cache(maxsize=1 << 16)
def _judge(scheme: Scheme, previous: str, tag: str) -> Tuple[bool, bool]:
    """Returns (continues, is legal); there are few pairs of tags and many words."""
    return scheme.continues(previous, tag), scheme.is_legal(previous, tag)

"""Reads the files of a tagging task."""

import dataclasses
from typing import Iterator, List, NamedTuple, Optional, Tuple

from finetune import sources
from finetune import task as task_lib
from finetune.tagging import layouts, notations, schemes, sentences, tag_set
from util import files

TRAIN, DEV = "train", "dev"  # Names of the splits of a divided training file.


class Example(NamedTuple):
    """A sentence.

    Attributes:
      id: The file's own, else its number in the file, from 0.
      words: At least one.
      tags: One per word: B- and I- and O, whatever the file's scheme, or what the
        file has where every word has a tag of its own. None in a file without tags.
      text: What the words were taken from; None where the file has words.
      places: Where each word stands in that text.
    """

    id: str
    words: Tuple[str, ...]
    tags: Optional[Tuple[str, ...]] = None
    text: Optional[str] = None
    places: Tuple[layouts.Place, ...] = ()

    def part(self, first: int, last: int) -> str:
        """Returns some words on end, as the file has them."""
        if self.text is None:
            return " ".join(self.words[first : last + 1])
        return self.text[self.places[first][0] : self.places[last][1]]


class Parsed(NamedTuple):
    """A file whose tags have been understood.

    Attributes:
      examples: All of them.
      lines: Number of the line of each word of each example.
      scheme: That of the tags; bio where there are none.
      skipped: As in `task_lib.Dataset`.
      notes: As in `task_lib.Dataset`.
    """

    examples: List[Example]
    lines: List[Tuple[int, ...]]
    scheme: schemes.Scheme
    skipped: Tuple[Tuple[int, str], ...]
    notes: Tuple[str, ...]

    def entities(self) -> Iterator[Tuple[schemes.Entity, int]]:
        """Yields every entity with the number of its first line."""
        plain = tag_set.plain(self.scheme)
        for example, lines in zip(self.examples, self.lines):
            for entity in plain.read(example.tags or ()).entities:
                yield entity, lines[entity.first]

    def types(self) -> List[str]:
        """Returns the types of entities, in alphabetical order."""
        return sorted({entity.type for entity, _ in self.entities()})


@dataclasses.dataclass(frozen=True)
class TaggingReader(task_lib.Reader):
    """Reads a task whose files hold words and their tags.

    Attributes:
      places: Where the files may be.
      layout: How the files are written.
      held_out_share: Share of the training file, from its end, that is the split
        "dev" where that has no file of its own.
      divided: Path of the training file if it is divided so, else "".
      types: Types of entities that the model knows; None for all.
    """

    places: sources.Places
    layout: layouts.Layout = layouts.Layout()
    held_out_share: float = 0.0
    divided: str = ""
    types: Optional[Tuple[str, ...]] = None

    def find(self, data_dir, split):
        if split.name == DEV and self.divided:
            return self.divided
        return self.places.find(data_dir, split)

    def read(self, path, split):
        parsed = self.parse(path, split.role != task_lib.TEST)
        examples, notes = parsed.examples, list(parsed.notes)
        if path == self.divided and split.name in (TRAIN, DEV):
            begin, end = self._part(path, len(examples), split.name)
            notes.append(
                "%s: sentences %d to %d of %d, as there is no file for dev."
                % (split.name, begin + 1, end, len(examples))
            )
            examples = examples[begin:end]
        notes += self._unknown_types(parsed)
        return task_lib.Dataset(path, examples, parsed.skipped, tuple(notes))

    def parse(self, path: str, has_tags: bool) -> Parsed:
        """Reads all of a file and its tags.

        Raises:
          ValueError: A line is malformed or a tag is in no scheme; the message starts
            with path:line.
        """
        found, skipped, notes = sentences.read(path, self.layout, has_tags)
        if self.layout.scheme != schemes.WORDS.name:
            found = _rewritten(path, found)
        scheme = self._scheme(path, found)
        examples = []
        repairs: List[int] = []
        for number, each in enumerate(found):
            tags = None
            if each.tags is not None:
                entities, num_repairs = scheme.read(each.tags)
                tags = tuple(tag_set.plain(scheme).write(entities, len(each.words)))
                repairs.append(num_repairs)
            name = str(number) if each.id is None else each.id
            examples.append(Example(name, each.words, tags, each.text, each.places))
        return Parsed(
            examples,
            [sentence.lines for sentence in found],
            scheme,
            tuple(skipped),
            tuple(notes) + tuple(_tag_notes(scheme, repairs)),
        )

    def _part(self, path: str, count: int, name: str) -> Tuple[int, int]:
        """Returns from which to before which sentence a split goes."""
        held_out = max(1, round(count * self.held_out_share))
        if held_out >= count:
            raise ValueError(
                "%s: of %d sentences none is left to train on, if %g of them are held "
                "out for dev. Give dev a file." % (path, count, self.held_out_share)
            )
        border = count - held_out
        return (0, border) if name == TRAIN else (border, count)

    def _scheme(self, path: str, found: List[layouts.Sentence]) -> schemes.Scheme:
        """Returns the scheme that is told or detected; all tags belong to it."""
        all_tags = [sentence.tags for sentence in found if sentence.tags is not None]
        distinct = list(dict.fromkeys(tag for tags in all_tags for tag in tags))
        try:
            for tag in distinct:
                schemes.check_one(tag)
            if self.layout.scheme is None:
                return schemes.detect(all_tags)
            scheme = schemes.by_name(self.layout.scheme)
            for tag in distinct:
                scheme.check(tag)
            return scheme
        except schemes.UnknownTagError as error:
            line = next(
                line
                for sentence in found
                for tag, line in zip(sentence.tags or (), sentence.lines)
                if tag == error.tag
            )
            raise files.error_at(path, line, str(error)) from error

    def _unknown_types(self, parsed: Parsed) -> List[str]:
        """Says which entities a model cannot find, as it never saw their types."""
        known = self.types
        if known is None:
            return []
        unknown = [each for each in parsed.entities() if each[0].type not in known]
        if not unknown:
            return []
        what = "entities are of types"
        if parsed.scheme == schemes.WORDS:
            what = "words have tags"
        return [
            "%d %s that the training file does not have (%s; the "
            "first in line %d). They count as missed."
            % (
                len(unknown),
                what,
                ", ".join(sorted({entity.type for entity, _ in unknown})),
                unknown[0][1],
            )
        ]


def _rewritten(path: str, found: List[layouts.Sentence]) -> List[layouts.Sentence]:
    """Returns sentences whose tags are written as B-PER is, as far as they can be."""
    rewrite = notations.rewriting(tag for each in found for tag in each.tags or ())
    if rewrite is None:
        return found
    rewritten = []
    for sentence in found:
        try:
            tags = tuple(rewrite(sentence.tags or ()))
        except ValueError as error:
            message = "in the sentence that begins here: %s" % error
            raise files.error_at(path, sentence.lines[0], message) from error
        rewritten.append(sentence._replace(tags=tags))
    return rewritten


def _tag_notes(scheme: schemes.Scheme, repairs: List[int]) -> Iterator[str]:
    """Yields what a user should know of the tags.

    Args:
      scheme: That of the file.
      repairs: How often each sentence breaks it.
    """
    if scheme != tag_set.plain(scheme):
        yield "The tags are %s." % scheme.name
    if any(repairs):
        yield (
            "%d tags in %d sentences break the scheme %s; a tag that continues nothing "
            "was taken for the beginning of an entity, and what is not ended for ended."
            % (sum(repairs), sum(count > 0 for count in repairs), scheme.name)
        )

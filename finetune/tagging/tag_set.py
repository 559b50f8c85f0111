"""The tags that a model learns: the classes of its head."""

import dataclasses
from typing import List, Sequence, Tuple

import numpy as np

from finetune.tagging import schemes

AS_IS = "as_is"


@dataclasses.dataclass(frozen=True)
class TagSet:
    """Tags for entities of some types, in some scheme.

    Whatever the model learns, examples hold and predictions show tags of the scheme
    `plain`, which every scorer reads.

    Attributes:
      scheme: What the model learns.
      types: Types of entities.
    """

    scheme: schemes.Scheme
    types: Tuple[str, ...]

    @property
    def classes(self) -> Tuple[str, ...]:
        """Names of the classes, [C]; O comes first, where there is one."""
        return self.scheme.classes(self.types)

    @property
    def plain(self) -> schemes.Scheme:
        return plain(self.scheme)

    def numbers(self, tags: Sequence[str]) -> List[int]:
        """Returns what is to be learned of a sentence.

        Args:
          tags: In the plain scheme.

        Returns:
          For each word the index of its class plus 1; 0 where its type is not known.
        """
        number_of = {name: number for number, name in enumerate(self.classes, start=1)}
        learned = self.scheme.write(self.entities(tags), len(tags))
        return [number_of.get(tag, 0) for tag in learned]

    def entities(self, tags: Sequence[str]) -> List[schemes.Entity]:
        """Returns the entities of a sentence, by its plain tags."""
        return self.plain.read(tags).entities

    def legal(self) -> np.ndarray:
        """Returns which class may follow which, bool [C, C]."""
        classes = self.classes
        return np.array(
            [[self.scheme.is_legal(a, b) for b in classes] for a in classes], bool
        )


def plain(scheme: schemes.Scheme) -> schemes.Scheme:
    """Returns the scheme of examples and predictions."""
    return schemes.WORDS if scheme == schemes.WORDS else schemes.BIO


def make(types: Sequence[str], file_scheme: schemes.Scheme, tag_scheme: str) -> TagSet:
    """Returns what a model learns.

    Args:
      types: Types of entities in the training file.
      file_scheme: Its scheme.
      tag_scheme: The setting. Where every word has a tag, there is nothing to choose.
    """
    chosen = file_scheme
    if tag_scheme != AS_IS and file_scheme != schemes.WORDS:
        chosen = schemes.by_name(tag_scheme)
    return TagSet(chosen, tuple(sorted(types)))


def from_classes(classes: Sequence[str], has_words_scheme: bool = False) -> TagSet:
    """Returns the tags that a trained model has learned.

    Args:
      classes: As `TagSet.classes` gave them; their order tells the scheme.
      has_words_scheme: Whether every word has a tag of its own.

    Raises:
      ValueError: They are not the tags of any scheme.
    """
    if has_words_scheme:
        return TagSet(schemes.WORDS, tuple(classes))
    try:
        types = [schemes.split(tag)[1] for tag in classes if tag != schemes.OUTSIDE]
    except schemes.UnknownTagError as error:
        raise _not_tags(classes) from error
    distinct = tuple(dict.fromkeys(types))
    for scheme in schemes.LETTERED:
        if scheme.classes(distinct) == tuple(classes):
            return TagSet(scheme, distinct)
    raise _not_tags(classes)


def _not_tags(classes: Sequence[str]) -> ValueError:
    return ValueError(
        "The model's labels are not the tags of a tagging task: %s. Is it a model of "
        "this task, and is the task's scheme the one that it was trained with?"
        % ", ".join(classes)
    )

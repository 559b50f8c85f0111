"""Tags that are not written as B-PER, turned into those that are.

words      Ada     B.     is   in   Rome
suffixes   PER-B   PER-I  O    O    LOC-B    or PER_B; the letters of any scheme
brackets   (PER*   *)     *    *    (LOC)    as in CoNLL-2012
"""

import re
from typing import Callable, Iterable, List, Optional, Sequence

from finetune.tagging import schemes

_LETTERS = "".join(sorted(set("".join(each.letters for each in schemes.LETTERED))))
_PREFIXED = re.compile("[%s][-_].+" % _LETTERS)
_SUFFIXED = re.compile("(.+)[-_]([%s])" % _LETTERS)
_BRACKETS = re.compile(r"(\([^\s()*]+)?\*\)?|\([^\s()*]+\)")

Rewriting = Callable[[Sequence[str]], List[str]]  # The tags of a sentence, anew.


def rewriting(tags: Iterable[str]) -> Optional[Rewriting]:
    """Returns what rewrites a file's tags, None where they are as they should be.

    Args:
      tags: All that the file has, in any order.
    """
    distinct = set(tags)
    if distinct and all(map(_BRACKETS.fullmatch, distinct)):
        return _without_brackets
    distinct.discard(schemes.OUTSIDE)
    has_prefixes = all(map(_PREFIXED.fullmatch, distinct))
    if not has_prefixes and all(map(_SUFFIXED.fullmatch, distinct)):
        return _with_prefixes
    return None


def _with_prefixes(tags: Sequence[str]) -> List[str]:
    return [_SUFFIXED.sub(r"\2-\1", tag) for tag in tags]


def _without_brackets(tags: Sequence[str]) -> List[str]:
    """Returns bio.

    Raises:
      ValueError: Brackets do not belong together.
    """
    entities: List[schemes.Entity] = []
    is_open = False
    for position, tag in enumerate(tags):
        opens, closes = tag.startswith("("), tag.endswith(")")
        if opens if is_open else closes and not opens:
            raise ValueError(
                "there are %s brackets before the %r of word %d; entities in entities "
                "cannot be learned."
                % ("open" if is_open else "no open", tag, position + 1)
            )
        if opens:
            entities.append(schemes.Entity(tag[1:].rstrip("*)"), position, position))
        elif is_open:
            entities[-1] = entities[-1]._replace(last=position)
        is_open = (is_open or opens) and not closes
    if is_open:
        raise ValueError("the bracket of %r is never closed." % entities[-1].type)
    return schemes.BIO.write(entities, len(tags))

"""Questions and candidate answers: rows of a file that belong together by a qid."""

import dataclasses
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from finetune import fields, formats, sources
from finetune import task as task_lib
from finetune.classification import labels as labels_lib
from util import files

LABELS = labels_lib.Classes(("0", "1"))  # "1": the candidate answers the question.

COLUMNS = ("id", "qid", "label", "text_a", "text_b")


class Example(NamedTuple):
    """A question and one candidate.

    Attributes:
      id: Name of the candidate, unique in its file; one word.
      qid: Name of the question; one word.
      text_a: The question.
      text_b: The candidate.
      label: Whether the candidate answers the question, 1 or 0; None in a test split.
      soft_targets: A teacher's logits, one per class.
    """

    id: str
    qid: str
    text_a: str
    text_b: str
    label: Optional[int] = None
    soft_targets: Optional[Tuple[float, ...]] = None


@dataclasses.dataclass(frozen=True)
class RankingReader(task_lib.Reader):
    """Reads candidates; those of one question may stand anywhere in the file.

    Attributes:
      places: Where the files may be.
      columns: Names of COLUMNS -> names in the file; "a.b" is b in the object a. A
        row without an id is named by its number, from 0. If `qid` is "", questions
        are told apart by their texts and numbered from 0.
      format: Of `formats.FORMATS`; None tells it by the ending of a file.
      header: Names of the columns of files without header.
      labels: How the file writes 0 and 1: (of wrong, of right) candidates, one or
        several each.
    """

    places: sources.Places
    columns: Mapping[str, str]
    format: Optional[str] = None
    header: Tuple[str, ...] = ()
    labels: Tuple[Tuple[str, ...], Tuple[str, ...]] = (("0",), ("1",))

    def find(self, data_dir, split):
        return self.places.find(data_dir, split)

    def read(self, path, split):
        is_labeled = split.role != task_lib.TEST
        examples: List[Example] = []
        lines: Dict[str, int] = {}  # Of every id.
        qids: Dict[str, str] = {}  # Of every question, where the file has none.
        for line, row in formats.keyed_rows(path, self.format, self.header):
            try:
                example = self._example(row, len(examples), is_labeled)
                if not self.columns["qid"]:
                    qid = qids.setdefault(example.text_a, str(len(qids)))
                    example = example._replace(qid=qid)
                if example.id in lines:
                    raise ValueError(
                        "the id %r is taken by line %d. Predictions are told apart by "
                        "ids; make them unique." % (example.id, lines[example.id])
                    )
            except ValueError as error:
                raise files.error_at(path, line, str(error)) from error
            lines[example.id] = line
            examples.append(example)
        if not examples:
            raise ValueError("%s: there are no rows." % path)
        if is_labeled and not any(example.label for example in examples):
            raise ValueError(
                "%s: no row has the label %s, so that nothing can be ranked right. It "
                "marks the candidates that answer their question."
                % (path, " or ".join(self.labels[1]))
            )
        return task_lib.Dataset(path, examples, notes=_notes(examples))

    def _example(self, row: Dict[str, Any], number: int, is_labeled: bool) -> Example:
        names = self.columns
        has_id = fields.find(row, names["id"]) is not None
        return Example(
            id=_word(row, names["id"]) if has_id else str(number),
            qid=_word(row, names["qid"]) if names["qid"] else "",
            text_a=fields.text(row, names["text_a"]),
            text_b=fields.text(row, names["text_b"]),
            label=self._label(row) if is_labeled else None,
        )

    def _label(self, row: Dict[str, Any]) -> int:
        kinds, what = (str, int, bool), "a text or a whole number"
        found = fields.value(row, self.columns["label"], kinds, what)
        if isinstance(found, bool):
            return int(found)
        wrong, right = self.labels
        known = labels_lib.Classes(wrong + right)
        return int(known.parse(str(found)) >= len(wrong))


def _word(row: Dict[str, Any], column: str) -> str:
    value = fields.text_or_number(row, column)
    if len(value.split()) != 1 or value != value.strip():
        raise ValueError(
            "%r is %r, expected one word: the files that rankings are compared by "
            "have spaces between their columns." % (column, value)
        )
    return value


def _notes(examples: List[Example]) -> Tuple[str, ...]:
    notes = []
    num_empty = sum(
        not (example.text_a.strip() and example.text_b.strip()) for example in examples
    )
    if num_empty:
        notes.append(
            "%d of %d rows have an empty question or candidate."
            % (num_empty, len(examples))
        )
    texts: Dict[str, set] = {}
    for example in examples:
        texts.setdefault(example.qid, set()).add(example.text_a)
    several = [qid for qid in texts if len(texts[qid]) > 1]
    if several:
        notes.append(
            "%d of %d qids stand beside more than one text_a (the first is %s). Rows "
            "with one qid are ranked against each other: if these are different "
            "questions, give them different qids."
            % (len(several), len(texts), several[0])
        )
    return tuple(notes)

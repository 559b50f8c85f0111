"""From the rows of a table to examples: texts, a label, a teacher's logits."""

import dataclasses
import math
import os
from typing import Dict, NamedTuple, Optional, Tuple, Union

from finetune import formats, sources
from finetune import task as task_lib
from finetune.classification import labels as labels_lib
from finetune.classification import layouts as layouts_lib
from finetune.classification import marks as marks_lib
from util import files

Label = Union[int, float]


class Example(NamedTuple):
    """One labeled text or pair of texts.

    Attributes:
      id: Its name in predictions: the file's own, else the row's number.
      text_a: The first or only text.
      text_b: The second text of a pair.
      label: Class index or number; None in a test split.
      soft_targets: A teacher's logits, one per class.
      kept: Which characters of the first text stay however short it is cut.
    """

    id: str
    text_a: str
    text_b: Optional[str] = None
    label: Optional[Label] = None
    soft_targets: Optional[Tuple[float, ...]] = None
    kept: Tuple[marks_lib.Span, ...] = ()


@dataclasses.dataclass(frozen=True)
class TableReader(task_lib.Reader):
    """Reads a task whose splits are tables.

    Attributes:
      folders: Names that the task's folder may have.
      layouts: (split name, layout) pairs; a split may have several, for the forms in
        which it is distributed.
      labels: What labels may be; classes without names are not known yet.
      drop_labels: Labels whose rows are left out.
      hint: Where the files are to be had, for the error.
    """

    folders: Tuple[str, ...]
    layouts: Tuple[Tuple[str, layouts_lib.Layout], ...]
    labels: labels_lib.Parser
    drop_labels: Tuple[str, ...] = ()
    hint: str = ""

    def find(self, data_dir, split):
        named = tuple(
            (split, layout.file_names)
            for name, layout in self.layouts
            if name == split.name
        )
        return sources.Places(self.folders, named, self.hint).find(data_dir, split)

    def read(self, path, split):
        """Parses a file, the task's or any other with its columns.

        A split that the task does not have is taken to have texts only. Another ending
        than that of the task's files may tell another format, and where the task's
        have several forms, the columns tell which is meant.
        """
        table = layouts_lib.load(path, self._layout(path, split))
        examples: Dict[str, Example] = {}
        dropped, empty = [], []
        for position, row in enumerate(table.rows):
            line, label = row[0], self._label_text(table, row)
            if label is not None and label in self.drop_labels:
                dropped.append((line, "label %r" % label))
                continue
            example = self._example(table, row, label, position)
            if example.id in examples:
                raise files.error_at(path, line, "the id %r is not new." % example.id)
            examples[example.id] = example
            if not all(text.strip() for text in example[1:3] if text is not None):
                empty.append(line)
        if not examples:
            raise ValueError("%s: every row has a label that is left out." % path)
        notes = list(table.notes)
        if empty:
            notes.append(
                "%d of %d rows have an empty text, the first in line %d."
                % (len(empty), len(examples), empty[0])
            )
        skipped = tuple(sorted(table.skipped + tuple(dropped)))
        return task_lib.Dataset(path, list(examples.values()), skipped, tuple(notes))

    def label_names(self, path: str, split: task_lib.Split) -> Tuple[str, ...]:
        """Returns the labels that a file has, in order; numbers as numbers.

        Raises:
          ValueError: The file is malformed or has fewer than two labels.
        """
        table = layouts_lib.load(path, self._layout(path, split))
        found = {self._label_text(table, row) for row in table.rows}
        kept = found - {None} - set(self.drop_labels)
        names = labels_lib.in_order(name for name in kept if name is not None)
        if len(names) < 2:
            raise ValueError(
                "%s: there is nothing to tell apart, the only labels are: %s."
                % (path, ", ".join(map(repr, names)))
            )
        return names

    def _layout(self, path: str, split: task_lib.Split) -> layouts_lib.Layout:
        """Returns the layout of a file, which need not be one of the task's own."""
        own = [layout for name, layout in self.layouts if name == split.name]
        candidates = [layout for layout in own if _is_named(path, layout)]
        if not candidates:
            own = own or [_unlabeled(layout) for _, layout in reversed(self.layouts)]
            candidates = [_in_format(path, layout) for layout in own]
        if len(candidates) > 1:
            for layout in candidates:
                if layouts_lib.fits(path, layout):
                    return layout
        return candidates[0]

    def _example(
        self,
        table: layouts_lib.Table,
        row: formats.NumberedRow,
        label: Optional[str],
        position: int,
    ) -> Example:
        layout = table.layout
        text_a, kept = _marked(table, row)
        return Example(
            id=str(position) if layout.id is None else table.text(row, layout.id),
            text_a=text_a,
            text_b=None if layout.text_b is None else table.text(row, layout.text_b),
            label=None if label is None else self._parsed(label, table.path, row[0]),
            soft_targets=self._soft_targets(table, row),
            kept=kept,
        )

    def _label_text(
        self, table: layouts_lib.Table, row: formats.NumberedRow
    ) -> Optional[str]:
        """Returns the label of a row as it is meant, None where the file has none.

        Raises:
          ValueError: It is empty; the message starts with path:line.
        """
        layout = table.layout
        if layout.label is None:
            return None
        text = table.text(row, layout.label).strip()
        label = dict(layout.spelling).get(text, text)
        if not label and label not in self.drop_labels:
            raise files.error_at(table.path, row[0], "the label is empty.")
        return label

    def _parsed(self, label: str, path: str, line: int) -> Label:
        try:
            return self.labels.parse(label)
        except ValueError as error:
            raise files.error_at(path, line, str(error)) from error

    def _soft_targets(
        self, table: layouts_lib.Table, row: formats.NumberedRow
    ) -> Optional[Tuple[float, ...]]:
        column = table.layout.logits
        if column is None:
            return None
        value = table.value(row, column)
        num_classes = len(getattr(self.labels, "names", ()))
        try:
            parts = value.split() if isinstance(value, str) else list(value)
            logits = tuple(float(part) for part in parts)
        except (TypeError, ValueError):
            logits = ()
        if len(logits) != num_classes or not all(map(math.isfinite, logits)):
            raise files.error_at(
                table.path,
                row[0],
                "the logits %.60r are not %d numbers, one per label."
                % (value, num_classes),
            )
        return logits


def _marked(
    table: layouts_lib.Table, row: formats.NumberedRow
) -> Tuple[str, Tuple[marks_lib.Span, ...]]:
    """Returns the first text with its marks, and what of it must stay.

    Raises:
      ValueError: A part is not where it should be; the message starts with path:line.
    """
    layout = table.layout
    text = table.text(row, layout.text_a)
    if not layout.marks:
        return text, ()
    parts = []
    for mark in layout.marks:
        part, start = table.text(row, mark.text), table.value(row, mark.start)
        try:
            span = marks_lib.check(text, part, start)
        except ValueError as error:
            message = "%r: %s" % (mark.text, error)
            raise files.error_at(table.path, row[0], message) from error
        parts.append(marks_lib.Part(span, mark.before, mark.after))
    return marks_lib.put(text, parts)


def _is_named(path: str, layout: layouts_lib.Layout) -> bool:
    names = [os.path.basename(name) for name in layout.file_names]
    return os.path.basename(path) in names


def _unlabeled(layout: layouts_lib.Layout) -> layouts_lib.Layout:
    return dataclasses.replace(layout.without_labels(), where=())


def _in_format(path: str, layout: layouts_lib.Layout) -> layouts_lib.Layout:
    """Returns a layout that reads a file whose ending may tell another format."""
    if formats.ending(path) in map(formats.ending, layout.file_names):
        return layout
    return dataclasses.replace(layout, format=None, pattern=None)

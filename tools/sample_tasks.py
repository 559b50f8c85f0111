"""Makes two small tasks of held-out prose, for the quick start.

They are written as files of GLUE tasks are, so that the fine-tuning code needs
nothing special to read them; what they ask is not what GLUE asks:

  CoLA   Is the order of the words intact? (else a few neighbours changed places)
  SST-2  Do all words belong to the sentence? (else a few are from another one)

Labels are balanced, and no document gives examples to two splits.
"""

import argparse
import os
import random
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from tools import sample_corpus
from util import cli, files, seeds

MIN_WORDS, MAX_WORDS = 8, 30  # of a sentence that an example is made of
WINDOW = 5  # neighbours that change places
STRANGERS = 4  # words from elsewhere
SPLITS = ("train", "dev", "test")
REPORT_FILE = "tasks_report.json"  # written last: the tasks are complete


class Example(NamedTuple):
    """One row of a task."""

    texts: Tuple[str, ...]
    label: int  # 0 or 1


Maker = Callable[[List[sample_corpus.Document], random.Random], List[Example]]


class Format(NamedTuple):
    """How a GLUE task's files look."""

    folder: str
    make: Maker
    header: Optional[str]  # of train.tsv and dev.tsv
    row: Callable[[int, Example], Sequence[object]]
    test_header: str


def usable(sentence: str) -> bool:
    """Whether an example can be made of a sentence."""
    return MIN_WORDS <= len(sentence.split()) <= MAX_WORDS and "\t" not in sentence


def word_order(
    documents: List[sample_corpus.Document], rng: random.Random
) -> List[Example]:
    """Label 1: as it was written. Label 0: WINDOW neighbouring words are permuted."""
    pool = [s for document in documents for s in document.sentences() if usable(s)]
    rng.shuffle(pool)
    examples = []
    for i, sentence in enumerate(pool):
        if i % 2:
            examples.append(Example((sentence,), 1))
        else:
            examples.append(Example((shuffled(sentence, rng),), 0))
    return examples


def shuffled(sentence: str, rng: random.Random) -> str:
    """Returns a sentence in which WINDOW inner neighbours changed their order.

    The first word, which has the capital, and the last, which has the full stop,
    stay where they are. A few draws are made until no word is where it was.
    """
    words = sentence.split()
    for _ in range(20):
        start = rng.randrange(1, len(words) - WINDOW)
        window = words[start : start + WINDOW]
        mixed = rng.sample(window, WINDOW)
        if all(before != after for before, after in zip(window, mixed)):
            break
    words[start : start + WINDOW] = mixed
    return " ".join(words)


def strange_words(
    documents: List[sample_corpus.Document], rng: random.Random
) -> List[Example]:
    """Label 1: as it was written. Label 0: STRANGERS inner words are another's."""
    pool = [s for document in documents for s in document.sentences() if usable(s)]
    rng.shuffle(pool)
    examples = []
    for i, sentence in enumerate(pool):
        if i % 2:
            examples.append(Example((sentence,), 1))
        else:
            other = pool[(i + rng.randrange(1, len(pool))) % len(pool)]
            examples.append(Example((mixed(sentence, other, rng),), 0))
    return examples


def mixed(sentence: str, other: str, rng: random.Random) -> str:
    """Returns a sentence in which STRANGERS inner words come from another one."""
    words, others = sentence.split(), other.split()
    places = rng.sample(range(1, len(words) - 1), STRANGERS)
    for place, stranger in zip(places, rng.sample(others[1:-1], STRANGERS)):
        words[place] = stranger
    return " ".join(words)


FORMATS = [
    Format(
        "CoLA",
        word_order,
        None,
        lambda i, item: ("sample", item.label, "" if item.label else "*", *item.texts),
        "index\tsentence",
    ),
    Format(
        "SST-2",
        strange_words,
        "sentence\tlabel",
        lambda i, item: (*item.texts, item.label),
        "index\tsentence",
    ),
]


def balanced(examples: List[Example], count: int) -> List[Example]:
    """Returns the first examples, as many of each label, at most `count` of them.

    Raises:
      ValueError: A label has no example.
    """
    by_label = [[e for e in examples if e.label == label] for label in (0, 1)]
    each = min(count // 2, len(by_label[0]), len(by_label[1]))
    if not each:
        raise ValueError(
            "Too little held-out text for the sample tasks: %d and %d examples of "
            "the two labels. Collect more (--max-megabytes, --held-out-share of "
            "tools.sample_corpus)." % (len(by_label[0]), len(by_label[1]))
        )
    return [example for pair in zip(*(b[:each] for b in by_label)) for example in pair]


def split_documents(
    documents: List[sample_corpus.Document], shares: Sequence[int], seed: int
) -> Dict[str, List[sample_corpus.Document]]:
    """Deals whole documents out to the splits, by sentences, in the given shares.

    A document goes to the split that is furthest behind its share, the same
    libraries being in each.
    """
    rng = seeds.python_random(seed, "documents of the sample tasks")
    order = sorted(documents)
    rng.shuffle(order)
    result: Dict[str, List[sample_corpus.Document]] = {name: [] for name in SPLITS}
    filled: Dict[Tuple[str, str], int] = {}
    for document in order:
        level = {
            name: filled.get((name, document.library), 0) / share
            for name, share in zip(SPLITS, shares)
        }
        name = min(SPLITS, key=lambda split: level[split])
        result[name].append(document)
        filled.setdefault((name, document.library), 0)
        filled[name, document.library] += len(document.sentences())
    return result


def write_task(
    output_dir: str, form: Format, examples: Dict[str, List[Example]]
) -> None:
    """Writes train.tsv, dev.tsv and test.tsv of one task."""
    folder = os.path.join(output_dir, form.folder)
    for split in ("train", "dev"):
        rows = [form.row(i, example) for i, example in enumerate(examples[split])]
        _write_rows(os.path.join(folder, split + ".tsv"), form.header, rows)
    unlabeled = [(i, *example.texts) for i, example in enumerate(examples["test"])]
    _write_rows(os.path.join(folder, "test.tsv"), form.test_header, unlabeled)


def _write_rows(
    path: str, header: Optional[str], rows: Iterable[Sequence[object]]
) -> None:
    lines = [] if header is None else [header]
    lines.extend("\t".join(str(value) for value in row) for row in rows)
    files.write_text(path, "\n".join(lines) + "\n")


def make(
    documents: List[sample_corpus.Document],
    output_dir: str,
    counts: Sequence[int],
    seed: int,
) -> Dict[str, Dict[str, int]]:
    """Writes every task; returns the number of examples per task and split.

    Args:
      documents: The held-out documents.
      output_dir: The folder that gets a folder per task.
      counts: Most examples in train, dev and test.
      seed: Decides which documents and sentences go where.
    """
    by_split = split_documents(documents, counts, seed)
    sizes = {}
    for form in FORMATS:
        examples = {}
        for split, count in zip(SPLITS, counts):
            rng = seeds.python_random(seed, form.folder, split)
            examples[split] = balanced(form.make(by_split[split], rng), count)
        write_task(output_dir, form, examples)
        sizes[form.folder] = {split: len(examples[split]) for split in SPLITS}
    return sizes


def run(argv: List[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--held-out", required=True, help="held_out.jsonl of tools.sample_corpus."
    )
    parser.add_argument(
        "--output-dir", required=True, help="Gets the folders CoLA and SST-2."
    )
    parser.add_argument("--num-train", type=int, default=2500, help="Most examples.")
    parser.add_argument("--num-dev", type=int, default=1000, help="Most examples.")
    parser.add_argument("--num-test", type=int, default=200, help="Most examples.")
    parser.add_argument("--seed", type=int, default=0, help="Of what goes where.")
    arguments = parser.parse_args(argv)
    sizes = make(
        sample_corpus.read_held_out(arguments.held_out),
        arguments.output_dir,
        (arguments.num_train, arguments.num_dev, arguments.num_test),
        arguments.seed,
    )
    files.write_json(os.path.join(arguments.output_dir, REPORT_FILE), sizes)
    for name, counts in sizes.items():
        print(
            "%s: %s"
            % (name, ", ".join("%s %d" % (split, counts[split]) for split in SPLITS))
        )


if __name__ == "__main__":
    cli.main(run)

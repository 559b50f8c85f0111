"""Stand-ins for what fine-tuning is given."""

import dataclasses
import os
from typing import Optional

from finetune import catalog, data
from finetune import task as task_lib
from finetune.classification import tables

# Rows of every GLUE layout; two words are enough for a model to tell labels apart.
WORDS = "good bad fine poor nice dull warm cold 好 坏".split()


@dataclasses.dataclass(frozen=True)
class TokenizerSettings:
    tokenizer: str = "wordpiece"
    vocab_file: Optional[str] = "somewhere/vocab.txt"
    do_lower_case: bool = True
    strip_accents: Optional[bool] = None


class Tokenizer:
    """A word is a token; its id depends on the word alone."""

    pad_id, unk_id, cls_id, sep_id, mask_id = range(5)
    vocab_size = 64

    def __init__(self, settings=None, digest="0" * 64):
        self.settings = settings or TokenizerSettings()
        self.digest = digest

    def encode(self, text):
        return [5 + sum(map(ord, word)) % 59 for word in text.split()]

    def encode_batch(self, texts):
        return [self.encode(text) for text in texts]

    def tokens(self, ids):
        return [str(token) for token in ids]


def write(folder, name, lines, newline="\n"):
    """Writes lines of fields as a TSV file; returns its path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, "wb") as stream:
        text = newline.join("\t".join(fields) for fields in lines) + newline
        stream.write(text.encode("utf-8"))
    return path


def cola_rows(count, start=0):
    """Rows of CoLA's labeled files: label 1 where the first word is "good"."""
    rows = []
    for number in range(start, start + count):
        word = WORDS[number % 2]
        rows.append(
            ["src", str((number + 1) % 2), "", "%s %s" % (word, WORDS[number % 7])]
        )
    return rows


def write_cola(raw_data_dir, train=24, dev=9, test=5):
    """Writes a small CoLA; returns its folder."""
    folder = os.path.join(raw_data_dir, "CoLA")
    write(folder, "train.tsv", cola_rows(train))
    write(folder, "dev.tsv", cola_rows(dev, 1))
    test_rows = [[str(i), "%s thing" % WORDS[i % 10]] for i in range(test)]
    write(folder, "test.tsv", [["index", "sentence"]] + test_rows)
    return folder


def examples(count, label=None, pair=False):
    """Returns examples with labels 0 and 1 in turn, or one label for all."""
    return [
        tables.Example(
            str(number),
            " ".join(WORDS[: 1 + number % 5]),
            WORDS[number % 10] if pair else None,
            number % 2 if label is None else label,
        )
        for number in range(count)
    ]


def task(name):
    """Returns a task whose labels are known without looking at files."""
    return catalog.build(name, {}, task_lib.Surroundings("nowhere"))


def settled_task(name):
    """Returns a task that predicts its mcc on the development file, for other files."""

    def settle(found, scores):
        def rows(said):
            return ({"id": each, "prediction": scores["mcc"]} for each in said.ids)

        writer = dataclasses.replace(found.writer, rows=rows)
        return dataclasses.replace(found, writer=writer)

    return dataclasses.replace(task(name), settle=settle)


def prepared(path, count, records=None, split="dev", name="cola"):
    """Returns a split with `count` examples."""
    chosen = [s for s in task(name).splits if s.name == split][0]
    dataset = task_lib.Dataset(path, examples(count))
    return data.Prepared(task(name), chosen, dataset, records)


def write_rte(raw_data_dir, train=24, dev=9, test=5):
    """Writes a small RTE; returns its folder."""
    folder = os.path.join(raw_data_dir, "RTE")
    header = ["index", "sentence1", "sentence2"]
    labels = ["entailment", "not_entailment"]
    for name, count in (("train", train), ("dev", dev)):
        rows = [
            [str(i), "good thing", WORDS[i % 2], labels[i % 2]] for i in range(count)
        ]
        write(folder, "%s.tsv" % name, [header + ["label"]] + rows)
    rows = [[str(i), "good thing", WORDS[i % 2]] for i in range(test)]
    write(folder, "test.tsv", [header] + rows)
    return folder

"""The tagging tasks that are known by name, and how a task is put together."""

import dataclasses
import functools
from typing import Any, Dict, Mapping, Tuple

from finetune import sources
from finetune import task as task_lib
from finetune.tagging import (
    analysis,
    features,
    head,
    layouts,
    metrics,
    schemes,
    writers,
)
from finetune.tagging import reader as reader_lib
from finetune.tagging import tag_set as tag_set_lib

TRAIN = task_lib.Split("train", task_lib.TRAIN)
DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.FINAL)


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Where the data of a task is and how it is written.

    Attributes:
      places: Its files.
      held_out_share: Share of the training file, from its end, that stands in for the
        file of "dev" where there is none and it is not in `skip_splits`.
      layout: How the files are written.
      defaults: Settings that the task changes.
    """

    places: sources.Places
    held_out_share: float = 0.0
    layout: layouts.Layout = layouts.Layout()
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def splits(self) -> Tuple[task_lib.Split, ...]:
        splits = list(self.places.splits)
        if self.held_out_share and DEV not in splits:
            splits.insert(1, DEV)
        return tuple(splits)


def _places(
    folders: Tuple[str, ...],
    train: Tuple[str, ...],
    dev: Tuple[str, ...],
    test: Tuple[str, ...],
) -> sources.Places:
    """Returns the places of a published corpus, whose test file has tags."""
    return sources.Places(folders, ((TRAIN, train), (DEV, dev), (TEST, test)))


CORPORA: Dict[str, Corpus] = {
    "chunk": Corpus(
        _places(
            ("chunk", "conll2000", "CoNLL-2000"),
            train=("train.txt",),
            dev=("dev.txt", "valid.txt"),
            test=("test.txt",),
        ),
        held_out_share=0.1,
        defaults={"max_seq_length": 256},
    ),
    "conll2003": Corpus(
        _places(
            ("conll2003", "CoNLL-2003", "ner"),
            train=("train.txt", "eng.train"),
            dev=("dev.txt", "valid.txt", "testa.txt", "eng.testa"),
            test=("test.txt", "testb.txt", "eng.testb"),
        ),
    ),
    "msra_ner": Corpus(
        _places(
            ("msra_ner", "MSRA"),
            train=("train.tsv", "train.txt", "msra_train_bio.txt", "msra_train_bio"),
            dev=("dev.tsv", "dev.txt"),
            test=("test.tsv", "test.txt", "msra_test_bio.txt", "msra_test_bio"),
        ),
        held_out_share=0.1,
    ),
    "weibo_ner": Corpus(
        _places(
            ("weibo_ner", "weibo", "Weibo"),
            train=("weiboNER_2nd_conll.train",),
            dev=("weiboNER_2nd_conll.dev",),
            test=("weiboNER_2nd_conll.test",),
        ),
        layout=layouts.Layout(strip_word_digit=True),
        defaults={"num_train_epochs": 10.0},
    ),
    "resume_ner": Corpus(
        _places(
            ("resume_ner", "ResumeNER"),
            train=("train.char.bmes", "train.txt"),
            dev=("dev.char.bmes", "dev.txt"),
            test=("test.char.bmes", "test.txt"),
        ),
    ),
    "cluener": Corpus(
        sources.Places(
            ("cluener", "CLUENER", "cluener_public", "cluener2020"),
            (
                (TRAIN, ("train.json",)),
                (DEV, ("dev.json",)),
                (
                    task_lib.Split("test", task_lib.TEST, "cluener_predict.json"),
                    ("test.json",),
                ),
            ),
        ),
        layout=layouts.Layout(by_character=True),
    ),
    "people_daily": Corpus(
        _places(
            ("people_daily", "peoples_daily", "china-people-daily-ner-corpus"),
            train=("example.train", "train.tsv", "train.txt"),
            dev=("example.dev", "dev.tsv", "dev.txt"),
            test=("example.test", "test.tsv", "test.txt"),
        ),
    ),
}


def factories() -> Dict[str, task_lib.Factory]:
    """Returns what the catalog keeps of the tasks in CORPORA."""
    return {
        name: functools.partial(build, name, corpus) for name, corpus in CORPORA.items()
    }


def build(
    name: str, corpus: Corpus, surroundings: task_lib.Surroundings
) -> task_lib.Task:
    """Puts a task together.

    Raises:
      FileNotFoundError: The tags are to be collected from the training file, and it
        is missing.
      ValueError: It is malformed; the message starts with path:line.
    """
    reader = _reader(corpus, surroundings)
    tags = _tags(name, reader, surroundings)
    return task_lib.Task(
        name=name,
        splits=corpus.splits(),
        reader=dataclasses.replace(reader, types=tags.types),
        features=features.TagFeatures(tags, surroundings.tagging.tag_stride),
        head=head.Tagging(tags),
        metrics=functools.partial(metrics.score, tags),
        metric_names=metrics.NAMES,
        score=("f1",),
        writer=task_lib.Writer(
            rows=functools.partial(writers.rows, tags),
            files=functools.partial(writers.files, tags),
        ),
        is_degenerate=functools.partial(metrics.degenerate, tags),
        analyze=functools.partial(analysis.analyze, tags),
        labels=tags.classes,
        defaults=corpus.defaults,
    )


def _reader(
    corpus: Corpus, surroundings: task_lib.Surroundings
) -> reader_lib.TaggingReader:
    places, data_dir = corpus.places, surroundings.raw_data_dir
    reader = reader_lib.TaggingReader(
        places, layout=corpus.layout, held_out_share=corpus.held_out_share
    )
    needs_dev = DEV.name not in surroundings.finetune.skip_splits
    can_divide = corpus.held_out_share and places.has(data_dir, TRAIN)
    if needs_dev and can_divide and not places.has(data_dir, DEV):
        divided = reader.find(data_dir, TRAIN)
        return dataclasses.replace(reader, divided=divided)
    return reader


def _tags(
    name: str,
    reader: reader_lib.TaggingReader,
    surroundings: task_lib.Surroundings,
) -> tag_set_lib.TagSet:
    """Returns what the model learns, or what it has learned."""
    stored = surroundings.stored_labels
    if stored is not None:
        has_words_scheme = reader.layout.scheme == schemes.WORDS.name
        return tag_set_lib.from_classes(stored, has_words_scheme)
    try:
        path = reader.find(surroundings.raw_data_dir, TRAIN)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            "%s: the tags are collected from the training file. %s" % (name, error)
        ) from error
    parsed = reader.parse(path, has_tags=True)
    types = parsed.types()
    if not types:
        raise ValueError("%s: every tag is O; there is nothing to learn." % path)
    return tag_set_lib.make(types, parsed.scheme, surroundings.tagging.tag_scheme)

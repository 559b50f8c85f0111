"""What GLUE consists of: files, published numbers of rows, addresses, checksums.

Row counts are those of the benchmark's paper and data cards. Checksums are those
that two public catalogues of data sets give for the same archives.
"""

import hashlib
from typing import Dict, List, NamedTuple, Optional, Tuple

from util import registry

HOST = "https://dl.fbaipublicfiles.com/glue/data/"
FIREBASE = (
    "https://firebasestorage.googleapis.com/v0/b/"
    "mtl-sentence-representations.appspot.com/o/data%2F{}?alt=media&token="
)
SENTEVAL = "https://dl.fbaipublicfiles.com/senteval/senteval_data/"
MEGENGINE = (
    "https://raw.githubusercontent.com/MegEngine/Models/master/official/nlp/bert/"
    "glue_data/MRPC/dev_ids.tsv"
)


class Archive(NamedTuple):
    """Something to fetch.

    Attributes:
      name: File name, also under a mirror.
      addresses: Where it is, tried in order.
      sha256: Published checksum.
    """

    name: str
    addresses: Tuple[str, ...]
    sha256: str


class GlueFile(NamedTuple):
    """One TSV file.

    Attributes:
      name: As it is installed.
      rows: Published numbers of rows, any of which is right.
      has_header: Whether its first line names the columns.
    """

    name: str
    rows: Tuple[int, ...]
    has_header: bool = True


class GlueTask(NamedTuple):
    """One task.

    Attributes:
      name: Of its folder.
      folder: Name of its folder as distributed.
      files: Its files.
      archives: What they are made of.
    """

    name: str
    folder: str
    files: Tuple[GlueFile, ...]
    archives: Tuple[Archive, ...]


def _archive(name: str, token: str, sha256: str) -> Archive:
    addresses: Tuple[str, ...] = (HOST + name,)
    if token:
        addresses += (FIREBASE.format(name) + token,)
    return Archive(name, addresses, sha256)


def _splits(train, dev, test, has_header: bool = True) -> Tuple[GlueFile, ...]:
    """Returns train.tsv, dev.tsv and test.tsv with their rows."""
    return (
        GlueFile("train.tsv", train, has_header),
        GlueFile("dev.tsv", dev, has_header),
        GlueFile("test.tsv", test),
    )


AX = Archive(
    "AX.tsv",
    (HOST + "AX.tsv",),
    "0e13510b1bb14436ff7e2ee82338f0efb0133ecf2e73507a697dc210db3f05fd",
)
MRPC_TRAIN = Archive(
    "msr_paraphrase_train.txt",
    (SENTEVAL + "msr_paraphrase_train.txt",),
    "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89",
)
MRPC_TEST = Archive(
    "msr_paraphrase_test.txt",
    (SENTEVAL + "msr_paraphrase_test.txt",),
    "a04e271090879aaba6423d65b94950c089298587d9c084bf9cd7439bd785f784",
)
MRPC_DEV_IDS = Archive(
    "mrpc_dev_ids.tsv",
    (
        HOST + "mrpc_dev_ids.tsv",
        FIREBASE.format("mrpc_dev_ids.tsv") + "ec5c0836-31d5-48f4-b431-7480817f1adc",
        MEGENGINE,
    ),
    "971d7767d81b997fd9060ade0ec23c4fc31cbb226a55d1bd4a1bac474eb81dc7",
)

_ALL: Tuple[GlueTask, ...] = (
    GlueTask(
        "cola",
        "CoLA",
        _splits((8551,), (1043,), (1063,), has_header=False),
        (
            _archive(
                "CoLA.zip",
                "46d5e637-3411-4188-bc44-5809b5bfb5f4",
                "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff",
            ),
        ),
    ),
    GlueTask(
        "sst",
        "SST-2",
        _splits((67349,), (872,), (1821,)),
        (
            _archive(
                "SST-2.zip",
                "aabc5f6b-e466-44a2-b9b4-cf6337f84ac8",
                "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
            ),
        ),
    ),
    GlueTask(
        "mrpc",
        "MRPC",
        _splits((3668,), (408,), (1725,)),
        (MRPC_TRAIN, MRPC_TEST, MRPC_DEV_IDS),
    ),
    GlueTask(
        "sts",
        "STS-B",
        _splits((5749,), (1500,), (1379,)),
        (
            _archive(
                "STS-B.zip",
                "bddb94a7-8706-4e0d-a694-1109e12273b5",
                "e60a6393de5a8b5b9bac5020a1554b54e3691f9d600b775bd131e613ac179c85",
            ),
        ),
    ),
    GlueTask(
        "qqp",
        "QQP",
        # With and without the rows that a line break has split.
        _splits((363846, 363849), (40430, 40431), (390965,)),
        (
            _archive(
                "QQP-clean.zip",
                "11a647cb-ecd3-49c9-9d31-79f8ca8fe277",
                "40e7c862c04eb26ee04b67fd900e76c45c6ba8e6d8fab4f8f1f8072a1a3fbae0",
            ),
        ),
    ),
    GlueTask(
        "mnli",
        "MNLI",
        (
            GlueFile("train.tsv", (392702,)),
            GlueFile("dev_matched.tsv", (9815,)),
            GlueFile("dev_mismatched.tsv", (9832,)),
            GlueFile("test_matched.tsv", (9796,)),
            GlueFile("test_mismatched.tsv", (9847,)),
            GlueFile("diagnostic.tsv", (1104,)),
        ),
        (
            _archive(
                "MNLI.zip",
                "50329ea1-e339-40e2-809c-10c40afff3ce",
                "e7c1d896d26ed6caf700110645df426cc2d8ebf02a5ab743d5a5c68ac1c83633",
            ),
            AX,
        ),
    ),
    GlueTask(
        "qnli",
        "QNLI",
        _splits((104743,), (5463,), (5463,)),
        (
            _archive(
                "QNLIv2.zip",
                "6fdcf570-0fc5-4631-8456-9505272d1601",
                "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5",
            ),
        ),
    ),
    GlueTask(
        "rte",
        "RTE",
        _splits((2490,), (277,), (3000,)),
        (
            _archive(
                "RTE.zip",
                "5efa7e85-a0bb-4f19-8ea2-9e1840f077fb",
                "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee",
            ),
        ),
    ),
    GlueTask(
        "wnli",
        "WNLI",
        _splits((635,), (71,), (146,)),
        (
            _archive(
                "WNLI.zip",
                "068ad0a0-ded7-4bd7-99a5-5e00222e0faf",
                "ae0e8e4d16f4d46d4a0a566ec7ecceccfd3fbfaa4a7a4b4e02848c0f2561ac46",
            ),
        ),
    ),
)
TASKS: Dict[str, GlueTask] = {task.name: task for task in _ALL}


def canonical_name(name: str) -> str:
    """Returns a task's name: "SST-2" and "sst" are "sst".

    Raises:
      ValueError: There is no such task.
    """
    for task in _ALL:
        if name.strip().lower() in (task.name, task.folder.lower()):
            return task.name
    raise registry.unknown_name("GLUE task", name, TASKS)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def count_rows(task_name: str, file_name: str, content: bytes) -> int:
    """Returns how many rows a file has, without its header."""
    for file in TASKS[task_name].files:
        if file.name == file_name:
            return _rows(file, content)
    raise registry.unknown_name(
        "file of %s:" % task_name,
        file_name,
        [file.name for file in TASKS[task_name].files],
    )


def check_rows(file: GlueFile, content: bytes) -> Optional[str]:
    """Returns what is wrong with a file's number of rows, or None."""
    rows = _rows(file, content)
    if rows in file.rows:
        return None
    published = " or ".join("%d" % count for count in file.rows)
    return "%s has %d rows, published are %s" % (file.name, rows, published)


def _rows(file: GlueFile, content: bytes) -> int:
    lines = content.rstrip(b"\r\n").count(b"\n") + 1 if content.strip() else 0
    return max(0, lines - 1) if file.has_header else lines


def split_mrpc(train: bytes, test: bytes, dev_ids: bytes) -> Dict[str, bytes]:
    """Makes MRPC's files of the paraphrase corpus, byte by byte as distributed.

    Args:
      train: msr_paraphrase_train.txt.
      test: msr_paraphrase_test.txt; its labels are left out.
      dev_ids: Pairs of sentence ids that belong to the development set.

    Returns:
      Content of train.tsv, dev.tsv and test.tsv.
    """
    dev_pairs = {tuple(row) for row in _fields(dev_ids)}
    header, *rows = _fields(train)
    parts: Dict[str, List[List[bytes]]] = {"train.tsv": [header], "dev.tsv": [header]}
    for row in rows:
        name = "dev.tsv" if tuple(row[1:3]) in dev_pairs else "train.tsv"
        parts[name].append(row)
    test_header, *test_rows = _fields(test)
    parts["test.tsv"] = [[b"index"] + test_header[1:]]
    for index, row in enumerate(test_rows):
        parts["test.tsv"].append([b"%d" % index] + row[1:])
    return {
        name: b"".join(b"\t".join(row) + b"\n" for row in rows)
        for name, rows in parts.items()
    }


def _fields(content: bytes) -> List[List[bytes]]:
    return [
        line.rstrip(b"\r").split(b"\t") for line in content.rstrip(b"\n").split(b"\n")
    ]

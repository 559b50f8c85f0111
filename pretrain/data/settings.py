"""What shapes the records: together with corpus and vocabulary, every byte of them."""

import dataclasses
from typing import Optional

from util import settings


@dataclasses.dataclass(frozen=True)
class DataSettings(settings.Section):
    """How text becomes pre-training examples."""

    max_seq_length: int = settings.setting(
        128, "Tokens in an example, special tokens included.", low=8
    )
    segmentation: str = settings.setting(
        "electra",
        "How sentences are dealt to the two segments: ELECTRA's rule, which loses no "
        "token, or ConvBERT's published one, which is inverted and loses some.",
        choices=["electra", "convbert"],
    )
    documents: str = settings.setting(
        "blank-lines",
        "Where a document ends: at blank lines, with the file, or with the line.",
        choices=["blank-lines", "file", "line"],
    )
    json_field: str = settings.setting("text", "Field of .jsonl files with the text.")
    encoding_errors: str = settings.setting(
        "strict",
        "What to do with bytes that are not UTF-8: stop, or replace and count them.",
        choices=["strict", "replace"],
    )
    num_out_files: Optional[int] = settings.setting(
        None, "Number of record files; null chooses by the size of the corpus.", low=1
    )
    seed: int = settings.setting(0, "Seed of everything left to chance.")

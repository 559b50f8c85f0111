"""What shapes the records: together with corpus and vocabulary, every byte of them."""

import dataclasses
from typing import Optional

from pretrain.data import packers
from util import settings


@dataclasses.dataclass(frozen=True)
class DataSettings(settings.Section):
    """How text becomes pre-training examples."""

    max_seq_length: int = settings.setting(
        128, "Tokens in an example, special tokens included.", low=8
    )
    segmentation: str = settings.setting(
        "electra",
        "How sentences become examples. Of one or two segments: electra, ELECTRA's "
        "rule, which loses no token; convbert, the one that ConvBERT published, which "
        "is inverted and loses some. Pairs with a sentence_relation: nsp (BERT: the "
        "second segment follows or is from another document), sop (ALBERT: in order "
        "or swapped), sso (StructBERT: follows, precedes or is from another "
        "document). Of one segment: blocks (as many tokens as fit), sentences (as "
        "many whole sentences as fit).",
        choices=list(packers.PACKERS),
    )
    short_seq_prob: Optional[float] = settings.setting(
        None,
        "Probability of gathering an example to a random shorter length only; null "
        "for the rule's own: 0.05 for electra and convbert, 0.1 for pairs, 0 for "
        "blocks and sentences.",
        low=0,
        high=1,
    )
    across_documents: bool = settings.setting(
        False,
        "Let blocks and sentences go on with the next document; a [SEP] token, which "
        "takes a place of the text, comes between two of them.",
    )
    documents: str = settings.setting(
        "blank-lines",
        "Where a document ends: at blank lines, with the file, or with the line; or "
        "labelled: each line is an example, label<TAB>text[<TAB>second text].",
        choices=["blank-lines", "file", "line", "labelled"],
    )
    word_segmentation: str = settings.setting(
        "none",
        "spaces: words are what is between spaces, as in segmented Chinese, and the "
        "records tell where a token goes on with the word of the one before "
        "(continues_word), for masking whole words.",
        choices=["none", "spaces"],
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

    def check(self) -> None:
        """Refuses what a rule would not heed."""
        if self.across_documents and self.segmentation not in packers.ACROSS_DOCUMENTS:
            raise ValueError(
                "across_documents goes with segmentation %s, not with %s: pairs and "
                "their relations belong to documents. Change one of them."
                % (" or ".join(packers.ACROSS_DOCUMENTS), self.segmentation)
            )
        if not self.is_labelled:
            return
        for name in ("segmentation", "short_seq_prob", "across_documents"):
            default = self.__dataclass_fields__[name].default
            if getattr(self, name) != default:
                raise ValueError(
                    "%s is %r, but documents is labelled, where each line is an "
                    "example as it is. Leave %s out."
                    % (name, getattr(self, name), name)
                )

    @property
    def is_labelled(self) -> bool:
        return self.documents == "labelled"

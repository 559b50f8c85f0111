"""The rules of packing running text by name: the one place that lists them."""

from typing import Dict, Type

from pretrain.data import blocks, packing, pairs, segments

PACKERS: Dict[str, Type[packing.TextPacker]] = {
    "electra": segments.ElectraPacker,
    "convbert": segments.ConvBertPacker,
    "nsp": pairs.NextSentencePacker,
    "sop": pairs.SentenceOrderPacker,
    "sso": pairs.SentenceStructurePacker,
    "blocks": blocks.BlockPacker,
    "sentences": blocks.SentencePacker,
}

ACROSS_DOCUMENTS = ("blocks", "sentences")  # Those that may go across documents.

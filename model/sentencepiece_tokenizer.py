"""Tokenizer over a sentencepiece model, ALBERT's for example."""

import array
from typing import Dict, List, Sequence

import sentencepiece

from model import tokenization, vocabulary
from util import files

# Names under which models know the special tokens, the first found is taken.
_NAMES = {
    vocabulary.PAD: ("[PAD]", "<pad>"),
    vocabulary.UNK: ("[UNK]", "<unk>"),
    vocabulary.CLS: ("[CLS]", "<cls>"),
    vocabulary.SEP: ("[SEP]", "<sep>"),
    vocabulary.MASK: ("[MASK]", "<mask>"),
}


class SentencePiece(tokenization.Tokenizer):
    """Sentencepiece tokenizer; see `tokenization.Tokenizer`."""

    def __init__(self, tokenizer_settings: tokenization.TokenizerSettings):
        """Loads the model.

        Raises:
          FileNotFoundError: There is no such file.
          ValueError: It is not a sentencepiece model, or a special token is missing.
        """
        path = str(tokenizer_settings.vocab_file)
        self.settings = tokenizer_settings
        self._processor = _load(path)
        self.digest = vocabulary.digest(path)
        self.vocab_size = self._processor.GetPieceSize()
        found = _special_ids(path, self._processor)
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = (
            found[token] for token in vocabulary.SPECIAL_TOKENS
        )
        names = self.tokens(list(found.values()))
        self._spelled_out = [
            name for name in names if _is_matched_in_text(self._processor, name)
        ]

    def encode_arrays(self, texts: Sequence[str]) -> List["array.array[int]"]:
        encode, prepare = self._processor.EncodeAsIds, self._prepare
        return [array.array("i", encode(prepare(text))) for text in texts]

    def tokens(self, ids: Sequence[int]) -> List[str]:
        return [self._processor.IdToPiece(int(token_id)) for token_id in ids]

    def _prepare(self, text: str) -> str:
        text = tokenization.prepare(text, self.settings)
        for name in self._spelled_out:
            if name in text:  # A space keeps it from being taken for the token.
                text = text.replace(name, name[0] + " " + name[1:])
        return text


def _load(path: str) -> sentencepiece.SentencePieceProcessor:
    files.require_file(path, "sentencepiece model")
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.Load(path)
    except (RuntimeError, OSError) as error:
        raise ValueError(
            "%s is not a sentencepiece model. If it is a text file with one token a "
            "line, set tokenizer to 'wordpiece'." % path
        ) from error
    return processor


def _special_ids(
    path: str, processor: sentencepiece.SentencePieceProcessor
) -> Dict[str, int]:
    found = {}
    for token, names in _NAMES.items():
        for name in reversed(names):
            number = processor.PieceToId(name)
            if processor.IdToPiece(number) == name:
                found[token] = number
    missing = [
        " or ".join(names) for token, names in _NAMES.items() if token not in found
    ]
    if missing:
        raise ValueError(
            "The sentencepiece model %s lacks the special tokens %s. "
            "tools/build_vocab.py makes models that have them."
            % (path, ", ".join(missing))
        )
    if found[vocabulary.PAD] != 0:
        raise ValueError(
            "The sentencepiece model %s has id %d for padding, expected 0. "
            "tools/build_vocab.py makes models that fit."
            % (path, found[vocabulary.PAD])
        )
    return found


def _is_matched_in_text(
    processor: sentencepiece.SentencePieceProcessor, name: str
) -> bool:
    return processor.PieceToId(name) in processor.EncodeAsIds(name)

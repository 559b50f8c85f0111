"""BERT's tokenizer in plain Python, slow and simple: what `WordPiece` must equal."""

import unicodedata

MAX_WORD_LENGTH = 200
CJK_BLOCKS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


def tokenize(text, vocab, lower=True, strip_accents=True):
    """Returns the WordPieces of a text as strings."""
    return [
        piece
        for word in words(text, lower, strip_accents)
        for piece in pieces(word, vocab)
    ]


def words(text, lower, strip_accents):
    for word in _cleaned(text).split():
        folded = word.lower() if lower else word
        if lower and strip_accents:
            folded = _without_accents(folded)
        spaced = "".join(" %s " % c if _is_punctuation(c) else c for c in folded)
        yield from spaced.split()


def pieces(word, vocab):
    """Cuts the longest known piece off the front until nothing is left."""
    if len(word) > MAX_WORD_LENGTH:
        return ["[UNK]"]
    found, start = [], 0
    while start < len(word):
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            if prefix + word[start:end] in vocab:
                break
        else:
            return ["[UNK]"]
        found.append(prefix + word[start:end])
        start = end
    return found


def _cleaned(text):
    characters = []
    for char in text:
        category = unicodedata.category(char)
        if char in "\t\n\r" or category == "Zs":
            characters.append(" ")
        elif category[0] == "C" or char == "\ufffd":
            continue
        elif any(low <= ord(char) <= high for low, high in CJK_BLOCKS):
            characters.append(" %s " % char)
        else:
            characters.append(char)
    return "".join(characters)


def _without_accents(word):
    return "".join(
        char
        for char in unicodedata.normalize("NFD", word)
        if unicodedata.category(char) != "Mn"
    )


def _is_punctuation(char):
    ascii_sign = "!" <= char <= "~" and not char.isalnum()
    return ascii_sign or unicodedata.category(char)[0] == "P"

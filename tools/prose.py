"""Docstrings to prose: sentences a person could read aloud, and nothing else.

Documentation mixes prose with code, tables and markup. What is left of it here is
lists of sentences: first the lines that cannot be prose are dropped (`_prose_lines`),
the rest is joined to paragraphs and stripped of markup, and of its sentences those
are kept that look like written language (`is_prose`).
"""

import re
from typing import Iterator, List

MIN_WORDS, MAX_WORDS = 5, 60
PLAIN_SHARE = 0.85  # least share of a sentence's words that are plain words

_HEADING_LINE = re.compile(r"[-=~*^#\"']{3,}$")
_DIRECTIVE = re.compile(r"\.\. ")
_FENCE = re.compile(r"(```|~~~)")
_DOCTEST = re.compile(r"(>>>|\.\.\. |\$ |In \[)")
_TABLE = re.compile(r"[|+]")
_SECTION = re.compile(r"[A-Z][\w ]*:$")
_BULLET = re.compile(r"([-*+•]|\(?\w{1,2}[.)])\s+")
_FIELD = re.compile(r":\w[^:]*:\s*")
_NAMED = re.compile(r"[*`]*[A-Za-z_][\w.]*[*`]*( \([^)]*\))?: +(?=\S)")
_TYPED = re.compile(r"[*`\w.]+(, [*`\w.]+)* : ")

_MARKUP = [
    (re.compile(r"!?\[([^\]]+)\]\([^)\s]*\)"), r"\1"),  # [text](address)
    (re.compile(r"`([^`<]+?)\s*<[^>]*>`_*"), r"\1"),  # `text <address>`_
    (re.compile(r":[\w:+-]+:`~?([^`]*)`"), r"\1"),  # :role:`text`
    (re.compile(r"\s*\[[\w#]+\]_"), ""),  # [1]_
    (re.compile(r"\*\*([^*]+)\*\*"), r"\1"),
    (re.compile(r"(?<!\w)\*([^*\s][^*]*)\*(?!\w)"), r"\1"),
    (re.compile(r"``([^`]+)``"), r"\1"),
    (re.compile(r"`([^`]+)`_*"), r"\1"),
    (re.compile(r"(\w) --? (\w)"), r"\1, \2"),
    (re.compile(r"\s+"), " "),
]
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(]?[A-Z])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|etc|al|Dr|Mr|Fig|Eq|No|Sec)\.)$")
_PLAIN_WORD = re.compile(r"[\"'(]*[A-Za-z]+(?:['-][A-Za-z]+)*[\"')]*[,;:.!?]*[\"')]*$")
_NOT_PROSE = re.compile(r"[=<>{}\\|^~@#$%*_`\[\]]|::|https?:|\.\.|//")


def sentences(text: str) -> List[str]:
    """Returns the sentences of a docstring that are prose, in their order.

    Args:
      text: A docstring without its common indentation (`inspect.cleandoc`).
    """
    return [
        sentence
        for paragraph in _paragraphs(text.expandtabs().splitlines())
        for sentence in _split(_plain(paragraph))
        if is_prose(sentence)
    ]


def is_prose(sentence: str) -> bool:
    """Whether a sentence reads as written language: plain words, a proper end."""
    words = sentence.split()
    if not MIN_WORDS <= len(words) <= MAX_WORDS or _NOT_PROSE.search(sentence):
        return False
    if not sentence.lstrip("\"'(")[:1].isupper() or sentence[-1] not in ".!?":
        return False
    plain = sum(bool(_PLAIN_WORD.match(word)) for word in words)
    return plain >= PLAIN_SHARE * len(words)


def _paragraphs(lines: List[str]) -> Iterator[str]:
    """Yields runs of prose lines, joined."""
    paragraph: List[str] = []
    for line in _prose_lines(lines):
        stripped = line.strip()
        bullet = _BULLET.match(stripped) or _FIELD.match(stripped)
        if not stripped or bullet or _begins_item(line):
            if paragraph:
                yield " ".join(paragraph)
            paragraph = []
            stripped = stripped[bullet.end() :] if bullet else stripped
            stripped = (
                _NAMED.sub("", stripped, count=1) if line[:1] == " " else stripped
            )
        if stripped:
            paragraph.append(stripped)
    if paragraph:
        yield " ".join(paragraph)


def _begins_item(line: str) -> bool:
    """Whether an indented line starts the description of an argument."""
    return line[:1] == " " and bool(_NAMED.match(line.strip()))


def _prose_lines(lines: List[str]) -> Iterator[str]:
    """Yields the lines that may be prose; an empty one where others were dropped."""
    code_indent = -1  # of the line that introduced a literal block, or -1
    in_fence = in_doctest = False
    for i, line in enumerate(lines):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if _FENCE.match(stripped):
            in_fence = not in_fence
            yield ""
            continue
        if code_indent >= 0 and stripped and indent <= code_indent:
            code_indent = -1
        in_doctest = bool(stripped) and (in_doctest or bool(_DOCTEST.match(stripped)))
        if in_fence or in_doctest or code_indent >= 0 or _is_layout(stripped):
            yield ""
        elif i + 1 < len(lines) and _HEADING_LINE.match(lines[i + 1].strip()):
            yield ""
        else:
            yield line
        if stripped.endswith("::") or _DIRECTIVE.match(stripped):
            code_indent = indent


def _is_layout(stripped: str) -> bool:
    """Whether a line is markup only: a rule, a heading, a table, a directive."""
    patterns = (_HEADING_LINE, _DIRECTIVE, _TABLE, _SECTION, _TYPED)
    return any(pattern.match(stripped) for pattern in patterns)


def _plain(paragraph: str) -> str:
    """Returns a paragraph without reStructuredText and Markdown markup."""
    for pattern, replacement in _MARKUP:
        paragraph = pattern.sub(replacement, paragraph)
    return paragraph.strip()


def _split(paragraph: str) -> Iterator[str]:
    """Yields the sentences of a paragraph."""
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        sentence = paragraph[start : end.end()].strip()
        if not _ABBREVIATION.search(sentence):
            yield sentence
            start = end.end()
    yield paragraph[start:].strip()

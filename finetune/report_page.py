"""A page of text, tables and pictures, written as Markdown and as HTML.

The Markdown has its pictures beside it; the HTML holds them and needs no other file.
"""

import base64
import html
import os
import re
from typing import List, NamedTuple, Sequence, Tuple, Union
import urllib.parse

from finetune import results
from util import files

MARKDOWN_CELL = 300  # Characters beyond which the text of a cell is cut.
HTML_CELL = 3000
SHORT_CELL = 40  # Characters up to which no word of a cell is broken.
# What Markdown would take for markup; an underscore within a word is safe.
_MARKUP = re.compile(r"[\\`*\[\]<>|~$]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # All but white space.
_STYLE = """
body { font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; line-height: 1.45; max-width: 75rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; }
h2 { margin-top: 2rem; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { border-bottom: 1px solid #ddd; padding: 0.25rem 0.7rem; text-align: left;
  vertical-align: top; white-space: pre-wrap; }
th { white-space: nowrap; border-bottom: 2px solid #888; }
.long { overflow-wrap: anywhere; min-width: 12rem; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
img { max-width: 100%; }
"""


class Table(NamedTuple):
    """Rows of text.

    Attributes:
      header: Names of the columns.
      rows: A cell per column each; plain text, newlines allowed.
      numbers: Indices of the columns that hold numbers.
    """

    header: List[str]
    rows: List[List[str]]
    numbers: Tuple[int, ...] = ()


class Picture(NamedTuple):
    """A PNG.

    Attributes:
      name: Tells it from the page's other pictures; part of its file's name.
      description: What it shows, for those who do not see it.
      content: The file's bytes.
    """

    name: str
    description: str
    content: bytes


Block = Union[str, Table, Picture]  # A str is a paragraph of plain text.


class Section(NamedTuple):
    """A part of a page; sections without blocks are left out."""

    title: str
    blocks: Sequence[Block]


class Page(NamedTuple):
    """What a reader gets to see."""

    title: str
    sections: Sequence[Section]


class Paths(NamedTuple):
    """The files of one page.

    Attributes:
      folder: Where they are.
      stem: What their names start with.
    """

    folder: str
    stem: str

    def file(self, extension: str) -> str:
        return os.path.join(self.folder, "%s.%s" % (self.stem, extension))

    def picture(self, name: str) -> str:
        return os.path.join(self.folder, "%s_%s.png" % (self.stem, name))


def paths_of(json_path: str) -> Paths:
    """Returns the paths of the page whose JSON this is.

    Raises:
      ValueError: It does not end in .json.
    """
    stem, extension = os.path.splitext(json_path)
    if extension != ".json":
        raise ValueError("Expected a .json file, got %s." % json_path)
    return Paths(*os.path.split(stem))


def write(paths: Paths, page: Page) -> List[str]:
    """Writes a page's pictures, Markdown and HTML.

    Returns:
      The paths of the Markdown, the HTML and the pictures.
    """
    written = [paths.file("md"), paths.file("html")]
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Picture):
                written.append(paths.picture(block.name))
                files.write_bytes(written[-1], block.content)
    files.write_text(paths.file("md"), markdown(page, paths))
    files.write_text(paths.file("html"), to_html(page))
    return written


def markdown(page: Page, paths: Paths) -> str:
    """Returns a page as Markdown that shows the pictures of `paths`."""
    lines = ["# %s" % escape(page.title)]
    for section in page.sections:
        if section.blocks:
            lines += ["", "## %s" % escape(section.title)]
        for block in section.blocks:
            lines += [""] + _markdown_block(block, paths)
    return "\n".join(lines) + "\n"


def _markdown_block(block: Block, paths: Paths) -> List[str]:
    if isinstance(block, Picture):
        address = urllib.parse.quote(os.path.basename(paths.picture(block.name)))
        return ["![%s](%s)" % (escape(block.description), address)]
    if isinstance(block, Table):
        rows = [
            [escape(cut(cell, MARKDOWN_CELL)) for cell in row] for row in block.rows
        ]
        lines = results.markdown([escape(name) for name in block.header], rows)
        return lines + _cut_note(block, MARKDOWN_CELL)
    return [escape(block)]


def _cut_note(table: Table, limit: int) -> List[str]:
    """Returns a paragraph that says that texts were cut, if they were."""
    if all(len(cell) <= limit for row in table.rows for cell in row):
        return []
    return ["", "Texts are cut after %d characters; the JSON has them whole." % limit]


def cut(text: str, limit: int) -> str:
    """Returns at most `limit` characters of a text, the last an ellipsis if cut."""
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


def escape(text: str) -> str:
    """Returns one line of Markdown that shows a text as it is."""
    line = " ".join(printable(text).split())
    return _MARKUP.sub(lambda match: "\\" + match.group(), line)


def printable(text: str) -> str:
    """Replaces what no UTF-8 file or no HTML may hold."""
    known = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("\ufffd", known)


def to_html(page: Page) -> str:
    """Returns a page as one HTML file."""
    title = html.escape(printable(page.title))
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>%s</title>" % title,
        "<style>%s</style>" % _STYLE,
        "</head>",
        "<body>",
        "<h1>%s</h1>" % title,
    ]
    for section in page.sections:
        if section.blocks:
            lines.append("<h2>%s</h2>" % html.escape(printable(section.title)))
        for block in section.blocks:
            lines += _html_block(block)
    return "\n".join(lines + ["</body>", "</html>"]) + "\n"


def _html_block(block: Block) -> List[str]:
    if isinstance(block, Picture):
        content = base64.b64encode(block.content).decode("ascii")
        description = html.escape(block.description)
        return [
            '<p><img alt="%s" src="data:image/png;base64,%s"></p>'
            % (description, content)
        ]
    if not isinstance(block, Table):
        return ["<p>%s</p>" % html.escape(printable(block))]
    lines = ["<table>", _html_row("th", block.header, block.numbers)]
    for row in block.rows:
        cells = [cut(cell, HTML_CELL) for cell in row]
        lines.append(_html_row("td", cells, block.numbers))
    note = ["<p>%s</p>" % line for line in _cut_note(block, HTML_CELL) if line]
    return lines + ["</table>"] + note


def _html_row(tag: str, cells: List[str], numbers: Tuple[int, ...]) -> str:
    parts = []
    for column, cell in enumerate(cells):
        kind = ""
        if column in numbers:
            kind = ' class="number"'
        elif len(cell) > SHORT_CELL:
            kind = ' class="long"'
        parts.append("<%s%s>%s</%s>" % (tag, kind, html.escape(printable(cell)), tag))
    return "<tr>%s</tr>" % "".join(parts)

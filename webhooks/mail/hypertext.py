"""HTML of a stranger as lines of text, in time and size linear to its length.

No style of the page moves anything: indents, columns and margins make much text out of little.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import lxml.etree as etree

PAGE_END = "\f"  # between pages that are read as one letter; no text of a mail has it
MAX_INDENT = 4  # levels of lists in each other that are shown
_NO_TEXT = frozenset(
    ("script", "style", "head", "title", "template", "noscript", "object", "iframe", "svg", "math")
)
_SPACED = frozenset(("p", "figure", "h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _SPACED | frozenset(
    (
        *("address", "article", "aside", "blockquote", "caption", "center", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "footer", "form", "header", "hr", "li", "main"),
        *("nav", "ol", "option", "pre", "section", "summary", "table", "tr", "ul"),
    )
)
_CELLS = frozenset(("td", "th"))
_LISTS = frozenset(("ol", "ul"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_AS_WRITTEN = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
# Programs send these as pictures, with the character as the other text.
_EMOJI = re.compile(
    r"""(?:(?:[0-9#*]\ufe0f?\u20e3
    |[\u203c\u2049\u2139\u231a-\u23ff\u2600-\u27bf\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff])
    [\u200d\ufe0e\ufe0f\U000e0020-\U000e007f]{0,8}){1,10}""",
    re.VERBOSE,
)
_TAG = re.compile(r"<[^<>]*+>?")
# The parser compares each attribute of a tag with all before it. What it takes for a tag, an attribute
# and so on: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
MOST_ATTRIBUTES = 200
_BLANK = r"[ \t\n\f\r]"
_NAME_END = r"(?![^ \t\n\f\r/>])"
_ATTRIBUTE = rf"""(?:{_BLANK}|/)*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
    (?:{_BLANK}*+={_BLANK}*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>]*+))?+"""
# A tag that has more than its name is matched as a whole, so that nothing is looked through twice.
_MARKUP = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))
    |<(?:[!?]|/(?![a-z]))[^>]*+>?
    |(?P<kept><(?:(?P<raw>iframe|noembed|noframes|plaintext|script|style|textarea|title|xmp){_NAME_END}
        |(?P<end>/(?:body|html){_NAME_END})|/?[a-z](?![a-z\d]{{0,9}}>)[^ \t\n\f\r/>]*+)
        (?:{_ATTRIBUTE}){{0,{MOST_ATTRIBUTES}}}+)
        (?:{_ATTRIBUTE})*+(?:{_BLANK}|/(?!>))*+
        (?P<words>(?(raw)(?:>.*?(?=</(?P=raw){_NAME_END}|\Z))?))""",
    re.IGNORECASE | re.ASCII | re.DOTALL | re.VERBOSE,
)


class Quote(Enum):
    """Where an element begins to quote: nowhere, within itself, or for all the rest of the page."""

    NONE = auto()
    WITHIN = auto()
    FROM_HERE = auto()


@dataclass(frozen=True)
class Line:
    """One line that a reader sees, and whether it is part of a quote."""

    text: str
    quoted: bool


def text_of_html(source: str) -> str:
    """The text that a reader of the HTML would see, of pictures only emoji; links with their target."""
    return "\n".join(line.text for line in lines_of_html(source))


def lines_of_html(
    source: str, quote_of: Callable[[etree._Element], Quote] = lambda _: Quote.NONE
) -> list[Line]:
    """The lines of pages without blank ones around them; `quote_of` is asked once of each element."""
    layout = _Layout(quote_of)
    for page in source.split(PAGE_END):
        _read(page, layout)
    return _trimmed(layout.lines)


def _read(page: str, layout: _Layout) -> None:
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True
    )
    try:
        tree = etree.fromstring(_MARKUP.sub(_bounded, page).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        tree = None
    if tree is None or _was_cut_off(parser):
        layout.lines += [Line(line, False) for line in _TAG.sub(" ", page).strip().split("\n")]
    else:
        layout.add(tree)


def _bounded(markup: re.Match[str]) -> str:
    """The same without attributes beyond the most, without what a script hides in itself, and without
    ends of the document: what follows them belongs to it, but the parser would start another.
    """
    if markup["end"]:
        return "<hr"
    if markup["kept"]:
        return markup["kept"] + markup["words"].replace("<", "&lt;")
    return markup[0]


def _was_cut_off(parser: etree.HTMLParser) -> bool:
    """Whether the parser gave up within: what is nested too deep would be lost."""
    return any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log)


class _Layout:
    """Writes down one element after the other, each once; no recursion, however deep they are."""

    def __init__(self, quote_of: Callable[[etree._Element], Quote]) -> None:
        self._quote_of = quote_of
        self.lines: list[Line] = []
        self._pieces: list[str] = []  # of the line that is being written
        self._space = self._gap = False  # before the next word a blank or a blank line is due
        self._open: list[tuple[Quote, bool]] = []  # of each element around: as written?
        self._quotes = self._written = 0  # how many elements around quote, keep blanks
        self._lists: list[int] = []  # around; the number of the next item, 0 for a bullet
        self._bullet = ""
        self._link: etree._Element | None = None
        self._words: list[str] = []  # of the link

    def add(self, tree: etree._Element) -> None:
        """Writes down a page behind those before."""
        walk = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._end(element)
            elif self._start(element):
                self._write(element.text)
            else:
                walk.skip_subtree()
        self._end_line()

    def _start(self, element: etree._Element) -> bool:
        """Opens an element; False where nothing in it is to be read."""
        style = element.get("style", "")
        if element.tag in _NO_TEXT or _HIDDEN.search(style) or "hidden" in element.attrib:
            self._open.append((Quote.NONE, False))
            return False
        quote = self._quote_of(element)
        written = element.tag == "pre" or bool(_AS_WRITTEN.search(style))
        if element.tag in _BLOCKS or quote is not Quote.NONE:
            self._end_line(gap=element.tag in _SPACED)
        self._open.append((quote, written))
        self._quotes += quote is not Quote.NONE
        self._written += written
        self._begin(element)
        return True

    def _begin(self, element: etree._Element) -> None:
        """What only some elements do."""
        if element.tag == "br":
            self._break()
        elif element.tag in _LISTS:
            self._lists.append(1 if element.tag == "ol" else 0)
        elif element.tag == "li":
            self._number()
        elif element.tag == "img":
            self._write(_emoji_of(element))
        elif element.tag == "a" and self._link is None:
            self._link, self._words = element, []

    def _end(self, element: etree._Element) -> None:
        quote, written = self._open.pop()
        if element is self._link:
            self._spell_target(element)
        if element.tag in _BLOCKS or quote is not Quote.NONE:
            self._end_line(gap=element.tag in _SPACED)
        self._space |= element.tag in _CELLS
        if element.tag in _LISTS:
            self._lists.pop()
        self._quotes -= quote is Quote.WITHIN
        self._written -= written
        self._write(element.tail)

    def _write(self, text: str | None) -> None:
        if not text:
            return
        if self._written:
            first, *rest = text.split("\n")
            self._put(first)
            for line in rest:
                self._break()
                self._put(line)
        else:
            self._space |= text[0].isspace()
            self._put(" ".join(text.split()))
            self._space |= text[-1].isspace()

    def _put(self, words: str) -> None:
        if not words:
            return
        if self._pieces:
            words = f" {words}" if self._space else words
        else:
            if self._gap and self.lines and self.lines[-1].text:
                self.lines.append(Line("", self.lines[-1].quoted and self._quotes > 0))
            words, self._bullet, self._gap = self._bullet + words, "", False
        self._pieces.append(words)
        self._words.append(words)
        self._space = False

    def _break(self) -> None:
        text = "".join(self._pieces).replace("\xa0", " ").rstrip()
        self.lines.append(Line(text, self._quotes > 0))
        self._pieces.clear()
        self._space = False

    def _end_line(self, *, gap: bool = False) -> None:
        if self._pieces:
            self._break()
        self._space = False
        self._gap |= gap

    def _number(self) -> None:
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        indent = "  " * min(len(self._lists) - 1, MAX_INDENT)
        self._bullet = f"{indent}{number}. " if number else f"{indent}* "

    def _spell_target(self, link: etree._Element) -> None:
        """Writes the target behind a link whose words do not tell it, as mail programs do in text."""
        target, words = "".join(link.get("href", "").split()), "".join(self._words).strip()
        if words and target.startswith(("http:", "https:")) and not _tells(words, target):
            self._space = True
            self._put(f"<{target}>")
        self._link = None


def _emoji_of(picture: etree._Element) -> str:
    """The emoji that a picture stands for, or nothing: what else it says of itself is no part of the letter."""
    emoji = picture.get("alt", "").strip()
    return emoji if _EMOJI.fullmatch(emoji) else ""


def _tells(words: str, target: str) -> bool:
    """Whether who reads the words alone would come to the target as well."""
    return _bare(words) == _bare(target)


def _bare(address: str) -> str:
    scheme_less = address.lower().removeprefix("https://").removeprefix("http://")
    return scheme_less.removeprefix("www.").rstrip("/")


def _trimmed(lines: list[Line]) -> list[Line]:
    filled = [index for index, line in enumerate(lines) if line.text]
    return lines[filled[0] : filled[-1] + 1] if filled else []

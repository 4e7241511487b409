"""HTML of a stranger as a tree of bounded depth, and that tree as text."""

from __future__ import annotations

import re

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree

# inscriptis recurses: text nested deeper than about 250 elements would be lost. A chain of a
# hundred answers is that deep.
MAX_DEPTH = 150
_NO_TEXT = ("script", "style", "head", "title", "template", "noscript", "object", "svg", "math")
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"])
_TAG = re.compile(r"<[^<>]*+>?")


def text_of_html(source: str) -> str:
    """The text that a reader of the HTML would see, without pictures and links."""
    tree = parse(source)
    text = "" if tree is None else text_of(tree)
    return text or _TAG.sub(" ", source).strip()


def parse(source: str) -> etree._Element | None:
    """The tree of a page, without what is no text and never deeper than MAX_DEPTH; None if empty."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True
    )
    try:
        tree = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None
    if tree is not None:
        etree.strip_elements(tree, *_NO_TEXT, with_tail=False)
        _spell_links(tree)
        _bound_depth(tree)
    return tree


def text_of(tree: etree._Element) -> str:
    """The text of a tree, one line per block."""
    lines = (line.rstrip() for line in Inscriptis(tree, _CONFIG).get_text().split("\n"))
    return "\n".join(lines).replace("\xa0", " ").strip("\n")


def _spell_links(tree: etree._Element) -> None:
    """Writes the target behind a link whose words do not tell it, as mail programs do in text."""
    for link in tree.iter("a"):
        target, words = (link.get("href") or "").strip(), "".join(link.itertext()).strip()
        if words and target.startswith(("http:", "https:")) and not _tells(words, target):
            link.tail = f" <{target}>{link.tail or ''}"


def _tells(words: str, target: str) -> bool:
    return words.rstrip("/").lower() in target.lower() and "." in words


def _bound_depth(tree: etree._Element) -> None:
    """Leaves of what lies too deep only the text."""
    depth, deepest = 0, []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth == MAX_DEPTH and len(element):
            deepest.append(element)
    for element in deepest:
        text = "\n".join(piece.strip() for piece in element.itertext() if piece.strip())
        del element[:]
        element.text = text

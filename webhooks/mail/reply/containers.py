"""The elements in which mail programs put what they quote, written as quote marks in text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from webhooks.mail import hypertext
from webhooks.mail.reply.blocks import is_forward_line

_CLASSES = frozenset(
    (
        *(
            "gmail_quote",
            "gmail_attr",
            "yahoo_quoted",
            "protonmail_quote",
            "tutanota_quote",
            "moz-cite-prefix",
        ),
        *(
            "zmail_extra",
            "WordSection1_quote",
            "cloudHQ__gmail_quote",
            "freemail_quote",
            "hs_reply",
        ),
    )
)
# What follows one of these in the document is quoted as well (Outlook on the web and on phones).
_BREAKS = frozenset(
    (
        *(
            "divRplyFwdMsg",
            "appendonsend",
            "mail-editor-reference-message-container",
            "stopSpelling",
        ),
        *("OLK_SRC_BODY_SECTION", "reply-intro", "isReplyContent", "oriMsgHtmlSeperator"),
    )
)
# What the button for indenting writes.
_INDENT = re.compile(r"border(?:-width)?:\s?(?:none|0)", re.IGNORECASE)
# Characters of the private use area: no mail shows them.
_OPEN, _CLOSE = "\ue0b0", "\ue0b1"


def marked_text(source: str) -> str:
    """The text of an HTML letter in which every quoted line begins with `> `."""
    tree = hypertext.parse(source.replace(_OPEN, "").replace(_CLOSE, ""))
    if tree is None:
        return ""
    for element in list(_breaks(tree))[:1]:
        _put_before(element, _OPEN)
    for element in list(_containers(tree)):
        _wrap(element)
    marked = "\n".join(_marked(hypertext.text_of(tree).split("\n"))).strip("\n")
    return marked or hypertext.text_of_html(source)


def _breaks(tree: etree._Element) -> Iterator[etree._Element]:
    return (element for element in tree.iter() if element.get("id") in _BREAKS)


def _containers(tree: etree._Element) -> Iterator[etree._Element]:
    for element in tree.iter("blockquote", "div", "span", "table"):
        if element.tag == "blockquote":
            if not _INDENT.search(element.get("style") or ""):
                yield element
        elif _is_container(element):
            yield element


def _is_container(element: etree._Element) -> bool:
    """Programs put the answers between quotes inside the container, beside the blockquotes."""
    if _CLASSES.isdisjoint((element.get("class") or "").split()):
        return False
    if element.find("blockquote") is not None or element.find("*/blockquote") is not None:
        return False
    first = next((text for text in element.itertext() if text.strip()), "")
    return not is_forward_line(first)


def _wrap(element: etree._Element) -> None:
    first, last = etree.Element("div"), etree.Element("div")
    first.text, last.text = _OPEN, _CLOSE
    first.tail, element.text = element.text, None
    element.insert(0, first)
    element.append(last)


def _put_before(element: etree._Element, text: str) -> None:
    mark = etree.Element("div")
    mark.text = text
    element.addprevious(mark)


def _marked(lines: list[str]) -> Iterator[str]:
    depth = 0
    for line in lines:
        depth += line.count(_OPEN)
        content = line.replace(_OPEN, "").replace(_CLOSE, "")
        if content.strip() or not (_OPEN in line or _CLOSE in line):
            yield f"> {content.strip()}".rstrip() if depth else content
        depth = max(depth - line.count(_CLOSE), 0)

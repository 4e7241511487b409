"""The elements in which mail programs put what they quote, written as quote marks in text."""

from __future__ import annotations

import re
from itertools import islice

import lxml.etree as etree

from webhooks.mail import hypertext
from webhooks.mail.hypertext import Quote
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
_TAGS = frozenset(("div", "span", "table"))
# What the button for indenting writes.
_INDENT = re.compile(r"border(?:-width)?:\s?(?:none|0)", re.IGNORECASE)
# Elements of a container that are looked through for its first words.
_NEAR = 30


def marked_text(source: str) -> str:
    """The text of an HTML letter in which every quoted line begins with `> `."""
    lines = hypertext.lines_of_html(source, _quote_of)
    return "\n".join(f"> {line.text}".rstrip() if line.quoted else line.text for line in lines)


def _quote_of(element: etree._Element) -> Quote:
    if element.get("id") in _BREAKS:
        return Quote.FROM_HERE
    if element.tag == "blockquote":
        indent = _INDENT.search(element.get("style", ""))
        return Quote.NONE if indent else Quote.WITHIN
    return Quote.WITHIN if _is_container(element) else Quote.NONE


def _is_container(element: etree._Element) -> bool:
    """Programs put the answers between quotes inside the container, beside the blockquotes."""
    if element.tag not in _TAGS or _CLASSES.isdisjoint(element.get("class", "").split()):
        return False
    if element.find("blockquote") is not None or element.find("*/blockquote") is not None:
        return False
    return not is_forward_line(_first_words(element))


def _first_words(element: etree._Element) -> str:
    for inner in islice(element.iter(), _NEAR):
        behind = inner.tail if inner is not element and not len(inner) else ""
        if words := " ".join((inner.text or behind or "").split()):
            return words
    return ""

"""Plain text that only says that the letter is in HTML: "Please view this mail in an HTML viewer"."""

from __future__ import annotations

import re

MAX_LENGTH = 500  # characters; what is longer is a letter
SHORTER = 2  # times that the letter is longer than a stub that does not speak of HTML
# In every language it is called so; not the end of an address.
_HTML = re.compile(r"(?<![./\w])html(?![/\w])", re.IGNORECASE)
_OTHER = re.compile(r"[\W_]+")


def is_stub(plain: str, html_text: str) -> bool:
    """Whether the plain form stands for a letter that is in the HTML form alone, of which this is the text.

    No line of a stub stands in the letter.
    """
    if len(plain) > MAX_LENGTH:
        return False
    letter = _words(html_text)
    lines = [words for line in plain.split("\n") if (words := _words(line)).strip()]
    if not lines or not letter.strip() or any(words in letter for words in lines):
        return False
    return speaks_of_html(plain) or len(letter) > SHORTER * sum(map(len, lines))


def speaks_of_html(plain: str) -> bool:
    """Whether a short text names HTML."""
    return len(plain) <= MAX_LENGTH and bool(_HTML.search(plain))


def _words(text: str) -> str:
    """The words in small letters with one blank around each."""
    return f" {_OTHER.sub(' ', text).strip()} ".lower()

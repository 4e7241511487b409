"""The dashboard in other languages: nothing on its pages is a text that only exists in English."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, NavigableString
from django.test import Client
from django.utils import translation

from gateway.models import Membership
from tests.gateway.dashboard.every_page import World, make_world, pages

# Codes and addresses of listings.
ADDRESS = re.compile(r"#\w+|\S+@\S+")
INNERMOST = re.compile("⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}")
READ = ("aria-label", "alt", "placeholder", "title")
# What people wrote, names of things and of people.
WRITTEN = {
    "Is",
    "it",
    "still",
    "there",
    "Yes",
    "is",
    "Haggles",
    "First",
    "Gateway",
    "WhatsApp",
    "SMS",
    "ContentSid",
}
# Names of places and languages, each in a list of its own.
NAMES = "select[name=timezone], select[name=language], select[name=locale]"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text that goes through a catalogue stands in brackets of its own."""
    functions = translation._trans  # type: ignore[attr-defined]
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(functions, name, _marking(getattr(functions, name)))


def test_every_text_of_every_page_comes_from_a_catalogue(ann: Membership, marked: None) -> None:
    world, client = make_world(ann), Client()
    client.force_login(ann.user)
    found = {}
    for name, path in pages(client, world):
        answer = client.get(path, follow=True)
        if "html" in answer["Content-Type"]:
            left = _unmarked(answer.content.decode(), _data_of(world))
            if left:
                found[name] = left
    assert found == {}


def _marking(real: Callable[..., str]) -> Callable[..., str]:
    return lambda *texts: f"⟦{real(*texts)}⟧"


def _unmarked(html: str, data: list[str]) -> list[str]:
    while INNERMOST.search(html):
        html = INNERMOST.sub("", html)
    soup = BeautifulSoup(html, "lxml")
    for tag in soup.select(f"script, style, code, kbd, [aria-hidden=true], {NAMES}"):
        tag.decompose()
    texts = [str(text) for text in soup.find_all(string=True) if type(text) is NavigableString]
    texts += [str(tag[name]) for tag in soup.find_all(True) for name in READ if tag.get(name)]
    texts = [ADDRESS.sub("", text) for text in texts]
    for known in data:
        texts = [text.replace(known, "") for text in texts]
    return sorted({text.strip() for text in texts if set(WORD.findall(text)) - WRITTEN})


def _data_of(world: World) -> list[str]:
    business = world.ann.business
    people = [world.ann.user.email, business.name, business.public_address, world.note.author_name]
    message = world.message
    return [
        text
        for text in (
            *people,
            message.sender_name,
            message.sender_email,
            message.subject,
            "Blue bike",
        )
        if text
    ]

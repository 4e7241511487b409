"""Every text that a person reads can be translated, and is, into each language of the product."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, NavigableString
from django.conf import settings
from django.template.base import Lexer, TokenType

from tests.architecture.repository import ROOT, name_of, tracked

FOLDERS = ["gateway/locale", "channels_out/locale", "config/locale"]
TRANSLATED = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
READ_ATTRIBUTES = ("aria-label", "alt", "placeholder", "title")
WORD = re.compile(r"[^\W\d_]{2,}")
# Names and forms that are the same in every language, and the explorer of the REST interface, which is English.
SAME = {
    "Gateway",
    "WhatsApp",
    "SMS",
    "Twilio",
    "REST",
    "Ctrl",
    "Esc",
    "ContentSid",
    "HX",
    "sms",
    "https",
}
IN_ENGLISH = {"gateway/templates/gateway/api/docs.html"}
BLOCKS = {
    "blocktranslate": "endblocktranslate",
    "blocktrans": "endblocktrans",
    "comment": "endcomment",
}


@pytest.mark.parametrize("path", tracked(".html", ".txt"), ids=name_of)
def test_no_template_has_a_text_that_cannot_be_translated(path: Path):
    if "templates" not in path.parts or name_of(path) in IN_ENGLISH:
        return
    assert _bare(path) == []


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_its_placeholders(folder: str, language: str):
    catalog = _catalog(folder, language)
    open_ones = [
        message.id
        for message in catalog
        if message.id and (not _texts(message.string) or message.fuzzy)
    ]
    assert open_ones == []
    assert [f"{message.id}: {errors}" for message, errors in catalog.check()] == []


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(folder: str, language: str):
    with (ROOT / folder / language / "LC_MESSAGES/django.mo").open("rb") as file:
        compiled = _said(read_mo(file))
    written = _said(_catalog(folder, language))
    assert compiled == written


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed")
def test_the_catalogues_hold_the_texts_of_today(tmp_path: Path):
    for path in tracked():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    programs = f"BIN={Path(sys.executable).parent}"
    command = ["make", "--assume-old=.venv/tests", programs, "messages"]
    bare = {"PATH": os.environ["PATH"]}
    subprocess.run(command, cwd=tmp_path, env=bare, check=True, capture_output=True)
    for folder in FOLDERS:
        for language in TRANSLATED:
            today = _ids(_catalog(folder, language, tmp_path))
            assert _ids(_catalog(folder, language)) == today


def _bare(path: Path) -> list[str]:
    """The texts of a template that stand outside of every tag that translates."""
    kept, until = [], ""
    for token in Lexer(path.read_text()).tokenize():
        name = token.contents.split()[0] if token.token_type == TokenType.BLOCK else ""
        if until:
            until = "" if name == until else until
        elif name in BLOCKS:
            until = BLOCKS[name]
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
        else:
            kept.append("0")  # what a tag writes is part of the attribute or text that it stands in
    whole = "".join(kept)
    found = _read(whole) if path.suffix == ".html" else [whole]
    return [text.strip() for text in found if set(WORD.findall(text)) - SAME]


def _read(html: str) -> list[str]:
    soup = BeautifulSoup(html, "lxml")
    for tag in soup(["script", "style", "code", "kbd"]):
        tag.decompose()
    texts = [text for text in soup.find_all(string=True) if type(text) is NavigableString]
    attributes = [
        tag[name] for tag in soup.find_all(True) for name in READ_ATTRIBUTES if tag.get(name)
    ]
    return [str(text) for text in (*texts, *attributes)]


def _catalog(folder: str, language: str, root: Path = ROOT) -> Catalog:
    with (root / folder / language / "LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=language)


def _ids(catalog: Catalog) -> set[tuple[object, ...]]:
    return {(message.context, *_forms(message.id)) for message in catalog if message.id}


def _said(catalog: Catalog) -> dict[tuple[object, str], list[str]]:
    """What stands for each text, in all of its forms."""
    return {
        (message.context, _forms(message.id)[0]): _forms(message.string)
        for message in catalog
        if message.id
    }


def _forms(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text)]


def _texts(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)

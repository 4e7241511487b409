"""What a person finds on a page, and forms sent as a browser without JavaScript sends them."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.test import Client


def read(response: Any) -> BeautifulSoup:
    """The page of an answer."""
    return BeautifulSoup(response.content.decode(), "html.parser")


def text_of(page: BeautifulSoup | Tag, selector: str) -> str:
    """The words of one element, on one line."""
    found = page.select_one(selector)
    assert found is not None, f"nothing on the page is {selector}"
    return " ".join(found.get_text(" ").split())


def names_in(page: BeautifulSoup) -> list[str]:
    """Who stands in the list, from the top."""
    return [" ".join(row.get_text().split()) for row in page.select("#rows .c1 b")]


def fields_of(form: Tag) -> dict[str, Any]:
    """The hidden, written and chosen fields of a form."""
    fields: dict[str, Any] = {}
    for field in form.select("input[name]"):
        chosen = field.get("type") not in {"radio", "checkbox"} or field.has_attr("checked")
        if chosen and field.get("type") != "file":
            fields[str(field["name"])] = field.get("value", "")
    for area in form.select("textarea[name]"):
        fields[str(area["name"])] = area.get_text().removeprefix("\n")
    for choice in form.select("select[name]"):
        option = choice.select_one("option[selected]") or choice.select_one("option")
        fields[str(choice["name"])] = option.get("value", "") if option else ""
    return fields


def submit(client: Client, page: BeautifulSoup, selector: str, **values: Any) -> Any:
    """Sends a form of a page and follows to where it leads."""
    form = page.select_one(selector)
    assert form is not None, f"no form is {selector}"
    return client.post(str(form["action"]), fields_of(form) | values, follow=True)


def press(client: Client, page: BeautifulSoup, words: str) -> Any:
    """Presses the button with these words, not one for those that are chosen in the list."""
    button = next(row for row in page.select("form:not(#bulk) button") if words in row.get_text())
    form = button.find_parent("form")
    assert form is not None
    where = button.get("formaction") or form["action"]
    return client.post(str(where), fields_of(form), follow=True)

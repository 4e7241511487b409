"""A person in the dashboard without JavaScript: signs in, follows links, sends forms."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests
from bs4 import BeautifulSoup, Tag

from tests.product import Owner


@dataclass
class Dashboard:
    """A signed-in browser session of an owner, over real HTTP."""

    owner: Owner
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        page = self.get("/accounts/login/")
        form = _form(page.text, lambda tag: tag.find("input", {"type": "password"}) is not None)
        done = self.send(
            form, "/accounts/login/", login=self.owner.email, password=self.owner.password
        )
        assert "/accounts/login" not in done.url, "could not sign in"

    def get(self, path: str) -> requests.Response:
        response = self.http.get(self._url(path), timeout=30)
        assert response.ok, f"{path}: {response.status_code}"
        return response

    def open(self, pk: str) -> str:
        """The page of a conversation."""
        return self.get(f"/conversations/{pk}/").text

    def reply(self, pk: str, text: str) -> None:
        """Writes into the reply box and sends it."""
        form = _form(self.open(pk), lambda tag: tag.get("id") == "composer")
        page = self.send(form, f"/conversations/{pk}/", reply=text)
        assert text in page.text

    def send(self, form: Tag, page: str, **values: str) -> requests.Response:
        """Sends a form as a browser does: its hidden and chosen fields, and what was typed."""
        fields = {
            tag["name"]: tag.get("value", "")
            for tag in form.find_all("input")
            if tag.get("name")
            and (tag.get("type") not in ("radio", "checkbox", "file") or tag.has_attr("checked"))
        }
        for choice in form.find_all("select"):
            chosen = choice.find("option", selected=True) or choice.find("option", disabled=False)
            fields[choice["name"]] = chosen.get("value", "") if chosen else ""
        response = self.http.post(
            self._url(form.get("action") or page),
            data={**fields, **values},
            headers={"Referer": self._url(page)},
            timeout=30,
        )
        assert response.ok, f"{response.status_code}: {response.text[:500]}"
        return response

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.owner.url + path


def _form(page: str, wanted: object) -> Tag:
    forms = BeautifulSoup(page, "html.parser").find_all("form")
    return next(form for form in forms if wanted(form))  # type: ignore[operator]

"""The settings: one list of all pages on which something is decided."""

from __future__ import annotations

import pytest
from django.test import Client

from gateway.models import Role
from tests.factories import make_member, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of

pytestmark = pytest.mark.django_db


def links_in(page) -> list[str]:
    return [link["href"] for link in page.select("#rows a")]


def test_the_rail_leads_to_a_list_of_what_an_owner_decides(ann):
    client = client_of(ann)
    assert read(client.get("/")).select_one("#rail a[href='/settings/']")
    page = read(client.get("/settings/"))
    assert f"/settings/hours/{ann.business_id}/" in links_in(page)
    assert ann.business.name in text_of(page, "#rows")


def test_every_page_of_the_list_opens_and_is_marked_there(ann):
    client = client_of(ann)
    for link in links_in(read(client.get("/settings/"))):
        page = read(client.get(link))
        assert [each["href"] for each in page.select("#rows a[aria-current=page]")] == [link]
        back = page.select_one("main a.back")
        assert back is None or back["href"] == "/settings/"


def test_who_only_suggests_decides_nothing_for_the_business(ann):
    agent = make_member(ann.business, role=Role.AGENT)
    page = read(client_of(agent).get("/settings/"))
    assert f"/settings/hours/{ann.business_id}/" not in links_in(page)
    assert f"/settings/notifications/{ann.business_id}/" in links_in(page)


def test_who_has_no_business_is_told_how_to_get_one():
    client = Client()
    client.force_login(make_user())
    assert "Ask its owner to add you" in text_of(read(client.get("/settings/")), "#main")

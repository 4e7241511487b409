"""A listing's links and QR codes, to be copied and printed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from gateway.codes import code_of
from gateway.models import Membership
from tests.factories import make_listing, make_member, make_message, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of


@pytest.fixture
def bike(ann: Membership):
    make_sender(ann.business)
    return make_listing(ann.business)


def test_a_conversation_leads_to_its_listing_s_links(browser: Client, ann: Membership, bike):
    message = make_message(ann, listing=bike)
    pane = read(browser.get(reverse("gateway:conversation", args=[message.pk])))
    (link,) = [row for row in pane.select("#context a") if "QR" in row.get_text()]
    page = read(browser.get(str(link["href"])))
    code = code_of(bike)
    assert f"#{code}" in text_of(page, "#main")
    urls = [field["value"] for field in page.select("input[readonly]")]
    assert [url.split(":")[0] for url in urls] == ["sms", "mailto"]
    assert f"%23{code}" in urls[0]
    assert [picture["src"] for picture in page.select("#main img")] == [
        f"/qr/{code}/sms.svg",
        f"/qr/{code}/email.svg",
    ]


def test_its_qr_codes_are_pictures_for_anybody(client: Client, bike):
    picture = client.get(f"/qr/{code_of(bike)}/sms.svg")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    assert picture.content.count(b"<path") == 2  # the ground and what is drawn on it
    for path in (f"/qr/{code_of(bike)}/whatsapp.svg", "/qr/QQQQQQ/sms.svg", "/qr/x/sms.svg"):
        assert client.get(path).status_code == 404


def test_each_sees_his_own_businesss_listings(browser: Client, bike):
    foreign = make_listing(make_member().business, "A flat")
    page = read(browser.get(reverse("gateway:listings")))
    assert text_of(page, "#rows").startswith("BB Blue bike")
    assert "A flat" not in text_of(page, "#rows")
    for key in (str(foreign.pk), "x"):
        assert browser.get(reverse("gateway:listing_links", args=[key])).status_code == 404
    assert client_of(make_member()).get(f"/listings/{bike.pk}/").status_code == 404

"""A person says what he is called, an owner what his business is called."""

from __future__ import annotations

import pytest

from channels_out.outbox import drain
from gateway.models import Role
from tests.factories import make_business, make_member, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, submit, text_of

pytestmark = pytest.mark.django_db

PROFILE = "/settings/profile/"


def test_the_name_of_the_profile_stands_above_the_next_answer(browser, ann, message, provider):
    page = read(browser.get(PROFILE))
    submit(browser, page, "#profile", first_name="Ann", last_name="Reyes\u202e")
    ann.user.refresh_from_db()
    make_reply(message, ann)
    drain()
    to_customer = [
        sent.rendered.from_header
        for sent, _ in provider.memory.accepted
        if sent.to_address == message.sender_email
    ]
    assert ["Ann Reyes via Ann's Bikes" in header for header in to_customer] == [True]


def test_a_mail_address_is_no_name(browser, ann):
    page = submit(browser, read(browser.get(PROFILE)), "#profile", first_name="ann@home.example")
    assert "without an email address" in text_of(read(page), "#profile .problem")
    ann.user.refresh_from_db()
    assert ann.user.first_name == ""


def test_the_business_is_called_anew_and_its_address_stays(browser, ann):
    url = f"/settings/business/{ann.business_id}/name/"
    page = read(browser.get(url))
    address = page.select_one("#address")["value"]
    assert address == ann.business.public_address
    page = read(submit(browser, page, "#business-name", name=" Ann's  Wheels "))
    assert "Ann's Wheels" in text_of(page, "main")
    assert page.select_one("#address")["value"] == address
    page = read(submit(browser, page, "#business-name", name="shop@example.com"))
    assert "Write a name" in text_of(page, "#business-name .problem")


def test_the_name_of_a_business_is_its_owners_to_choose(ann):
    url = f"/settings/business/{ann.business_id}/name/"
    member = client_of(make_member(ann.business, role=Role.MEMBER))
    assert member.post(url, {"name": "Mine"}).status_code == 403
    assert client_of(make_member(make_business())).get(url).status_code == 404

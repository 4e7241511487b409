"""A person's tokens for the REST API."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from gateway import api_tokens
from gateway.models import ApiToken, CustomerMessage
from tests.factories import make_member
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit, text_of

pytestmark = pytest.mark.django_db

URL = "/settings/tokens/"


def opened(browser):
    return read(browser.get(URL))


def made(browser, **values):
    page = read(submit(browser, opened(browser), "#new-token", name="Web shop", **values))
    return page.select_one("#token")["value"]


def call(token, path="/api/business/messages/unread/", **written):
    headers = {"Authorization": f"Token {token}"}
    if written:
        return Client().post(path, written, "application/json", headers=headers)
    return Client().get(path, headers=headers)


def test_a_token_is_shown_once_and_works(browser):
    token = made(browser)
    assert call(token).status_code == 200
    again = browser.get(URL)
    assert token not in again.content.decode()
    assert "no-store" in again["Cache-Control"]
    assert "Web shop" in text_of(read(again), ".entries")


def test_it_says_when_it_was_used_last_to_the_minute(browser):
    token = made(browser)
    assert "Never used" in text_of(opened(browser), ".entries")
    first = timezone.now()
    for seconds, noted in ((0, 0), (30, 0), (90, 90)):
        with time_machine.travel(first + timedelta(seconds=seconds), tick=False):
            call(token)
        assert ApiToken.objects.get().last_used_at == first + timedelta(seconds=noted)
    assert "Last used" in text_of(opened(browser), ".entries")


def test_a_revoked_token_opens_nothing_at_once(browser):
    token = made(browser)
    press(browser, opened(browser), "Revoke")
    assert call(token).status_code == 401
    assert "Web shop" not in text_of(opened(browser), ".entries")


def test_one_that_only_reads_writes_nothing_and_marks_nothing_as_read(browser, message):
    token = made(browser, reads_only="on")
    path = f"/api/business/messages/{message.pk}/"
    assert call(token, path).status_code == 200
    assert call(token, f"{path}reply/", reply="Yes").status_code == 403
    assert CustomerMessage.objects.get().status == "unread"
    call(made(browser), path)
    assert CustomerMessage.objects.get().status == "read"


def test_only_ones_own_are_seen_and_revoked(browser, ann):
    token = made(browser)
    other = client_of(make_member(ann.business))
    assert "Web shop" not in text_of(opened(other), ".entries")
    assert other.post(f"{URL}{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert call(token).status_code == 200


def test_there_is_an_end_to_how_many(browser, monkeypatch):
    monkeypatch.setattr(api_tokens, "MOST", 1)
    made(browser)
    page = read(submit(browser, opened(browser), "#new-token", name="Another"))
    assert "Revoke one first" in text_of(page, "#new-token .problem")
    assert not page.select_one("#token")

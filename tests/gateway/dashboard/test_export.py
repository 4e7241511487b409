"""The list as a table: all of it, nobody else's, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from gateway.models import CustomerMessage, Membership, MessageReply, Role
from gateway.states import trash
from tests.factories import make_business, make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read
from tests.gateway.post import customer_token, post


def table(response: Any) -> list[dict[str, str]]:
    """The lines of the table, as a spreadsheet reads them."""
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def texts(browser: Client, query: str = "") -> list[str]:
    return [line["Message"] for line in table(browser.get(f"/export/{query}"))]


def test_each_message_is_a_line_in_order(
    browser: Client, message: CustomerMessage, ann: Membership
) -> None:
    make_reply(message, ann, "Yes, it is.\nCome at five.")
    post(customer_token(message), text='Then I come, "with" a friend, at five')
    lines = table(browser.get("/export/"))
    assert [line["Message"] for line in lines] == [
        "Is the blue bike still there?",
        "Yes, it is.\nCome at five.",
        'Then I come, "with" a friend, at five',
    ]
    assert {line["Conversation"] for line in lines} == {str(message.pk)}
    assert [line["Direction"] for line in lines] == [
        "From the customer",
        "To the customer",
        "From the customer",
    ]
    assert lines[0]["Customer"] == "Maya Okafor"


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "  =", "\uff1d"])
def test_f51_what_a_spreadsheet_would_run_is_text(
    browser: Client, ann: Membership, begins: str
) -> None:
    formula = f"{begins}cmd|' /C calc'!A0"
    message = make_message(ann, formula, sender_name=formula, subject=formula)
    MessageReply.objects.filter(pk=make_reply(message, ann).pk).update(
        reply=formula, sender_name=formula
    )
    CustomerMessage.objects.update(message=formula, sender_name=formula, subject=formula)
    first, second = table(browser.get("/export/"))
    for line in (first, second):
        cells = [line[name] for name in ("Message", "Customer", "Subject", "Writer")]
        assert cells == [f"'{formula}"] * 4


def test_f51_no_cell_breaks_out_of_its_quotes(browser: Client, ann: Membership) -> None:
    text = 'Hello","=1+1"\n=2+2,"\r\n@x'
    message = make_message(ann)
    CustomerMessage.objects.filter(pk=message.pk).update(message=text)
    (line,) = table(browser.get("/export/"))
    assert line["Message"] == text


def test_the_page_offers_what_its_list_shows(
    browser: Client, message: CustomerMessage, ann: Membership
) -> None:
    trash(make_message(ann, "Thrown away").pk)
    link = read(browser.get("/?folder=trash")).select_one("a[href^='/export/']")
    assert link is not None
    assert texts(browser) == ["Is the blue bike still there?"]
    assert texts(browser, str(link["href"]).removeprefix("/export/")) == ["Thrown away"]
    assert texts(browser, "?q=blue") == ["Is the blue bike still there?"]
    assert texts(browser, "?q=red") == []


def test_it_holds_more_than_a_page(
    browser: Client, ann: Membership, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("gateway.export.AT_ONCE", 3)
    for number in range(7):
        make_message(ann, f"Message {number}")
    assert sorted(texts(browser)) == [f"Message {number}" for number in range(7)]
    monkeypatch.setattr("gateway.export.AT_ONCE", 100)
    with django_assert_max_num_queries(8):
        assert len(texts(browser)) == 7


def test_only_an_owner_takes_it_with_him_and_only_his_own(
    browser: Client, message: CustomerMessage, ann: Membership
) -> None:
    make_message(make_member(make_business("Ben's Boats")), "A boat?")
    assert texts(browser) == ["Is the blue bike still there?"]
    member = client_of(make_member(ann.business, role=Role.MEMBER))
    assert member.get("/export/").status_code == 403
    assert not read(member.get("/")).select("a[href^='/export/']")
    assert Client().get("/export/").status_code == 302


def test_times_are_in_the_readers_zone(browser: Client, message: CustomerMessage) -> None:
    browser.cookies["timezone"] = "Asia/Tokyo"
    (line,) = table(browser.get("/export/"))
    assert line["Written at"].endswith("+09:00")
    assert abs(datetime.fromisoformat(line["Written at"]) - message.created_at).total_seconds() < 1

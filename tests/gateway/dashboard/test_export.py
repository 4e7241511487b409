"""The list as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from gateway.dashboard.views import export
from gateway.models import Membership, Role
from tests.factories import make_business, make_listing, make_member, make_message

pytestmark = pytest.mark.django_db


def rows_of(browser: Client, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/conversations.csv{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_holds_what_the_list_shows(browser: Client, ann: Membership) -> None:
    make_message(ann, subject="Bike", text="Is it,\n“there”?", listing=make_listing(ann.business))
    made = make_message(ann, subject="Lamp")
    both = rows_of(browser)
    assert [row["Subject"] for row in both] == ["Lamp", "Bike"]
    assert both[1]["First message"] == "Is it,\n“there”?"
    assert both[0]["Address"].endswith(f"/conversations/{made.pk}/")
    assert [row["Subject"] for row in rows_of(browser, "?q=lamp")] == ["Lamp"]
    assert rows_of(browser, "?folder=archived") == []


@pytest.mark.parametrize("text", ["=cmd|'/C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_f51_no_cell_is_a_formula(browser: Client, ann: Membership, text: str) -> None:
    make_message(ann, text=text, subject=text, sender_name=text)
    (row,) = rows_of(browser)
    for name in ("First message", "Subject", "Customer"):
        assert row[name].startswith("'")


def test_only_of_businesses_that_he_owns(browser: Client, ann: Membership) -> None:
    make_message(ann, subject="Mine")
    helped = make_member(make_business("Ben's Flats"), user=ann.user, role=Role.MEMBER)
    make_message(helped, subject="Ben's")
    make_message(make_member(make_business("Cem's Boats")), subject="Cem's")
    assert [row["Subject"] for row in rows_of(browser)] == ["Mine"]
    Membership.objects.filter(pk=ann.pk).update(role=Role.MEMBER)
    assert rows_of(browser) == []
    assert b"conversations.csv" not in browser.get("/").content


def test_it_comes_in_pages_and_says_where_it_ends(
    browser: Client, ann: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_message(ann, subject=f"No. {number}")
    monkeypatch.setattr(export, "PAGE", 2)
    assert len(rows_of(browser)) == 5
    monkeypatch.setattr(export, "MOST_ROWS", 3)
    *_, last = rows_of(browser)
    assert last["Began"] == export.CUT


def test_who_is_not_signed_in_signs_in_first(client: Client) -> None:
    assert client.get("/conversations.csv").status_code == 302

"""A business's numbers on their page."""

from __future__ import annotations

import pytest

from gateway.models import Role
from tests.factories import make_business, make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of


@pytest.fixture
def url(ann):
    return f"/glance/{ann.business_id}/"


def test_the_rail_leads_every_member_there(browser, ann, url):
    assert read(browser.get("/")).select_one("#rail a[href='/glance/']")
    assert browser.get("/glance/", follow=True).redirect_chain[-1][0] == url
    agent = client_of(make_member(ann.business, role=Role.AGENT))
    assert agent.get(url).status_code == 200


def test_nobody_sees_the_numbers_of_another_business(browser, url):
    stranger = client_of(make_member(make_business("Ben's Boats")))
    assert stranger.get(url).status_code == 404
    assert client_of(make_member(is_active=False)).get("/glance/").status_code == 404


def test_what_is_drawn_stands_in_a_table_as_well(browser, ann, url, provider):
    provider.refuse(make_message(ann), ann)
    make_reply(make_message(ann), ann)
    page = read(browser.get(url))
    assert "Received: 2. Answers sent: 2." in text_of(page, "#main")
    drawn = [rect.get_text(strip=True) for rect in page.select(".columns rect")]
    assert [words.partition(", ")[2] for words in drawn] == [
        "Web form: 2 received",
        "Email: 2 answered",
    ]
    today = page.select_one("details tbody tr")
    assert [cell.get_text() for cell in today.select("td")] == ["0", "2", "2", "0"]
    assert text_of(page, ".shares tbody tr") == "Email 0 0 0 1 1"
    failed = page.select_one("section[aria-labelledby=glance-failures]")
    assert "This address does not exist" in text_of(failed, "tbody th")
    assert text_of(failed, "tbody td") == "1"


def test_one_chooses_how_many_days(browser, ann, url):
    make_message(ann)
    for query, days in (("?days=7", 7), ("?days=90", 90), ("", 30), ("?days=nonsense", 30)):
        page = read(browser.get(url + query))
        assert text_of(page, ".spans [aria-current]") == f"{days} days"
        assert len(page.select("details tbody tr")) == days


def test_a_page_without_a_message_says_so(browser, url):
    page = read(browser.get(url))
    assert "Nothing came in or went out in these days." in text_of(page, "#main")
    assert not page.select(".columns")


def test_nothing_on_it_needs_a_style_attribute(browser, ann, url):
    make_reply(make_message(ann), ann)
    assert not read(browser.get(url)).select("[style]")

"""An owner says when his business is open and what it answers."""

from __future__ import annotations

import pytest

from channels_out.outbox import drain
from gateway.models import Business, Role
from tests.factories import make_business, make_member, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, read, submit, text_of
from tests.gateway.post import PHONE, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(ann):
    return f"/settings/hours/{ann.business_id}/"


def opened(browser, url):
    return read(browser.get(url))


def stored():
    return Business.objects.get()


def test_it_is_an_owners_and_nobody_elses(browser, ann, url):
    agent = client_of(make_member(ann.business, role=Role.AGENT))
    assert agent.get(url).status_code == 403
    assert client_of(make_member(make_business())).get(url).status_code == 404


def test_what_is_written_as_people_write_it_is_kept_and_shown_again(browser, url):
    page = submit(
        browser,
        opened(browser, url),
        "#opening",
        mon="9-12:30, 14.00 - 18:00",
        sat="18:00-24:00",
        closed_days="2026-12-26\r\n2026-12-25",
        timezone="Europe/Paris",
        answers_when_closed="on",
        away_text="We are closed.\r\nBack at nine.",
    )
    business = stored()
    assert business.opening_hours == {
        "mon": [["09:00", "12:30"], ["14:00", "18:00"]],
        "sat": [["18:00", "00:00"]],
    }
    assert business.closed_days == ["2026-12-25", "2026-12-26"]
    assert business.away_text == "We are closed.\nBack at nine."
    fields = fields_of(read(page).select_one("#opening"))
    assert fields["mon"] == "09:00-12:30, 14:00-18:00"
    assert fields["closed_days"] == "2026-12-25\n2026-12-26"
    assert fields["answers_when_closed"] == "on"
    # What is shown may be sent again as it is.
    submit(browser, read(page), "#opening")
    assert stored().opening_hours == business.opening_hours


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"mon": "nine to five"}, "“nine to five” is no span of time; write it as 9:00-17:30."),
        ({"mon": "9-25"}, "A span is two times of day"),
        ({"mon": "14-18, 9-12"}, "The spans of a day follow each other."),
        ({"mon": "18-2, 20-22"}, "The spans of a day follow each other."),
        ({"mon": "1-2,3-4,5-6,7-8,9-10,11-12"}, "A day has at most 5 spans."),
        ({"closed_days": "Christmas"}, "Christmas is not a date; write it as 2026-12-25."),
        ({"timezone": "Mars/Base"}, "There is no such time zone"),
        ({"answers_when_closed": "on", "mon": "9-17"}, "Write what customers are answered."),
        ({"answers_when_closed": "on", "away_text": "Closed"}, "Say when you are open."),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_is_kept(browser, url, wrong, problem):
    page = read(submit(browser, opened(browser, url), "#opening", **wrong))
    assert problem in text_of(page, ".problems")
    assert fields_of(page.select_one("#opening")).items() >= wrong.items()
    assert stored().opening_hours is None
    assert not stored().answers_when_closed


def test_the_away_answer_is_shown_as_automatic(browser, ann, url):
    submit(browser, opened(browser, url), "#opening", closed_days="", away_text="We are closed.")
    Business.objects.update(opening_hours={}, answers_when_closed=True)
    letter = post(stored().public_address).message
    page = opened(browser, f"/conversations/{letter.pk}/")
    entry = page.select_one("#thread .m.out.auto")
    assert "We are closed." in entry.get_text()
    assert "Automatic, as you were closed" in entry.get_text()


@pytest.fixture
def closed(ann):
    """A business that is never open, with a number of its own."""
    Business.objects.update(opening_hours={}, away_text="We are closed.", answers_when_closed=True)
    return make_sender(ann.business)


def away_entry(browser, letter):
    return opened(browser, f"/conversations/{letter.pk}/").select_one("#thread .m.out.auto")


def test_how_far_an_away_answer_is_stands_beside_it(browser, closed, provider):
    letter = make_text(closed, PHONE, "Are you there?").message
    waiting = away_entry(browser, letter)
    assert text_of(waiting, ".progress") == "Waiting to be sent"
    assert not waiting.select("form")
    drain()
    assert text_of(away_entry(browser, letter), ".progress") == "Sent"


def test_why_an_away_answer_did_not_go_out_is_said_and_nothing_is_asked_of_anybody(
    browser, closed, provider
):
    letter = make_text(closed, PHONE, "Are you there?").message
    make_text(closed, PHONE, "STOP")
    drain()
    failed = away_entry(browser, letter)
    assert text_of(failed, ".progress") == "Not delivered"
    assert text_of(failed, ".why") == "The customer has asked not to be written to here."
    assert not failed.select("form")
